"""Private answers: refusals, and what people can ask without wanting a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.errors import Refused
from bot.core.ids import JobId
from bot.core.jobs.cards import given_back
from bot.core.jobs.job import Job, State
from bot.core.text import format as fmt
from bot.core.text.escape import code_block, echo, plain
from bot.core.ui.card import Button, Card, Panel, Style, Tone

BUTTONS_MAX = 5
LINES_MAX = 10
OTHERS_MAX = 10
PARAMETERS_MAX = 4096
NEGATIVE_MAX = 1500
AT_ONCE = "Your next picture starts at once."
AWAY = "The drawing computer is offline: your next picture waits for it."


@dataclass(frozen=True, slots=True)
class Waiting:
    """One of my jobs in the line. `place` is 0 while it is drawn; `eta_s` None if unknown.

    One that is `held` waits for a drawing computer that is away, whatever its place.
    """

    job: Job
    place: int
    eta_s: float | None = None
    held: bool = False


def refusal(refused: Refused, target: JobId | None) -> Card:
    """A refusal with its prompt to copy and its ways out; `target` is the draft they act on."""
    content, long = given_back(refused.sentence, refused.prompt)
    buttons: tuple[Button, ...] = ()
    if target is not None:
        buttons = tuple(_offer(offer, target) for offer in refused.offers[:BUTTONS_MAX])
    return Card(content, Panel("Your prompt", long, Tone.CALM) if long else None, buttons)


def _offer(offer: tuple[str, str], target: JobId) -> Button:
    action, _, argument = offer[0].partition(":")
    return Button(action, offer[1][:80], target, argument, Style.PRIMARY)


def parameters(job: Job) -> Card:
    """Everything that a picture was drawn with, in a block that people can copy."""
    order = job.order
    facts: list[tuple[str, object]] = [
        ("Model", order.model),
        ("Size", f"{order.width}x{order.height}"),
        ("Pictures", order.images if order.images > 1 else ""),
        ("Seed", order.seed),
        ("Steps", order.steps),
        ("CFG", f"{order.cfg:g}"),
        ("Flux guidance", "" if order.guidance is None else f"{order.guidance:g}"),
        ("LoRAs", ", ".join(f"{name}:{weight:g}" for name, weight in order.loras)),
        ("Style", order.style),
        ("Began from", "a picture" if order.image else ""),
        ("Creativity", "" if order.creativity is None else f"{order.creativity:g}"),
        ("Variation seed", "" if order.variation_seed is None else order.variation_seed),
        ("Variation", "" if order.variation is None else f"{order.variation:g}"),
        ("Upscale", "" if order.upscale is None else f"{order.upscale:g}"),
        *order.extras,
    ]
    lines = [f"{name}: {value}" for name, value in facts if value != ""]
    # The words come last: where all of it is too long for a panel, they are what is cut.
    if order.negative:
        lines.append(f"Negative: {plain(order.negative, NEGATIVE_MAX)}")
    lines.append(f"Prompt: {order.prompt}")
    block = code_block("\n".join(lines), PARAMETERS_MAX)
    return Card("What this was drawn with:", Panel("Parameters", block, Tone.CALM))


def under_way() -> Card:
    """The same button was pressed twice in a row."""
    return Card("Already on it.")


def comes_privately() -> Card:
    """A message asked for a picture in a server that shows them to their requesters alone."""
    return Card(
        "Got it. Pictures are private here: yours comes as a direct message, "
        "or waits in `/history`."
    )


def not_yours(name: str, target: JobId) -> Card:
    """Somebody pressed a button of another person's job."""
    return Card(
        f"This one is {echo(name, 80)}'s. Make your own from it:",
        buttons=(Button("use", "Use this prompt", target, style=Style.PRIMARY),),
    )


def queue(
    mine: tuple[Waiting, ...],
    waiting: int,
    running: int,
    others: tuple[Waiting, ...] = (),
    *,
    next_one: str = AT_ONCE,
    offline: bool = False,
) -> Card:
    """My jobs with their places, and how long the whole line is.

    `others` are for a moderator: what other people have in line here, each with a *Cancel*.
    `next_one` says what the next picture meets where nobody is before it. With `offline`, the
    drawing computer is away, and what waits waits for it.
    """
    total = _total(waiting, running, offline)
    if not waiting and not running:
        return Card(f"Nobody is in line. {next_one}".rstrip())
    if not mine and not others:
        return Card(f"{total} None of them is yours.")
    lines, buttons = _listed(mine, _my_line, 1, BUTTONS_MAX)
    if not others:
        return Card(total, Panel("Yours", "\n".join(lines), Tone.CALM), buttons)
    first = 1 + min(len(mine), LINES_MAX)
    theirs, more = _listed(others, _their_line, first, OTHERS_MAX)
    body = "\n".join((*lines, *(("",) if lines else ()), "**Others'**", *theirs))
    content = total if mine else f"{total} None of them is yours."
    panel = Panel("Yours" if mine else "In line", body, Tone.CALM)
    return Card(f"{content} You moderate here: you can cancel any.", panel, (*buttons, *more))


def _total(waiting: int, running: int, offline: bool) -> str:
    if not waiting:
        return f"Nobody waits; {running} {'is' if running == 1 else 'are'} being drawn."
    if not offline:
        return f"{fmt.plural(waiting, 'job')} in line, {running} being drawn."
    drawn = f", {running} being drawn" if running else ""
    wait = "waits" if waiting == 1 else "wait"
    return f"The drawing computer is offline; {fmt.plural(waiting, 'job')} {wait} for it{drawn}."


def _listed(
    ones: tuple[Waiting, ...], line: Callable[[Waiting], str], first: int, most: int
) -> tuple[list[str], tuple[Button, ...]]:
    """Numbered lines from `first` on, and a *Cancel* for each of the first `most`."""
    lines = [f"{number}. {line(one)}" for number, one in enumerate(ones[:LINES_MAX], first)]
    if len(ones) > LINES_MAX:
        lines.append(f"and {len(ones) - LINES_MAX} more")
    buttons = tuple(
        Button("cancel", f"Cancel number {number}", one.job.id)
        for number, one in enumerate(ones[:most], first)
    )
    return lines, buttons


def _their_line(one: Waiting) -> str:
    said = "a private one" if one.job.order.private else f"*{echo(one.job.order.prompt, 80)}*"
    return f"<@{one.job.requester}> · {_standing(one, said)}"


def _my_line(one: Waiting) -> str:
    return _standing(one, f"*{echo(one.job.order.prompt, 80)}*")


def _standing(one: Waiting, prompt: str) -> str:
    if one.held:
        return f"{prompt} · waits for the drawing computer"
    if one.place < 1:
        sent = one.job.state is State.DELIVERING
        return f"{prompt} · being {'sent' if sent else 'drawn'}"
    soon = "" if one.eta_s is None else f", {fmt.about(one.eta_s)}"
    return f"{prompt} · {fmt.ordinal(one.place)} in line{soon}"


def broken(ref: str) -> Card:
    """Our own fault; `ref` finds the traceback in the log."""
    return Card(f"That went wrong. It is our fault, and it is logged as `{ref}`.")


def books_closed(ref: str) -> Card:
    """The database cannot be written or read now; `ref` finds the reason in the log."""
    return Card(
        "I can't get at my books right now, so I can't draw or change anything. "
        f"Nothing was charged; try again in a minute. Ref {ref}."
    )


def cancelled_all(n: int, returned: int, left: int | None) -> Card:
    """The answer to /cancel: `n` jobs stopped, `returned` pictures given back."""
    return Card(f"Cancelled {fmt.plural(n, 'job')}. {fmt.returned(returned, left)}")


def nothing_to_cancel() -> Card:
    """The answer to /cancel with nothing in line."""
    return Card("Nothing of yours is waiting or being drawn here.")


def unknown_job() -> Card:
    """A button whose job we no longer know."""
    return Card("I no longer know this one. Ask for a new picture with `/imagine`.")


def already_over() -> Card:
    """Cancel came too late."""
    return Card("This one is over already; there is nothing to cancel.")


def not_deleted() -> Card:
    """Discord did not let us delete a message."""
    return Card("I couldn't delete that message. A moderator can.")


def only_in_servers() -> Card:
    """The answer in a direct message."""
    return Card("I draw in servers only. Use `/imagine` in one where we both are.")

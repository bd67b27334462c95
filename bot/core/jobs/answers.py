"""Private answers about jobs and the queue, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.errors import Refused
from bot.core.ids import JobId
from bot.core.jobs.cards import add_prompt_block
from bot.core.jobs.job import Job, State
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text, format_code_block, format_plain
from bot.core.ui.card import ButtonStyle, CardButton, Embed, MessageCard

BUTTONS_MAX = 5
LINES_MAX = 10
OTHER_ENTRIES_MAX = 10
PARAMETERS_LENGTH_MAX = 4096
NEGATIVE_LENGTH_MAX = 1500
STARTS_NOW = "Your next picture starts at once."
BACKEND_OFFLINE = "The drawing computer is offline: your next picture waits for it."


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """Queued job of a member.

    `place` is 0 while it runs; `eta_s` is None if unknown. `held` means that it waits for SwarmUI.
    """

    job: Job
    place: int
    eta_s: float | None = None
    is_held: bool = False


def refusal_card(refused: Refused, target: JobId | None) -> MessageCard:
    """Show a refusal with the prompt to copy. `target` is the draft of its buttons."""
    content, long = add_prompt_block(refused.sentence, refused.prompt)
    buttons: tuple[CardButton, ...] = ()
    if target is not None:
        buttons = tuple(_offer_button(offer, target) for offer in refused.offers[:BUTTONS_MAX])
    return MessageCard(content, Embed("Your prompt", long) if long else None, buttons)


def _offer_button(offer: tuple[str, str], target: JobId) -> CardButton:
    action, _, argument = offer[0].partition(":")
    return CardButton(action, offer[1][:80], target, argument, ButtonStyle.PRIMARY)


def parameters_card(job: Job) -> MessageCard:
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
        lines.append(f"Negative: {format_plain(order.negative, NEGATIVE_LENGTH_MAX)}")
    lines.append(f"Prompt: {order.prompt}")
    block = format_code_block("\n".join(lines), PARAMETERS_LENGTH_MAX)
    return MessageCard("What this was drawn with:", Embed("Parameters", block))


def already_working_card() -> MessageCard:
    """Answer a second press of the same button."""
    return MessageCard("Already on it.")


def private_reply_card() -> MessageCard:
    """Answer a message in a guild where pictures are private."""
    return MessageCard(
        "Got it. Pictures are private here: yours comes as a direct message, "
        "or waits in `/history`."
    )


def foreign_job_card(name: str, target: JobId) -> MessageCard:
    """Somebody pressed a button of another person's job."""
    return MessageCard(
        f"This one is {escape_text(name, 80)}'s. Make your own from it:",
        buttons=(CardButton("use", "Use this prompt", target, style=ButtonStyle.PRIMARY),),
    )


def queue_card(
    mine: tuple[QueueEntry, ...],
    waiting: int,
    running: int,
    others: tuple[QueueEntry, ...] = (),
    *,
    next_one: str = STARTS_NOW,
    offline: bool = False,
) -> MessageCard:
    """My jobs with their places, and how long the whole line is.

    `others` are for a moderator: what other people have in line here, each with a *Cancel*.
    `next_one` says what the next picture meets where nobody is before it. With `offline`, the
    drawing computer is away, and what waits waits for it.
    """
    total = _format_total(waiting, running, offline)
    if not waiting and not running:
        return MessageCard(f"Nobody is in line. {next_one}".rstrip())
    if not mine and not others:
        return MessageCard(f"{total} None of them is yours.")
    lines, buttons = _number_entries(mine, _format_own_entry, 1, BUTTONS_MAX)
    if not others:
        return MessageCard(total, Embed("Yours", "\n".join(lines)), buttons)
    first = 1 + min(len(mine), LINES_MAX)
    theirs, more = _number_entries(others, _format_other_entry, first, OTHER_ENTRIES_MAX)
    body = "\n".join((*lines, *(("",) if lines else ()), "**Others'**", *theirs))
    content = total if mine else f"{total} None of them is yours."
    panel = Embed("Yours" if mine else "In line", body)
    return MessageCard(
        f"{content} You moderate here: you can cancel any.", panel, (*buttons, *more)
    )


def _format_total(waiting: int, running: int, offline: bool) -> str:
    if not waiting:
        return f"Nobody waits; {running} {'is' if running == 1 else 'are'} being drawn."
    if not offline:
        return f"{fmt.format_count(waiting, 'job')} in line, {running} being drawn."
    drawn = f", {running} being drawn" if running else ""
    wait = "waits" if waiting == 1 else "wait"
    return (
        f"The drawing computer is offline; {fmt.format_count(waiting, 'job')} {wait} for it{drawn}."
    )


def _number_entries(
    ones: tuple[QueueEntry, ...], line: Callable[[QueueEntry], str], first: int, most: int
) -> tuple[list[str], tuple[CardButton, ...]]:
    """Numbered lines from `first` on, and a *Cancel* for each of the first `most`."""
    lines = [f"{number}. {line(one)}" for number, one in enumerate(ones, first)]
    lines = fmt.list_first(lines, LINES_MAX, str, "and {} more")
    buttons = tuple(
        CardButton("cancel", f"Cancel number {number}", one.job.id)
        for number, one in enumerate(ones[:most], first)
    )
    return lines, buttons


def _format_other_entry(one: QueueEntry) -> str:
    said = (
        "a private one" if one.job.order.private else f"*{escape_text(one.job.order.prompt, 80)}*"
    )
    return f"<@{one.job.requester}> · {_describe_entry(one, said)}"


def _format_own_entry(one: QueueEntry) -> str:
    return _describe_entry(one, f"*{escape_text(one.job.order.prompt, 80)}*")


def _describe_entry(one: QueueEntry, prompt: str) -> str:
    if one.is_held:
        return f"{prompt} · waits for the drawing computer"
    if one.place < 1:
        sent = one.job.state is State.DELIVERING
        return f"{prompt} · being {'sent' if sent else 'drawn'}"
    soon = "" if one.eta_s is None else f", {fmt.format_estimate(one.eta_s)}"
    return f"{prompt} · {fmt.format_ordinal(one.place)} in line{soon}"


def internal_error_card(ref: str) -> MessageCard:
    """Report an internal error. `ref` finds the traceback in the log."""
    return MessageCard(f"That went wrong. It is our fault, and it is logged as `{ref}`.")


def database_down_card(ref: str) -> MessageCard:
    """Report that the database is unavailable. `ref` finds the reason in the log."""
    return MessageCard(
        "I can't get at my books right now, so I can't draw or change anything. "
        f"Nothing was charged; try again in a minute. Ref {ref}."
    )


def cancelled_jobs_card(n: int, returned: int, left: int | None) -> MessageCard:
    """Confirm /cancel with `n` jobs stopped and `returned` images."""
    return MessageCard(
        f"Cancelled {fmt.format_count(n, 'job')}. {fmt.describe_returned(returned, left)}"
    )


def nothing_to_cancel_card() -> MessageCard:
    """Answer /cancel without jobs."""
    return MessageCard("Nothing of yours is waiting or being drawn here.")


def unknown_job_card() -> MessageCard:
    """Answer a button whose job is no longer known."""
    return MessageCard("I no longer know this one. Ask for a new picture with `/imagine`.")


def already_ended_card() -> MessageCard:
    """Cancel came too late."""
    return MessageCard("This one is over already; there is nothing to cancel.")


def delete_failed_card() -> MessageCard:
    """Discord did not let us delete a message."""
    return MessageCard("I couldn't delete that message. A moderator can.")


def guilds_only_card() -> MessageCard:
    """Answer in a direct message."""
    return MessageCard("I draw in servers only. Use `/imagine` in one where we both are.")

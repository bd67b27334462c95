"""Private answers about jobs and the queue, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.core.drawing.remix_cards import parameters_embed
from bot.core.errors import Refused
from bot.core.ids import JobId
from bot.core.jobs.cards import add_prompt_block
from bot.core.jobs.job import Job, State
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text
from bot.core.ui.card import ButtonStyle, CardButton, Embed, MessageCard

BUTTONS_MAX = 5
LINES_MAX = 10
OTHER_ENTRIES_MAX = 10
STARTS_NOW = "Your next picture starts right away."
BACKEND_OFFLINE = "The image server is offline, so your next picture will wait for it."


ALREADY_WORKING_CARD: Final = MessageCard("Already on it.")
PRIVATE_REPLY_CARD: Final = MessageCard(
    "Got it. Pictures are private here, so yours will arrive as a direct message "
    "or wait in `/history`."
)
NOTHING_TO_CANCEL_CARD: Final = MessageCard("You have nothing in the queue.")
UNKNOWN_JOB_CARD: Final = MessageCard(
    "This picture is too old for its buttons to work. Draw a new one with `/imagine`."
)
ALREADY_ENDED_CARD: Final = MessageCard("This one has already ended, so there's nothing to cancel.")
DELETE_FAILED_CARD: Final = MessageCard("I couldn't delete that message. A moderator can.")
COMMAND_CHANGED_CARD: Final = MessageCard(
    "That command has changed. Reload Discord (Ctrl+R) and try again."
)
GUILDS_ONLY_CARD: Final = MessageCard("I only draw in servers. Use `/imagine` in one we share.")


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """Queued job. `place` is 0 while it runs, and `is_held` is set if it waits for SwarmUI.

    `is_paused` is set if it waits for the end of a pause.
    """

    job: Job
    place: int
    eta_s: float | None = None
    is_held: bool = False
    is_paused: bool = False


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
        ("Size", f"{order.width}x{order.height}" if order.model else ""),
        ("Pictures", order.images if order.images > 1 else ""),
        ("Seed", order.seed),
        ("Steps", order.steps or ""),
        ("CFG", "" if order.cfg < 0 else f"{order.cfg:g}"),
        ("Flux guidance", "" if order.guidance is None else f"{order.guidance:g}"),
        ("LoRAs", ", ".join(f"{name}:{weight:g}" for name, weight in order.loras)),
        ("Style", order.style),
        ("Started from", "a picture" if order.image else ""),
        ("Creativity", "" if order.creativity is None else f"{order.creativity:g}"),
        ("Variation seed", "" if order.variation_seed is None else order.variation_seed),
        ("Variation", "" if order.variation is None else f"{order.variation:g}"),
        ("Upscale", "" if order.upscale is None else f"{order.upscale:g}"),
        *order.extras,
    ]
    lines = [f"{name}: {value}" for name, value in facts if value != ""]
    panel = parameters_embed(lines, order.negative, order.prompt)
    return MessageCard("Settings for this picture", panel)


def foreign_job_card(name: str, target: JobId) -> MessageCard:
    """Refuse a button of another member's job."""
    return MessageCard(
        f"This picture belongs to {escape_text(name, 80)}. Want your own?",
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
    pause: str = "",
) -> MessageCard:
    """Show own jobs with their positions, and the queue's length.

    `others` are other members' jobs, for a moderator, each with *Cancel*. `next_one` describes the
    next picture if nobody waits before it. With `offline`, SwarmUI is down and the jobs wait for
    it. `pause` says that drawing is paused.
    """
    total = f"{pause} {_format_total(waiting, running, offline)}".lstrip()
    if not waiting and not running:
        return MessageCard(f"The queue is empty. {next_one}".rstrip())
    if not mine and not others:
        return MessageCard(f"{total} None of them are yours.")
    lines, buttons = _number_entries(mine, _format_own_entry, 1, BUTTONS_MAX)
    if not others:
        return MessageCard(total, Embed("Yours", "\n".join(lines)), buttons)
    first = 1 + min(len(mine), LINES_MAX)
    theirs, more = _number_entries(others, _format_other_entry, first, OTHER_ENTRIES_MAX)
    body = "\n".join((*lines, *(("",) if lines else ()), "**Others'**", *theirs))
    content = total if mine else f"{total} None of them are yours."
    panel = Embed("Yours" if mine else "Queue", body)
    content = f"{content} As a moderator, you can cancel any of them."
    return MessageCard(content, panel, (*buttons, *more))


def _format_total(waiting: int, running: int, offline: bool) -> str:
    if not waiting:
        return f"Nothing is waiting, {running} in progress."
    if not offline:
        return f"{waiting:,} waiting, {running} in progress."
    drawn = f", {running} in progress" if running else ""
    return f"The image server is offline. {waiting:,} waiting for it{drawn}."


def _number_entries(
    ones: tuple[QueueEntry, ...], line: Callable[[QueueEntry], str], first: int, most: int
) -> tuple[list[str], tuple[CardButton, ...]]:
    lines = [f"{number}. {line(one)}" for number, one in enumerate(ones, first)]
    lines = fmt.list_first(lines, LINES_MAX, str, "and {} more")
    jobs = enumerate((one.job.id for one in ones[:most]), first)
    buttons = tuple(CardButton("cancel", f"Cancel #{number}", job) for number, job in jobs)
    return lines, buttons


def _format_other_entry(one: QueueEntry) -> str:
    if one.job.order.private:
        return f"<@{one.job.requester}> · {_describe_entry(one, 'a private picture')}"
    return f"<@{one.job.requester}> · {_format_own_entry(one)}"


def _format_own_entry(one: QueueEntry) -> str:
    return _describe_entry(one, f"*{escape_text(one.job.order.prompt, 80)}*")


def _describe_entry(one: QueueEntry, prompt: str) -> str:
    if one.is_paused:
        return f"{prompt} · paused"
    if one.is_held:
        return f"{prompt} · waiting for the image server"
    if one.place < 1:
        sent = one.job.state is State.DELIVERING
        return f"{prompt} · being {'sent' if sent else 'drawn'}"
    soon = "" if one.eta_s is None else f", {fmt.format_estimate(one.eta_s)}"
    return f"{prompt} · {fmt.format_ordinal(one.place)} in line{soon}"


def internal_error_card(ref: str) -> MessageCard:
    """Report an internal error. `ref` finds the traceback in the log."""
    return MessageCard(f"Something went wrong on our side. Ref {ref}.")


def database_down_card(ref: str) -> MessageCard:
    """Report that the database is unavailable. `ref` finds the reason in the log."""
    why = "My database isn't available right now. Nothing was charged."
    return MessageCard(f"{why} Try again in a minute. Ref {ref}.")


def cancelled_jobs_card(n: int, returned: int, left: int | None) -> MessageCard:
    """Confirm /cancel with `n` jobs stopped and `returned` images."""
    back = fmt.describe_returned(returned, left)
    return MessageCard(f"Cancelled {fmt.format_count(n, 'job')}. {back}")

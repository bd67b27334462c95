"""Cards of a job's message, from queued to finished."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.core.drawing.request import GenerationParams
from bot.core.errors import BackendDown, BackendError
from bot.core.ids import JobId
from bot.core.jobs.job import Job
from bot.core.jobs.progress import JobPhase, Progress
from bot.core.jobs.upload_limits import SOUND_EXTENSIONS, VIDEO_EXTENSIONS
from bot.core.pauses import describe_pause
from bot.core.text import format as fmt
from bot.core.text.escape import count_units, escape_text, format_code_block, format_plain, is_empty
from bot.core.ui.card import (
    CONTENT_MAX,
    EMBED_TEXT_MAX,
    ButtonStyle,
    CardButton,
    CardTone,
    Embed,
    MessageCard,
)

ALT_TEXT_MAX: Final = 1024
# Long prompts are cut in what is shown: nobody reads a wall, and Edit has the whole of it.
PROMPT_SHOWN: Final = 400
NAME_SHOWN: Final = 60
REASON_SHOWN: Final = 300
NOTE_SHOWN: Final = 200
REMOVED_REASON: Final = "I was removed from the server"
LEFT_REASON: Final = "they left the server"
MODERATOR_REASON: Final = "a moderator stopped it"
MESSAGE_DELETED_REASON: Final = "its message was deleted"
PREVIEW_FILE: Final = "preview.jpg"
ROW_SIZE: Final = 5
PICTURES_MAX: Final = 10  # two rows of Vary and two of Upscale, below the first


def queued_card(job: Job, place: int, eta_s: float | None, starting: bool) -> MessageCard:
    """Confirm a job. `eta_s` is the wait in seconds, None while the pace is unknown."""
    if starting:
        content, title = "Got it, starting now.", "Starting"
    elif eta_s is None:
        where = f"You're {fmt.format_ordinal(place)} in line"
        content = f"{where}. I'm still learning how fast this model is."
        title = "Queued"
    else:
        where = f"You're {fmt.format_ordinal(place)} in line"
        content = f"{where}, {fmt.format_estimate(eta_s)}. It will appear here."
        title = "Queued"
    # Exactly what `working` says before the first frame: no edit is spent on saying it twice.
    tone = CardTone.BUSY if starting else CardTone.CALM
    return MessageCard(content, _job_embed(job, title, tone), (_cancel_button(job),))


def progress_card(job: Job, progress: Progress, with_preview: bool) -> MessageCard:
    """SwarmUI has it. `with_preview` shows the file "preview.jpg" that is sent along."""
    model, left = _format_model(job), progress.eta_s
    soon = "" if left is None else f", {fmt.format_estimate(left)} left"
    lead = ""
    match progress.phase:
        case JobPhase.WAITING:
            title, content = "Starting", "Got it, starting now."
        case JobPhase.BUSY:
            title = "Waiting for the image server"
            content = "The image server is busy with something else. I'll wait for it."
        case JobPhase.LOADING:
            title = "Loading the model"
            content = f"Loading *{model}*. The first picture after a model change takes longer."
        case JobPhase.STARTED:
            title = "Drawing"
            content = "The image server has started on it. The first step can take a while."
        case JobPhase.DRAWING:
            title = "Drawing"
            which = f" {progress.current_picture} of {job.order.images}"
            if job.order.images == 1:
                which = ""
            content = f"Drawing{which}, step {progress.current_step} of {progress.steps}{soon}."
            step = f"step {progress.current_step}/{progress.steps}"
            lead = f"{fmt.format_bar(progress.percent)} · {step}"
            lead += "" if left is None else f" · {fmt.format_duration(left)}"
        case JobPhase.FINISHING:
            title, content = "Finishing", "Almost there, finishing touches."
            lead = fmt.format_bar(progress.percent)
    image = PREVIEW_FILE if with_preview else ""
    panel = _job_embed(job, title, CardTone.BUSY, lead, image)
    return MessageCard(content, panel, (_cancel_button(job),), spoiler=job.order.spoiler)


def recovering_card(job: Job) -> MessageCard:
    """Say that SwarmUI still draws a job whose progress can't be seen any more."""
    content = "The image server is still drawing this. I can't see the steps, but it will arrive."
    panel = _job_embed(job, "Drawing", CardTone.BUSY)
    return MessageCard(content, panel, (_cancel_button(job),), spoiler=job.order.spoiler)


def result_card(
    job: Job, took_s: float, left_today: int | None, indices: tuple[int, ...] = ()
) -> MessageCard:
    """Describe a result. The images are plain attachments of the same message.

    `indices` are those of the images that came, () for the first ones.
    """
    order = job.order
    indices = indices or tuple(range(job.ready))
    seeds = _format_seeds(order, indices)
    prompt = escape_text(order.prompt, PROMPT_SHOWN)
    size = fmt.TIMES_SIGN.join(map(str, compute_file_size(order)))
    facts = [prompt, _format_model(job), size, seeds, fmt.format_duration(took_s)]
    if left_today is not None:
        facts.append(f"{left_today} left today")
    lines = [" · ".join(facts)]
    missing = order.images - job.ready
    if missing > 0:
        were = "was" if job.ready == 1 else "were"
        kept = f"{fmt.format_count(job.ready, 'picture')} {were} kept"
        lines.append(f"{_describe_shortfall(job)} {kept}, {missing} returned.{_format_ref(job)}")
    lines += _format_notes(job)
    return MessageCard(
        "\n".join(lines), buttons=_result_buttons(job, indices), spoiler=order.spoiler
    )


def cancelled_card(job: Job, left_today: int | None) -> MessageCard:
    """Report a job cancelled before any image, with all images returned."""
    why = f" ({escape_text(job.reason, REASON_SHOWN)})" if job.reason else ""
    content = f"Cancelled{why}. {fmt.describe_returned(job.order.images, left_today)}"
    return _ended_card(job, content, (_retry_button(job, "Draw again"),), CardTone.CALM)


def failed_card(job: Job, left_today: int | None) -> MessageCard:
    """Report a job without an image, with the reason, refund and prompt."""
    reason = _end_sentence(escape_text(job.reason, REASON_SHOWN))
    reason = reason or "The image server couldn't draw this."
    advice = " Try a smaller size." if "memory" in reason.casefold() else ""
    back = fmt.describe_returned(job.order.images, left_today)
    content = f"{reason} {back}{advice}{_format_ref(job)}"
    buttons = (_retry_button(job, "Try again"), CardButton("edit", "Edit", job.id))
    return _ended_card(job, content, buttons, CardTone.BAD)


def held_card(job: Job, until: datetime, error: BackendError | None = None) -> MessageCard:
    """Report that the job waits for SwarmUI until `until`, because of `error`."""
    why = BackendDown.default if error is None else error.sentence
    content = (
        f"{why} Nothing was charged. I'll keep your place; "
        f"your request expires {fmt.format_timestamp(until)}."
    )
    panel = _job_embed(job, "Waiting for the image server", CardTone.BAD)
    return MessageCard(content, panel, (_cancel_button(job),))


def waiting_card(job: Job, until: datetime) -> MessageCard:
    """Report that the job waits for the end of a pause."""
    content = f"{describe_pause(until)} Nothing was charged, and I'll keep your place."
    panel = _job_embed(job, "Paused", CardTone.CALM)
    return MessageCard(content, panel, (_cancel_button(job),))


def moved_card(job: Job, link: str) -> MessageCard:
    """Replace a status message whose result was posted separately."""
    return MessageCard(f"Your {pictures_are(job)} here: {link}")


def pictures_are(job: Job) -> str:
    """Return "picture is" or "pictures are"."""
    return "picture is" if job.ready <= 1 else "pictures are"


def ping_card(job: Job, link: str = "") -> MessageCard:
    """Mention the requester as a reply to the result, with `link` if it is none."""
    ready = f"Your {pictures_are(job)} ready.{f' {link}' if link else ''}"
    return MessageCard(f"<@{job.requester}> {ready}", ping_user=job.requester)


def build_alt_text(job: Job, index: int, kind: str = "png") -> str:
    """Describe image `index` (from 0) of file extension `kind` for people who cannot see it."""
    order = job.order
    kinds = ((VIDEO_EXTENSIONS, "video"), (SOUND_EXTENSIONS, "sound"))
    what = next((name for extensions, name in kinds if kind in extensions), "picture")
    how = "drawn" if what == "picture" else f"a {what} made"
    which = f", {what} {index + 1} of {order.images}" if order.images > 1 else ""
    tail = f" ({how} by {format_plain(_model_title(job), NAME_SHOWN)}{which})"
    return format_plain(order.prompt, ALT_TEXT_MAX - count_units(tail)) + tail


def add_prompt_block(content: str, prompt: str) -> tuple[str, str]:
    """Return the content with the prompt to copy, and text for an embed if it is too long."""
    block = "" if is_empty(prompt) else format_code_block(prompt, EMBED_TEXT_MAX)
    if not block:
        return content, ""
    if count_units(content) + count_units(block) + 1 <= CONTENT_MAX:
        return f"{content}\n{block}", ""
    return content, block


def _format_seeds(order: GenerationParams, indices: tuple[int, ...]) -> str:
    seeds = sorted({order.compute_seeds(index)[0] for index in indices or (0,)})
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if seeds[-1] - seeds[0] + 1 == len(seeds):
        return f"seeds {seeds[0]}{fmt.RANGE_DASH}{seeds[-1]}"
    return f"seeds {', '.join(map(str, seeds))}"


def _result_buttons(job: Job, indices: tuple[int, ...]) -> tuple[CardButton, ...]:
    uses = f"Reroll · uses {job.order.images}"
    reroll = CardButton("reroll", uses, job.id, style=ButtonStyle.PRIMARY, row=0)
    known: tuple[CardButton, ...] = (
        CardButton("edit", "Edit", job.id),
        CardButton("parameters", "Parameters", job.id),
        delete_button(job.id),
    )
    if not job.order.private:  # nobody else sees those
        known = (*known, CardButton("report", "Report", job.id))
    numbers = [str(index + 1) for index in indices[:PICTURES_MAX]] or ["1"]
    if len(numbers) == 1:
        single = (
            CardButton("vary", "Vary · uses 1", job.id, numbers[0], row=0),
            CardButton("upscale", "Upscale · uses 1", job.id, numbers[0], row=0),
        )
        return (reroll, *single, *(replace(button, row=1) for button in known))
    rows = -(-len(numbers) // ROW_SIZE)
    each = tuple(
        CardButton(action, f"{label} {number}", job.id, number, row=first + place // ROW_SIZE)
        for action, label, first in (("vary", "Vary", 1), ("upscale", "Upscale", 1 + rows))
        for place, number in enumerate(numbers)
    )
    return (reroll, *(replace(button, row=0) for button in known), *each)


def _ended_card(
    job: Job, content: str, buttons: tuple[CardButton, ...], tone: CardTone
) -> MessageCard:
    content, long = add_prompt_block(content, job.order.prompt)
    return MessageCard(content, Embed("Your prompt", long, tone) if long else None, buttons)


def _job_embed(job: Job, title: str, tone: CardTone, lead: str = "", image: str = "") -> Embed:
    order = job.order
    lines = [lead] if lead else []
    lines.append(f"*{escape_text(order.prompt, PROMPT_SHOWN)}*")
    lines += _format_notes(job)
    size = fmt.TIMES_SIGN.join(map(str, compute_file_size(order)))
    facts = [format_plain(_model_title(job), NAME_SHOWN), size]
    if order.images > 1:
        facts.append(fmt.format_count(order.images, "picture"))
    return Embed(title, "\n".join(lines), tone, image, " · ".join(facts))


def _format_notes(job: Job) -> list[str]:
    return [f"-# {escape_text(note, NOTE_SHOWN)}" for note in job.order.notes[:4]]


def _describe_shortfall(job: Job) -> str:
    if job.reason == "cancelled":
        return "Cancelled."
    why = _end_sentence(escape_text(job.reason, REASON_SHOWN)) or "Some pictures didn't arrive."
    return why[0].upper() + why[1:]


def _end_sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?…" else f"{text}."


def _format_ref(job: Job) -> str:
    return f" Ref {escape_text(job.ref, 16)}." if job.ref else ""


def _model_title(job: Job) -> str:
    return job.order.model_title or job.order.model


def _format_model(job: Job) -> str:
    return escape_text(_model_title(job), NAME_SHOWN)


def _cancel_button(job: Job) -> CardButton:
    return CardButton("cancel", "Cancel", job.id)


def delete_button(job: JobId) -> CardButton:
    """Build the button that takes away a job's last message."""
    return CardButton("delete", "Delete", job, style=ButtonStyle.DANGER)


def _retry_button(job: Job, label: str) -> CardButton:
    return CardButton("retry", label, job.id, style=ButtonStyle.PRIMARY)


def place_kept_card(job: Job) -> MessageCard:
    """Say that the next start resumes a waiting job."""
    panel = Embed("Waiting", f"*{escape_text(job.order.prompt, 300)}*")
    return MessageCard("I'm restarting; your place is kept.", panel, (_cancel_button(job),))


def compute_file_size(order: GenerationParams) -> tuple[int, int]:
    """Return width and height of the finished file, rounded as SwarmUI rounds an upscale."""
    factor = order.upscale or 1
    if factor <= 1:
        return order.width, order.height
    if dict(order.extras).get("refinerupscalemethod", "").startswith("latent-"):
        return round(order.width // 8 * factor) * 8, round(order.height // 8 * factor) * 8
    return round(order.width * factor) // 16 * 16, round(order.height * factor) // 16 * 16

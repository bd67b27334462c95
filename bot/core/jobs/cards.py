"""A job's message from its first word to its last."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.core.errors import Refused
from bot.core.jobs.job import Job
from bot.core.jobs.progress import Phase, Progress
from bot.core.jobs.upload_limits import SOUNDS, VIDEOS
from bot.core.text import format as fmt
from bot.core.text.escape import code_block, echo, is_empty, plain, units
from bot.core.ui.card import Button, Card, Panel, Style, Tone

CONTENT_MAX: Final = 2000
BODY_MAX: Final = 4096
ALT_MAX: Final = 1024
# Long prompts are cut in what is shown: nobody reads a wall, and Edit has the whole of it.
PROMPT_SHOWN: Final = 400
NAME_SHOWN: Final = 60
REASON_SHOWN: Final = 300
NOTE_SHOWN: Final = 200
BY_MODERATOR: Final = "a moderator stopped it"
PREVIEW_FILE: Final = "preview.jpg"
ROW: Final = 5
PICTURES_MAX: Final = 10  # two rows of Vary and two of Upscale, below the first


def queued(job: Job, place: int, eta_s: float | None, starting: bool) -> Card:
    """Accepted. `eta_s` is the wait in seconds, None while the model's pace is unknown."""
    if starting:
        content, title = "Got it, starting now.", "Starting"
    elif eta_s is None:
        content = f"You're {fmt.ordinal(place)} in line. I'm still learning how fast this model is."
        title = "Queued"
    else:
        content = f"You're {fmt.ordinal(place)} in line, {fmt.about(eta_s)}. It will appear here."
        title = "Queued"
    # Exactly what `working` says before the first frame: no edit is spent on saying it twice.
    tone = Tone.BUSY if starting else Tone.CALM
    return Card(content, _panel(job, title, tone), (_cancel(job),))


def working(job: Job, progress: Progress, with_preview: bool) -> Card:
    """SwarmUI has it. `with_preview` shows the file "preview.jpg" that is sent along."""
    model, left = _model(job), progress.eta_s
    soon = "" if left is None else f", {fmt.about(left)} left"
    lead = ""
    match progress.phase:
        case Phase.WAITING:
            title, content = "Starting", "Got it, starting now."
        case Phase.LOADING:
            title = "Loading the model"
            content = f"Loading *{model}*. The first picture after a model change takes longer."
        case Phase.DRAWING:
            title = "Drawing"
            which = "" if job.order.images == 1 else f" {progress.picture} of {job.order.images}"
            content = f"Drawing{which}, step {progress.step} of {progress.steps}{soon}."
            lead = fmt.bar(progress.percent) + f" · step {progress.step}/{progress.steps}"
            lead += "" if left is None else f" · {fmt.duration(left)}"
        case Phase.FINISHING:
            title, content = "Finishing", "Almost there, finishing touches."
            lead = fmt.bar(progress.percent)
    image = PREVIEW_FILE if with_preview else ""
    return Card(
        content,
        _panel(job, title, Tone.BUSY, lead, image),
        (_cancel(job),),
        spoiler=job.order.spoiler,
    )


def done(job: Job, took_s: float, left_today: int | None) -> Card:
    """The result's line. The pictures are plain attachments of the same message."""
    order = job.order
    seeds = f"seed {order.seed}"
    if job.ready > 1:
        seeds = f"seeds {order.seed}{fmt.TO}{order.seed + job.ready - 1}"
    facts = [
        echo(order.prompt, PROMPT_SHOWN),
        _model(job),
        f"{order.width}{fmt.TIMES}{order.height}",
        seeds,
        fmt.duration(took_s),
    ]
    if left_today is not None:
        facts.append(f"{left_today} left today")
    lines = [" · ".join(facts)]
    missing = order.images - job.ready
    if missing > 0:
        kept = f"{job.ready} was finished and kept" if job.ready == 1 else f"{job.ready} were kept"
        lines.append(f"{_partly(job)} {kept}, {missing} returned.{_ref(job)}")
    lines += _notes(job)
    return Card("\n".join(lines), buttons=_ways_on(job), spoiler=order.spoiler)


def cancelled(job: Job, left_today: int | None) -> Card:
    """Stopped before a picture was finished; everything is returned."""
    why = f" ({echo(job.reason, REASON_SHOWN)})" if job.reason else ""
    content = f"Cancelled{why}. {fmt.returned(job.order.images, left_today)}"
    return _over(job, content, (_again(job, "Draw again"),), Tone.CALM)


def failed(job: Job, left_today: int | None) -> Card:
    """It ended without a picture. Says why, what came back, and gives the prompt back."""
    reason = _sentence(echo(job.reason, REASON_SHOWN)) or "SwarmUI could not draw this."
    advice = " Try a smaller size." if "memory" in reason.casefold() else ""
    back = fmt.returned(job.order.images, left_today)
    content = f"{reason} {back}{advice}{_ref(job)}"
    return _over(job, content, (_again(job, "Try again"), _edit(job)), Tone.BAD)


def server_down(job: Job, until: datetime) -> Card:
    """SwarmUI does not answer; the job waits for it until `until`."""
    content = (
        "The drawing computer is offline. Nothing was charged; "
        f"your place is kept until {fmt.when(until)}."
    )
    return Card(content, _panel(job, "Waiting for the drawing computer", Tone.BAD), (_cancel(job),))


def moved(job: Job, link: str) -> Card:
    """What is left of a status message whose result had to be sent anew."""
    is_are = "picture is" if max(job.ready, 1) == 1 else "pictures are"
    return Card(f"Your {is_are} here: {link}")


def ring(job: Job, link: str = "") -> Card:
    """The one message that notifies, as a reply to the result; `link` where it is none."""
    is_are = "picture is" if max(job.ready, 1) == 1 else "pictures are"
    where = f" {link}" if link else ""
    return Card(f"<@{job.requester}> Your {is_are} ready.{where}", ring=job.requester)


def alt(job: Job, index: int, kind: str = "png") -> str:
    """What a picture was asked to show, for those who cannot see it; `index` counts from 0.

    `kind` is the file's extension: a video or a sound is called one.
    """
    order = job.order
    what = "video" if kind in VIDEOS else "sound" if kind in SOUNDS else "picture"
    how = "drawn" if what == "picture" else f"a {what} made"
    which = f", {what} {index + 1} of {order.images}" if order.images > 1 else ""
    tail = f" ({how} by {plain(_title(job), NAME_SHOWN)}{which})"
    return plain(order.prompt, ALT_MAX - units(tail)) + tail


def given_back(content: str, prompt: str) -> tuple[str, str]:
    """A sentence with the prompt in a copyable block: the content, and what belongs in a panel.

    The panel's text is empty unless the prompt is too long for the content; a prompt of nothing
    has no block.
    """
    block = "" if is_empty(prompt) else code_block(prompt, BODY_MAX)
    if not block:
        return content, ""
    if units(content) + units(block) + 1 <= CONTENT_MAX:
        return f"{content}\n{block}", ""
    return content, block


def _ways_on(job: Job) -> tuple[Button, ...]:
    """The buttons of a result, in rows that a phone can show: five a row and five rows at most.

    With several pictures each has its own Vary and Upscale, in the order in which they hang there.
    """
    reroll = Button(
        "reroll", f"Reroll · uses {job.order.images}", job.id, style=Style.PRIMARY, row=0
    )
    known: tuple[Button, ...] = (
        Button("edit", "Edit", job.id),
        Button("parameters", "Parameters", job.id),
        Button("delete", "Delete", job.id, style=Style.DANGER),
    )
    if not job.order.private:  # nobody else sees those
        known = (*known, Button("report", "Report", job.id))
    if job.ready <= 1:
        single = (
            Button("vary", "Vary · uses 1", job.id, "1", row=0),
            Button("upscale", "Upscale · uses 1", job.id, "1", row=0),
        )
        return (reroll, *single, *(replace(button, row=1) for button in known))
    rows = -(-min(job.ready, PICTURES_MAX) // ROW)
    each = tuple(
        Button(action, f"{label} {number + 1}", job.id, str(number + 1), row=first + number // ROW)
        for action, label, first in (("vary", "Vary", 1), ("upscale", "Upscale", 1 + rows))
        for number in range(min(job.ready, PICTURES_MAX))
    )
    return (reroll, *(replace(button, row=0) for button in known), *each)


def _over(job: Job, content: str, buttons: tuple[Button, ...], tone: Tone) -> Card:
    content, long = given_back(content, job.order.prompt)
    return Card(content, Panel("Your prompt", long, tone) if long else None, buttons)


def _panel(job: Job, title: str, tone: Tone, lead: str = "", image: str = "") -> Panel:
    order = job.order
    lines = [lead] if lead else []
    lines.append(f"*{echo(order.prompt, PROMPT_SHOWN)}*")
    lines += _notes(job)
    facts = [plain(_title(job), NAME_SHOWN), f"{order.width}{fmt.TIMES}{order.height}"]
    if order.images > 1:
        facts.append(fmt.plural(order.images, "picture"))
    return Panel(title, "\n".join(lines), tone, image, " · ".join(facts))


def _notes(job: Job) -> list[str]:
    return [f"-# {echo(note, NOTE_SHOWN)}" for note in job.order.notes[:4]]


def _partly(job: Job) -> str:
    if job.reason == "cancelled":
        return "Cancelled."
    why = _sentence(echo(job.reason, REASON_SHOWN)) or "Not all of them came."
    return why[0].upper() + why[1:]


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?…" else f"{text}."


def _ref(job: Job) -> str:
    return f" Ref {echo(job.ref, 16)}." if job.ref else ""


def _title(job: Job) -> str:
    return job.order.model_title or job.order.model


def _model(job: Job) -> str:
    return echo(_title(job), NAME_SHOWN)


def _cancel(job: Job) -> Button:
    return Button("cancel", "Cancel", job.id)


def _again(job: Job, label: str) -> Button:
    return Button("retry", label, job.id, style=Style.PRIMARY)


def _edit(job: Job) -> Button:
    return Button("edit", "Edit", job.id)


RETURNED_PROMPT_MAX = 300


def restarting(prompt: str) -> Refused:
    """Somebody asks meanwhile."""
    sentence = "I'm restarting; try again in a minute. Nothing was charged."
    return Refused("restarting", sentence, prompt=prompt)


def kept(job: Job) -> Card:
    """The card of a job that waits: the next start takes it up again."""
    panel = Panel("Waiting", f"*{echo(job.order.prompt, RETURNED_PROMPT_MAX)}*", Tone.CALM)
    button = Button("cancel", "Cancel", job.id)
    return Card("I'm restarting; your place is kept.", panel, (button,))

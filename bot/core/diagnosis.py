"""Card of `/diagnose`, for moderators. It shows no address, no token and no prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.core.check_result import CheckResult
from bot.core.jobs.job import Job
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text
from bot.core.ui.card import EMBED_TEXT_MAX, CardTone, Embed, MessageCard

LINE_MAX: Final = 500
DISK_LOW_BYTES: Final = 1 << 30
HOST_HINT: Final = "The host of this bot finds the addresses with `swarmbot check`."
ALL_WELL: Final = "All is well."


@dataclass(frozen=True, slots=True)
class BotState:
    """State of the bot itself. `loaded` are titles of models in SwarmUI's memory."""

    waiting: int
    running: int
    drawn_models: tuple[str, ...]
    loaded: tuple[str, ...]
    last_failure: Job | None
    free_bytes: int
    version: str


def build_own_results(state: BotState) -> tuple[CheckResult, ...]:
    """Describe the bot's own state as results of checks."""
    queue = f"{state.waiting:,} waiting, {state.running} in progress."
    if state.drawn_models:
        queue += f" Drawing with {', '.join(state.drawn_models)}."
    memory = ", ".join(state.loaded) or "No model that I know of"
    roomy = state.free_bytes >= DISK_LOW_BYTES
    free = f"{state.free_bytes / 1024**3:.1f} GB free on the bot's disk."
    return (
        CheckResult("queue", True, queue),
        CheckResult("model in memory", True, f"{memory}."),
        CheckResult("last error", True, _describe_failure(state.last_failure)),
        CheckResult("disk", roomy, free, "Free some space on the computer of the bot."),
        CheckResult("version", True, f"swarmui-discord-bot {state.version}."),
    )


def diagnosis_card(results: tuple[CheckResult, ...]) -> MessageCard:
    """Show every result, each problem with its fix."""
    bad = sum(not result.ok for result in results)
    lead = ALL_WELL if not bad else f"{bad} to fix. {HOST_HINT}"
    lines: list[str] = []
    for result in results:
        line = _format_result(result)
        if sum(map(len, lines)) + len(lines) + len(line) > EMBED_TEXT_MAX:
            break
        lines.append(line)
    tone = CardTone.BAD if bad else CardTone.CALM
    return MessageCard(lead, Embed("Diagnosis", "\n".join(lines), tone))


def _format_result(result: CheckResult) -> str:
    detail = escape_text(result.public or result.detail, LINE_MAX)
    line = f"{'✅' if result.ok else '❌'} **{result.name}:** {detail}"
    return (
        line if result.ok or not result.fix else f"{line}\n-# {escape_text(result.fix, LINE_MAX)}"
    )


def _describe_failure(job: Job | None) -> str:
    if job is None or job.ended_at is None:
        return "None in this server."
    return f"{job.reason} Ref {job.ref}, {fmt.format_timestamp(job.ended_at)}."

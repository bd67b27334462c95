"""`swarmbot check`, which tests what `run` needs and prints one line with a fix for each."""

from __future__ import annotations

import io
import json
import os
import textwrap
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from PIL import Image
from rich.console import Console
from rich.text import Text

from bot.adapters.classifier import HttpClassifier
from bot.adapters.discord.diagnostics import probe as discord_probe
from bot.adapters.discord.diagnostics.channel_checks import CHANNEL_ID_FIX
from bot.adapters.discord.diagnostics.live_check import run_live_check
from bot.adapters.discord.discord_internals import set_discord_urls
from bot.adapters.sqlite.inspection import list_used_channels
from bot.adapters.swarmui import probe_swarmui as swarmui_probe
from bot.config import PREFIX, ConfigError, Settings, load
from bot.core.check_result import ChannelUse, CheckResult, UsedChannel
from bot.core.errors import StoreError
from bot.renamed_settings import RENAMED_KEYS
from bot.runtime import build_command_tree
from bot.storage_check import RUNNING, check_file_mode, check_process, check_storage
from bot.views import build_swarm_settings

LATELY: Final = timedelta(days=7)
DRAWN_CHANNELS_MAX: Final = 20
NEEDED_TO_CONNECT: Final = frozenset({"token", "gateway", "session starts"})


async def run_checks(
    path: Path | None, live: str | None, console: Console | None = None, *, as_json: bool = False
) -> int:
    """Print every result as soon as it is known and return 0 if all is well, else 1.

    A missing message content intent counts as a problem, because newcomers wonder about it most.
    With broken settings the other checks are skipped. As JSON, one document comes at the end.
    """
    console = console or Console(highlight=False)
    findings: list[CheckResult] = []
    async for finding in _collect_results(path, live):
        findings.append(finding)
        if not as_json:
            _print_result(console, finding)
    bad = sum(not finding.ok for finding in findings)
    if as_json:
        console.file.write(format_json(findings) + "\n")
    else:
        console.print()
        console.print(Text(_conclude(bad, findings)))
    return 1 if bad else 0


def format_json(findings: list[CheckResult]) -> str:
    """Return the results as a JSON document."""
    checks = [
        {
            "name": finding.name,
            "state": "ok" if finding.ok else "fix",
            "sentence": finding.detail,
            "fix": "" if finding.ok else finding.fix,
        }
        for finding in findings
    ]
    return json.dumps({"ok": all(finding.ok for finding in findings), "checks": checks}, indent=2)


def _conclude(bad: int, findings: list[CheckResult]) -> str:
    if bad:
        return f"{bad} to fix, then run `swarmbot check` again."
    if any(finding.detail.startswith(RUNNING) for finding in findings):
        return "All is well, and the bot is running."
    return "All is well: `swarmbot run`."


async def _collect_results(path: Path | None, live: str | None) -> AsyncIterator[CheckResult]:
    """Run the groups of checks. One that breaks is a result too, and the next ones still run."""
    try:
        settings = load(path)
    except ConfigError as error:
        for key, sentence in error.problems:
            fix = f"Fix it in {error.source}."
            if key.upper().startswith(PREFIX):
                fix = "Correct the variable where it is set. README lists all settings."
            yield CheckResult("settings", False, f"{key} {sentence}", fix)
        return
    source = "the environment and the defaults" if path is None else path.name
    renamed = "".join(f" {old} is now {RENAMED_KEYS[old]}." for old in settings.old_keys)
    yield CheckResult("settings", True, f"Read from {source}.{renamed}")
    groups: tuple[tuple[str, Callable[[], AsyncIterator[CheckResult]]], ...] = (
        ("storage", lambda: _check_computer(settings, path)),
        ("Discord", lambda: _check_discord(settings, live)),
        ("SwarmUI", lambda: _check_swarmui(settings)),
        ("classifier", lambda: _check_classifier(settings)),
    )
    for name, group in groups:
        try:
            async for finding in group():
                yield finding
        except Exception as error:  # noqa: BLE001 -- a host who sets up shall read no traceback
            yield CheckResult(
                name,
                False,
                f"This check broke ({type(error).__name__}).",
                "Please report this line. The other checks count.",
            )


async def _check_computer(settings: Settings, path: Path | None) -> AsyncIterator[CheckResult]:
    for finding in check_storage(settings):
        yield finding
    yield check_process(settings.storage.database)
    if path is not None and os.name == "posix":
        yield check_file_mode(path, settings)


async def _check_discord(settings: Settings, live: str | None) -> AsyncIterator[CheckResult]:
    discord = settings.discord
    set_discord_urls(discord.api_base, discord.gateway_url, discord.cdn_url)
    token = discord.token.get_secret_value()
    tree = await build_command_tree(settings)
    used = tuple(list_channels_in_use(settings, datetime.now(UTC)))
    connects = True
    async for finding in discord_probe.check_discord(token, tree, used):
        connects = connects and (finding.ok or finding.name not in NEEDED_TO_CONNECT)
        yield finding
    if live is None or not connects:
        return
    if not live.isascii() or not live.isdigit():
        yield CheckResult(
            "live",
            False,
            f"{live} is not a channel's id.",
            CHANNEL_ID_FIX,
        )
        return
    jpeg, png = _check_image("JPEG"), _check_image("PNG")
    async for finding in run_live_check(token, int(live), jpeg, png):
        yield finding


def list_channels_in_use(settings: Settings, now: datetime) -> Iterator[UsedChannel]:
    """List the channels of config.toml, then those of the database."""
    if settings.log.channel:
        yield UsedChannel(settings.log.channel, ChannelUse.LOG, "log.channel")
    for channel in settings.triggers.channels:
        yield UsedChannel(channel, ChannelUse.TRIGGER, "triggers.channels")
    with suppress(StoreError):  # there is none yet, or the storage's check has said why
        database = settings.storage.database
        yield from list_used_channels(database, now - LATELY, DRAWN_CHANNELS_MAX)


async def _check_swarmui(settings: Settings) -> AsyncIterator[CheckResult]:
    swarm, model = build_swarm_settings(settings), settings.swarmui.model
    async for finding in swarmui_probe(swarm, default_model=model):
        yield finding


async def _check_classifier(settings: Settings) -> AsyncIterator[CheckResult]:
    if (its := settings.moderation).url:
        token = its.token.get_secret_value()
        async with HttpClassifier.open(its.url, token, its.timeout_s) as classifier:
            yield await classifier.check_service()


def _check_image(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (120, 90, 200)).save(out, kind)
    return out.getvalue()


def _print_result(console: Console, finding: CheckResult) -> None:
    mark = "ok   " if finding.ok else "FIX  "
    first, *others = _wrap_text(console, f"{mark}{finding.name}: {finding.detail}")
    line = Text(first)
    line.stylize("green" if finding.ok else "bold red", 0, len(mark))
    line.stylize("bold", len(mark), len(mark) + len(finding.name) + 1)
    console.print(line, soft_wrap=True)
    if finding.fix and not finding.ok:
        others += _wrap_text(console, f"       {finding.fix}", "       ")
    for text in others:
        console.print(Text(text), soft_wrap=True)


def _wrap_text(console: Console, text: str, indent: str = "     ") -> list[str]:
    """Break lines between words only, because a broken address is another link."""
    return textwrap.wrap(
        text,
        console.width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )

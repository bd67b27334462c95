"""`swarmbot check`, which tests what `run` needs and prints one line with a fix for each."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.text import Text

from bot.adapters.classifier import HttpClassifier
from bot.adapters.discord.diagnostics import probe as discord_probe
from bot.adapters.discord.diagnostics.live_check import run_live_check
from bot.adapters.discord.discord_internals import set_discord_urls
from bot.adapters.swarmui import probe_swarmui as swarmui_probe
from bot.config import ConfigError, Settings, load
from bot.core.check_result import CheckResult
from bot.renamed_settings import RENAMED_KEYS
from bot.views import build_swarm_settings


async def run_checks(path: Path | None, live: str | None, console: Console | None = None) -> int:
    """Print every result as soon as it is known and return 0 if all is well, else 1.

    A missing message content intent counts as a problem, because newcomers wonder about it most.
    With broken settings the other checks are skipped.
    """
    console = console or Console(highlight=False)
    bad = 0
    async for finding in _collect_results(path, live):
        _print_results(console, finding)
        bad += not finding.ok
    console.print()
    if bad:
        console.print(f"{bad} to fix, then run `swarmbot check` again.")
        return 1
    console.print("All is well: `swarmbot run`.")
    return 0


async def _collect_results(path: Path | None, live: str | None) -> AsyncIterator[CheckResult]:
    try:
        settings = load(path)
    except ConfigError as error:
        for key, sentence in error.problems:
            fix = f"Fix it in {error.source}."
            yield CheckResult("settings", False, f"{key} {sentence}", fix)
        return
    source = "the environment and the defaults" if path is None else path.name
    renamed = "".join(f" {old} is now {RENAMED_KEYS[old]}." for old in settings.old_keys)
    yield CheckResult("settings", True, f"Read from {source}.{renamed}")
    async for finding in _check_discord(settings, live):
        yield finding
    swarm, model = build_swarm_settings(settings), settings.swarmui.model
    async for finding in swarmui_probe(swarm, default_model=model):
        yield finding
    if (its := settings.moderation).url:
        token = its.token.get_secret_value()
        async with HttpClassifier.open(its.url, token, its.timeout_s) as classifier:
            yield await classifier.check_service()


async def _check_discord(settings: Settings, live: str | None) -> AsyncIterator[CheckResult]:
    discord = settings.discord
    set_discord_urls(discord.api_base, discord.gateway_url, discord.cdn_url)
    token = discord.token.get_secret_value()
    well = True
    async for finding in discord_probe.check_discord(token):
        well = well and (finding.ok or finding.name == "intent")
        yield finding
    if live is None or not well:
        return
    if not live.isdigit():
        yield CheckResult(
            "live",
            False,
            f"{live} is not a channel's id.",
            "In Discord: Settings, Advanced, Developer Mode; then right-click the channel.",
        )
        return
    jpeg, png = _check_image("JPEG"), _check_image("PNG")
    async for finding in run_live_check(token, int(live), jpeg, png):
        yield finding


def _check_image(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), (120, 90, 200)).save(out, kind)
    return out.getvalue()


def _print_results(console: Console, finding: CheckResult) -> None:
    mark = Text("ok   ", "green") if finding.ok else Text("FIX  ", "bold red")
    console.print(Text.assemble(mark, (f"{finding.name}: ", "bold"), finding.detail))
    if finding.fix and not finding.ok:
        console.print(Text(f"       {finding.fix}"))

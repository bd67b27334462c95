"""Check of the commands that Discord has registered."""

from __future__ import annotations

from typing import Any, Final

from discord import app_commands

from bot.adapters.discord.command_sync import ENTRY_POINT, find_changed_commands
from bot.adapters.discord.diagnostics.guild_checks import join_names
from bot.adapters.discord.diagnostics.rest_reader import RestReader
from bot.core.check_result import CheckResult
from bot.core.text.format import format_count

NAME: Final = "registered commands"


async def check_commands(
    reader: RestReader, tree: app_commands.CommandTree[Any], application_id: int
) -> CheckResult:
    """Compare what is registered with the bot's own commands. Raises DiscordProblem."""
    there = await reader.get(f"/applications/{application_id}/commands")
    if not there:
        return CheckResult(NAME, True, "None yet. The first `swarmbot run` registers them.")
    wanted = [command.to_dict(tree) for command in tree.get_commands()]
    others = [command for command in there if command["type"] != ENTRY_POINT]
    if changed := find_changed_commands(wanted, others):
        return build_drift_result(changed)
    return CheckResult(NAME, True, f"Discord has {format_count(len(wanted), 'command')} of mine.")


def build_drift_result(names: list[str]) -> CheckResult:
    """Return the result for commands that are not registered as they should be."""
    return CheckResult(
        NAME,
        False,
        f"Discord doesn't have these commands as they should be: {join_names(names)}.",
        "Start or restart the bot, which registers them. If they are still missing after a "
        "minute, its log says why.",
    )

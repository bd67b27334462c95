"""Checks of the guilds that the bot is in, and of its commands there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.adapters.discord.diagnostics.rest_reader import DiscordProblem, RestReader
from bot.adapters.discord.permissions import build_invite_link
from bot.core.check_result import CheckResult
from bot.core.text.format import format_count

PAGE_SIZE: Final = 200
PAGES_MAX: Final = 25
GUILDS_ASKED_MAX: Final = 25
NAMES_SHOWN: Final = 3
MISSING_ACCESS: Final = 50001


@dataclass(frozen=True, slots=True)
class JoinedGuilds:
    """Names of the guilds by id. `is_complete` is False if there are too many to list."""

    names: dict[int, str]
    is_complete: bool = True


async def fetch_guilds(reader: RestReader) -> JoinedGuilds:
    """List the guilds page by page. Raises DiscordProblem."""
    names: dict[int, str] = {}
    for _ in range(PAGES_MAX):
        after = max(names, default=0)
        page = await reader.get("/users/@me/guilds", limit=PAGE_SIZE, after=after)
        names |= {int(guild["id"]): str(guild["name"]) for guild in page}
        if len(page) < PAGE_SIZE or max(names) == after:
            return JoinedGuilds(names)
    return JoinedGuilds(names, is_complete=False)


def check_guilds(guilds: JoinedGuilds, application_id: int) -> CheckResult:
    """Check that it is in a server."""
    if not guilds.names:
        link = build_invite_link(application_id)
        return CheckResult("server", False, "I'm not in any server yet.", f"Open this: {link}")
    more = "" if guilds.is_complete else "more than "
    count = format_count(len(guilds.names), "server")
    return CheckResult("server", True, f"In {more}{count}: {join_names(guilds.names.values())}.")


async def check_command_access(
    reader: RestReader, guilds: JoinedGuilds, application_id: int
) -> CheckResult:
    """Check that it was invited with `applications.commands`, in some of many guilds.

    Raises DiscordProblem.
    """
    asked = list(guilds.names)[:GUILDS_ASKED_MAX]
    shut = []
    for guild in asked:
        try:
            await reader.get(f"/applications/{application_id}/guilds/{guild}/commands")
        except DiscordProblem as problem:
            if problem.code == MISSING_ACCESS:
                shut.append(guild)
            elif problem.status != 404:  # it left the guild meanwhile
                raise
    if shut:
        return build_shut_result([guilds.names[guild] for guild in shut], application_id)
    part = "" if len(asked) == len(guilds.names) and guilds.is_complete else " that I asked"
    count = format_count(len(asked), "server")
    return CheckResult("slash commands", True, f"They are allowed in {count}{part}.")


def build_shut_result(names: Sequence[str], application_id: int) -> CheckResult:
    """Return the result for guilds without the bot's commands."""
    return CheckResult(
        "slash commands",
        False,
        f"No slash commands in {join_names(names)}: I was invited there without "
        "applications.commands.",
        f"Open this and choose the server again: {build_invite_link(application_id)}",
    )


def join_names(names: Sequence[str] | Any) -> str:
    """Join the first names."""
    listed = list(names)
    return ", ".join(listed[:NAMES_SHOWN]) + (" …" if listed[NAMES_SHOWN:] else "")

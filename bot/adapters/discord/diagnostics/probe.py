"""Discord checks for a host who is setting up, each with a result and a fix."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import aiohttp
from discord import app_commands

from bot.adapters.discord.diagnostics import application_checks, gateway_check, guild_checks
from bot.adapters.discord.diagnostics.channel_checks import check_channels
from bot.adapters.discord.diagnostics.command_check import check_commands
from bot.adapters.discord.diagnostics.rest_reader import READ_FIX, DiscordProblem, RestReader
from bot.core.check_result import CheckResult, UsedChannel

Check: TypeAlias = Callable[[], Awaitable[Sequence[CheckResult]]]
UNREADABLE: tuple[type[Exception], ...] = (
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)


async def check_discord(
    token: str,
    tree: app_commands.CommandTree[Any],
    used: Sequence[UsedChannel] = (),
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncGenerator[CheckResult, None]:
    """Check the Discord settings over REST and with one HELLO, without going online.

    `tree` has the bot's commands, `used` the channels in use. Discord's answers never raise, and
    the requests are few, however many guilds there are. `set_discord_urls` selects the server.
    """
    async with aiohttp.ClientSession() as session:
        run = _DiscordChecks(session, RestReader(session, token), now)
        for finding in await run_check("token", run.check_application):
            yield finding
        if run.application_id is None:
            return
        for name, check in (
            ("gateway", run.check_gateway),
            ("server", run.check_guilds),
            ("registered commands", lambda: run.check_commands(tree)),
            ("channels", lambda: run.check_channels(used)),
        ):
            for finding in await run_check(name, check):
                yield finding


async def run_check(name: str, check: Check) -> Sequence[CheckResult]:
    """Return a check's results, or one that says why Discord's answer is of no use."""
    try:
        return await check()
    except DiscordProblem as problem:
        return (CheckResult(name, False, problem.sentence, problem.fix),)
    except UNREADABLE:
        # Discord's answer has another form than its documentation says.
        return (CheckResult(name, False, "Discord's answer can't be read.", READ_FIX),)


class _DiscordChecks:
    """The checks, in their order. Each uses what the ones before have fetched."""

    def __init__(
        self, session: aiohttp.ClientSession, reader: RestReader, now: Callable[[], datetime]
    ) -> None:
        self._session, self._reader, self._now = session, reader, now
        self._me: dict[str, Any] = {}
        self._guilds: guild_checks.JoinedGuilds | None = None
        self.application_id: int | None = None

    async def check_application(self) -> Sequence[CheckResult]:
        """Log in, and read the application's page."""
        me = await self._reader.get("/users/@me")
        name, _ = str(me["username"]), int(me["id"])
        clock = application_checks.check_clock(self._now(), self._reader.date)
        application = await self._reader.get("/applications/@me")
        number = int(application["id"])
        results = (
            CheckResult("token", True, f"Logged in as {name}."),
            clock,
            application_checks.check_intents(application),
            application_checks.check_endpoint(application),
            application_checks.check_invitation(application),
        )
        self._me, self.application_id = me, number
        return results

    async def check_gateway(self) -> Sequence[CheckResult]:
        """Ask for the gateway, then open it."""
        info = await gateway_check.fetch_gateway_info(self._reader)
        starts = gateway_check.check_session_starts(info)
        return (await gateway_check.check_hello(self._session, info), starts)

    async def check_guilds(self) -> Sequence[CheckResult]:
        """List the guilds and ask for the scope of commands there."""
        assert self.application_id is not None
        self._guilds = guilds = await guild_checks.fetch_guilds(self._reader)
        found = guild_checks.check_guilds(guilds, self.application_id)
        if not found.ok:
            return (found,)
        access = await guild_checks.check_command_access(self._reader, guilds, self.application_id)
        return (found, access)

    async def check_commands(self, tree: app_commands.CommandTree[Any]) -> Sequence[CheckResult]:
        """Compare the registered commands."""
        assert self.application_id is not None
        return (await check_commands(self._reader, tree, self.application_id),)

    async def check_channels(self, used: Sequence[UsedChannel]) -> Sequence[CheckResult]:
        """Check the permissions in the channels in use, unless it is in no guild."""
        if self._guilds is not None and not self._guilds.names:
            return ()
        return await check_channels(self._reader, self._me, used)

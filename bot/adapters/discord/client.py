"""Discord client with a small cache.

The client caches no members and no messages; the database holds what the bot knows. Each shard
keeps its own connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, TypeAlias

import aiohttp
import discord
import structlog
import yarl
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.cog_bases import BotCog, MessageListener
from bot.adapters.discord.command_sync import CommandRegistration
from bot.adapters.discord.discord_internals import (
    add_shard,
    drop_repeated_interactions,
    fetch_gateway,
    forget_connector,
    guard_parsers,
    set_shard_count,
    skip_voice_warnings,
)
from bot.adapters.discord.gateway_shard import GatewayShard
from bot.adapters.discord.interactions.context import BotInteraction
from bot.adapters.discord.interactions.router import InteractionRouter
from bot.adapters.discord.interactions.sending import send_private
from bot.adapters.discord.interactions.unexpected_errors import FailureReporter
from bot.adapters.discord.session_starts import GatewayInfo, SessionStarts, parse_gateway_info
from bot.core.jobs.answers import COMMAND_CHANGED_CARD
from bot.core.jobs.status_line import IDLE_STATUS

log = structlog.stdlib.get_logger(__name__)
OnFirstReady: TypeAlias = Callable[["SwarmBot"], Awaitable[None]]

GUILD_READY_TIMEOUT_S: Final = 0.05
"""Time that READY waits for each further guild. The library waits 2 s to fill its member cache.

Here nothing that begins at READY needs more than the ids of the guilds, which READY itself has.
"""


class _Tree(app_commands.CommandTree["SwarmBot"]):
    """The slash commands. What is raised in one of them ends here.

    Discord shows a member old commands for a while after a change, and those that another release
    registered, and sends them.
    """

    async def interaction_check(self, interaction: discord.Interaction[SwarmBot], /) -> bool:
        """Raise CommandSignatureMismatch for an option that the library would drop or misread."""
        command, registration = interaction.command, interaction.client.registration
        data: Any = interaction.data
        if command is not None and registration is not None and registration.find_odd_option(data):
            raise app_commands.CommandSignatureMismatch(command)
        return True

    async def on_error(
        self, interaction: discord.Interaction[SwarmBot], error: app_commands.AppCommandError, /
    ) -> None:
        if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            log.info("unknown command", why=str(error))
            if interaction.client.registration is not None:
                interaction.client.registration.mend()
            if interaction.type is not discord.InteractionType.autocomplete:
                await send_private(interaction, COMMAND_CHANGED_CARD)
            return
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        name = interaction.command.qualified_name if interaction.command else "unknown"
        await interaction.client.failures.report_failure(interaction, cause, where=f"/{name}")


class SwarmBot(commands.AutoShardedBot):
    """The Discord client. Its cogs and callbacks are set by `install`.

    The message-content intent is asked for only if the application was granted it, which is read
    from its flags at login: without it trigger phrases sleep, commands and mentions work.
    """

    def __init__(
        self,
        new_error_ref: Callable[[], str],
        *,
        http_trace: aiohttp.TraceConfig | None = None,
        guild_ready_timeout_s: float = GUILD_READY_TIMEOUT_S,
        shard_count: int | None = None,
    ) -> None:
        # The connection keeps this very object and reads it when it identifies itself, which is
        # after `setup_hook`: that is how the flags can still decide about one of them.
        self._wanted = discord.Intents(
            guilds=True, moderation=True, guild_messages=True, dm_messages=True
        )
        self._shown = discord.CustomActivity(IDLE_STATUS)
        skip_voice_warnings()
        super().__init__(
            command_prefix=(),
            help_command=None,
            tree_cls=_Tree,
            intents=self._wanted,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=guild_ready_timeout_s,
            activity=self._shown,
            http_trace=http_trace or aiohttp.TraceConfig(),
            shard_count=shard_count,
        )
        self.failures = FailureReporter(new_error_ref)
        self._new_error_ref = new_error_ref
        self._fixed_shard_count = shard_count
        self._is_content_refused = False
        self.registration: CommandRegistration | None = None
        self.starts = SessionStarts(self._fetch_gateway_info)
        drop_repeated_interactions(self)
        guard_parsers(self, self.report_unreadable)
        self._make_cogs: Callable[[], Iterable[BotCog]] | None = None
        self._on_first_ready: OnFirstReady | None = None
        self._is_started = False
        self._gateway_shards: list[GatewayShard] = []
        self._listener: MessageListener | None = None
        self._router = InteractionRouter(())

    @property
    def reads_messages(self) -> bool:
        """Return True if message contents arrive, known after login."""
        return self._wanted.message_content

    @property
    def is_connected(self) -> bool:
        """Return True if every shard has a session of the gateway."""
        shards = self._gateway_shards
        return bool(shards) and all(shard.is_connected for shard in shards)

    def install_cogs(
        self, make_cogs: Callable[[], Iterable[BotCog]], on_first_ready: OnFirstReady
    ) -> None:
        """Set the cogs, rebuilt at each login, and what is called when the client is connected.

        It is called once, when the ids of the guilds are known.
        """
        self._make_cogs, self._on_first_ready = make_cogs, on_first_ready

    async def setup_hook(self) -> None:
        """Set up intents, cogs, buttons and commands between login and connection."""
        flags = self.application_flags
        granted = flags.gateway_message_content or flags.gateway_message_content_limited
        self._wanted.message_content = granted and not self._is_content_refused
        if not self.reads_messages:
            log.warning("message content is off: phrases sleep, /imagine and mentions work")
        assert self._make_cogs is not None
        cogs = tuple(self._make_cogs())
        await self.add_cogs(cogs)
        self._router = InteractionRouter(route for cog in cogs for route in cog.routes)
        assert self.application_id is not None
        # Beside the connection, not before it. While Discord throttles or refuses the list, the
        # commands registered before still work, and so do mentions and buttons.
        self.registration = CommandRegistration(self.tree, self.application_id)
        self.registration.start()

    async def add_cogs(self, cogs: Iterable[BotCog]) -> None:
        """Add cogs with their commands and message menus."""
        for cog in cogs:
            await self.add_cog(cog)
            for menu in cog.menus:
                self.tree.add_command(menu)

    def is_guild_gone(self, guild: int) -> bool:
        """Return True if the bot is certainly no member now. In an outage it still is one.

        False while a shard is not connected, and for guilds of other processes.
        """
        ids, count = self.shard_ids, self.shard_count or 1
        is_ours = ids is None or (guild >> 22) % count in ids
        return is_ours and self.is_ready() and self.is_connected and self.get_guild(guild) is None

    async def close(self) -> None:
        """Close the connection and give up registering commands."""
        if self.registration is not None:
            self.registration.stop()
        await super().close()

    async def connect(self, *, reconnect: bool = True) -> None:
        """Keep every shard connected. Raises what a new connection cannot fix."""
        info = await self.starts.fetch_info()
        count = self._fixed_shard_count or info.shards
        set_shard_count(self, count)
        url = yarl.URL(info.url) if info.url else None
        self._gateway_shards = [
            GatewayShard(
                self, at, count, self.starts, lambda shard: add_shard(self, shard.id, shard)
            )
            for at in range(count)
        ]
        tasks = [
            asyncio.create_task(one.run(url), name=f"shard {one.id}")
            for one in self._gateway_shards
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _fetch_gateway_info(self) -> GatewayInfo:
        return parse_gateway_info(await fetch_gateway(self))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Count a session start. The shard has waited for its turn before it connected."""
        self.starts.count_start(shard_id or 0)

    def drop_message_content(self) -> bool:
        """Go on without message content, which Discord refused. False if it was not asked for."""
        if not self._wanted.message_content:
            return False
        self._wanted.message_content, self._is_content_refused = False, True
        log.warning("Discord refuses message content: phrases sleep, /imagine and mentions work")
        return True

    def report_unreadable(self, what: str, error: Exception) -> None:
        """Log an event of the gateway that was dropped because it cannot be read."""
        log.error("unreadable event dropped", what=what, ref=self._new_error_ref(), exc_info=error)

    def reset_client(self) -> None:
        """Reset a closed client so that the same object can connect again."""
        self.clear()
        self.tree.clear_commands(guild=None)  # closing took the cogs away, but not their groups
        forget_connector(self)

    async def on_ready(self) -> None:
        """Start the program on the first ready event. Discord repeats it for each session."""
        if not self._is_started and self._on_first_ready is not None:
            self._is_started = True
            await self._on_first_ready(self)

    async def add_cog(self, cog: commands.Cog, /, **more: Any) -> None:
        """Add a cog and remember the one that listens to messages."""
        await super().add_cog(cog, **more)
        if isinstance(cog, MessageListener):
            self._listener = cog

    async def on_message(self, message: discord.Message, /) -> None:
        """Skip discord.py's search for text commands, because there are none."""
        if self._listener is not None and message.author != self.user:
            await self._listener.handle_message(message)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        """Pass on a member's edit. The bot's own edits and link previews are none."""
        author = event.data.get("author", {})
        is_edit = event.data.get("edited_timestamp") and not author.get("bot")
        if is_edit and self._listener is not None:
            await self._listener.handle_edit(event.message_id)

    async def on_interaction(self, interaction: BotInteraction) -> None:
        """Route a press or form to its cog, then tell the cogs that it was answered."""
        is_command = interaction.type is discord.InteractionType.application_command
        if not is_command and await self._router.handle(interaction):
            self.dispatch("answered", interaction)

    async def on_app_command_completion(
        self,
        interaction: BotInteraction,
        _: app_commands.Command[Any, ..., Any] | app_commands.ContextMenu,
        /,
    ) -> None:
        """Tell the cogs that a command was answered."""
        self.dispatch("answered", interaction)

    async def show_status(self, text: str) -> None:
        """Set the status line under the bot's name, also for every session to come."""
        self.activity = self._shown = discord.CustomActivity(text)
        for shard_id in range(len(self._gateway_shards)):
            await self._repeat_status(shard_id)

    async def on_shard_connect(self, shard_id: int) -> None:
        """Tell the status line again, which may have changed since the session was asked for."""
        await self._repeat_status(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Tell the status line again, which may have changed while the connection was lost."""
        await self._repeat_status(shard_id)

    async def _repeat_status(self, shard_id: int) -> None:
        if shard_id < len(self._gateway_shards):
            await self._gateway_shards[shard_id].show_activity(self._shown)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log an error from a listener, a button or a form while it is being handled."""
        interaction = args[0] if args and isinstance(args[0], discord.Interaction) else None
        await self.failures.report_failure(interaction, None, where=event_method)

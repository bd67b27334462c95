"""Private parts of discord.py 2.7 that the bot depends on, each behind one function.

discord.py is pinned below 2.8. An upgrade has to check this module and its tests only.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import MultipartParameters, Route, handle_message_parameters
from discord.webhook.async_ import async_context

Json: TypeAlias = Any
MISSING: Any = discord.utils.MISSING
CLOSE_TIMEOUT_S: Final = 2.0
SEEN_INTERACTIONS: Final = 1000  # their ids, of some minutes at least


def set_discord_urls(api_base: str, gateway_url: str, cdn_url: str) -> None:
    """Set the three addresses of Discord for this process, before any client is made."""
    Route.BASE = api_base.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    discord.Asset.BASE = cdn_url.rstrip("/")


def skip_voice_warnings() -> None:
    """Make no client warn that voice needs more packages. The bot has no voice."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


def get_api_base() -> str:
    """Return the address below which all REST paths lie."""
    return Route.BASE


def get_gateway_url() -> str:
    """Return the gateway's address that is used where Discord names none."""
    return str(DiscordWebSocket.DEFAULT_GATEWAY)


def build_guild(me: Json, data: Json) -> discord.Guild:
    """Build a guild from REST answers, so that permissions can be asked without a connection.

    `me` is the bot's user. `data` is a guild with `members`, `channels` and `threads`.
    """
    state = discord.Client(intents=discord.Intents(guilds=True))._connection
    state.user = discord.ClientUser(state=state, data=me)
    return discord.Guild(data=data, state=state)


class UnreadableReady(Exception):
    """READY could not be read, so the session is worth nothing."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(repr(cause))
        self.cause = cause


class GatewaySocket(DiscordWebSocket):
    """Socket that knows whether its heartbeats are answered, and never waits long to close."""

    _beat_at = _heard_at = 0.0

    async def received_message(self, msg: Any, /) -> None:
        """Note the time of each frame."""
        self._heard_at = self.loop.time()
        await super().received_message(msg)

    async def send_heartbeat(self, data: Any) -> None:
        """Note the time of a heartbeat that is not answered yet."""
        self._beat_at = self.loop.time()
        await super().send_heartbeat(data)

    async def poll_event(self) -> None:
        """Handle one frame. A socket that is given up before HELLO is closed."""
        try:
            await super().poll_event()
        except asyncio.CancelledError:
            if self._keep_alive is None:
                await self.close_soon(4000)
            raise

    async def close_soon(self, code: int) -> None:
        """Close without waiting for a peer that is gone."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.close(code)

    def is_heartbeat_overdue(self, patience_s: float) -> bool:
        """Return True if nothing has come for so long since the last heartbeat."""
        waits = self._beat_at > self._heard_at
        return waits and self.loop.time() - self._beat_at > patience_s


def guard_parsers(client: discord.Client, report: Callable[[str, Exception], None]) -> None:
    """Make the client report and drop an event that it cannot read. Only READY still raises."""

    def guard(event: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
        def parse_or_drop(data: Any) -> None:
            try:
                parse(data)
            except Exception as error:
                # What a payload raises inside the library is of no kind that could be named.
                if event == "READY":
                    raise UnreadableReady(error) from error
                report(event, error)

        return parse_or_drop

    parsers = client._connection.parsers
    parsers.update({event: guard(event, parse) for event, parse in parsers.items()})


def drop_repeated_interactions(client: discord.Client) -> None:
    """Make the client handle each interaction once. Discord may deliver its event twice."""
    parsers, seen = client._connection.parsers, dict[str, None]()
    parse = parsers["INTERACTION_CREATE"]

    def parse_once(data: Any) -> None:
        if (number := str(data["id"])) in seen:
            return
        seen[number] = None
        if len(seen) > SEEN_INTERACTIONS:
            del seen[next(iter(seen))]
        parse(data)

    parsers["INTERACTION_CREATE"] = parse_once


async def fetch_gateway(client: discord.Client) -> dict[str, Any]:
    """Ask for the gateway's address, the number of shards and the session starts that are left."""
    answer: dict[str, Any] = await client.http.request(Route("GET", "/gateway/bot"))
    return answer


def set_shard_count(client: discord.AutoShardedClient, count: int) -> None:
    """Tell the client and its cache how many shards there are."""
    client.shard_count = client._connection.shard_count = count
    client._connection.shard_ids = range(count)


def add_shard(client: discord.AutoShardedClient, shard_id: int, shard: object) -> None:
    """Let the client find a connected shard."""
    client._AutoShardedClient__shards[shard_id] = shard  # type: ignore[attr-defined]


def get_role_ids(member: discord.Member) -> tuple[int, ...]:
    """Return the role ids of the payload, also those of roles that are not cached."""
    return tuple(member._roles)


def forget_connector(client: discord.Client) -> None:
    """Drop the connector that was closed with the session, so that a login makes another."""
    client.http.connector = MISSING


async def fetch_command_overrides(client: discord.Client, guild: int) -> tuple[Json, Json, int]:
    """Fetch the registered commands and what the guild's *Integrations* page says about them.

    The third value is the application's id, whose overrides are those of all commands.
    """
    application = client.application_id
    assert application is not None
    commands, overrides = await asyncio.gather(
        client.http.get_global_commands(application),
        client.http.get_guild_application_command_permissions(application, guild),
    )
    return commands, overrides, application


def encode_message(**arguments: Any) -> MultipartParameters:
    """Encode a message's arguments. Use it as a context manager, which closes its files."""
    return handle_message_parameters(**arguments)


async def send_message(client: discord.Client, channel: int, params: MultipartParameters) -> Json:
    """Post a message by channel id."""
    return await client.http.send_message(channel, params=params)


async def edit_message(
    client: discord.Client, channel: int, message: int, params: MultipartParameters
) -> Json:
    """Edit a message of the bot by its ids."""
    return await client.http.edit_message(channel, message, params=params)


async def edit_by_token(
    client: discord.Client, token: str, message: int | None, params: MultipartParameters
) -> Json:
    """Edit a message with an interaction's token, or the first answer if `message` is None.

    Without `with_components` Discord may leave the buttons as they are, by its documentation.
    """
    application = client.application_id
    assert application is not None
    hook = discord.Webhook.partial(application, token, client=client)
    route = Route(
        "PATCH",
        "/webhooks/{webhook_id}/{webhook_token}/messages/"
        + ("@original" if message is None else "{message_id}"),
        webhook_id=application,
        webhook_token=token,
        message_id=message,
    )
    return await async_context.get().request(
        route,
        session=hook.session,
        proxy=hook.proxy,
        proxy_auth=hook.proxy_auth,
        payload=params.payload,
        multipart=params.multipart,
        files=params.files,
        params={"with_components": 1},
    )


async def edit_first_answer(interaction: discord.Interaction[Any], **arguments: Any) -> int:
    """Edit an interaction's first answer, or fill in a deferred one, and return its id.

    discord.py's own `edit_original_response` does not send `with_components`.
    """
    with encode_message(**arguments) as params:
        data = await edit_by_token(interaction.client, interaction.token, None, params)
    return int(data["id"])

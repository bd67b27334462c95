"""One request of the bot, understood; and what handlers ask of it again and again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord.errors import FormError, no
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.limits import Limit
from bot.sandbox.discord.membership import has_bot
from bot.sandbox.discord.model import Channel, Guild, Json, Message, World
from bot.sandbox.discord.permissions import VIEW, permissions_in

TIER_LIMIT = {0: 10 << 20, 1: 10 << 20, 2: 50 << 20, 3: 100 << 20}


@dataclass(frozen=True, slots=True)
class Call:
    """`body` is the JSON, also of `payload_json`; a list only where the route takes one."""

    hub: Hub
    params: dict[str, str]
    query: dict[str, str]
    raw: Any = None
    uploads: tuple[Upload, ...] = ()

    @property
    def world(self) -> World:
        return self.hub.world

    @property
    def body(self) -> Json:
        if self.raw is None:
            return {}
        if not isinstance(self.raw, dict):
            raise FormError(
                [("", "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")]
            )
        return self.raw

    @property
    def items(self) -> list[Any]:
        if not isinstance(self.raw, list):
            raise FormError([("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")])
        return self.raw

    def channel(self, needs: int = 0) -> Channel:
        """Return the path's channel, 10003 unknown, 50001 not visible, 50013 bits missing."""
        channel = self.world.channels.get(self.params["channel_id"])
        if channel is None:
            raise no(10003)
        bits = permissions_in(self.world, self.world.bot_id, channel)
        if not bits & VIEW:
            raise no(50001)
        if bits & needs != needs:
            raise no(50013)
        return channel

    def bits(self, channel: Channel) -> int:
        return permissions_in(self.world, self.world.bot_id, channel)

    def message(self, channel: Channel) -> Message:
        """Return the path's message. Ephemeral ones have no channel route (10008)."""
        found = self.world.messages.get(channel.id, {}).get(self.params["message_id"])
        if found is None or found.viewer is not None:
            raise no(10008)
        return found

    def guild(self) -> Guild:
        guild = self.world.guilds.get(self.params["guild_id"])
        if guild is None or not has_bot(self.world, guild.id):
            raise no(10004)
        return guild

    def size_limit(self, channel: Channel) -> int:
        """Bytes for one file in this place."""
        tier = self.world.guilds[channel.guild_id].premium_tier if channel.guild_id else 0
        return TIER_LIMIT[tier]

    def number(self, key: str, default: int, least: int, most: int) -> int:
        text = self.query.get(key, str(default))
        if not text.isdigit() or not least <= int(text) <= most:
            why = f"int value should be between {least} and {most}."
            raise FormError([(key, "NUMBER_TYPE_MAX", why)])
        return int(text)


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """`by` names what keys the limit; `token` marks routes that need no bot token."""

    method: str
    template: str
    handler: Handler
    limit: Limit | None = None
    by: str = "channel_id"
    token: bool = False
    status: int = 200

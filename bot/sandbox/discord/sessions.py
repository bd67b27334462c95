"""Gateway sessions: what was sent to whom, so that a dropped connection can be resumed."""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from bot.sandbox.discord.model import Json, Message, World
from bot.sandbox.discord.permissions import VIEW, permissions_in

KEPT: Final = 1000
ALIVE_S: Final = 300.0
GUILDS, MEMBERS, MODERATION, PRESENCES = 1 << 0, 1 << 1, 1 << 2, 1 << 8
GUILD_MESSAGES, GUILD_REACTIONS, GUILD_TYPING = 1 << 9, 1 << 10, 1 << 11
DM_MESSAGES, DM_REACTIONS, DM_TYPING, CONTENT = 1 << 12, 1 << 13, 1 << 14, 1 << 15
PRIVILEGED: Final = {"members": MEMBERS, "presence": PRESENCES, "message_content": CONTENT}


Disturb: TypeAlias = Callable[[str], Json | None]
"""What a fault does to an event of this name, if any."""


class Line(Protocol):
    """A connection: takes payloads without waiting."""

    def put(self, payload: Json) -> None: ...

    def cut(self) -> None: ...

    def mute(self) -> None: ...


@dataclass(slots=True)
class Session:
    """`line` is None while nobody is connected; dispatches are then only kept."""

    id: str
    intents: int
    shard: tuple[int, int]
    line: Line | None = None
    presence: Json = field(default_factory=dict)
    seq: int = 0
    left_at: float = 0.0
    sent: deque[Json] = field(default_factory=lambda: deque(maxlen=KEPT))
    disturb: Disturb = lambda event: None

    def dispatch(self, event: str, data: Json) -> None:
        """Send an event, or what a fault makes of it: with less in it, twice, or later."""
        fault = self.disturb(event) or {}
        if late_ms := fault.get("late_ms"):
            asyncio.get_running_loop().call_later(late_ms / 1000, self._send, event, data)
            return
        gone = fault.get("without", ())
        for _ in range(2 if fault.get("twice") else 1):
            self._send(event, {name: value for name, value in data.items() if name not in gone})

    def _send(self, event: str, data: Json) -> None:
        self.seq += 1
        payload = {"op": 0, "t": event, "s": self.seq, "d": data}
        self.sent.append(payload)
        if self.line is not None:
            self.line.put(payload)

    def missed(self, seq: int) -> list[Json] | None:
        """Return what came after `seq`, or None if that is no longer known."""
        if seq > self.seq or (self.sent and seq < self.sent[0]["s"] - 1):
            return None
        return [payload for payload in self.sent if payload["s"] > seq]


class Sessions:
    """All sessions of the bot; a session dies five minutes after its connection."""

    def __init__(
        self, world: World, now: Callable[[], float], disturb: Disturb = lambda event: None
    ) -> None:
        self._world, self._now, self._disturb = world, now, disturb
        self._all: dict[str, Session] = {}

    def begin(self, intents: int, shard: tuple[int, int]) -> Session:
        session = Session(secrets.token_hex(16), intents, shard, disturb=self._disturb)
        self._all[session.id] = session
        return session

    def find(self, session_id: str) -> Session | None:
        now = self._now()
        for session in list(self._all.values()):
            if session.line is None and now - session.left_at > ALIVE_S:
                del self._all[session.id]
        return self._all.get(session_id)

    def leave(self, session: Session, line: Line, *, for_good: bool) -> None:
        if session.line is line:
            session.line, session.left_at = None, self._now()
        if for_good:
            self.end(session)

    def end(self, session: Session) -> None:
        """End a session. It can no longer be resumed."""
        self._all.pop(session.id, None)

    @property
    def connected(self) -> list[Session]:
        return [session for session in self._all.values() if session.line is not None]

    def tell(self, guild_id: str | None, intent: int, event: str, data: Json) -> None:
        """To the shard of this guild (DMs: shard 0), if it has this intent; 0 is everybody."""
        for session in list(self._all.values()):
            index, count = session.shard
            at = (int(guild_id) >> 22) % count if guild_id else 0
            if at == index and (not intent or session.intents & intent):
                session.dispatch(event, data)

    def tell_message(self, event: str, message: Message, data: Json) -> None:
        """As `tell`, with the words emptied for a session without the message-content intent."""
        channel = self._world.channels[message.channel_id]
        if not permissions_in(self._world, self._world.bot_id, channel) & VIEW:
            return
        intent = GUILD_MESSAGES if channel.guild_id else DM_MESSAGES
        for session in list(self._all.values()):
            index, count = session.shard
            at = (int(channel.guild_id) >> 22) % count if channel.guild_id else 0
            if at == index and session.intents & intent:
                open_to_it = session.intents & CONTENT or is_open(self._world, message)
                session.dispatch(event, data if open_to_it else emptied(data))


def is_open(world: World, message: Message) -> bool:
    """Accept what the bot reads without the intent, such as its own messages and DMs."""
    mine = world.bot_id
    in_dm = world.channels[message.channel_id].guild_id is None
    return in_dm or message.author_id == mine or mine in message.mentions


def emptied(data: Json) -> Json:
    return data | {"content": "", "embeds": [], "attachments": [], "components": []}

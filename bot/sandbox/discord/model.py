"""What there is in the sandbox's Discord: values, and the `World` that holds the present ones.

A change is a new value in the world's dictionary; ids are text, times are seconds since 1970.
"""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

DM, TEXT, NEWS, THREAD = 1, 0, 5, 11
EPHEMERAL, LOADING, V2 = 1 << 6, 1 << 7, 1 << 15
HAS_THREAD, HAS_SNAPSHOT = 1 << 5, 1 << 14
SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12
TOKEN_LIFE_S = 900.0
FIRST_ANSWER_S = 3.0


@dataclass(frozen=True, slots=True)
class User:
    """`all_messages` is the notification setting "All Messages" instead of "Only @mentions"."""

    id: str
    username: str
    global_name: str | None = None
    bot: bool = False
    dms_open: bool = True
    all_messages: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    id: str
    guild_id: str
    name: str
    permissions: int = 0
    position: int = 0
    color: int = 0
    managed: bool = False
    mentionable: bool = False
    bot_id: str | None = None


@dataclass(frozen=True, slots=True)
class Overwrite:
    """`kind` is 0 for a role and 1 for a member."""

    id: str
    kind: int
    allow: int = 0
    deny: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    guild_id: str
    user_id: str
    roles: tuple[str, ...] = ()
    joined_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Guild:
    id: str
    name: str
    owner_id: str
    system_channel_id: str | None = None
    premium_tier: int = 0
    rules_channel_id: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    id: str
    type: int
    name: str | None = None
    guild_id: str | None = None
    position: int = 0
    nsfw: bool = False
    parent_id: str | None = None
    overwrites: tuple[Overwrite, ...] = ()
    recipient_id: str | None = None
    owner_id: str | None = None
    archived: bool = False
    locked: bool = False

    @property
    def is_thread(self) -> bool:
        return self.type == THREAD


@dataclass(frozen=True, slots=True)
class Attachment:
    id: str
    channel_id: str
    filename: str
    size: int
    content_type: str | None
    width: int | None = None
    height: int | None = None
    description: str | None = None
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """`pinged` are the people whose phone rang; `viewer` is the one who sees an ephemeral one.

    `forwarded` is another message as it was when somebody forwarded it. `webhook_id` is the webhook
    that posted it, whose user of the same id is the author.
    """

    id: str
    channel_id: str
    author_id: str
    type: int = 0
    content: str = ""
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    files: tuple[Attachment, ...] = ()
    flags: int = 0
    edited_at: float | None = None
    edits: int = 0
    reply_to: str | None = None
    nonce: str | None = None
    mentions: tuple[str, ...] = ()
    mention_roles: tuple[str, ...] = ()
    mention_everyone: bool = False
    pinged: tuple[str, ...] = ()
    reactions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    interaction_id: str | None = None
    viewer: str | None = None
    forwarded: "Message | None" = None
    webhook_id: str | None = None

    @property
    def loading(self) -> bool:
        return bool(self.flags & LOADING)


@dataclass(frozen=True, slots=True)
class Interaction:
    """One thing a person did with the bot; `kind` is the type of the first answer."""

    id: str
    token: str
    type: int
    user_id: str
    channel_id: str
    created_at: float
    name: str | None = None
    source_id: str | None = None
    opener_id: str | None = None
    menu: bool = False
    kind: int | None = None
    answered_at: float | None = None
    filled_at: float | None = None
    original_id: str | None = None
    ephemeral: bool = False
    modal: Json | None = None
    modal_open: bool = False
    choices: tuple[Json, ...] | None = None
    messages: tuple[str, ...] = ()

    def state(self, now: float, loading: bool) -> tuple[str, float]:
        """Return what the person sees and when it was decided, in seconds.

        `loading` means that a deferred answer still says "thinking".
        """
        if self.kind is None:
            waited = now - self.created_at
            return ("waiting", waited) if waited <= FIRST_ANSWER_S else ("failed", FIRST_ANSWER_S)
        answered = (self.answered_at or now) - self.created_at
        if self.kind != 5:
            return "answered", answered
        if not loading:
            return "answered", (self.filled_at or now) - self.created_at
        if now - self.created_at > TOKEN_LIFE_S:
            return "failed", TOKEN_LIFE_S
        return "deferred", answered


@dataclass(slots=True)
class World:
    """Everything that a restart of the server should find again; bytes of files lie elsewhere.

    `overrides` are what *Integrations* says, by the ids of the guild and of the command, or of the
    application for all commands. `portal` is what the developer portal says of the application
    beyond the defaults. `without_commands` are guilds that invited the bot without the scope
    `applications.commands`.
    """

    token: str
    secret: str
    application_id: str
    bot_id: str
    granted: tuple[str, ...] = ("message_content",)
    users: dict[str, User] = field(default_factory=dict)
    guilds: dict[str, Guild] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[tuple[str, str], Member] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: dict[str, dict[str, Message]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    commands: dict[str, Json] = field(default_factory=dict)
    overrides: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    portal: Json = field(default_factory=dict)
    without_commands: set[str] = field(default_factory=set)

    def message(self, message_id: str | None) -> Message | None:
        channel = self.places.get(message_id or "")
        return self.messages[channel].get(message_id or "") if channel else None

    def put(self, message: Message) -> Message:
        self.messages.setdefault(message.channel_id, {})[message.id] = message
        self.places[message.id] = message.channel_id
        return message

    def remove(self, message: Message) -> None:
        del self.messages[message.channel_id][message.id]
        del self.places[message.id]

    def dm_of(self, user_id: str) -> Channel:
        return next(c for c in self.channels.values() if c.recipient_id == user_id)

    def loading(self, interaction: Interaction) -> bool:
        original = self.message(interaction.original_id)
        return original is not None and original.loading

"""Messages come, change and go: the one place that does it, and tells everybody who may see it."""

from dataclasses import dataclass, replace

from bot.sandbox.discord import attach, messageviews, parts, views
from bot.sandbox.discord.errors import no
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.mentions import called_by
from bot.sandbox.discord.model import (
    EPHEMERAL,
    HAS_SNAPSHOT,
    LOADING,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    V2,
    Channel,
    Json,
    Message,
)
from bot.sandbox.discord.permissions import VIEW, permissions_in
from bot.sandbox.discord.sessions import GUILDS

KEPT_FLAGS = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | V2


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a new message comes from. `viewer` makes it ephemeral, `id` gives it a reserved id."""

    channel_id: str
    author_id: str
    type: int = 0
    reply_to: str | None = None
    interaction_id: str | None = None
    viewer: str | None = None
    forwarded: Message | None = None
    webhook_id: str | None = None


def create(hub: Hub, origin: Origin, body: Json, uploads: tuple[Upload, ...]) -> Message:
    """Post a validated body. People whom it calls have their phones rung, once, here."""
    message = Message(
        hub.new_id(),
        origin.channel_id,
        origin.author_id,
        19 if origin.reply_to and not origin.type else origin.type,
        body.get("content") or "",
        # Whatever a bot says, its embeds are rich. Those of links have other types.
        _embeds(body) if hub.world.users[origin.author_id].bot else tuple(body.get("embeds") or ()),
        parts.completed(body.get("components")),
        attach.new_files(hub, origin.channel_id, body, uploads),
        _flags(body, origin),
        reply_to=origin.reply_to,
        nonce=None if body.get("nonce") is None else str(body["nonce"]),
        interaction_id=origin.interaction_id,
        viewer=origin.viewer,
        forwarded=origin.forwarded,
        webhook_id=origin.webhook_id,
    )
    called = called_by(hub.world, message, body.get("allowed_mentions"))
    quiet = bool(message.flags & SUPPRESS_NOTIFICATIONS)
    pinged = called.people
    recipient = hub.world.channels[origin.channel_id].recipient_id
    if recipient and origin.interaction_id is None and recipient != origin.author_id:
        pinged = (recipient,)
    message = replace(
        message,
        mentions=called.users,
        mention_roles=called.roles,
        mention_everyone=called.everyone,
        pinged=() if quiet else pinged,
    )
    if origin.author_id == hub.world.bot_id:
        hub.report.live_mentions += called.count
    _need_something(message)
    hub.world.put(message)
    announce(hub, "MESSAGE_CREATE", message)
    return message


def loading(hub: Hub, origin: Origin) -> Message:
    """Return the "thinking" message of a deferred answer."""
    flags = LOADING | (EPHEMERAL if origin.viewer else 0)
    message = Message(
        hub.new_id(),
        origin.channel_id,
        origin.author_id,
        origin.type,
        flags=flags,
        reply_to=origin.reply_to,
        interaction_id=origin.interaction_id,
        viewer=origin.viewer,
    )
    hub.world.put(message)
    announce(hub, "MESSAGE_CREATE", message)
    return message


def edit(hub: Hub, message: Message, body: Json, uploads: tuple[Upload, ...]) -> Message:
    """Change what the body names, keep the rest; filling in a deferred answer is no edit."""
    files = attach.files_after(hub, message, body, uploads)
    flags = message.flags & ~LOADING
    if body.get("flags") is not None:
        wanted = int(body["flags"])
        flags = flags & ~SUPPRESS_EMBEDS | wanted & (SUPPRESS_EMBEDS | V2)
    changed = replace(
        message,
        content=(body["content"] or "") if "content" in body else message.content,
        embeds=_embeds(body) if "embeds" in body else message.embeds,
        components=parts.completed(body["components"])
        if "components" in body
        else message.components,
        files=files,
        flags=flags,
        edited_at=message.edited_at if message.loading else hub.now(),
        edits=message.edits if message.loading else message.edits + 1,
    )
    _need_something(changed)
    if _names(body, "content", "allowed_mentions", "components"):
        called = called_by(hub.world, changed, body.get("allowed_mentions"))
        before = {*message.mentions, *message.mention_roles}
        if changed.author_id == hub.world.bot_id:
            fresh = {*called.users, *called.roles} - before
            hub.report.live_mentions += len(fresh)
            hub.report.live_mentions += called.everyone and not message.mention_everyone
        changed = replace(
            changed,
            mentions=called.users,
            mention_roles=called.roles,
            mention_everyone=called.everyone,
        )
    for file in message.files:
        if file not in files and all(file.id != kept.id for kept in files):
            hub.files.forget(file.id)
    if not message.loading and message.author_id == hub.world.bot_id:
        hub.report.edits_per_message[message.id] += 1
    hub.world.put(changed)
    announce(hub, "MESSAGE_UPDATE", changed)
    return changed


def delete(hub: Hub, message: Message, *, announced: bool = True) -> None:
    """`announced` is false for a bulk delete, which tells of all of them at once."""
    hub.world.remove(message)
    for file in message.files:
        hub.files.forget(file.id)
    begun = hub.world.interactions.get(message.interaction_id or "")
    if message.loading and begun is not None:
        hub.world.interactions[begun.id] = replace(begun, filled_at=hub.now())
    hub.changed()
    gone: Json = {"id": message.id, "channel_id": message.channel_id}
    for person in _people(hub, message):
        told = {"id": message.id, "channel": message.channel_id, "message": message.id}
        hub.watchers.tell(person, "delete", told)
    if message.viewer is None and announced:
        guild_id = hub.world.channels[message.channel_id].guild_id
        data = gone | ({"guild_id": guild_id} if guild_id else {})
        hub.sessions.tell_message("MESSAGE_DELETE", message, data)


def wake(hub: Hub, thread: Channel) -> None:
    """Somebody speaks in an archived thread: it is active again, and the bot hears of that."""
    hub.world.channels[thread.id] = active = replace(thread, archived=False)
    hub.changed()
    hub.sessions.tell(active.guild_id, GUILDS, "THREAD_UPDATE", views.channel(hub.world, active))


def announce(hub: Hub, event: str, message: Message) -> None:
    """Tell the bot (never of ephemeral messages) and every person who looks on."""
    hub.changed()
    if message.viewer is None:
        seen = for_gateway(hub, message)
        if event == "MESSAGE_CREATE":
            seen |= nonce_of(message)
        hub.sessions.tell_message(event, message, seen)
    kind = "message" if event == "MESSAGE_CREATE" else "edit"
    for person in _people(hub, message):
        told: Json = {"id": message.id, "channel": message.channel_id}
        hub.watchers.tell(person, kind, told | {"message": for_person(hub, message, person)})


def nonce_of(message: Message) -> Json:
    """Return the nonce as a field, for MESSAGE_CREATE and the answer to the post.

    Discord keeps it nowhere else: messages that are fetched have none.
    """
    return {} if message.nonce is None else {"nonce": message.nonce}


def for_gateway(hub: Hub, message: Message) -> Json:
    world = hub.world
    data = messageviews.message(world, hub.links, message, world.bot_id)
    guild_id = world.channels[message.channel_id].guild_id
    if guild_id is None:
        return data | {"channel_type": 1}
    data["guild_id"] = guild_id
    if author := world.members.get((guild_id, message.author_id)):
        data["member"] = views.member(world, author, with_user=False)
    data["mentions"] = [
        seen | {"member": views.member(world, world.members[guild_id, seen["id"]], with_user=False)}
        if (guild_id, seen["id"]) in world.members
        else seen
        for seen in data["mentions"]
    ]
    return data


def for_person(hub: Hub, message: Message, person: str) -> Json:
    """Discord's message object, with the three fields that the doors add."""
    return messageviews.message(hub.world, hub.links, message, person) | {
        "edits": message.edits,
        "silent": not message.pinged,
        "sandbox_files": [
            {
                "url": hub.links.of(file),
                "filename": file.filename,
                "content_type": file.content_type,
                "size": file.size,
            }
            for file in message.files
        ],
    }


def may_see(hub: Hub, message: Message, person: str) -> bool:
    if message.viewer is not None:
        return message.viewer == person
    channel = hub.world.channels[message.channel_id]
    return bool(permissions_in(hub.world, person, channel) & VIEW)


def _people(hub: Hub, message: Message) -> list[str]:
    return [person for person in hub.watchers.people() if may_see(hub, message, person)]


def _names(body: Json, *keys: str) -> bool:
    return any(key in body for key in keys)


def _embeds(body: Json) -> tuple[Json, ...]:
    kept = []
    for embed in body.get("embeds") or ():
        fields = [{"inline": False, **field} for field in embed.get("fields") or []]
        kept.append({**embed, "type": "rich"} | ({"fields": fields} if fields else {}))
    return tuple(kept)


def _flags(body: Json, origin: Origin) -> int:
    wanted = int(body.get("flags") or 0) & KEPT_FLAGS
    forwards = HAS_SNAPSHOT if origin.forwarded else 0
    return wanted | forwards | (EPHEMERAL if origin.viewer else 0)


def _need_something(message: Message) -> None:
    parts_of_it = (message.embeds, message.components, message.files, message.forwarded)
    if not message.content.strip() and not any(parts_of_it):
        raise no(50006)

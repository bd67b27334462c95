"""How a message looks on the wire, to the bot and to one person."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from bot.sandbox.discord import views
from bot.sandbox.discord.model import HAS_THREAD, Attachment, Interaction, Json, Message, World
from bot.sandbox.discord.snowflakes import made_at

LINK_LIFE_S = 86_400
SNAPSHOT_FIELDS = (
    "type",
    "content",
    "mentions",
    "mention_roles",
    "attachments",
    "embeds",
    "timestamp",
    "edited_timestamp",
    "flags",
    "components",
)


def signature(world: World, path: str, until: int) -> str:
    return hmac.new(world.secret.encode(), f"{path}:{until}".encode(), hashlib.sha256).hexdigest()


class Links:
    """Makes signed CDN addresses; `base` is known once the server listens."""

    def __init__(self, world: World, now: Callable[[], float]) -> None:
        self._world, self._now, self.base = world, now, ""

    def of(self, file: Attachment) -> str:
        return self._signed(f"/attachments/{file.channel_id}/{file.id}/{quote(file.filename)}")

    def to_copy(self, file_id: str, url: str) -> str:
        """Return the address of Discord's copy of a picture that lies elsewhere."""
        scheme, _, rest = url.partition("://")
        return self._signed(f"/external/{file_id}/{scheme}/{quote(rest)}")

    def _signed(self, path: str) -> str:
        # Rounded to the hour, so that the same message looks the same twice in a row.
        until = (int(self._now()) // 3600 + 1) * 3600 + LINK_LIFE_S
        mark = signature(self._world, path, until)
        return f"{self.base}{path}?ex={until:x}&is={until - LINK_LIFE_S:x}&hm={mark}&"


def attachment(file: Attachment, links: Links) -> Json:
    url = links.of(file)
    seen: Json = {
        "id": file.id,
        "filename": file.filename,
        "size": file.size,
        "url": url,
        "proxy_url": url,
        "content_scan_version": 0,
    }
    if file.content_type is not None:
        seen["content_type"] = file.content_type
    if file.width is not None:
        seen |= {"width": file.width, "height": file.height}
    if file.description is not None:
        seen["description"] = file.description
    if file.flags:
        seen["flags"] = file.flags
    return seen


def message(
    world: World, links: Links, value: Message, viewer: str, *, nested: bool = False
) -> Json:
    """Return the message as `viewer` sees it. `nested` leaves out the one it answers."""
    shown: set[str] = set()
    embeds = [_resolve(embed, value, links, shown) for embed in value.embeds]
    components = [_resolve(part, value, links, shown) for part in value.components]
    seen: Json = {
        "id": value.id,
        "channel_id": value.channel_id,
        "author": _author(world, value),
        "type": value.type,
        "content": value.content,
        "timestamp": views.moment(made_at(value.id)),
        "edited_timestamp": None if value.edited_at is None else views.moment(value.edited_at),
        "tts": False,
        "pinned": False,
        "mention_everyone": value.mention_everyone,
        "mentions": [views.user(world.users[each]) for each in value.mentions],
        "mention_roles": list(value.mention_roles),
        "attachments": [
            attachment(f, links) for f in value.files if f.id not in shown and not _is_v2(value)
        ],
        "embeds": embeds,
        "components": components,
        "flags": value.flags,
    }
    if value.reactions:
        seen["reactions"] = [_reaction(emoji, who, viewer) for emoji, who in value.reactions]
    if value.interaction_id is not None:
        seen |= {"webhook_id": world.application_id, "application_id": world.application_id}
        if interaction := world.interactions.get(value.interaction_id):
            seen |= _metadata(world, interaction)
    if value.webhook_id is not None:
        seen["webhook_id"] = value.webhook_id
    if value.flags & HAS_THREAD:
        seen["thread"] = views.channel(world, world.channels[value.id])
    if value.reply_to is not None:
        seen |= _reply(world, links, value, viewer, nested)
    if value.forwarded is not None:
        seen |= _forward(world, links, value.forwarded, viewer)
    return seen


def _forward(world: World, links: Links, value: Message, viewer: str) -> Json:
    """Return a forwarded message: its parts, without the one who wrote it."""
    whole = message(world, links, value, viewer, nested=True)
    reference: Json = {"type": 1, "channel_id": value.channel_id, "message_id": value.id}
    if guild_id := world.channels[value.channel_id].guild_id:
        reference["guild_id"] = guild_id
    kept = {key: whole[key] for key in SNAPSHOT_FIELDS}
    return {"message_reference": reference, "message_snapshots": [{"message": kept}]}


def _author(world: World, value: Message) -> Json:
    seen = views.user(world.users[value.author_id])
    return seen | ({"discriminator": "0000"} if value.webhook_id else {})


def _is_v2(value: Message) -> bool:
    return bool(value.flags & 1 << 15)


def _reply(world: World, links: Links, value: Message, viewer: str, nested: bool) -> Json:
    channel = world.channels[value.channel_id]
    # A thread's first message refers to one of the parent.
    there = world.places.get(value.reply_to or "", value.channel_id)
    reference: Json = {"type": 0, "channel_id": there, "message_id": value.reply_to}
    if channel.guild_id:
        reference["guild_id"] = channel.guild_id
    if nested:
        return {"message_reference": reference}
    answered = world.message(value.reply_to)
    return {
        "message_reference": reference,
        "referenced_message": answered and message(world, links, answered, viewer, nested=True),
    }


def _reaction(emoji: str, who: tuple[str, ...], viewer: str) -> Json:
    name, _, emoji_id = emoji.partition(":")
    return {
        "emoji": {"id": emoji_id or None, "name": name},
        "count": len(who),
        "count_details": {"burst": 0, "normal": len(who)},
        "burst_colors": [],
        "me_burst": False,
        "burst_me": False,
        "burst_count": 0,
        "me": viewer in who,
    }


def _metadata(world: World, interaction: Interaction) -> Json:
    metadata = _origin(world, interaction)
    if interaction.type == 5 and (opener := world.interactions.get(interaction.opener_id or "")):
        metadata["triggering_interaction_metadata"] = _origin(world, opener)
    seen: Json = {"interaction_metadata": metadata}
    if interaction.type == 2:
        seen["interaction"] = {
            "id": interaction.id,
            "type": 2,
            "name": interaction.name,
            "user": metadata["user"],
        }
    return seen


def _origin(world: World, interaction: Interaction) -> Json:
    origin: Json = {
        "id": interaction.id,
        "type": interaction.type,
        "user": views.user(world.users[interaction.user_id]),
        "authorizing_integration_owners": owners(world, interaction.channel_id),
    }
    if interaction.type == 2:
        origin["name"] = interaction.name
    if interaction.type == 3:
        origin["interacted_message_id"] = interaction.source_id
    return origin


def owners(world: World, channel_id: str) -> Json:
    """Return the integration owners. In a DM Discord says `"0"`."""
    return {"0": world.channels[channel_id].guild_id or "0"}


def _resolve(node: Any, value: Message, links: Links, shown: set[str]) -> Any:
    """`attachment://name` becomes the CDN address, and the file counts as shown."""
    if isinstance(node, list):
        return [_resolve(item, value, links, shown) for item in node]
    if not isinstance(node, dict):
        return node
    seen = {key: _resolve(item, value, links, shown) for key, item in node.items()}
    for key in ("media", "file"):
        if _is_v2(value) and isinstance(item := seen.get(key), dict) and "id" not in item:
            # A picture that lies elsewhere; Discord would fetch and measure it.
            seen[key] = {**item, "id": value.id, "proxy_url": item.get("url", "")}
    if node.get("type") == 13 and isinstance(seen.get("file"), dict):
        file = next((f for f in value.files if f.id == seen["file"].get("attachment_id")), None)
        seen |= {"name": file.filename, "size": file.size} if file else {}
    if copy := seen.pop("copy", None):
        seen["proxy_url"] = links.to_copy(copy, seen["url"])
    for key, item in node.items():
        if not (isinstance(item, str) and item.startswith("attachment://")):
            continue
        file = next((f for f in value.files if f.filename == item[len("attachment://") :]), None)
        if file is None:
            continue
        shown.add(file.id)
        seen[key] = links.of(file)
        if key == "url":
            seen |= {"proxy_url": seen[key], "flags": 0}
            seen |= {"content_type": file.content_type} if file.content_type else {}
            seen |= {"width": file.width, "height": file.height} if file.width else {}
            if _is_v2(value):
                seen |= {"id": file.id, "attachment_id": file.id}
    return seen


def named_files(node: Any) -> Iterator[str]:
    """Every file name that `attachment://` mentions anywhere inside."""
    if isinstance(node, list | tuple):
        for item in node:
            yield from named_files(item)
    elif isinstance(node, dict):
        for item in node.values():
            if isinstance(item, str) and item.startswith("attachment://"):
                yield item[len("attachment://") :]
            else:
                yield from named_files(item)

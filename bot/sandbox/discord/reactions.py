"""Reactions come and go; people who look on see the message change, the bot gets its events."""

import re
from dataclasses import replace

from bot.sandbox.discord import posts, views
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import Json, Message
from bot.sandbox.discord.sessions import DM_REACTIONS, GUILD_REACTIONS

CUSTOM = re.compile(r"\w{2,32}:\d{17,20}")


def is_emoji(text: str) -> bool:
    """Accept a custom emoji as `name:id` and a plain one without ASCII letters."""
    return bool(CUSTOM.fullmatch(text)) or (
        0 < len(text) <= 16 and not re.search(r"[A-Za-z\s]", text)
    )


def add(hub: Hub, message: Message, emoji: str, user_id: str) -> None:
    now = dict(message.reactions)
    if user_id in now.get(emoji, ()):
        return
    now[emoji] = (*now.get(emoji, ()), user_id)
    _tell(
        hub, replace(message, reactions=tuple(now.items())), "MESSAGE_REACTION_ADD", emoji, user_id
    )


def remove(hub: Hub, message: Message, emoji: str, user_id: str) -> None:
    now = dict(message.reactions)
    if user_id not in now.get(emoji, ()):
        return
    now[emoji] = tuple(who for who in now[emoji] if who != user_id)
    left = tuple((each, who) for each, who in now.items() if who)
    _tell(hub, replace(message, reactions=left), "MESSAGE_REACTION_REMOVE", emoji, user_id)


def _tell(hub: Hub, message: Message, event: str, emoji: str, user_id: str) -> None:
    world = hub.world
    world.put(message)
    hub.changed()
    name, _, emoji_id = emoji.partition(":")
    guild_id = world.channels[message.channel_id].guild_id
    data: Json = {
        "user_id": user_id,
        "channel_id": message.channel_id,
        "message_id": message.id,
        "message_author_id": message.author_id,
        "emoji": {"id": emoji_id or None, "name": name},
        "burst": False,
        "type": 0,
    }
    if guild_id:
        data["guild_id"] = guild_id
        if event.endswith("ADD") and (who := world.members.get((guild_id, user_id))):
            data["member"] = views.member(world, who)
    if message.viewer is None:
        hub.sessions.tell(guild_id, GUILD_REACTIONS if guild_id else DM_REACTIONS, event, data)
    for person in hub.watchers.people():
        if posts.may_see(hub, message, person):
            told: Json = {"id": message.id, "channel": message.channel_id}
            told["message"] = posts.for_person(hub, message, person)
            hub.watchers.tell(person, "edit", told)

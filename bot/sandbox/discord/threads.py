"""Threads come to be, with the messages by which Discord tells of them."""

from dataclasses import replace

from bot.sandbox.discord import posts, views
from bot.sandbox.discord.errors import no
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import HAS_THREAD, THREAD, Channel, Message
from bot.sandbox.discord.sessions import GUILDS

THREAD_CREATED, STARTER = 18, 21


def open_thread(
    hub: Hub, parent: Channel, owner_id: str, name: str, below: Message | None = None
) -> Channel:
    """Open a thread in a channel, or below a message, whose id it gets.

    The parent hears of it by a message of Discord's, unless its own message shows the thread. A
    thread below a message begins with a message that refers to it.
    """
    if below is not None and below.id in hub.world.channels:
        raise no(160004)
    made = Channel(
        below.id if below else hub.new_id(),
        THREAD,
        name,
        parent.guild_id,
        parent_id=parent.id,
        owner_id=owner_id,
    )
    hub.world.channels[made.id] = made
    hub.changed()
    seen = views.channel(hub.world, made) | {"newly_created": True}
    hub.sessions.tell(made.guild_id, GUILDS, "THREAD_CREATE", seen)
    if below is None:
        told = posts.Origin(parent.id, owner_id, THREAD_CREATED)
        posts.create(hub, told, {"content": name}, ())
        return made
    shown = hub.world.put(replace(below, flags=below.flags | HAS_THREAD))
    posts.announce(hub, "MESSAGE_UPDATE", shown)
    first = Message(hub.new_id(), made.id, owner_id, STARTER, reply_to=below.id)
    posts.announce(hub, "MESSAGE_CREATE", hub.world.put(first))
    return made

"""`POST /sandbox/act`: everything a person can do, by its name."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from bot.sandbox.discord import posts, reactions, threads
from bot.sandbox.discord.doors import commands, components, fields, server_settings, shown
from bot.sandbox.discord.errors import Malformed, Refusal
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import FIRST_ANSWER_S, Json, User
from bot.sandbox.discord.permissions import (
    ADD_REACTIONS,
    ATTACH_FILES,
    CREATE_THREADS,
    MANAGE_MESSAGES,
    MANAGE_THREADS,
    may_speak,
    permissions_in,
)

LETTERS_MOST: Final = 2000
FILES_MOST: Final = 10
FILE_BYTES_MOST: Final = 10 << 20


async def message(hub: Hub, user: User, form: Json) -> Json:
    place = fields.channel(hub, form, user)
    bits = permissions_in(hub.world, user.id, place)
    if not may_speak(bits, place):
        raise Refusal(f"{user.username} may not speak here")
    raw = form.get("files") or []
    if not isinstance(raw, list):
        raise Malformed("`files` must be a list")
    uploads = tuple(fields.upload(each, index) for index, each in enumerate(raw))
    if uploads and not bits & ATTACH_FILES:
        raise Refusal(f"{user.username} may not attach files here")
    if len(uploads) > FILES_MOST or any(len(u.data) > FILE_BYTES_MOST for u in uploads):
        raise Refusal("at most 10 files of 10 MiB each")
    embeds = shown.embeds(hub, form)
    has_parts = bool(uploads or embeds)
    content = fields.text(form, "content") if "content" in form or not has_parts else ""
    _check_length(content)
    if not content.strip() and not has_parts:
        raise Refusal("an empty message cannot be sent")
    reply_to = None
    if form.get("reply_to") is not None:
        answered = fields.message(hub, form, user, "reply_to")
        if answered.channel_id != place.id or answered.viewer is not None:
            raise Refusal("one answers a message of the same channel that everybody sees")
        reply_to = answered.id
    if place.archived:
        if place.locked and not bits & MANAGE_THREADS:
            raise Refusal("this thread is locked")
        posts.wake(hub, place)
    origin = posts.Origin(place.id, user.id, reply_to=reply_to)
    body = {"content": content.strip(), "embeds": embeds}
    return {"message": posts.create(hub, origin, body, uploads).id}


async def forward(hub: Hub, user: User, form: Json) -> Json:
    """Send a copy of a message into a channel, as the client's *Forward* does."""
    place, found = fields.channel(hub, form, user), fields.message(hub, form, user)
    if not may_speak(permissions_in(hub.world, user.id, place), place):
        raise Refusal(f"{user.username} may not speak here")
    if found.viewer is not None or found.loading:
        raise Refusal("this message cannot be forwarded")
    copied = found.forwarded or found
    origin = posts.Origin(place.id, user.id, forwarded=copied)
    return {"message": posts.create(hub, origin, {}, ()).id}


async def edit(hub: Hub, user: User, form: Json) -> Json:
    found = fields.message(hub, form, user)
    content = fields.text(form, "content")
    _check_length(content)
    if found.author_id != user.id:
        raise Refusal("one can edit only one's own messages")
    if not content.strip() and not found.files:
        raise Refusal("an empty message cannot be sent")
    posts.edit(hub, found, {"content": content.strip()}, ())
    return {}


async def delete(hub: Hub, user: User, form: Json) -> Json:
    """One's own, anybody's with Manage Messages; a private answer is dismissed."""
    found = fields.message(hub, form, user)
    bits = permissions_in(hub.world, user.id, hub.world.channels[found.channel_id])
    own = user.id in (found.author_id, found.viewer)
    if not own and not bits & MANAGE_MESSAGES:
        raise Refusal(f"{user.username} may not delete this message")
    posts.delete(hub, found)
    return {}


async def proxy(hub: Hub, user: User, form: Json) -> Json:
    """Let a bot such as PluralKit post one's message again by a webhook, and delete the first."""
    found, name = fields.message(hub, form, user), fields.text(form, "name")
    if found.author_id != user.id:
        raise Refusal("a proxy takes only one's own messages")
    world = hub.world
    hooks = (u for u in world.users.values() if u.username == name and u.bot)
    hook = next(hooks, None) or User(hub.new_id(), name, bot=True)
    world.users[hook.id] = hook
    origin = posts.Origin(found.channel_id, hook.id, webhook_id=hook.id)
    again = posts.create(hub, origin, {"content": found.content}, ())
    posts.delete(hub, found)
    return {"message": again.id}


async def thread(hub: Hub, user: User, form: Json) -> Json:
    """Open a thread, below a message if the form names one."""
    place, name = fields.channel(hub, form, user), fields.text(form, "name")
    if place.guild_id is None or not permissions_in(hub.world, user.id, place) & CREATE_THREADS:
        raise Refusal(f"{user.username} may not open threads here")
    below = fields.message(hub, form, user) if "message" in form else None
    return {"channel": threads.open_thread(hub, place, user.id, name, below).id}


async def react(hub: Hub, user: User, form: Json) -> Json:
    found, emoji = fields.message(hub, form, user), fields.text(form, "emoji")
    bits = permissions_in(hub.world, user.id, hub.world.channels[found.channel_id])
    known = any(each == emoji for each, _ in found.reactions)
    if found.viewer is not None or not (known or bits & ADD_REACTIONS):
        raise Refusal(f"{user.username} may not react here")
    if not reactions.is_emoji(emoji):
        raise Malformed("`emoji` is none")
    reactions.add(hub, found, emoji, user.id)
    return {}


async def unreact(hub: Hub, user: User, form: Json) -> Json:
    found, emoji = fields.message(hub, form, user), fields.text(form, "emoji")
    reactions.remove(hub, found, emoji, user.id)
    return {}


async def command(hub: Hub, user: User, form: Json) -> Json:
    return {"interaction": commands.command(hub, user, form).id}


async def component(hub: Hub, user: User, form: Json) -> Json:
    return {"interaction": components.component(hub, user, form).id}


async def modal(hub: Hub, user: User, form: Json) -> Json:
    return {"interaction": components.modal(hub, user, form).id}


async def menu(hub: Hub, user: User, form: Json) -> Json:
    return {"interaction": commands.menu(hub, user, form).id}


async def autocomplete(hub: Hub, user: User, form: Json) -> Json:
    """Return the bot's choices, after three seconds none, with `failed`."""
    asked = commands.command(hub, user, form, focus=fields.text(form, "option"))
    ready = hub.choosing[asked.id] = asyncio.Event()
    try:
        async with asyncio.timeout(FIRST_ANSWER_S):
            await ready.wait()
    except TimeoutError:
        return {"choices": [], "failed": True}
    finally:
        del hub.choosing[asked.id]
    choices = hub.world.interactions[asked.id].choices or ()
    return {"choices": [{"name": c["name"], "value": c["value"]} for c in choices]}


async def settings(hub: Hub, user: User, form: Json) -> Json:
    """`dms`: whether the bot may write to this person. `all_messages`: whether each one rings."""
    fields_of = {"dms": "dms_open", "all_messages": "all_messages"}
    wanted = {name: form[key] for key, name in fields_of.items() if key in form}
    if not wanted or not all(isinstance(value, bool) for value in wanted.values()):
        raise Malformed("`dms` and `all_messages` are true or false")
    hub.world.users[user.id] = replace(user, **wanted)
    hub.changed()
    return {}


def _check_length(content: str) -> None:
    if len(content) > LETTERS_MOST:
        raise Refusal(f"a message has at most {LETTERS_MOST} characters")


ACTS: Final[dict[str, Callable[[Hub, User, Json], Awaitable[Json]]]] = {
    "message": message,
    "forward": forward,
    "edit": edit,
    "delete": delete,
    "command": command,
    "autocomplete": autocomplete,
    "component": component,
    "modal": modal,
    "menu": menu,
    "react": react,
    "unreact": unreact,
    "settings": settings,
    "proxy": proxy,
    "thread": thread,
    "invite": server_settings.invite,
    "leave": server_settings.leave,
    "kick": server_settings.kick,
    "ban": server_settings.ban,
    "overwrite": server_settings.overwrite,
    "integration": server_settings.integration,
}


async def act(hub: Hub, form: Any) -> Json:
    """Perform an act. Raise Malformed or Refusal. Answer when Discord has taken it."""
    if not isinstance(form, dict):
        raise Malformed("the body must be an object")
    doing = ACTS.get(str(form.get("do")))
    if doing is None:
        raise Malformed(f"`do` must be one of {sorted(ACTS)}")
    return await doing(hub, fields.person(hub, fields.text(form, "as")), form)

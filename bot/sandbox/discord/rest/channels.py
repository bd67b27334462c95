"""A channel, its typing signal, its threads, and reactions."""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from bot.sandbox.discord import reactions, threads, views
from bot.sandbox.discord.errors import FormError, no
from bot.sandbox.discord.limits import REACTIONS
from bot.sandbox.discord.model import THREAD
from bot.sandbox.discord.permissions import (
    ADD_REACTIONS,
    CREATE_THREADS,
    MANAGE_MESSAGES,
    READ_HISTORY,
    VIEW,
    may_speak,
    permissions_in,
)
from bot.sandbox.discord.rest.call import Call, Route

THREAD_NAME_MOST = 100


def channel(call: Call) -> Any:
    return views.channel(call.world, call.channel())


def typing(call: Call) -> Any:
    here = call.channel()
    if not may_speak(call.bits(here), here):
        raise no(50013)
    for person in call.hub.watchers.people():
        if permissions_in(call.world, person, here) & VIEW:
            told = {"channel": here.id, "user": call.world.bot_id}
            call.hub.watchers.tell(person, "typing", told)


def open_thread(call: Call) -> Any:
    """Without a type Discord would open a private one, which nobody here may."""
    here = call.channel(CREATE_THREADS)
    below = call.message(here) if "message_id" in call.params else None
    if below is None and call.body.get("type") != THREAD:
        raise no(50013)
    name = call.body.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= THREAD_NAME_MOST:
        raise FormError([("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")])
    made = threads.open_thread(call.hub, here, call.world.bot_id, name, below)
    return views.channel(call.world, made)


def react(call: Call) -> Any:
    here = call.channel(READ_HISTORY)
    message, emoji = call.message(here), unquote(call.params["emoji"])
    known = any(each == emoji for each, _ in message.reactions)
    if not known and not call.bits(here) & ADD_REACTIONS:
        raise no(50013)
    if not reactions.is_emoji(emoji):
        raise no(10014)
    reactions.add(call.hub, message, emoji, call.world.bot_id)


def unreact(call: Call) -> Any:
    here = call.channel()
    who = call.params.get("user_id", "@me")
    if who not in ("@me", call.world.bot_id) and not call.bits(here) & MANAGE_MESSAGES:
        raise no(50013)
    user_id = call.world.bot_id if who == "@me" else who
    reactions.remove(call.hub, call.message(here), unquote(call.params["emoji"]), user_id)


def unreact_all(call: Call) -> Any:
    here = call.channel(MANAGE_MESSAGES)
    message = call.message(here)
    wanted = unquote(call.params.get("emoji", ""))
    kept = tuple(pair for pair in message.reactions if wanted and pair[0] != wanted)
    call.world.put(replace(message, reactions=kept))
    call.hub.changed()


def reactors(call: Call) -> Any:
    message = call.message(call.channel(READ_HISTORY))
    wanted = unquote(call.params["emoji"])
    who = next((who for emoji, who in message.reactions if emoji == wanted), ())
    return [views.user(call.world.users[each]) for each in who]


MESSAGE = "/channels/{channel_id}/messages/{message_id}"
REACTION = MESSAGE + "/reactions"

ROUTES = (
    Route("GET", "/channels/{channel_id}", channel),
    Route("POST", "/channels/{channel_id}/typing", typing),
    Route("POST", "/channels/{channel_id}/threads", open_thread, status=201),
    Route("POST", MESSAGE + "/threads", open_thread, status=201),
    Route("PUT", REACTION + "/{emoji}/@me", react, REACTIONS),
    Route("DELETE", REACTION + "/{emoji}/@me", unreact, REACTIONS),
    Route("DELETE", REACTION + "/{emoji}/{user_id}", unreact, REACTIONS),
    Route("DELETE", REACTION + "/{emoji}", unreact_all, REACTIONS),
    Route("DELETE", REACTION, unreact_all, REACTIONS),
    Route("GET", REACTION + "/{emoji}", reactors),
)

"""What an interaction's token can do for fifteen minutes: follow up, read, change, delete."""

from typing import Any

from bot.sandbox.discord import answers, messageviews, posts
from bot.sandbox.discord.errors import no
from bot.sandbox.discord.limits import TOKEN_EDITS, TOKEN_POSTS
from bot.sandbox.discord.model import TOKEN_LIFE_S, Channel, Interaction, Json, Message
from bot.sandbox.discord.rest.call import Call, Route
from bot.sandbox.discord.validate import check_message


def interaction_of(call: Call) -> Interaction:
    """10015 for a token that never was or has no first answer yet, 50027 for one that has died."""
    found = call.world.interactions.get(call.world.tokens.get(call.params["token"], ""))
    if (
        found is None
        or call.params["webhook_id"] != call.world.application_id
        or found.kind is None
    ):
        raise no(10015)
    dead = call.hub.now() - found.created_at > TOKEN_LIFE_S
    if dead or call.hub.faults.expire_token():
        raise no(50027)
    return found


def _message(call: Call, interaction: Interaction) -> Message:
    """Only the interaction's own messages, and the message whose component was used."""
    wanted = call.params.get("message_id", "@original")
    message_id = interaction.original_id if wanted == "@original" else wanted
    message = call.world.message(message_id)
    own = {*interaction.messages, interaction.original_id, interaction.source_id}
    if message is None or message.id not in own:
        raise no(10008)
    return message


def _place(call: Call, interaction: Interaction) -> Channel:
    return call.world.channels[interaction.channel_id]


def _shown(call: Call, message: Message) -> Json:
    return messageviews.message(call.world, call.hub.links, message, call.world.bot_id)


def _body(call: Call) -> Json:
    """Return the body without its components, unless the query says `with_components`.

    "If false, they'll be ignored" is said of webhooks, and an edit by token "functions the same".
    """
    body = call.body
    if "components" in body and call.query.get("with_components") not in ("1", "true"):
        call.hub.report.without_components += 1
        body = {key: value for key, value in body.items() if key != "components"}
    return body


def follow_up(call: Call) -> Any:
    interaction = interaction_of(call)
    check_message(call.body, call.uploads, call.size_limit(_place(call, interaction)))
    return _shown(call, answers.follow_up(call.hub, interaction, _body(call), call.uploads))


def read(call: Call) -> Any:
    return _shown(call, _message(call, interaction_of(call)))


def change(call: Call) -> Any:
    interaction = interaction_of(call)
    message = _message(call, interaction)
    check_message(call.body, call.uploads, call.size_limit(_place(call, interaction)), message)
    changed = posts.edit(call.hub, message, _body(call), call.uploads)
    answers.noted(call.hub, interaction, message)
    return _shown(call, changed)


def remove(call: Call) -> Any:
    interaction = interaction_of(call)
    message = _message(call, interaction)
    posts.delete(call.hub, message)
    answers.noted(call.hub, interaction, message)


HOOK = "/webhooks/{webhook_id}/{token}"

ROUTES = (
    Route("POST", HOOK, follow_up, TOKEN_POSTS, by="token", token=True),
    *(
        route
        for tail in ("/messages/@original", "/messages/{message_id}")
        for route in (
            Route("GET", HOOK + tail, read, token=True),
            Route("PATCH", HOOK + tail, change, TOKEN_EDITS, by="token", token=True),
            Route("DELETE", HOOK + tail, remove, token=True),
        )
    ),
)

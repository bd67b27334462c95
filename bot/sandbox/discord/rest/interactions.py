"""The first answer to an interaction."""

from dataclasses import replace
from typing import Any

from bot.sandbox.discord import answers, messageviews
from bot.sandbox.discord.errors import no
from bot.sandbox.discord.model import FIRST_ANSWER_S, Interaction, Json
from bot.sandbox.discord.rest.call import Call, Route
from bot.sandbox.discord.validate import check_answer


def found(call: Call) -> Interaction:
    """10062 for an interaction that never was or that nobody answered within three seconds."""
    interaction = call.world.interactions.get(call.params["interaction_id"])
    if interaction is None or interaction.token != call.params["token"]:
        raise no(10062)
    if interaction.kind is None and call.hub.now() - interaction.created_at > FIRST_ANSWER_S:
        raise no(10062)
    if interaction.kind is not None:
        raise no(40060)
    return interaction


def callback(call: Call) -> Any:
    interaction = found(call)
    place = call.world.channels[interaction.channel_id]
    source = call.world.message(interaction.source_id)
    check_answer(interaction, call.body, call.uploads, call.size_limit(place), source)
    kind = int(call.body["type"])
    interaction = replace(interaction, kind=kind, answered_at=call.hub.now())
    interaction = answers.first(call.hub, interaction, call.body.get("data") or {}, call.uploads)
    if call.query.get("with_response", "").lower() not in ("1", "true"):
        return None
    return _said(call, interaction)


def _said(call: Call, interaction: Interaction) -> Json:
    original = call.world.message(interaction.original_id)
    said: Json = {"id": interaction.id, "type": interaction.type}
    if original is not None and interaction.kind in (4, 5, 6, 7):
        said |= {
            "response_message_id": original.id,
            "response_message_loading": original.loading,
            "response_message_ephemeral": original.viewer is not None,
        }
    answer: Json = {"interaction": said}
    if original is not None and interaction.kind in (4, 5, 7):
        shown = messageviews.message(call.world, call.hub.links, original, call.world.bot_id)
        answer["resource"] = {"type": 7 if interaction.kind == 7 else 4, "message": shown}
    return answer


ROUTES = (Route("POST", "/interactions/{interaction_id}/{token}/callback", callback, token=True),)

"""Calls about wildcards: named lists of words, one of which takes a tag's place in a prompt."""

from __future__ import annotations

from bot.sandbox.swarmui import files, pictures
from bot.sandbox.swarmui.calls import Asked, Json, route
from bot.sandbox.swarmui.errors import InternalFault, Refused


def _card(asked: Asked) -> str:
    card = files.named(asked.text("card"))
    if not card.strip():
        raise Refused("Invalid empty name.")
    return card


@route("EditWildcard", "edit_wildcards")
def _edit_wildcard(asked: Asked) -> Json:
    words = asked.text("options")
    card, given = _card(asked), asked.text("preview_image", "")
    picture = None
    if given.strip() and given != "clear":
        try:
            picture = pictures.model_preview(given)
        except ValueError as error:
            raise InternalFault("no picture") from error
    asked.state.wildcards.write(card, words, picture, clear=given == "clear")
    return {"success": True}


@route("DeleteWildcard", "edit_wildcards")
def _delete_wildcard(asked: Asked) -> Json:
    if not asked.state.wildcards.delete(_card(asked)):
        raise Refused("Model not found.")
    return {"success": True}

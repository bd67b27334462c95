"""Calls about wildcards: named lists of words, one of which takes a tag's place in a prompt."""

from __future__ import annotations

from typing import Final

from bot.sandbox.swarmui import files
from bot.sandbox.swarmui.calls import Asked, Json, route
from bot.sandbox.swarmui.errors import Refused
from bot.sandbox.swarmui.models import PLACEHOLDER

_SHOWN: Final = 512


def told(name: str, words: str, *, whole: bool) -> Json:
    """Return a wildcard for a list. Long ones are cut unless the `whole` is requested."""
    raw = words if whole or len(words) <= _SHOWN else words[:_SHOWN] + "..."
    return {"name": name, "raw": raw, "image": PLACEHOLDER}


def _card(asked: Asked) -> str:
    card = files.named(asked.text("card"))
    if not card.strip():
        raise Refused("Invalid empty name.")
    return card


@route("EditWildcard", "edit_wildcards")
def _edit_wildcard(asked: Asked) -> Json:
    card, words = _card(asked), asked.text("options")
    asked.state.wildcards[card] = words
    return {"success": True}


@route("DeleteWildcard", "edit_wildcards")
def _delete_wildcard(asked: Asked) -> Json:
    if asked.state.wildcards.pop(_card(asked), None) is None:
        raise Refused("Model not found.")
    return {"success": True}

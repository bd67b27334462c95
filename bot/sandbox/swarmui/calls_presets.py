"""Calls about presets: a user's own named bundles of parameters.

A preset is found by its title in any case. What is refused here is told as `preset_fail`, not as
`error`.
"""

from __future__ import annotations

import base64

from bot.sandbox.swarmui import files, pictures
from bot.sandbox.swarmui.calls import Asked, Json, route
from bot.sandbox.swarmui.errors import InternalFault
from bot.sandbox.swarmui.models import PLACEHOLDER
from bot.sandbox.swarmui.params import json_text


@route("AddNewPreset", "manage_presets")
def _add_new_preset(asked: Asked) -> Json:
    title, description = files.named(asked.text("title")), asked.text("description")
    picture, editing = asked.text("preview_image", ""), asked.flag("is_edit", False)
    old = asked.text("editing", "")
    starred = asked.flag("is_starred", False)
    user = asked.who.user
    if not title:
        return {"preset_fail": "Invalid or empty title."}
    param_map = asked.root.get("param_map")
    if not isinstance(param_map, dict | None) or (editing and "editing" not in asked.root):
        raise InternalFault("no param_map, or no name of what is edited")
    known = user.preset(old if editing else title)
    if known is not None and not editing:
        return {"preset_fail": "A preset with that title already exists."}
    if picture.startswith("/ViewSpecial/"):
        picture = ""
    if picture.strip() and picture != PLACEHOLDER:
        if not picture.startswith(("data:image/jpeg;base64,", "/Output")) or "?" in picture:
            return {"preset_fail": "Forbidden preview-image path."}
        picture = _preview(picture)
    if param_map is None:
        raise InternalFault("a preset needs a param_map")
    if not picture.strip() and known is not None:
        picture = str(known["preview_image"])
    if known is not None and old != title:
        user.presets.pop(old.lower(), None)
    user.presets[title.lower()] = {
        "author": user.name,
        "title": title,
        "description": description,
        "preview_image": picture if picture.strip() else PLACEHOLDER,
        "is_starred": starred,
        "param_map": {key: json_text(value) for key, value in param_map.items()},
    }
    return {"success": True}


def _preview(picture: str) -> str:
    try:
        data = pictures.model_preview(picture)
    except ValueError as error:
        raise InternalFault("no picture") from error
    return "data:image/jpeg;base64," + base64.b64encode(data).decode("ascii")


def told(preset: Json, *, inline: bool) -> Json:
    """Return a preset for a list. A preview is a link unless it is `inline`."""
    if inline or not str(preset["preview_image"]).startswith("data:"):
        return preset
    return preset | {"preview_image": f"/ViewSpecial/Preset/{preset['title']}?editid=1"}


@route("DuplicatePreset", "manage_presets")
def _duplicate_preset(asked: Asked) -> Json:
    name, user = asked.text("preset"), asked.who.user
    known = user.preset(name)
    if known is None:
        return {"preset_fail": "No such preset."}
    number = 2
    while user.preset(f"{name} ({number})") is not None:
        number += 1
    title = f"{name} ({number})"
    user.presets[title.lower()] = known | {"title": title, "author": user.name}
    return {"success": True}


@route("DeletePreset", "manage_presets")
def _delete_preset(asked: Asked) -> Json:
    gone = asked.who.user.presets.pop(asked.text("preset").lower(), None)
    return {"success": gone is not None}


@route("ExportUserPresets", "fundamental_generate_tab_access")
def _export_user_presets(asked: Asked) -> Json:
    titles = asked.root.get("titles")
    presets = [told(one, inline=True) for one in asked.who.user.presets.values()]
    if isinstance(titles, list):
        presets = [preset for preset in presets if preset["title"] in titles]
    return {"presets": presets}

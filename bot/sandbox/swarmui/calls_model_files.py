"""Calls that change model files, or what is known of them."""

from __future__ import annotations

from bot.sandbox.swarmui import models, pictures
from bot.sandbox.swarmui.calls import Asked, Json, route
from bot.sandbox.swarmui.classes import class_of
from bot.sandbox.swarmui.errors import InternalFault, Refused


def _subtype(asked: Asked) -> str:
    subtype = asked.text("subtype", models.SUBTYPES[0])
    if subtype not in models.SUBTYPES:
        raise Refused("Invalid sub-type.")
    return subtype


def _found(one: models.ModelFile | None) -> models.ModelFile:
    if one is None:
        raise Refused("Model not found.")
    return one


@route("EditModelMetadata", "edit_model_metadata")
def _edit_model_metadata(asked: Asked) -> Json:
    name, title, author = asked.text("model"), asked.text("title"), asked.text("author")
    kind, description = asked.text("type"), asked.text("description")
    width, height = asked.whole("standard_width"), asked.whole("standard_height")
    hint, date, licence = asked.text("usage_hint"), asked.text("date"), asked.text("license")
    trigger, prediction = asked.text("trigger_phrase"), asked.text("prediction_type")
    tags, picture = asked.text("tags"), asked.text("preview_image", "")
    negative = asked.flag("is_negative_embedding", False)
    weight = asked.text("lora_default_weight", "")
    confinement = asked.text("lora_default_confinement", "")
    subtype = _subtype(asked)
    if not name.strip():
        raise Refused("Invalid empty name.")
    one = next((o for o in asked.state.models if (o.subtype, o.name) == (subtype, name)), None)
    one = _found(one)
    if picture.strip():
        _set_picture(one, picture)
    one.title, one.untitled = title if title.strip() else None, not title.strip()
    one.author, one.description, one.usage_hint, one.date = author, description, hint, date
    one.license, one.trigger_phrase = licence, trigger
    one.prediction_type = prediction if prediction.strip() else None
    parts = tuple(part.strip() for part in tags.split(",") if part.strip())
    one.tags = parts if tags.strip() else None
    one.is_negative, one.lora_weight, one.lora_confinement = negative, weight, confinement
    if kind.strip():
        known = class_of(kind)
        one.architecture = None if known is None else known.id
    one.width, one.height = max(0, width) or one.width, max(0, height) or one.height
    return {"success": True}


def _set_picture(one: models.ModelFile, picture: str) -> None:
    one.picture = None
    if picture == "clear":
        one.drawn = None
        return
    try:
        one.drawn = pictures.model_preview(picture)
    except ValueError as error:
        raise InternalFault("no picture") from error


@route("GetModelHash", "edit_model_metadata")
def _get_model_hash(asked: Asked) -> Json:
    name, subtype = asked.text("modelName"), _subtype(asked)
    return {"hash": _found(asked.state.models.find(subtype, name)).hash}


@route("DeleteModel", "delete_models")
def _delete_model(asked: Asked) -> Json:
    name, subtype = asked.text("modelName"), _subtype(asked)
    asked.state.models.delete(_found(asked.state.models.find(subtype, name)))
    return {"success": True}

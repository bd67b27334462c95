"""Calls about parameters and models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from bot.sandbox.swarmui import calls_wildcards, models, params
from bot.sandbox.swarmui.accounts import Session
from bot.sandbox.swarmui.calls import Asked, Json, route
from bot.sandbox.swarmui.errors import Refused
from bot.sandbox.swarmui.gone_files import is_gone

WILDCARDS: Final = "Wildcards"


@route("ListT2IParams", "fundamental_generate_tab_access")
def _list_t2i_params(asked: Asked) -> Json:
    return _lists(asked)


def _lists(asked: Asked) -> Json:
    return {
        "list": params.listed(asked.state.models, asked.who.user.may),
        "groups": params.groups(),
        "models": {
            subtype: [
                [one.name, one.architecture] for one in asked.state.models if one.subtype == subtype
            ]
            for subtype in models.SUBTYPES
        },
        "model_compat_classes": models.compat_classes(),
        "model_classes": models.classes(),
        "wildcards": list(asked.state.wildcards),
        "param_edits": None,
    }


@route("TriggerRefresh", "fundamental_generate_tab_access")
def _trigger_refresh(asked: Asked) -> Json:
    state = asked.state
    if asked.who.user.may("control_model_refresh"):
        # The real server looks through its folders. Without the right it only tells its lists.
        gone = state.script.gone_files
        state.models = tuple(one for one in state.models if not is_gone(one.name, gone))
    return _lists(asked)


def _subtype(asked: Asked) -> str:
    subtype = asked.text("subtype", models.SUBTYPES[0])
    if subtype not in (*models.SUBTYPES, WILDCARDS):
        raise Refused("Invalid sub-type.")
    return subtype


@route("ListModels", "fundamental_model_access")
def _list_models(asked: Asked) -> Json:
    path, depth = asked.text("path"), min(20, max(1, asked.whole("depth")))
    subtype, inline = _subtype(asked), asked.flag("dataImages", False)
    order, reverse = asked.text("sortBy", "Name"), asked.flag("sortReverse", False)
    if order.lower() not in ("name", "title", "datecreated", "datemodified"):
        raise Refused(f"Invalid sort mode '{order}'.")
    if subtype == WILDCARDS:
        cards = asked.state.wildcards
        folders, names = _below(cards, path, depth)
        names.sort(reverse=reverse)
        cut = [calls_wildcards.told(name, cards[name], whole=False) for name in names]
        return {"folders": folders, "files": cut}
    known = {one.name: one for one in asked.state.models if one.subtype == subtype}
    folders, names = _below(known, path, depth)
    by_title = order.lower() == "title"
    found = [known[name] for name in names]
    found.sort(key=lambda one: (one.told(loaded=False)["title"] if by_title else "", one.name))
    if reverse:
        found.reverse()
    loaded = asked.state.backends.loaded
    return {
        "folders": folders,
        "files": [one.told(loaded=loaded(one), inline=inline) for one in found],
    }


def _below(names: Iterable[str], path: str, depth: int) -> tuple[list[str], list[str]]:
    """Return folders below a path, and names at most `depth` folders deep."""
    inside = _slashed(path)
    prefix = inside + "/" if inside else ""
    folders: dict[str, None] = {}
    found: list[str] = []
    for name in names:
        if not name.startswith(prefix):
            continue
        above = name[len(prefix) :].split("/")[:-1]
        for k in range(1, min(depth, len(above)) + 1):
            folders["/".join(above[:k])] = None
        if len(above) < depth:
            found.append(name)
    return list(folders), found


def _slashed(path: str) -> str:
    return "/".join(part for part in path.replace("\\", "/").split("/") if part)


def _known(asked: Asked, name: str, subtype: str) -> models.ModelFile:
    for one in asked.state.models:
        if one.subtype == subtype and name in (one.name, one.short):
            return one
    raise Refused("Model not found.")


@route("DescribeModel", "fundamental_model_access")
def _describe_model(asked: Asked) -> Json:
    name, subtype = _slashed(asked.text("modelName")), _subtype(asked)
    if subtype == models.SUBTYPES[0] and name.lower() == "(none)":
        return {"model": models.NO_MODEL.told(loaded=False)}
    if subtype == WILDCARDS:
        for card, words in asked.state.wildcards.items():
            if card.lower() == name.lower():
                return calls_wildcards.told(card, words, whole=True)
        raise Refused("Model not found.")
    one = _known(asked, name, subtype)
    return {"model": one.told(loaded=asked.state.backends.loaded(one), inline=True)}


@route("ListLoadedModels", "fundamental_model_access")
def _list_loaded_models(asked: Asked) -> Json:
    loaded = [one for one in asked.state.models if asked.state.backends.loaded(one)]
    return {"models": [one.told(loaded=True, inline=True) for one in loaded]}


@route("SelectModel", "load_models_now")
async def _select_model(asked: Asked) -> Json:
    only = asked.text("backendId") if "backendId" in asked.root else None
    one = find_model(asked, asked.text("model"))
    with loading(asked.who, len(asked.state.backends.all)):
        return await load_model(asked, one, only)


def find_model(asked: Asked, name: str) -> models.ModelFile:
    """Return the model to load by its exact name, or raise Refused."""
    if not name.strip():
        raise Refused("Invalid empty name.")
    return _known(asked, name, models.SUBTYPES[0])


@contextmanager
def loading(session: Session, backends: int) -> Iterator[None]:
    """Count in the session's status that a model is being loaded on so many backends."""
    claim = session.claim(loads=backends)
    try:
        yield
    finally:
        claim.disposed = True


async def load_model(asked: Asked, one: models.ModelFile, only: str | None) -> Json:
    if not await asked.state.backends.load_now(one, only):
        raise Refused("Model failed to load.")
    return {"success": True}

"""Calls about parameters and models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from bot.sandbox.swarmui import choices, classes, models, params
from bot.sandbox.swarmui.accounts import Session
from bot.sandbox.swarmui.calls import Asked, Json, enum_value, route
from bot.sandbox.swarmui.errors import Refused

WILDCARDS: Final = "Wildcards"
_ORDERS: Final = ("Name", "Title", "DateCreated", "DateModified")


@route("ListT2IParams", "fundamental_generate_tab_access")
def _list_t2i_params(asked: Asked) -> Json:
    return _lists(asked)


def _lists(asked: Asked) -> Json:
    return {
        "list": [
            one
            for one in choices.listed(asked.state.models, asked.who.user.may)
            if asked.state.script.override_path or one["id"] != "overrideoutpathformat"
        ],
        "groups": params.groups(),
        "models": {
            subtype: [
                [one.name, one.architecture] for one in asked.state.models if one.subtype == subtype
            ]
            for subtype in models.SUBTYPES
        },
        "model_compat_classes": classes.families(),
        "model_classes": classes.listed(),
        "wildcards": [one.name for one in asked.state.wildcards.all()],
        "param_edits": None,
    }


@route("TriggerRefresh", "fundamental_generate_tab_access")
def _trigger_refresh(asked: Asked) -> Json:
    state, kind = asked.state, asked.text("refreshType", "")
    strong = asked.flag("strong", True)
    # Without the right the lists are told as they are, and nobody is refused.
    if strong and asked.who.user.may("control_model_refresh"):
        if not kind.strip():
            state.models.scan(state.script.new_files, state.script.gone_files)
        if not kind.strip() or kind == "wildcards":
            state.wildcards.scan()
    return _lists(asked)


@route("ListModels", "fundamental_model_access")
def _list_models(asked: Asked) -> Json:
    path, depth = asked.text("path"), min(20, max(1, asked.whole("depth")))
    subtype = asked.text("subtype", models.SUBTYPES[0])
    order = enum_value(asked.text("sortBy", "Name"), _ORDERS)
    asked.flag("allowRemote", True)
    reverse, inline = asked.flag("sortReverse", False), asked.flag("dataImages", False)
    if order is None:
        raise Refused(f"Invalid sort mode '{asked.text('sortBy')}'.")
    if subtype not in (*models.SUBTYPES, WILDCARDS):
        raise Refused("Invalid sub-type.")
    rows: list[tuple[str, str, int, int, Json]] = []  # name, title, created, modified, all of it
    if subtype == WILDCARDS:
        cards = {one.name: one for one in asked.state.wildcards.all()}
        folders, names = _below(cards, path, depth)
        for card in (cards[name] for name in names):
            title = card.name.rpartition("/")[2]
            told = card.told(inline=inline, whole=False)
            rows.append((card.name, title, card.created, card.modified, told))
    else:
        known = {one.name: one for one in asked.state.models if one.subtype == subtype}
        folders, names = _below(known, path, depth)
        for one in (known[name] for name in names):
            told = one.told(loaded=asked.state.backends.loaded(one), inline=inline)
            rows.append(
                (one.name, told["title"], told["time_created"], told["time_modified"], told)
            )
    rows.sort(key=lambda row: row[0])
    if order == "Title":
        rows.sort(key=lambda row: row[1])
    elif order in ("DateCreated", "DateModified"):
        at = 2 if order == "DateCreated" else 3
        rows.sort(key=lambda row: int(str(row[at])), reverse=True)
    if reverse:
        rows.reverse()
    return {"folders": folders, "files": [row[4] for row in rows]}


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
    one = asked.state.models.find(subtype, name)
    if one is None:
        raise Refused("Model not found.")
    return one


@route("DescribeModel", "fundamental_model_access")
def _describe_model(asked: Asked) -> Json:
    name = re.sub("/+", "/", asked.text("modelName").replace("\\", "/")).lstrip("/")
    subtype = asked.text("subtype", models.SUBTYPES[0])
    if subtype not in (*models.SUBTYPES, WILDCARDS):
        raise Refused("Invalid sub-type.")
    if subtype == models.SUBTYPES[0] and name.lower() == "(none)":
        return {"model": models.no_model()}
    if subtype == WILDCARDS:
        card = asked.state.wildcards.named(name)
        if card is None:
            raise Refused("Model not found.")
        return card.told(inline=True, whole=True)
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

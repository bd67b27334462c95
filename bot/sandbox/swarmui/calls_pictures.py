"""Calls about generating, its status, and what came of it."""

from __future__ import annotations

from bot.sandbox.swarmui import prompts
from bot.sandbox.swarmui.calls import Asked, Json, enum_value, route
from bot.sandbox.swarmui.errors import InternalFault, Refused
from bot.sandbox.swarmui.history import keep_given
from bot.sandbox.swarmui.reading import Reader


@route("GetCurrentStatus", "fundamental_generate_tab_access")
def _get_current_status(asked: Asked) -> Json:
    return asked.state.engine.status(asked.who.counters())


@route("InterruptAll", "basic_image_generation")
def _interrupt_all(asked: Asked) -> Json:
    everywhere = asked.flag("other_sessions", False)
    asked.state.report.interrupts += 1
    asked.who.interrupt()
    if everywhere:
        for session in asked.state.accounts.sessions.values():
            if session.user is asked.who.user and session is not asked.who:
                session.interrupt()
    return {"success": True}


@route("TestPromptFill", "fundamental_model_access")
def _test_prompt_fill(asked: Asked) -> Json:
    state = asked.state
    reader = Reader(state.models, asked.who.user.may, lambda _: False, state.wildcards.options())
    told = prompts.parse({"prompt": asked.text("prompt"), "seed": 0}, reader)
    return {"result": told.params["prompt"]}


@route("CountTokens", "use_tokenizer")
def _count_tokens(asked: Asked) -> Json:
    text = asked.text("text")
    asked.flag("skipPromptSyntax", False)
    asked.flag("weighting", True)
    tokens = asked.text("tokenset", "clip")
    if len(text) > 100 * 1024:
        raise Refused("Text too long, refused.")
    if not tokens.strip() or len(tokens) > 128 or "/" in tokens or "." in tokens:
        raise Refused("Invalid tokenset (refused characters or format), refused.")
    if tokens != "clip":
        raise Refused(f"Tokenset '{tokens}' does not exist.")
    return {"count": len(text.split())}


@route("ListImages", "view_image_history")
async def _list_images(asked: Asked) -> Json:
    path, depth = asked.text("path"), max(0, asked.whole("depth"))
    order = enum_value(asked.text("sortBy", "Name"), ("Name", "Date"))
    if order is None:
        raise Refused(f"Invalid sort mode '{asked.text('sortBy')}'.")
    by_date, reverse = order == "Date", asked.flag("sortReverse", False)
    try:
        return await asked.state.threaded(
            lambda: asked.state.files.listed(
                asked.who.user.name, path, depth, by_date=by_date, reverse=reverse
            )
        )
    except OSError:
        raise Refused("Error reading file list.") from None


@route("AddImageToHistory", "basic_image_generation")
async def _add_image_to_history(asked: Asked) -> Json:
    told = asked.text("image")
    root = {key: value for key, value in asked.root.items() if key != "image"}
    state = asked.state
    return {"images": [await keep_given(state.intake, state.keeper, asked.who, told, root)]}


@route("DeleteImage", "user_delete_image")
async def _delete_image(asked: Asked) -> Json:
    path = asked.text("path")
    try:
        gone = await asked.state.threaded(
            lambda: asked.state.files.delete(asked.who.user.name, path)
        )
    except OSError as fault:
        raise InternalFault(str(fault)) from fault
    if not gone:
        raise Refused("That file does not exist, cannot delete.")
    return {"success": True}


@route("ToggleImageStarred", "user_star_images")
async def _toggle_image_starred(asked: Asked) -> Json:
    path = asked.text("path")
    starred = await asked.state.threaded(lambda: asked.state.files.star(asked.who.user.name, path))
    if starred is None:
        raise Refused("That file does not exist, cannot star.")
    return {"new_state": starred}


@route("GenerateText2Image", "basic_image_generation")
async def _generate_text2image(asked: Asked) -> Json:
    images = asked.whole("images")
    return await asked.state.generate_all(asked.who, images, asked.root)

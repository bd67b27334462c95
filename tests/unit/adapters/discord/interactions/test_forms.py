"""Forms show what holds, and give back what was typed."""

from __future__ import annotations

from typing import Any

import discord

from bot.adapters.discord.interactions.forms import (
    edit_modal,
    grant_modal,
    model_prompt_modal,
    read_draw_form,
)
from bot.core.drawing.request import DrawRequest
from bot.core.models import ItemKind


def fields_of(form: discord.ui.Modal) -> dict[str, dict[str, Any]]:
    components = [row["component"] for row in form.to_dict()["components"]]
    return {entry["custom_id"]: entry for entry in components}


async def test_every_form_is_finished_so_that_discord_py_keeps_none() -> None:
    forms = (
        edit_modal("a" * 20, DrawRequest("s", "a fox"), prompt_max=100),
        model_prompt_modal(ItemKind.MODELS, "0" * 12, "SDXL", prompt_max=100),
        grant_modal(5),
    )
    assert all(form.is_finished() for form in forms)


def test_the_edit_form_shows_the_request_cut_to_the_longest_prompt() -> None:
    wish = DrawRequest("s", "x" * 200, negative="fog", aspect="3:2", seed=7, steps=20)
    fields = fields_of(edit_modal("a" * 20, wish, prompt_max=100))
    assert fields["prompt"]["value"] == "x" * 100
    shown = {name: fields[name]["value"] for name in ("negative", "aspect", "seed", "steps")}
    assert shown == {"negative": "fog", "aspect": "3:2", "seed": "7", "steps": "20"}


def test_the_form_of_a_model_has_a_title_that_discord_accepts() -> None:
    form = model_prompt_modal(ItemKind.LORAS, "0" * 12, "a long title " * 9, prompt_max=100)
    assert len(form.title) <= 45
    assert form.custom_id == f"models:form:l:{'0' * 12}"


def test_a_filled_form_becomes_a_request() -> None:
    typed = {"prompt": "a fox", "negative": "fog", "aspect": " 3:2 ", "seed": "-7", "steps": ""}
    wish, trouble = read_draw_form("interaction:1", typed)
    assert trouble is None
    assert wish == DrawRequest("interaction:1", "a fox", negative="fog", aspect="3:2", seed=-7)


def test_the_first_number_that_is_none_is_refused_with_the_prompt_kept() -> None:
    wish, trouble = read_draw_form("s", {"prompt": "a fox", "seed": "seven", "steps": "ten"})
    assert trouble is not None
    assert (trouble.rule, trouble.prompt) == ("form.number", "a fox")
    assert "Seed" in str(trouble)
    assert (wish.seed, wish.steps) == (None, None)


def test_the_form_of_a_grant_names_its_member() -> None:
    form = grant_modal(5)
    assert form.custom_id == "grant:5"
    assert fields_of(form)["days"]["value"] == "1"

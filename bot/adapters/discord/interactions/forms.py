"""Forms that ask for a picture or a grant, and their answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import discord

from bot.core.drawing.request import DrawRequest
from bot.core.errors import Refused
from bot.core.models import ItemKind

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,25}")


def edit_modal(
    target: str,
    wish: DrawRequest,
    *,
    prompt_max: int,
    action: str = "edit",
    title: str = "Edit and draw again",
) -> discord.ui.Modal:
    """Build the Edit form of a job or draft with the values of its request.

    Its id is `<action>:<target>`. An empty field takes the default. Text over `prompt_max`
    (Discord's bound is 4000) is cut.
    """
    return _build_modal(
        title,
        f"{action}:{target}",
        _text_field("prompt", "What to draw", wish.prompt, prompt_max, required=True, tall=True),
        _text_field("negative", "What to leave out", wish.negative, prompt_max, tall=True),
        _text_field("seed", "Seed", wish.seed, 20, hint="Blank: a new one"),
        _text_field("aspect", "Aspect ratio", wish.aspect, 10, hint="1:1, 3:2, 9:16 …"),
        _text_field("steps", "Steps", wish.steps, 4, hint="Blank: the model's default"),
    )


def read_draw_form(source: str, fields: Mapping[str, str]) -> tuple[DrawRequest, Refused | None]:
    """Return the request of a submitted form, and a refusal of numbers that are none."""
    prompt = fields.get("prompt", "")
    numbers: dict[str, int | None] = {}
    trouble: Refused | None = None
    for name in ("seed", "steps"):
        text = fields.get(name, "").strip()
        if text and not _NUMBER.fullmatch(text):
            trouble = trouble or Refused(
                "form.number",
                f"{name.title()} must be a whole number, or leave it blank.",
                prompt=prompt,
                offers=(("edit", "Edit"),),
            )
            text = ""
        numbers[name] = int(text) if text else None
    wish = DrawRequest(
        source=source,
        prompt=prompt,
        negative=fields.get("negative", ""),
        aspect=fields.get("aspect", "").strip() or None,
        seed=numbers["seed"],
        steps=numbers["steps"],
    )
    return wish, trouble


def model_prompt_modal(
    kind: ItemKind, key: str, title: str, *, prompt_max: int
) -> discord.ui.Modal:
    """Build the form of "Draw with it", which asks for a prompt."""
    field = _text_field(
        "prompt",
        "What to draw",
        None,
        prompt_max,
        required=True,
        tall=True,
        hint="a red fox in the snow",
    )
    return _build_modal(f"Draw with {title}"[:45], f"models:form:{kind.value}:{key}", field)


def grant_modal(user: int) -> discord.ui.Modal:
    """Build the form that grants a member more pictures."""
    return _build_modal(
        "Give more pictures",
        f"grant:{user}",
        _text_field("pictures", "How many more, on each of the days", None, 9, required=True),
        _text_field("days", "For how many days, today being the first", "1", 9, required=True),
    )


def _build_modal(
    title: str, custom_id: str, *fields: discord.ui.Label[discord.ui.Modal]
) -> discord.ui.Modal:
    form = discord.ui.Modal(title=title, custom_id=custom_id)
    for field in fields:
        form.add_item(field)
    form.stop()
    return form


def _text_field(
    custom_id: str,
    label: str,
    value: str | int | None,
    most: int,
    *,
    required: bool = False,
    tall: bool = False,
    hint: str | None = None,
) -> discord.ui.Label[discord.ui.Modal]:
    text = "" if value is None else str(value)
    entry: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
        custom_id=custom_id,
        style=discord.TextStyle.paragraph if tall else discord.TextStyle.short,
        placeholder=hint,
        default=text[:most] or None,
        required=required,
        max_length=most,
    )
    return discord.ui.Label(text=label, component=entry)

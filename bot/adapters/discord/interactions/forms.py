"""Forms that ask for a picture or a grant, and their answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import discord

from bot.adapters.discord.render.layout import render_modal
from bot.core.drawing.request import DrawRequest
from bot.core.errors import Refused
from bot.core.models import ItemKind
from bot.core.ui.layout import FormField, ModalForm

RATIOS: Final = "1:1, 3:2, 9:16 …"
USUAL_STEPS: Final = "Blank: the model's default"
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
    most, negative = prompt_max, wish.negative[:prompt_max]
    seed, aspect, steps = (
        "" if value is None else str(value) for value in (wish.seed, wish.aspect, wish.steps)
    )
    fields = (
        _prompt_field(wish.prompt[:most], most),
        FormField("negative", "What to leave out", negative, max_length=most, multiline=True),
        FormField("seed", "Seed", seed, placeholder="Blank: a new one", max_length=20),
        FormField("aspect", "Aspect ratio", aspect, placeholder=RATIOS, max_length=10),
        FormField("steps", "Steps", steps, placeholder=USUAL_STEPS, max_length=4),
    )
    return render_modal(ModalForm(title, f"{action}:{target}", fields))


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
    field = _prompt_field("", prompt_max, "a red fox in the snow")
    custom_id = f"models:form:{kind.value}:{key}"
    return render_modal(ModalForm(f"Draw with {title}"[:45], custom_id, (field,)))


def grant_modal(user: int) -> discord.ui.Modal:
    """Build the form that grants a member more pictures."""
    fields = tuple(
        FormField(name, label, value, max_length=9, required=True)
        for name, label, value in (
            ("pictures", "How many more, on each of the days", ""),
            ("days", "For how many days, today being the first", "1"),
        )
    )
    return render_modal(ModalForm("Give more pictures", f"grant:{user}", fields))


def _prompt_field(prompt: str, most: int, hint: str = "") -> FormField:
    return FormField(
        "prompt",
        "What to draw",
        prompt,
        placeholder=hint,
        max_length=most,
        multiline=True,
        required=True,
    )

"""Limits of the first answer to an interaction: its kind, its message, its choices, its modal."""

from typing import Final

from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.model import Interaction, Json, Message
from bot.sandbox.discord.validate.components import INPUT, ROW, SELECTS, Components
from bot.sandbox.discord.validate.form import Form, join, kind_of
from bot.sandbox.discord.validate.messages import check_message

# Which kinds of answer each kind of interaction takes.
FITTING: Final = {
    2: frozenset({4, 5, 9}),
    3: frozenset({4, 5, 6, 7, 9}),
    4: frozenset({8}),
    5: frozenset({4, 5, 6, 7}),
}
LABEL, TEXT_DISPLAY, UPLOAD = 18, 10, 19
IN_LABEL: Final = SELECTS | {INPUT, UPLOAD, 21, 22, 23}


def check_answer(
    interaction: Interaction,
    body: Json,
    uploads: tuple[Upload, ...],
    size_limit: int,
    source: Message | None,
) -> None:
    """Raise FormError for a bad answer. `source` holds the component that was used."""
    form = Form()
    kind = body.get("type")
    fitting = FITTING[interaction.type]
    if interaction.type == 5 and source is None:
        fitting = fitting - {6, 7}
    if kind not in fitting:
        form.flaw("type", f"Value must be one of {tuple(sorted(fitting))}.", "BASE_TYPE_CHOICES")
        form.done()
    data = body.get("data")
    if kind in (4, 8, 9) and not isinstance(data, dict):
        form.flaw("data", "This field is required", "BASE_TYPE_REQUIRED")
        form.done()
    if data is not None and not isinstance(data, dict):
        form.flaw("data", "Only dictionaries may be used in a DictType", "DICT_TYPE_CONVERT")
        form.done()
    data = data or {}
    form.whole(data, "flags", "data", 0, 2**31 - 1)
    if kind in (4, 7):
        check_message(data, uploads, size_limit, source if kind == 7 else None, "data")
    elif kind == 8:
        _choices(form, data)
    elif kind == 9:
        _modal(form, data)
    form.done()


def _choices(form: Form, data: Json) -> None:
    if "choices" not in data:
        form.flaw("data/choices", "This field is required", "BASE_TYPE_REQUIRED")
    for at, choice in form.each(form.many(data, "choices", "data", 25), "data/choices"):
        form.text(choice, "name", at, 100, 1, needed=True)
        value = choice.get("value")
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            form.flaw(join(at, "value"), "This field is required", "BASE_TYPE_REQUIRED")
        elif len(str(value)) > 100:
            form.flaw(join(at, "value"), "Must be 100 or fewer in length.", "BASE_TYPE_MAX_LENGTH")


def _modal(form: Form, data: Json) -> None:
    form.text(data, "title", "data", 45, 1, needed=True)
    form.text(data, "custom_id", "data", 100, 1, needed=True)
    parts = Components(form)
    listed = form.many(data, "components", "data", 5, 1)
    for at, part in form.each(listed, "data/components"):
        kind = kind_of(part)
        if kind == ROW:
            for where, item in form.each(
                form.many(part, "components", at, 1, 1), join(at, "components")
            ):
                _input(form, parts, item, where, labelled=False)
        elif kind == LABEL:
            form.text(part, "label", at, 45, 1, needed=True)
            form.text(part, "description", at, 100)
            inner = part.get("component")
            if not isinstance(inner, dict) or kind_of(inner) not in IN_LABEL:
                form.flaw(join(at, "component"), "This field is required", "BASE_TYPE_REQUIRED")
            elif inner["type"] == INPUT:
                _input(form, parts, inner, join(at, "component"), labelled=True)
            elif inner["type"] in SELECTS:
                parts.select(inner, join(at, "component"))
            else:
                parts.custom_id(inner, join(at, "component"))
        elif kind != TEXT_DISPLAY:
            form.flaw(join(at, "type"), "Value must be one of (1, 10, 18).", "UNION_TYPE_CHOICES")


def _input(form: Form, parts: Components, item: Json, at: str, *, labelled: bool) -> None:
    if item.get("type") != INPUT:
        form.flaw(join(at, "type"), "Value must be one of (4,).", "UNION_TYPE_CHOICES")
        return
    parts.custom_id(item, at)
    if not labelled:
        form.text(item, "label", at, 45, 1, needed=True)
    if "style" not in item:
        form.flaw(join(at, "style"), "This field is required", "BASE_TYPE_REQUIRED")
    form.whole(item, "style", at, 1, 2)
    form.text(item, "placeholder", at, 100)
    low = form.whole(item, "min_length", at, 0, 4000) or 0
    high = form.whole(item, "max_length", at, 1, 4000) or 4000
    value = form.text(item, "value", at, min(high, 4000))
    if low > high or (value and len(value) < low):
        form.flaw(
            join(at, "min_length"),
            f"Must be between {low} and {high} in length.",
            "BASE_TYPE_BAD_LENGTH",
        )

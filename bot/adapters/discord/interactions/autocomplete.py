"""Autocomplete choices. Discord asks at every key, so lists are prepared once.

Where an option takes several names, each choice repeats what was typed and adds one name, because
Discord replaces the whole text.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from discord import app_commands

from bot.core.drawing.catalog import Lora, ParameterInfo, Preset
from bot.core.drawing.name_match import build_item_key
from bot.core.drawing.request import Model

CHOICES_MAX: Final = 25
VALUE_MAX: Final = 100
_TAG: Final = re.compile(r"<\s*(?:lora|lyco|lycoris)\s*:\s*([^<>]*)>?", re.IGNORECASE)
Choice = app_commands.Choice[str]


def pick_choices(
    entries: Iterable[tuple[str, str]],
    typed: str,
    before: str = "",
    shorten: Callable[[str], str] | None = None,
) -> list[Choice]:
    """Return at most 25 choices, those that start with the typed text first.

    `before` stands before each choice. A name over Discord's 100 characters is replaced by what
    `shorten` makes of it, or left out.
    """
    wanted = typed.strip().casefold()
    first: list[Choice] = []
    then: list[Choice] = []
    for title, name in entries:
        value = f"{before}{name}"
        if len(value) > VALUE_MAX and shorten is not None:
            value = f"{before}{shorten(name)}"
        if len(value) > VALUE_MAX:
            continue
        folded = title.casefold(), name.casefold()
        choice = Choice(name=_shorten_label(f"{before}{title}"), value=value)
        if any(text.startswith(wanted) for text in folded):
            first.append(choice)
            if len(first) == CHOICES_MAX:
                break
        elif len(then) < CHOICES_MAX and any(wanted in text for text in folded):
            then.append(choice)
    return (first + then)[:CHOICES_MAX]


def lora_choices(shelf: Sequence[Lora], typed: str) -> list[Choice]:
    """Suggest LoRAs for the text behind the last comma. A weight being typed is kept."""
    head, comma, last = typed.rpartition(",")
    last = _TAG.sub(r"\1", last).strip()
    before = f"{head.strip()}, " if comma else ""
    chosen = {piece.partition(":")[0].strip().casefold() for piece in head.split(",")}
    if ":" in last:
        whole = f"{before}{last.strip()}"
        return [Choice(name=whole, value=whole)] if len(whole) <= VALUE_MAX else []
    return pick_choices(
        ((one.title or one.name, one.name) for one in shelf if one.name.casefold() not in chosen),
        last,
        before,
        build_item_key,
    )


def style_choices(shelf: Sequence[Preset], typed: str) -> list[Choice]:
    """Presets by their titles."""
    titles = ((one.title, one.title) for one in shelf)
    return pick_choices(titles, typed, shorten=build_item_key)


def _shorten_label(text: str) -> str:
    """Cut a label in the middle, because long names differ at the end, too."""
    half = VALUE_MAX // 2
    return text if len(text) <= VALUE_MAX else f"{text[: half - 1]}…{text[-half:]}"


def advanced_choices(open_to_them: Sequence[ParameterInfo], typed: str) -> list[Choice]:
    """Names of parameters, and behind a whole name its values where the server lists them."""
    head, _, last = typed.rpartition(" ")
    name = head.rpartition(" ")[2]
    if name.startswith("--") and not last.startswith("--"):
        known = next((one for one in open_to_them if f"--{one.id}" == name.casefold()), None)
        choices = () if known is None else known.choices
        if not choices:
            whole = typed.strip()
            return [Choice(name=whole, value=whole)] if len(whole) <= VALUE_MAX else []
        return pick_choices(((one, one) for one in choices), last, f"{head} ")
    before = f"{head.strip()} " if head.strip() else ""
    taken = set(head.casefold().split())
    names = ((f"--{one.id}", f"--{one.id}") for one in open_to_them if f"--{one.id}" not in taken)
    return pick_choices(names, last, before)


FOLDED_LISTS_MAX: Final = 8
_FoldedModels: TypeAlias = list[tuple[str, str, Model]]


class ModelAutocomplete:
    """Autocomplete of model names.

    Lower-case names are prepared once per list. There is one list per guild and set of roles. A
    name that exceeds Discord's 100 characters is chosen by its key.
    """

    def __init__(self) -> None:
        self._folded_lists: OrderedDict[int, tuple[Sequence[Model], _FoldedModels]] = OrderedDict()

    def find_choices(self, models: Sequence[Model], typed: str) -> list[app_commands.Choice[str]]:
        """Return at most 25 models, those that start with the typed text first."""
        wanted = typed.strip().casefold()
        first: list[Model] = []
        then: list[Model] = []
        for title, name, model in self._fold_names(models):
            if title.startswith(wanted) or name.startswith(wanted):
                first.append(model)
                if len(first) == CHOICES_MAX:
                    break
            elif len(then) < CHOICES_MAX and (wanted in title or wanted in name):
                then.append(model)
        return [
            app_commands.Choice(
                name=_shorten_label(model.title or model.name),
                value=model.name if len(model.name) <= VALUE_MAX else build_item_key(model.name),
            )
            for model in (*first, *then)[:CHOICES_MAX]
        ]

    def _fold_names(self, models: Sequence[Model]) -> _FoldedModels:
        kept = self._folded_lists.get(id(models))
        if kept is None:  # the list is kept beside, so that nothing else can get its id
            folded = [(model.title.casefold(), model.name.casefold(), model) for model in models]
            kept = self._folded_lists[id(models)] = (models, folded)
            if len(self._folded_lists) > FOLDED_LISTS_MAX:
                self._folded_lists.popitem(last=False)
        self._folded_lists.move_to_end(id(models))
        return kept[1]

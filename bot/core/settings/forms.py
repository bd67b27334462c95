"""Forms of /settings and the parsing of their answers.

A form may stay open for long. Its id holds a mark of what it showed, so that it never overwrites a
change made meanwhile.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from bot.core.drawing.request import DrawingBounds
from bot.core.errors import Refused
from bot.core.policy import BOUND_NAMES, GuildSettings
from bot.core.settings import panel_text
from bot.core.settings.page_who import find_role_bounds
from bot.core.settings.panel_text import WORD_LISTS
from bot.core.settings.view import PanelState, SettingsView
from bot.core.ui.layout import FIELD_LENGTH_MAX, FormField, ModalForm

FIELDS_MAX: Final = 5
BOUND_LABELS: Final = {
    "images_max": "Pictures at once",
    "steps_max": "Steps",
    "megapixels_max": "Megapixels",
}


def format_current(policy: GuildSettings, view: SettingsView, kind: str) -> str:
    """Return the initial text of a form, one line per number, word or name."""
    if kind == "zone":
        return policy.time_zone
    if kind == "bounds":
        of = find_role_bounds(policy, view.role) if view.role else policy
        values = (getattr(of, name) for name in BOUND_NAMES)
        return "\n".join("" if value is None else f"{value:g}" for value in values)
    return "\n".join(getattr(policy, kind)) if kind in WORD_LISTS else ""


def fingerprint_text(text: str) -> str:
    """Eight characters that stand for what a form began with."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def build_form(
    seen: PanelState, view: SettingsView, kind: str, typed: str | None = None
) -> ModalForm:
    """Build a form with the typed or current text. Raise Refused for a list that is too long."""
    now = format_current(seen.policy, view, kind)
    text = now if typed is None else typed
    target = f"settings:send:{view}:{kind}.{fingerprint_text(now)}"
    match kind:
        case "zone":
            label = "Time zone, or a city near you"
            entry = FormField("zone", label, text[:100], placeholder="Berlin", max_length=100)
            return ModalForm("Time zone", target, (entry,))
        case "search":
            what = "LoRA" if view.name == "loras" else "model"
            label = "Part of its name"
            entry = FormField("search", label, text[:100], max_length=100, required=True)
            return ModalForm(f"Find a {what}", target, (entry,))
        case "bounds":
            title = f"At most, for {'this role' if view.role else 'everyone'}"
            return ModalForm(title, target, _build_number_entries(text, seen.host, view))
        case _:
            return ModalForm(WORD_LISTS[kind], target, _build_list_entries(text))


def _build_number_entries(
    text: str, host: DrawingBounds, view: SettingsView
) -> tuple[FormField, ...]:
    usual = "same as everyone" if view.role else "the host's limit"
    values = (*text.split("\n"), "", "", "")
    return tuple(
        FormField(
            name,
            BOUND_LABELS[name],
            value[:10],
            description=f"Blank: {usual}. The host allows up to {getattr(host, name):g}.",
            max_length=10,
        )
        for name, value in zip(BOUND_NAMES, values, strict=False)
    )


def _build_list_entries(text: str) -> tuple[FormField, ...]:
    fields = [""]
    for line in text.split("\n"):
        longer = f"{fields[-1]}\n{line}" if fields[-1] else line
        if len(longer) > FIELD_LENGTH_MAX:
            fields.append(line[:FIELD_LENGTH_MAX])
        else:
            fields[-1] = longer
    if len(fields[-1]) > FIELD_LENGTH_MAX - 500 and len(fields) < FIELDS_MAX:
        fields.append("")
    if len(fields) > FIELDS_MAX:
        raise Refused("settings.form", "This list is too long for a form. Nothing was changed.")
    return tuple(
        FormField(
            f"lines{number}",
            "One word or phrase per line" if number == 1 else "and more",
            value,
            "Whole words. A * at the start or end matches any letters: troll*",
            multiline=True,
        )
        for number, value in enumerate(fields, 1)
    )


def join_fields(kind: str, fields: Mapping[str, str]) -> str:
    """All that was typed, as `form` takes it back."""
    if kind == "bounds":
        return "\n".join(fields.get(name, "").strip() for name in BOUND_NAMES)
    if kind in WORD_LISTS:
        parts = (fields.get(f"lines{number}", "") for number in range(1, FIELDS_MAX + 1))
        return "\n".join(part for part in parts if part.strip())
    return fields.get(kind, "").strip()


def split_lines(text: str) -> tuple[str, ...]:
    """Split text into non-blank lines."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def parse_bounds(text: str) -> dict[str, float | None]:
    """Parse typed bounds, None for an empty field. Raise Refused for invalid ones."""
    lines = (*text.split("\n"), "", "", "")
    pairs = zip(BOUND_NAMES, lines, strict=False)
    return {name: _parse_number(name, line.strip()) for name, line in pairs}


def _parse_number(name: str, typed: str) -> float | None:
    if not typed:
        return None
    whole, plain = name != "megapixels_max", typed.replace(",", ".")
    digits = plain.replace(".", "", 0 if whole else 1)
    if not (digits.isascii() and digits.isdecimal()):
        raise Refused("settings.number", panel_text.describe_bad_number(BOUND_LABELS[name], typed))
    return int(plain) if whole else float(plain)


def find_zones(said: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return time zones that contain the text, or only the exact one."""
    wanted = "_".join(said.casefold().split())
    if not wanted:
        return ()
    folded = {name.casefold(): name for name in sorted(known)}
    if wanted in folded:
        return (folded[wanted],)
    cities = [fold for fold in folded if fold.rpartition("/")[2] == wanted]
    within = cities or [fold for fold in folded if wanted in fold]
    return tuple(folded[fold] for fold in within)


def find_similar_zones(said: str, known: Iterable[str]) -> tuple[str, ...]:
    """Suggest time zones with a similar city."""
    cities = {name.rpartition("/")[2].casefold(): name for name in sorted(known)}
    wanted = "_".join(said.casefold().split())
    return tuple(cities[one] for one in difflib.get_close_matches(wanted, cities, 5, 0.75))

"""Validation of changed guild settings against the server's lists and the host's bounds.

Only changes are checked, so a model that was removed from the server blocks no other change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.core.drawing import name_match
from bot.core.drawing.catalog import CatalogSnapshot, Lora
from bot.core.drawing.refusals import describe_mismatch
from bot.core.drawing.request import DrawingBounds, Model
from bot.core.errors import Refused
from bot.core.moderation.wordlist import describe_entry_error
from bot.core.policy import BOUND_NAMES, GuildSettings, RoleBounds
from bot.core.settings.describe import list_changed_fields
from bot.core.settings.forms import find_similar_zones, find_zones
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text

CHANNELS_MAX: Final = 100
NAMES_MAX: Final = 200
ROLES_MAX: Final = 50
WORDS_MAX: Final = 500
WORD_MAX: Final = 100
LANGUAGES: Final = ("en",)
BOUND_MINIMUMS: Final = {"images_max": 1, "steps_max": 1, "megapixels_max": 0.25}
_UNITS: Final = dict(zip(BOUND_NAMES, ("pictures at once", "steps", "megapixels"), strict=True))


def check_settings(
    old: GuildSettings,
    new: GuildSettings,
    shelf: CatalogSnapshot,
    host: DrawingBounds,
    zones: Collection[str],
) -> GuildSettings:
    """Return the settings to store, or raise Refused. `zones` are the existing time zones."""
    check = _SettingsCheck(old, shelf, host, zones)
    for name in list_changed_fields(old, new):
        new = replace(new, **{name: check.check_field(name, getattr(new, name))})
    return new


@dataclass(frozen=True, slots=True)
class _SettingsCheck:
    old: GuildSettings
    snapshot: CatalogSnapshot
    host: DrawingBounds
    zones: Collection[str]

    def check_field(self, name: str, value: Any) -> Any:
        match name:
            case "channels":
                ids = dict.fromkeys(int(one) for one in value if int(one) > 0)
                return _check_count("channels", tuple(ids), CHANNELS_MAX)
            case "log_channel":
                return max(0, int(value))
            case "model":
                return self._resolve_model(value) if value.strip() else ""
            case "models":
                return self._resolve_models(value, self.old.models)
            case "loras":
                return self._resolve_loras(value, self.old.loras)
            case "roles":
                return self._check_roles(value)
            case "words" | "age_words" | "allowed_words":
                return _clean_words(value)
            case "language":
                return _check_language(value)
            case "time_zone":
                return _resolve_time_zone(value, self.zones)
            case _ if name in BOUND_NAMES:
                return self._check_number(name, value)
            case _:
                return value

    def _check_number(self, name: str, value: float | None) -> float | None:
        if value is None:
            return None
        least, most = BOUND_MINIMUMS[name], getattr(self.host, name)
        if not least <= value <= most:
            span = f"between {least:g} and {most:g} (set by the host)"
            outside = f"{_UNITS[name].capitalize()} must be {span}. Nothing was changed."
            raise Refused(f"settings.{name}", outside)
        return value if name == "megapixels_max" else int(value)

    def _resolve_model(self, wished: str) -> str:
        return _resolve_name("model", wished, self.snapshot.models)

    def _resolve_models(self, names: Iterable[str], kept: tuple[str, ...]) -> tuple[str, ...]:
        found = (name if name in kept else self._resolve_model(name) for name in names)
        return _check_count("models", tuple(dict.fromkeys(found)), NAMES_MAX)

    def _resolve_loras(self, names: Iterable[str], kept: tuple[str, ...]) -> tuple[str, ...]:
        shelf = self.snapshot.loras
        found = (name if name in kept else _resolve_name("LoRA", name, shelf) for name in names)
        return _check_count("LoRAs", tuple(dict.fromkeys(found)), NAMES_MAX)

    def _check_roles(self, roles: Iterable[RoleBounds]) -> tuple[RoleBounds, ...]:
        before = {one.role: one for one in self.old.roles}
        made: dict[int, RoleBounds] = {}
        for one in roles:
            was = before.get(one.role, RoleBounds(one.role))
            if one != was:
                values: dict[str, Any] = {
                    name: self._check_number(name, getattr(one, name))
                    for name in BOUND_NAMES
                    if getattr(one, name) != getattr(was, name)
                }
                values["models"] = self._resolve_models(one.models, was.models)
                values["loras"] = self._resolve_loras(one.loras, was.loras)
                one = replace(one, **values)
            if one != RoleBounds(one.role):
                made[one.role] = one
            else:
                made.pop(one.role, None)
        return _check_count("roles", tuple(made.values()), ROLES_MAX)


def _resolve_name(kind: str, wished: str, ones: tuple[Model, ...] | tuple[Lora, ...]) -> str:
    found = name_match.find_unique(wished, ones)
    if found is not None:
        return found.name
    why = f"SwarmUI has listed no {kind}s yet. Try again in a minute."
    if ones:
        otherwise = "`/models` lists what is available."
        why = describe_mismatch(kind, wished, ones, otherwise)
    raise Refused(f"settings.{kind.casefold()}", why)


def _check_count(what: str, ones: tuple[Any, ...], most: int) -> tuple[Any, ...]:
    if len(ones) > most:
        many = f"I can keep at most {most} {what}, and you entered {len(ones):,}."
        raise Refused("settings.many", many)
    return ones


def _clean_words(typed: Iterable[str]) -> tuple[str, ...]:
    made: dict[str, str] = {}
    for one in typed:
        if not (word := " ".join(one.split())):
            continue
        why = describe_entry_error(word)
        if len(word) > WORD_MAX:
            why = f"is too long. The limit is {WORD_MAX} characters"
        elif not any(char.isalnum() for char in word):
            why = "needs at least one letter"
        if why:
            raise Refused("settings.word", f"{escape_text(word, 40)} {why}.")
        made.setdefault(word.casefold(), word)
    return _check_count("words", tuple(made.values()), WORDS_MAX)


def _check_language(value: str) -> str:
    folded = value.strip().casefold()
    if folded and folded not in LANGUAGES:
        raise Refused("settings.language", "I only speak English so far.")
    return folded


def _resolve_time_zone(value: str, zones: Collection[str]) -> str:
    """Return a zone's own spelling. A city alone is only suggested."""
    if not value.strip():
        return ""
    near = find_zones(value, zones) or find_similar_zones(value, zones)
    if near and near[0].casefold() == "_".join(value.casefold().split()):
        return near[0]
    said = f"“{escape_text(value.strip(), 60)}” isn't a time zone."
    if not near:
        raise Refused("settings.time_zone", f"{said} Try one like Europe/Berlin.")
    raise Refused("settings.time_zone", f"{said} Did you mean {fmt.join_list(near[:3], 'or')}?")

"""Models, LoRAs and bounds open to a member, from guild settings, roles and the host.

Each number is the best of the member's roles, else the guild's, else the host's, and never above
the host's. A name listed for a role is open to that role only. Any other name is open to all or,
where the guild lists open names, if it is listed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.core.drawing import advanced, name_match, refusals
from bot.core.drawing.catalog import CatalogSnapshot, Lora
from bot.core.drawing.request import DrawingBounds, Model
from bot.core.errors import Refused
from bot.core.policy import BOUND_NAMES, GuildSettings


@dataclass(frozen=True, slots=True)
class Access:
    """One person's, by their server's choices and the ids of their roles."""

    policy: GuildSettings
    roles: tuple[int, ...] = ()

    def narrow_bounds(self, host: DrawingBounds) -> DrawingBounds:
        """Return this member's bounds. The upscale bound shrinks with the size."""
        mine = [one for one in self.policy.roles if one.role in self.roles]
        made: dict[str, float] = {}
        for name in BOUND_NAMES:
            given = [value for one in mine if (value := getattr(one, name)) is not None]
            chosen, most = max(given, default=getattr(self.policy, name)), getattr(host, name)
            made[name] = most if chosen is None else min(chosen, most)
        size, model = made["megapixels_max"], self.policy.model or host.default_model
        upscaled = host.upscaled_megapixels_max * (size / host.megapixels_max)
        own = replace(host, images_max=int(made["images_max"]), steps_max=int(made["steps_max"]))
        own = replace(own, megapixels_max=size, upscaled_megapixels_max=upscaled)
        return replace(own, default_model=model)

    @property
    def is_limited(self) -> bool:
        """Return True if a model or LoRA may be closed to some members."""
        policy = self.policy
        own = any(one.models or one.loras for one in policy.roles)
        return own or bool(policy.models or policy.loras)

    def can_use_model(self, name: str) -> bool:
        """Return True if the member may use that model, named as the server lists it."""
        return self._is_open(name, self._find_roles("models", name), self.policy.models)

    def can_use_lora(self, name: str) -> bool:
        """Return True if the member may use that LoRA, named as the server lists it."""
        return self._is_open(name, self._find_roles("loras", name), self.policy.loras)

    def filter_snapshot(self, whole: CatalogSnapshot) -> CatalogSnapshot:
        """Return the part of the catalog open to the member, the same object if all is."""
        if not self.is_limited:
            return whole
        models, loras = self._build_closed_check("models"), self._build_closed_check("loras")
        brings = _map_style_models(whole)
        return replace(
            whole,
            models=tuple(one for one in whole.models if not models(one.name)),
            loras=tuple(one for one in whole.loras if not loras(one.name)),
            presets=tuple(
                one
                for one in whole.presets
                if one.title not in brings or not models(brings[one.title])
            ),
        )

    def refuse_model(self, model: Model, models: tuple[Model, ...]) -> Refused:
        """Return the refusal of a model that is closed to the member."""
        if roles := self._find_roles("models", model.name):
            return refusals.reserved_refusal("model", model, roles)
        others = [one for one in models if self.can_use_model(one.name)]
        return refusals.closed_refusal("model", model, others)

    def refuse_lora(self, lora: Lora, loras: tuple[Lora, ...]) -> Refused:
        """Return the refusal of a LoRA that is closed to the member."""
        if roles := self._find_roles("loras", lora.name):
            return refusals.reserved_refusal("LoRA", lora, roles)
        others = [one for one in loras if self.can_use_lora(one.name)]
        return refusals.closed_refusal("LoRA", lora, others)

    def _is_open(self, name: str, roles: tuple[int, ...], everybodys: tuple[str, ...]) -> bool:
        if roles:
            return not set(roles).isdisjoint(self.roles)
        return not everybodys or name in everybodys

    def _find_roles(self, kind: str, name: str) -> tuple[int, ...]:
        return tuple(one.role for one in self.policy.roles if name in getattr(one, kind))

    def _build_closed_check(self, kind: str) -> Callable[[str], bool]:
        """As `model` and `lora` turned round, for ten thousand names at once."""
        everybodys: frozenset[str] = frozenset(getattr(self.policy, kind))
        mine, others = set[str](), set[str]()
        for one in self.policy.roles:
            (mine if one.role in self.roles else others).update(getattr(one, kind))
        others -= mine
        if not everybodys:
            return others.__contains__
        return lambda name: name not in mine and (name in others or name not in everybodys)


def _map_style_models(whole: CatalogSnapshot) -> dict[str, str]:
    wanted = {
        preset.title: value
        for preset in whole.presets
        for key, value in preset.parameters
        if advanced.normalize_id(key) == "model" and value.strip()
    }
    if not wanted:
        return {}
    by_name: dict[str, list[Model]] = {}
    for model in whole.models:
        names = (model.name, model.title, model.own_title)
        name, *titles = map(name_match.normalize_name, names)
        for key in {model.name.casefold(), name, *titles, name.rpartition("/")[2]}:
            by_name.setdefault(key, []).append(model)
    made: dict[str, str] = {}
    for title, value in wanted.items():
        keys = dict.fromkeys((value.strip().casefold(), name_match.normalize_name(value)))
        near = dict.fromkeys(model for key in keys for model in by_name.get(key, ()))
        if (found := name_match.find_unique(value, near)) is not None:
            made[title] = found.name
    return made

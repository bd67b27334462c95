"""Models, LoRAs and presets a member may use, cached for autocomplete."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from bot.core.drawing import advanced
from bot.core.drawing.access import Access
from bot.core.drawing.catalog import CatalogSnapshot, ParameterInfo
from bot.core.drawing.request import DrawingBounds, RequestContext
from bot.core.policy import GuildSettings
from bot.flow.ports import Catalog

SNAPSHOTS_MAX: Final = 64


class AvailableModels:
    """Answers from memory. `settings_of` is what a guild has chosen."""

    def __init__(
        self, catalog: Catalog, host: DrawingBounds, settings_of: Callable[[int], GuildSettings]
    ) -> None:
        self._catalog, self._host, self._settings_of = catalog, host, settings_of
        self._full_snapshot = CatalogSnapshot()
        self._filtered: OrderedDict[object, CatalogSnapshot] = OrderedDict()

    def get_bounds(self, asker: RequestContext) -> DrawingBounds:
        """Return the member's bounds."""
        return self._build_access(asker).narrow_bounds(self._host)

    def filter_snapshot(self, asker: RequestContext) -> CatalogSnapshot:
        """Return the catalog open to the member, the same object until a change."""
        whole, access = self._catalog.get_snapshot(), self._build_access(asker)
        if not access.is_limited:
            return whole
        if self._full_snapshot is not whole:
            self._full_snapshot = whole
            self._filtered.clear()
        policy = access.policy
        mine = frozenset(one.role for one in policy.roles if one.role in access.roles)
        key = (policy.models, policy.loras, policy.roles, mine)
        if key not in self._filtered:
            self._filtered[key] = access.filter_snapshot(whole)
            if len(self._filtered) > SNAPSHOTS_MAX:
                self._filtered.popitem(last=False)
        self._filtered.move_to_end(key)
        return self._filtered[key]

    def list_settable_params(self, asker: RequestContext) -> tuple[ParameterInfo, ...]:
        """Return further parameters that the member may set."""
        roles = self._host.advanced_roles
        if roles is not None and set(asker.roles).isdisjoint(roles):
            return ()
        opened = {advanced.normalize_id(one) for one in self._host.advanced}
        params = self.filter_snapshot(asker).params
        return tuple(one for one in params if one.id in opened and advanced.is_openable(one))

    def _build_access(self, asker: RequestContext) -> Access:
        return Access(self._settings_of(asker.guild), asker.roles)

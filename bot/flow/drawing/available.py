"""What each person may draw with in their server, kept ready for those who ask at every key."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from bot.core.drawing.access import Access
from bot.core.drawing.catalog import Shelf
from bot.core.drawing.request import Asker, Bounds
from bot.core.policy import Policy
from bot.flow.ports.catalog import Catalog

SHELVES: Final = 64


class Reach:
    """Answers from memory. `policy_of` is what a guild has chosen."""

    def __init__(self, catalog: Catalog, host: Bounds, policy_of: Callable[[int], Policy]) -> None:
        self._catalog, self._host, self._policy_of = catalog, host, policy_of
        self._whole = Shelf()
        self._cut: OrderedDict[object, Shelf] = OrderedDict()

    def bounds(self, asker: Asker) -> Bounds:
        """How far they may go."""
        return self._access(asker).bounds(self._host)

    def shelf(self, asker: Asker) -> Shelf:
        """What is open to them; the same object until something changes."""
        whole, access = self._catalog.shelf(), self._access(asker)
        if not access.limits_models and not access.limits_loras:
            return whole
        if self._whole is not whole:
            self._whole = whole
            self._cut.clear()
        policy = access.policy
        mine = frozenset(one.role for one in policy.roles if one.role in access.roles)
        key = (policy.models, policy.loras, policy.roles, mine)
        if key not in self._cut:
            self._cut[key] = access.shelf(whole)
            if len(self._cut) > SHELVES:
                self._cut.popitem(last=False)
        self._cut.move_to_end(key)
        return self._cut[key]

    def _access(self, asker: Asker) -> Access:
        return Access(self._policy_of(asker.guild), asker.roles)

"""What its cog calls of the privacy flow, in memory, with the real cards behind it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.core.drawing.request import Asker
from bot.core.privacy import cards as privacy_cards
from bot.core.privacy.cards import Outcome
from bot.core.ui.card import Card, Shown, Upload


@dataclass
class Archive:
    """Keeps numbers of rows by person; `erased` are the wishes that came, in order."""

    counts: dict[int, dict[str, int]] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=lambda: Outcome(jobs=3, stays=1))
    erased: list[tuple[int, int, bool, bool]] = field(default_factory=list)
    limits: list[int] = field(default_factory=list)
    slowly: Callable[[], Awaitable[None]] | None = None

    async def export(
        self,
        asker: Asker,
        limit: int,
        send: Callable[[Shown], Awaitable[None]],
        *,
        everywhere: bool = False,
    ) -> Card | None:
        self.limits.append(limit)
        counts = self.counts.get(asker.user)
        if counts is None:
            return privacy_cards.nothing(everywhere=everywhere)
        file = Upload("kept.json", json.dumps(counts).encode(), "as JSON")
        card = privacy_cards.exported(counts, everywhere=everywhere, files=1)
        await send(Shown(card, (file,)))
        return None

    async def confirm(self, asker: Asker, *, everywhere: bool = False) -> Card:
        counts = self.counts.get(asker.user)
        if counts is None:
            return privacy_cards.nothing(everywhere=everywhere)
        return privacy_cards.confirm(counts, asker.user, everywhere=everywhere)

    async def erase(
        self, asker: Asker, *, everywhere: bool = False, messages: bool = False
    ) -> Card:
        if self.slowly is not None:
            await self.slowly()
        self.erased.append((asker.user, asker.guild, everywhere, messages))
        return privacy_cards.erased(self.outcome)

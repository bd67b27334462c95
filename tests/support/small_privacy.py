"""What its cog calls of the privacy flow, in memory, with the real cards behind it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.core.drawing.request import RequestContext
from bot.core.privacy import cards as privacy_cards
from bot.core.privacy.cards import ErasureOutcome
from bot.core.ui.card import FileUpload, MessageCard, MessageContent


@dataclass
class Archive:
    """Keeps numbers of rows by person; `erased` are the wishes that came, in order."""

    counts: dict[int, dict[str, int]] = field(default_factory=dict)
    determine_outcome: ErasureOutcome = field(
        default_factory=lambda: ErasureOutcome(jobs=3, kept_rows=1)
    )
    erased_at: list[tuple[int, int, bool, bool]] = field(default_factory=list)
    limits: list[int] = field(default_factory=list)
    slowly: Callable[[], Awaitable[None]] | None = None

    async def export_data(
        self,
        asker: RequestContext,
        limit: int,
        send: Callable[[MessageContent], Awaitable[None]],
        *,
        everywhere: bool = False,
    ) -> MessageCard | None:
        self.limits.append(limit)
        counts = self.counts.get(asker.user)
        if counts is None:
            return privacy_cards.nothing_kept_card(everywhere=everywhere)
        file = FileUpload("kept.json", json.dumps(counts).encode(), "as JSON")
        card = privacy_cards.export_card(counts, everywhere=everywhere, files=1)
        await send(MessageContent(card, (file,)))
        return None

    async def confirm_erasure(
        self, asker: RequestContext, *, everywhere: bool = False
    ) -> MessageCard:
        counts = self.counts.get(asker.user)
        if counts is None:
            return privacy_cards.nothing_kept_card(everywhere=everywhere)
        return privacy_cards.confirm_card(counts, asker.user, everywhere=everywhere)

    async def erase_data(
        self, asker: RequestContext, *, everywhere: bool = False, messages: bool = False
    ) -> MessageCard:
        if self.slowly is not None:
            await self.slowly()
        self.erased_at.append((asker.user, asker.guild, everywhere, messages))
        return privacy_cards.erased_card(self.determine_outcome)

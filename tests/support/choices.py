"""What a server has chosen, written into its books as a moderator's choice would be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.adapters.sqlite import Database, build_stores
from bot.core.drawing.request import RequestContext
from tests.support.town import Town


async def choose(here: Town, **fields: Any) -> None:
    """Set fields of the policy of the town's server, before the bot starts."""
    asker = RequestContext(int(here.person("mona")), "mona", int(here.world["guilds"][0]["id"]), 0)
    async with Database.open(here.database, clock=lambda: datetime.now(UTC)) as database:
        books = build_stores(database)
        await books.settings.update_guild_settings(
            asker, lambda policy: replace(policy, **fields), datetime.now(UTC)
        )

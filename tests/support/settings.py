"""Changes of guild settings in tests, by the names of their fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.core.drawing.request import RequestContext
from bot.core.policy import GuildSettings
from bot.flow.settings.store import GuildSettingsCache


async def set_fields(
    cache: GuildSettingsCache, asker: RequestContext, **fields: Any
) -> GuildSettings:
    """Set these fields of the asker's guild, as the panel does, and return the result."""
    return await cache.edit_settings(asker, lambda settings: replace(settings, **fields))

"""Discord's REST API v10, as far as a bot reaches it."""

from bot.sandbox.discord.rest.door import Rest

__all__ = ["Rest"]

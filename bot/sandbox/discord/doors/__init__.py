"""The doors under `/sandbox`: how people, the page and outside scripts act and look on."""

from bot.sandbox.discord.doors.web import Doors

__all__ = ["Doors"]

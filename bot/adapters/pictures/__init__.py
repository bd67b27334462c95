"""Image files, validated, spooled and resized. The port `Spool` is `FileSpool`."""

from bot.adapters.pictures.spool import FileSpool

__all__ = ["FileSpool"]

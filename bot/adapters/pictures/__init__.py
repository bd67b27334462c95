"""Pictures: proven, kept on disk, made smaller. The port `Spool` is `FileSpool`."""

from bot.adapters.pictures.spool import FileSpool

__all__ = ["FileSpool"]

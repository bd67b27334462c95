"""Discord bot that draws pictures with a SwarmUI image server."""

__version__ = "0.1.0"

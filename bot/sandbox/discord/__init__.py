"""A Discord on 127.0.0.1: REST v10, gateway and CDN on one port, with doors for its people."""

from bot.sandbox.discord.model import World
from bot.sandbox.discord.server import SandboxDiscord, serve

__all__ = ["SandboxDiscord", "World", "serve"]

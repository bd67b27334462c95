"""swarmui-discord-bot: a SwarmUI image server as a Discord community's studio."""

__version__ = "0.1.0"

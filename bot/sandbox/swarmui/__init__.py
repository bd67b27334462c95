"""A SwarmUI server for tests and the demo; it knows the wire and nothing of the bot."""

from bot.sandbox.swarmui.models import ModelFile
from bot.sandbox.swarmui.server import SwarmStandIn, serve
from bot.sandbox.swarmui.setup import Account, NotARecording, Setup

__all__ = ["Account", "ModelFile", "NotARecording", "Setup", "SwarmStandIn", "serve"]

"""All calls together: importing this fills the list."""

from bot.sandbox.swarmui import (
    calls_accounts,
    calls_model_files,
    calls_models,
    calls_pictures,
    calls_presets,
    calls_server,
    calls_wildcards,
)
from bot.sandbox.swarmui.calls import ROUTES, WS_ROUTES, Asked, Route, answer
from bot.sandbox.swarmui.calls_models import find_model, load_model, loading

__all__ = [
    "ROUTES",
    "WS_ROUTES",
    "Asked",
    "Route",
    "answer",
    "calls_accounts",
    "calls_model_files",
    "calls_models",
    "calls_pictures",
    "calls_presets",
    "calls_server",
    "calls_wildcards",
    "find_model",
    "load_model",
    "loading",
]

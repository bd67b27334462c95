"""What moderators' commands reach, written down: each call with its arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.core.ui.card import MessageCard


class SmallCounter:
    """Stands in for the counters behind /block and the newer /limits: `calls` has (name, args)."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> MessageCard:
            self.calls.append((name, args[1:], kwargs))
            return MessageCard(f"{name}: done.")

        return call

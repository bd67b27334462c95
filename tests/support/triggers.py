"""Triggers in tests."""

from __future__ import annotations

from bot.core.triggers.index import TriggerIndex
from bot.core.triggers.match import PromptMessage, read_message


def find_prompt(content: str, index: TriggerIndex, bot_id: int, mentions: bool) -> str | None:
    """Return the prompt in a message, or None."""
    read = read_message(content, index, bot_id, mentions)
    return read.prompt if isinstance(read, PromptMessage) else None

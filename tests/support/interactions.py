"""An interaction that writes down its answers, for tests of the code that gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.adapters.discord import discord_internals
from tests.support.books import NOON


def discord_error(code: int, status: int = 404) -> discord.HTTPException:
    """Make Discord's error with that code."""
    response: Any = SimpleNamespace(status=status, reason="no")
    return discord.HTTPException(response, {"code": code, "message": "no"})


@pytest.fixture
def recorded_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Record edits of first answers, which go past the interaction's own methods."""

    async def edit(interaction: Any, **arguments: Any) -> int:
        return int((await interaction.edit_answer(**arguments)).id)

    monkeypatch.setattr(discord_internals, "edit_first_answer", edit)


@dataclass
class RecordedInteraction:
    """Interaction whose answers are recorded as (name, arguments), or raise `error`.

    `errors` are those of single answers by name, raised once each if it `heals`. `original` is the
    first answer that Discord has, an error that reading it raises, or None if there is none.
    """

    type: discord.InteractionType = discord.InteractionType.application_command
    data: dict[str, Any] = field(default_factory=dict)
    guild_id: int | None = 7
    message: Any = None
    error: Exception | None = None
    errors: dict[str, Exception] = field(default_factory=dict)
    heals: bool = False
    original: Any = None
    id: int = 1
    channel_id: int = 9
    token: str = "a-token"
    expires_at: datetime = NOON + timedelta(minutes=15)
    filesize_limit: int = 1000
    answered: bool = False
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.response = SimpleNamespace(
            send_message=self._recorder("send_message"),
            edit_message=self._recorder("edit_message"),
            defer=self._recorder("defer"),
            send_modal=self._recorder("send_modal"),
            is_done=lambda: self.answered,
        )
        self.followup = SimpleNamespace(send=self._recorder("followup"))
        self.edit_answer = self._recorder("edit_answer")
        self.delete_original_response = self._recorder("delete_original_response")

    async def original_response(self) -> Any:
        """Read the first answer."""
        if self.original is None:
            raise discord.NotFound(discord_error(10015).response, {"code": 10015})
        if isinstance(self.original, Exception):
            raise self.original
        return self.original

    @property
    def calls(self) -> list[str]:
        """The names of the answers, in order."""
        return [name for name, _ in self.sent]

    def _recorder(self, name: str) -> Any:
        async def record(*args: Any, **kwargs: Any) -> Any:
            error = self.errors.get(name, self.error)
            if self.heals:
                self.errors.pop(name, None)
            if error is not None:
                raise error
            self.sent.append((name, {**kwargs, "args": args}))
            return SimpleNamespace(id=len(self.sent), message_id=len(self.sent))

        return record

"""After a refusal that took computing, a member waits, and nobody else."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.errors import Refused
from bot.flow.drawing.refusal_pauses import RefusalPauses


async def test_a_pause_is_one_members_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    pauses = RefusalPauses(2.0, "rule", "Wait.")
    pauses.check_member(1)
    pauses.begin_pause(1)
    pauses.check_member(2)
    with pytest.raises(Refused, match="Wait") as refused:
        pauses.check_member(1, "a fox")
    assert (refused.value.rule, refused.value.prompt) == ("rule", "a fox")
    now = 102.0
    pauses.check_member(1)
    pauses.begin_pause(2)
    assert list(pauses._until) == [2], "those that ended are forgotten"

"""A gateway that leaves in the middle of a picture: the picture comes, the next wish is heard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.town import Town, town


async def _fault(here: Town, **do: Any) -> None:
    faults = {"set": [{"on": {"gateway": True}, "do": do}]}
    async with here.http.post(f"{here.discord.base}/sandbox/faults", json=faults) as answer:
        assert answer.status == 200, await answer.text()


def _garble(here: Town) -> None:
    """A message without anything that a message has."""
    for session in here.discord.hub.sessions.connected:
        assert session.line is not None
        session.line.put({"op": 0, "s": 9999, "t": "MESSAGE_CREATE", "d": {"id": "1"}})


def _made(here: Town) -> int:
    """Connections that the gateway has seen."""
    return here.discord.hub.report.gateway["connections"]


@pytest.mark.parametrize(
    "fault", [{"reconnect": True}, {"invalid_session": True}, {"close": 4000}, {"close": 4009}, {}]
)
async def test_the_picture_comes_and_the_next_wish_is_heard(
    tmp_path: Path, fault: dict[str, Any]
) -> None:
    """No fault stands for a payload that the library cannot read, which ends its connection."""
    async with town(tmp_path) as here:
        await here.script(step_s=0.1)
        await here.start_bot()
        card = await here.imagine("mia", steps=10)
        before = _made(here)
        if fault:
            await _fault(here, **fault)
        else:
            _garble(here)
        await here.until(lambda: _made(here) > before, "it connects again")
        await here.picture(card)
        await here.until(lambda: any(s.line for s in here.discord.hub.sessions.connected))
        await here.picture(await here.imagine("theo", steps=2))
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert len((await here.swarm_report())["generations"]) == 2
        here.balanced()
        await here.clean()

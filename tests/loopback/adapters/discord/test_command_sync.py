"""Commands are registered beside the connection: throttled, refused or unreadable, it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.town import Json, Town, town

ROUTE = "/applications/{application_id}/commands"
THROTTLED: Json = {
    "status": 429,
    "body": {"message": "Slow down.", "retry_after": 300.0, "global": False},
    "headers": {"Retry-After": "300"},
}
REFUSED: Json = {"status": 400, "body": {"code": 50035, "message": "Invalid Form Body"}}
DOWN: Json = {"status": 503}
UNREADABLE: Json = {"status": 200, "body": [{"id": "1"}]}
LAUNCH: Json = {
    "id": "77",
    "application_id": "1",
    "version": "78",
    "type": 4,
    "name": "launch",
    "description": "Play",
    "handler": 2,
}


async def set_fault(here: Town, method: str, do: Json) -> None:
    faults = {"set": [{"on": {"method": method, "route": ROUTE}, "do": do}]}
    async with here.http.post(f"{here.discord.base}/sandbox/faults", json=faults) as answer:
        assert answer.status == 200, await answer.text()


@pytest.mark.parametrize(
    ("method", "do"),
    [
        ("PUT", THROTTLED),
        ("PUT", REFUSED),
        ("PUT", DOWN),
        ("PUT", UNREADABLE),
        ("GET", THROTTLED),
        ("GET", UNREADABLE),
    ],
)
async def test_the_bot_is_there_while_its_commands_are_not_taken(
    tmp_path: Path, method: str, do: Json
) -> None:
    """The commands of yesterday still work."""
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.stop_bot()
        here.database.with_suffix(".commands").write_text("older", encoding="utf-8")
        await set_fault(here, method, do)
        await here.start_bot()
        await here.picture(await here.imagine("mia"))
        assert (await here.get("report"))["gateway"]["identify"] == 2


async def test_an_application_with_an_activity_gets_its_commands(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        here.discord.world.commands["77"] = LAUNCH
        await here.start_bot()
        known = here.discord.world.commands
        await here.until(lambda: any(one["name"] == "imagine" for one in known.values()))
        assert [one["id"] for one in known.values() if one["type"] == 4] == ["77"]
        await here.picture(await here.imagine("mia"))
        await here.clean()

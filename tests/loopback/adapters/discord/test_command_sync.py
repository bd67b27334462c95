"""Commands are registered beside the connection: throttled, refused or unreadable, it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.support.attack import QUIET
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


def drift(here: Town) -> Json:
    """Another release with the same token registers other options of /imagine; returns them."""
    known = here.discord.world.commands
    imagine = next(one for one in known.values() if one["name"] == "imagine")
    options = [one for one in imagine["options"] if one["name"] != "cfg"]
    seed = next(n for n, one in enumerate(options) if one["name"] == "seed")
    bounds = ("min_value", "max_value")
    plain = {key: value for key, value in options[seed].items() if key not in bounds}
    options[seed] = plain | {"type": 3}
    quality = {"type": 3, "name": "quality", "description": "How good"}
    changed: Json = imagine | {"options": [*options, quality]}
    known[imagine["id"]] = changed
    return imagine


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
        drift(here)
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


@pytest.mark.parametrize("odd", [{"quality": "high"}, {"seed": "7"}, {}])
async def test_commands_of_another_release_are_mended(tmp_path: Path, odd: Json) -> None:
    """At the start, and where a member used one that is no longer meant so."""
    async with town(tmp_path, extra=QUIET) as here:
        await here.start_bot()
        if not odd:
            await here.stop_bot()
        meant = drift(here)
        known = here.discord.world.commands

        def is_mended() -> bool:
            return bool(known[meant["id"]]["options"] == meant["options"])

        if not odd:
            await here.start_bot()
        else:
            with capture_logs() as entries:
                state = await here.command("mia", "imagine", prompt="a red fox", **odd)
            (card,) = [await here.message(one) for one in state["messages"]]
            assert card["flags"] & 64
            assert card["content"] == (
                "That command has changed. Reload Discord (Ctrl+R) and try again."
            )
            assert [one for one in entries if one["log_level"] in ("warning", "error")] == []
        await here.until(is_mended, "the commands are as meant")
        await here.picture(await here.imagine("mia", seed=7, cfg=5))
        assert len(here.rows("SELECT * FROM jobs")) == 1
        await here.clean()


async def test_commands_as_meant_are_not_sent_again(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        versions = [one["version"] for one in here.discord.world.commands.values()]
        await here.stop_bot()
        await here.start_bot()
        await here.command("mia", "quota")
        await here.stop_bot()
        assert [one["version"] for one in here.discord.world.commands.values()] == versions

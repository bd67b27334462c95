"""Export and erase through both sandboxes: files that really go, and words where they may not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.swarmui import accounts
from tests.support.town import Town, button, town


async def asked(here: Town, **options: Any) -> dict[str, Any]:
    """/privacy erase, and its question."""
    state = await here.command("mia", "privacy erase", **options)
    return await here.message(state["messages"][0])


async def pressed(here: Town, question: dict[str, Any], action: str = "erase") -> dict[str, Any]:
    """The question once it has become the answer."""
    await here.act("mia", "component", message=question["id"], custom_id=button(question, action))
    return await here.becomes(question["id"], lambda now: now["content"] != question["content"])


def pictures(here: Town) -> list[Path]:
    """What SwarmUI has on its disk."""
    return sorted(here.swarm.state.files.root.rglob("*.png"))


async def test_the_export_is_a_file_for_one_person(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.picture(await here.imagine(prompt="a red fox"))
        await here.picture(await here.imagine("theo", prompt="a blue owl"), who="theo")
        state = await here.command("mia", "privacy export")
        (answer,) = state["messages"]
        told = await here.message(answer)

        assert told["flags"] & 64
        assert await here.message(answer, who="theo") == {}
        (file,) = told["attachments"]
        async with here.http.get(file["url"]) as fetched:
            kept = json.loads(await fetched.read())
        assert kept["person"] == here.person("mia")
        assert [job["order"]["prompt"] for job in kept["kept"]["jobs"]] == ["a red fox"]
        assert "token" not in kept["kept"]["posts"][0]
        assert here.person("theo") not in json.dumps(kept)
        assert told["embeds"][0]["title"] == "Your data"
        await here.clean()


async def test_erase_takes_rows_files_and_pictures_on_swarmui(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        mine = await here.picture(await here.imagine(prompt="a red fox", images=2))
        await here.picture(await here.imagine("theo", prompt="a blue owl"), who="theo")
        assert len(pictures(here)) == 3
        told = await pressed(here, await asked(here))

        assert told["content"] == (
            "Erased: 1 request. 2 files deleted on the image server. This month's "
            "numbers stay until the month is over, so limits still apply."
        )
        assert told["components"] == []
        assert len(pictures(here)) == 1
        assert here.rows("SELECT count(*) FROM jobs") == [(1,)]
        assert here.rows("SELECT count(*) FROM charges") == [(3,)]
        assert (await here.message(mine["id"]))["attachments"]  # the message stays
        again = await here.press("mia", mine, "parameters")
        said = await here.message(again["messages"][0])
        assert "This picture is too old for its buttons to work." in said["content"]
        await here.clean()


async def test_delete_still_works_under_what_was_erased(tmp_path: Path) -> None:
    """For whoever asked, as Discord knows it, by a command as well as by a message; for nobody
    else."""
    async with town(tmp_path) as here:
        await here.start_bot()
        slash = await here.picture(await here.imagine(prompt="a red fox"))
        asked_for = await here.act("mia", "message", channel="imagine", content="draw me an owl")
        found: list[dict[str, Any]] = []

        async def drawn() -> bool:
            seen = await here.messages()
            found[:] = [
                one
                for one in seen
                if (one.get("message_reference") or {}).get("message_id") == asked_for["message"]
                and one["attachments"]
            ]
            return bool(found)

        await here.until(drawn, "the owl is drawn")
        await pressed(here, await asked(here))
        for message in (slash, found[0]):
            other = await here.press("theo", message, "delete")
            said = await here.message(other["messages"][0], who="theo")
            assert "This picture is too old for its buttons to work." in said["content"]
            assert await here.message(message["id"])
            await here.press("mia", message, "delete")

            async def gone(message: str = message["id"]) -> bool:
                return await here.message(message) == {}

            await here.until(gone, "the message is deleted")
        await here.clean()


async def test_with_messages_the_pictures_leave_discord_too(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        mine = await here.picture(await here.imagine(prompt="a red fox"))
        theirs = await here.picture(await here.imagine("theo", prompt="an owl"), who="theo")
        told = await pressed(here, await asked(here), "purge")
        assert "I'm deleting 1 message about them" in told["content"]

        async def gone() -> bool:
            return await here.message(mine["id"]) == {}

        await here.until(gone, "the message is deleted")
        assert await here.message(theirs["id"])
        await here.until(lambda: here.rows("SELECT * FROM errands") == [], "nothing is owed")
        await here.clean()


async def test_an_account_that_may_not_delete_says_whom_to_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may = accounts.User.may
    monkeypatch.setattr(
        accounts.User,
        "may",
        lambda user, permission: permission != "user_delete_image" and may(user, permission),
    )
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.picture(await here.imagine(prompt="a red fox"))
        told = await pressed(here, await asked(here))

        assert "The image server didn't let me delete some of your files" in told["content"]
        (file,) = pictures(here)
        place = file.relative_to(here.swarm.state.files.root)
        assert str(place) in told["embeds"][0]["description"]
        assert here.rows("SELECT * FROM jobs") == []
        assert here.rows("SELECT * FROM errands") == []
        await here.clean()


async def test_a_swarmui_that_is_away_is_asked_after_the_restart(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.picture(await here.imagine(prompt="a red fox"))
        await here.script(down=True)
        told = await pressed(here, await asked(here))
        assert "The image server is offline" in told["content"]
        assert here.rows("SELECT kind FROM errands") == [("file",)]
        await here.script(down=False)
        assert len(pictures(here)) == 1
        await here.stop_bot()
        await here.start_bot()
        await here.until(lambda: here.rows("SELECT * FROM errands") == [], "nothing is owed")
        assert pictures(here) == []


async def test_a_member_erases_only_themselves(tmp_path: Path) -> None:
    """A made-up button with another's id does nothing: the press itself says who it is."""
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.picture(await here.imagine(prompt="a red fox"))
        question = await asked(here)
        await here.act(
            "theo",
            "component",
            status=409,
            message=question["id"],
            custom_id=button(question, "erase"),
        )
        state = await here.command("theo", "privacy erase")
        said = await here.message(state["messages"][0], who="theo")
        assert said["content"].startswith("I have no data about you on this server.")
        assert here.rows("SELECT count(*) FROM jobs") == [(1,)]

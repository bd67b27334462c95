"""The buttons under a card, by their owner, by others, and after a restart."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.town import is_picture, town


async def test_cancel_stops_the_work_and_returns(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.script(step_s=0.5)
        card = await here.imagine("mia")
        drawing = await here.becomes(card["id"], lambda m: "Drawing, step" in m["content"])
        other = await here.press("theo", drawing, "cancel")
        [private] = other["messages"]
        told = await here.message(private, who="theo")
        assert told["flags"] & 64
        assert told["content"].startswith("This picture belongs to Mia.")
        await here.press("mia", drawing, "cancel")
        over = await here.becomes(card["id"], lambda m: m["content"].startswith("Cancelled."))
        assert "1 picture returned, 20 left today." in over["content"]

        async def interrupted() -> bool:
            report = await here.swarm_report()
            return bool(report["generations"][0]["state"] == "interrupted")

        await here.until(interrupted)
        here.balanced()
        await here.clean()


async def test_reroll_edit_and_delete_after_a_restart(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        first = await here.picture(await here.imagine("mia", prompt="a red fox", seed=7))
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        await here.stop_bot()
        await here.start_bot()
        again = await here.press("mia", first, "reroll")
        second = await here.picture(await here.message(again["messages"][0]))
        assert "seed 7 " not in second["content"]

        opened = await here.press("mia", first, "edit")
        assert opened["modal"]["custom_id"].startswith("edit:")
        fields = {"prompt": "a blue fox", "negative": "", "seed": "9"}
        sent = await here.act("mia", "modal", modal=opened["modal"]["id"], fields=fields)
        edited = await here.answered(sent["interaction"])
        third = await here.picture(await here.message(edited["messages"][0]))
        assert third["content"].startswith("a blue fox")
        assert "seed 9 " in third["content"]

        await here.press("mia", first, "delete")

        async def gone() -> bool:
            return await here.message(first["id"]) == {}

        await here.until(gone)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        here.balanced()
        await here.clean()


async def test_a_form_that_was_open_while_the_bot_restarted_still_works(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        first = await here.picture(await here.imagine("mia", prompt="a red fox"))
        opened = await here.press("mia", first, "edit")
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        await here.stop_bot()
        await here.start_bot()
        sent = await here.act(
            "mia", "modal", modal=opened["modal"]["id"], fields={"prompt": "a grey owl"}
        )
        edited = await here.answered(sent["interaction"])
        result = await here.picture(await here.message(edited["messages"][0]))
        assert result["content"].startswith("a grey owl")
        await here.clean()


async def test_another_persons_prompt_can_be_used_for_ones_own(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        first = await here.picture(await here.imagine("mia", prompt="a red fox"))
        refused = await here.press("theo", first, "reroll")
        private = await here.message(refused["messages"][0], who="theo")
        assert private["flags"] & 64
        used = await here.press("theo", private, "use")
        mine = await here.picture(await here.message(used["messages"][0]))
        assert mine["content"].startswith("a red fox")
        assert here.rows("SELECT count(*) FROM jobs WHERE requester_name = 'Theo'") == [(1,)]
        await here.clean()


async def test_four_pictures_come_in_one_message(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        result = await here.picture(await here.imagine("mia", images=4))
        assert len(result["attachments"]) == 4
        assert all(is_picture({"attachments": [a]}) for a in result["attachments"])
        assert len({a["filename"] for a in result["attachments"]}) == 4
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert here.rows("SELECT count(*) FROM charges") == [(4,)]
        here.balanced()
        await here.clean()


async def test_a_moderators_delete_reaches_a_file_whose_name_is_not_known(tmp_path: Path) -> None:
    """After a restart before the delivery, the name that SwarmUI gave it is forgotten."""
    async with town(tmp_path) as here:
        await here.start_bot()
        picture = await here.picture(await here.imagine("mia"))
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        with closing(sqlite3.connect(here.database)) as books, books:
            books.execute("UPDATE images SET path = ''")
        saved = here.swarm.state.files.root
        assert len(list(saved.rglob("*.png"))) == 1
        await here.press("mona", picture, "delete")
        await here.until(lambda: not list(saved.rglob("*.png")), "the file on SwarmUI is gone")
        await here.clean()

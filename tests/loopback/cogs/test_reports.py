"""A report by the sandbox's doors: what the reporter reads, what moderators get and can do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.choices import choose
from tests.support.town import Json, Town, town


async def press(here: Town, who: str, message: Json, action: str) -> Json:
    """Press a button and read the private answer."""
    state = await here.press(who, message, action)
    assert state["state"] == "answered", state
    channel = str(message["channel_id"])
    answer = await here.message(state["messages"][-1], channel, who)
    assert answer["flags"] & 64
    return answer


async def report_in(here: Town, channel: str = "general") -> Json:
    """The report in the log channel, as soon as it is there."""
    found: Json = {}

    async def is_there() -> bool:
        nonlocal found
        messages = await here.messages(channel, "mona")
        found = next((m for m in messages if "was reported" in m["content"]), {})
        return bool(found)

    await here.until(is_there, "a report")
    return found


async def test_a_report_reaches_the_moderators_who_delete_and_block(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await choose(here, log_channel=int(here.channel("general")))
        await here.start_bot()
        picture = await here.picture(await here.imagine("mia"))
        thanks = await press(here, "theo", picture, "report")
        assert thanks["content"] == ("Thanks. The moderators have been notified.")
        report = await report_in(here)
        guild = here.world["guilds"][0]["id"]
        assert report["content"] == "A picture was reported."
        assert report["embeds"][0]["description"].splitlines() == [
            f"[The picture](https://discord.com/channels/{guild}/{picture['channel_id']}/"
            f"{picture['id']})",
            f"Drawn by <@{here.person('mia')}>",
        ]
        assert "red fox" not in str(report["embeds"])
        # Nothing for its author to see.
        assert await here.message(picture["id"]) == picture

        again = await press(here, "theo", picture, "report")
        assert (
            again["content"]
            == "You've already reported this picture. The moderators know about it."
        )
        yours = await press(here, "mia", picture, "report")
        assert yours["content"] == "This is your own picture. Use *Delete* to remove it."

        assert here.person("theo") not in str(await here.messages("general", "mia"))
        for action, right in (
            ("remove", "Manage Messages"),
            ("block", "Timeout Members"),
            ("reporters", "Timeout Members"),
        ):
            refused = await press(here, "theo", report, action)
            assert f"You need *{right}*" in refused["content"]
            assert here.person("theo") not in refused["content"]
        told = await press(here, "mona", report, "reporters")
        assert told["content"] == f"Reported by <@{here.person('theo')}>."
        assert await here.message(picture["id"]) != {}

        gone = await press(here, "mona", report, "remove")
        assert gone["content"] == "Deleted."
        assert await here.message(picture["id"]) == {}
        await here.until(lambda: here.rows("SELECT place FROM images") == [("removed",)])
        assert (await press(here, "mona", report, "remove"))[
            "content"
        ] == "It's already been deleted."

        spans = await press(here, "mona", report, "block")
        assert "Block Mia from drawing for how long?" in spans["content"]
        labels = [one["label"] for row in spans["components"] for one in row["components"]]
        assert labels == ["1 hour", "1 day", "1 week", "For good"]
        blocked = await press(here, "mona", spans, "block:24")
        assert blocked["content"].startswith("Mia is blocked from drawing here; the block ends <t:")
        refused = await here.imagine("mia")
        assert "Reason: a reported picture." in refused["content"]

        record = here.rows(
            "SELECT action, actor, target FROM audit WHERE action NOT LIKE 'settings.%'"
        )
        mona, theo = int(here.person("mona")), int(here.person("theo"))
        mia = f"member:{here.person('mia')}"
        assert record == [
            ("picture.reported", theo, mia),
            ("picture.deleted", mona, mia),
            ("block.set", mona, mia),
        ]
        done = f"<@{mona}> · <@{mia.partition(':')[2]}>: one of their pictures was deleted"

        async def is_said() -> bool:
            return any(done in m["content"] for m in await here.messages("general", "mona"))

        await here.until(is_said, "the log channel says who deleted it")
        messages = await here.messages("general", "mona")
        assert sum("was reported" in m["content"] for m in messages) == 1
        assert not any("of theirs reported" in m["content"] for m in messages)
        asked = await here.command("mona", "limits log")
        answer = await here.message(asked["messages"][0], who="mona")
        assert f"<@{theo}> · <@{mia.partition(':')[2]}>: one of their pictures was reported" in str(
            answer["embeds"]
        )
        assert here.rows("SELECT count(*) FROM charges") == [(1,)]
        here.balanced()
        await here.clean()


async def test_without_a_log_channel_the_way_to_a_moderator_is_said(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        picture = await here.picture(await here.imagine("mia"))
        told = await press(here, "theo", picture, "report")
        assert told["content"] == (
            "Reporting isn't set up on this server yet. Please message a moderator. "
            "They can choose a log channel in `/settings`."
        )
        assert here.rows("SELECT * FROM audit") == []
        await here.clean()


async def test_a_channel_that_cannot_be_written_is_no_silence(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await choose(here, log_channel=int(here.channel("locked")))
        await here.start_bot()
        picture = await here.picture(await here.imagine("mia"))
        told = await press(here, "theo", picture, "report")
        assert told["content"].startswith("Your report is on record, but I couldn't")
        assert here.rows("SELECT count(*) FROM audit WHERE action = 'picture.reported'") == [(1,)]


async def test_what_only_one_person_sees_has_no_report(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        picture = await here.picture(await here.imagine("mia", private=True))
        ids = [one["custom_id"] for row in picture["components"] for one in row["components"]]
        assert not [one for one in ids if one.startswith("report:")]
        assert [one for one in ids if one.startswith("delete:")]


@pytest.mark.parametrize("who", ["mia", "mona"])
async def test_a_moderator_cancels_anybodys_job_by_its_card_and_by_the_queue(
    tmp_path: Path, who: str
) -> None:
    async with town(tmp_path) as here:
        await here.script(step_s=60)
        await here.start_bot()
        first = await here.imagine("theo")
        second = await here.imagine("theo", prompt="a blue owl")
        asked = await here.command(who, "queue")
        answer = await here.message(asked["messages"][0], who=who)
        buttons = [one for row in answer["components"] for one in row["components"]]
        if who == "mia":
            assert buttons == []
            assert "a red fox" not in str(answer)
            refused = await press(here, "mia", first, "cancel")
            assert "This picture belongs to Theo." in refused["content"]
            return
        lines = answer["embeds"][0]["description"].splitlines()
        theo = here.person("theo")
        assert lines[0] == "**Others'**"
        assert lines[1].startswith(f"1. <@{theo}> · *a red fox* · ")
        assert lines[2].startswith(f"2. <@{theo}> · *a blue owl* · ")
        assert answer["content"].endswith("As a moderator, you can cancel any of them.")
        state = await here.act(
            "mona", "component", message=answer["id"], custom_id=buttons[1]["custom_id"]
        )
        await here.answered(state["interaction"])
        await here.becomes(
            second["id"],
            lambda m: m["content"].startswith(
                "Cancelled (a moderator stopped it). 1 picture returned"
            ),
        )
        await here.press("mona", first, "cancel")
        await here.becomes(
            first["id"],
            lambda m: m["content"].startswith(
                "Cancelled (a moderator stopped it). 1 picture returned"
            ),
        )
        record = here.rows("SELECT action, actor, target FROM audit")
        assert record == [("job.cancelled", int(here.person("mona")), f"member:{theo}")] * 2
        here.balanced()
        await here.clean()

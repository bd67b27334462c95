"""Limits at work over sockets: the last picture, the log channel, the form, the files."""

from __future__ import annotations

import asyncio
import csv
import io
from pathlib import Path

import pytest

from tests.support.choices import choose
from tests.support.town import Json, Town, button, town


async def told(here: Town, who: str, name: str, **options: object) -> Json:
    """A command's private answer."""
    state = await here.command(who, name, **options)
    assert state["state"] == "answered", (name, state)
    answer = await here.message(state["messages"][0], who=who)
    assert answer["flags"] & 64, name
    return answer


async def log_lines(here: Town) -> list[str]:
    """What the bot has said of changes in #general, line by line."""
    return [line for m in await changes(here) for line in m["content"].splitlines()]


async def changes(here: Town) -> list[Json]:
    """The messages in #general that say what was changed; a greeting does not begin so."""
    messages = await here.messages("general", "mona")
    return [m for m in messages if m["content"].startswith("<@") and m["author"].get("bot")]


@pytest.mark.parametrize("rush", range(3))
async def test_ten_ways_to_the_last_picture_at_once_and_one_wins(tmp_path: Path, rush: int) -> None:
    """Reroll buttons, commands and phrases together; nothing is drawn, held or charged twice."""
    async with town(tmp_path) as here:
        await here.start_bot()
        mia = here.person("mia")
        await told(here, "mona", "limits set", member=mia, day=4)
        results = [await here.picture(await here.imagine("mia", seed=n)) for n in range(3)]
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert here.rows("SELECT count(*) FROM charges") == [(3,)]

        async def press(message: Json) -> Json:
            return await here.act(
                "mia", "component", message=message["id"], custom_id=button(message, "reroll")
            )

        async def command(n: int) -> Json:
            options = {"prompt": f"fox {n}"}
            return await here.act(
                "mia", "command", channel="imagine", name="imagine", options=options
            )

        async def phrase() -> Json:
            return await here.act("mia", "message", channel="imagine", content="draw me a hare")

        clicks = [*map(press, results), *(command(n) for n in range(6)), phrase()]
        acts = await asyncio.gather(*clicks[rush:], *clicks[:rush])
        for act in acts:
            if "interaction" in act:
                assert (await here.answered(act["interaction"]))["state"] == "answered"
        await here.until(lambda: here.rows("SELECT count(*) FROM charges") == [(4,)])
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])

        assert here.rows("SELECT count(*) FROM jobs") == [(4,)]
        assert len((await here.swarm_report())["generations"]) == 4
        private = [m for m in await here.messages() if m.get("flags", 0) & 64]
        used_up = [
            m for m in private if m["content"].startswith("You've used all 4 of today's pictures.")
        ]
        assert len(used_up) >= 8
        here.balanced()
        await here.clean()


async def test_the_log_channel_hears_every_change_once_also_over_a_restart(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as here:
        await choose(here, log_channel=int(here.channel("general")))
        await here.start_bot()
        mia, mona = here.person("mia"), here.person("mona")
        for day in range(1, 13):
            await told(here, "mona", "limits set", member=mia, day=day)
        await told(here, "mona", "block", member=mia, reason="@everyone **spam**")
        await told(here, "mona", "unblock", member=mia)
        await here.stop_bot()
        await here.start_bot()

        async def all_said() -> bool:
            return any("unblocked" in line for line in await log_lines(here))

        await here.until(all_said, "the last change")
        lines = await log_lines(here)
        days = [line.partition(": day ")[2] for line in lines if ": day " in line]
        assert days == ["not set → 1", *(f"{n} → {n + 1}" for n in range(1, 12))]
        assert sum("blocked for good" in line or "blocked until" in line for line in lines) == 1
        assert lines[0].endswith(f": log channel none → <#{here.channel('general')}>")
        assert all(f"<@{mona}> · <@{mia}>: " in line for line in lines[1:])
        messages = await changes(here)
        assert len(messages) <= 5
        assert all(m["silent"] and m["flags"] & 1 << 12 for m in messages)
        await here.clean()


async def test_a_warning_leads_to_a_form_that_gives_more(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        theo, artists = here.person("theo"), here.role("Artists")
        await told(here, "mona", "limits set", role=artists, day=50)
        warned = await told(here, "mona", "limits set", member=theo, day=1)
        assert warned["content"].splitlines() == [
            "Theo: 1 a day, starting now.",
            warned["content"].splitlines()[1],
            "Note: this overrides what Theo gets from @Artists (50 a day).",
            "To give them more for a few days, use `/limits grant`.",
        ]
        change = warned["content"].splitlines()[1]
        assert change.startswith("50 → 1 a day, 0 used, 1 left, resets <t:")
        await here.stop_bot()
        await here.start_bot()

        opened = await here.press("mona", warned, "grant")
        assert opened["modal"]["custom_id"] == f"grant:{theo}"
        fields = {"pictures": "a few", "days": "1"}
        sent = await here.act("mona", "modal", modal=opened["modal"]["id"], fields=fields)
        state = await here.answered(sent["interaction"])
        wrong = await here.message(state["messages"][0], who="mona")
        assert wrong["content"] == "Pictures and days must be whole numbers. Nothing was changed."

        opened = await here.press("mona", wrong, "grant")
        fields = {"pictures": "2", "days": "3"}
        sent = await here.act("mona", "modal", modal=opened["modal"]["id"], fields=fields)
        state = await here.answered(sent["interaction"])
        given = await here.message(state["messages"][0], who="mona")
        assert given["content"] == (
            f"<@{theo}> gets 2 more pictures a day for 3 days, starting today."
        )
        mine = await told(here, "theo", "quota")
        assert mine["content"] == "3 left today."
        assert "1 a day set just for you." in mine["embeds"][0]["description"]
        assert "2 extra a day from a grant, which ends <t:" in mine["embeds"][0]["description"]
        await here.clean()


async def test_a_preview_changes_nothing_and_zero_says_for_whom_drawing_is(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        artists = here.role("Artists")
        seen = await told(here, "mona", "limits set", day=0, preview=True)
        assert seen["content"].startswith("Preview only. This server: 0 a")
        assert here.rows("SELECT * FROM limits") == here.rows("SELECT * FROM audit") == []
        await told(here, "mona", "limits set", day=0)
        await told(here, "mona", "limits set", role=artists, day=5)
        no = await here.imagine("mia")
        assert no["flags"] & 64
        assert no["content"].startswith(
            f"Only <@&{artists}> can draw here. Ask a moderator to join in."
        )
        await here.picture(await here.imagine("theo"), who="theo")
        await here.clean()


async def test_the_export_is_private_and_has_what_happened(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await told(here, "mona", "limits set", day=7)
        await here.picture(await here.imagine("mia"))
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        state = await here.command("mona", "limits export")
        answer = await here.message(state["messages"][-1], who="mona")
        assert answer["flags"] & 64
        assert answer["content"].startswith("1 change (newest first), 1 rule, and the use of 1 ")
        found = {}
        for file in answer["sandbox_files"]:
            async with here.http.get(file["url"]) as got:
                text = (await got.read()).decode("utf-8-sig")
            found[file["filename"].split("-")[0]] = list(csv.DictReader(io.StringIO(text)))
        assert [row["to"] for row in found["changes"]] == ["7"]
        assert [row["day"] for row in found["rules"]] == ["7"]
        (use,) = found["use"]
        assert (use["member"], use["name"]) == (f"<@{here.person('mia')}>", "Mia")
        assert (use["used_today"], use["used_this_month"]) == ("1", "1")
        await here.act("mia", "command", channel="imagine", name="limits export", status=409)
        await here.clean()


async def test_two_moderators_at_once_change_it_once(tmp_path: Path) -> None:
    """And give back once what was used once."""
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.picture(await here.imagine("mia"))
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        mia = here.person("mia")
        await asyncio.gather(*(told(here, "mona", "limits set", member=mia, day=7) for _ in "ab"))
        said = await asyncio.gather(
            *(told(here, "mona", "limits reset", member=mia) for _ in range(3))
        )
        assert sorted(one["content"] for one in said) == [
            "Mia has used nothing today, so there is nothing to reset. Nothing was changed.",
            "Mia has used nothing today, so there is nothing to reset. Nothing was changed.",
            "Reset Mia's usage: 1 picture returned, 7 left today.",
        ]
        assert here.rows("SELECT action FROM audit") == [("limits.day",), ("limits.reset",)]
        await here.clean()

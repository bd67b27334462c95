"""Moderators at work, by the sandbox's doors: what they do holds, and stands in the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.town import Json, Town, town

ACTS: list[tuple[str, dict[str, Any]]] = [
    ("limits set", {"day": 5}),
    ("limits clear", {}),
    ("limits grant", {"pictures": 2}),
    ("limits reset", {}),
    ("limits exempt", {}),
    ("limits log", {}),
    ("limits show", {}),
    ("block", {}),
    ("unblock", {}),
    ("blocked", {}),
]


async def told(here: Town, who: str, name: str, **options: Any) -> Json:
    """A command's private answer."""
    state = await here.command(who, name, **options)
    assert state["state"] == "answered", (name, state)
    answer = await here.message(state["messages"][0], who=who)
    assert answer["flags"] & 64, name
    return answer


def panel(answer: Json) -> str:
    """The text of an answer's embed."""
    return str(answer["embeds"][0]["description"])


async def test_a_member_may_use_none_of_it(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        for name, options in ACTS:
            needs = name in ("limits grant", "limits reset", "block", "unblock")
            asked = {**options, **({"member": here.person("theo")} if needs else {})}
            await here.act(
                "mia", "command", channel="imagine", name=name, options=asked, status=409
            )
        assert here.rows("SELECT * FROM audit") == []
        await here.clean()


async def test_a_limit_a_grant_a_reset_and_a_block_hold_and_stand_in_the_log(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        mia = here.person("mia")
        await told(here, "mona", "limits set", member=mia, day=1)
        await here.picture(await here.imagine("mia"))
        refused = await here.imagine("mia")
        assert "You've used your 1 picture for today." in refused["content"]

        grant = await told(here, "mona", "limits grant", member=mia, pictures=1)
        assert grant["content"] == "Mia gets 1 more picture for today. They have 1 left today."
        await here.picture(await here.imagine("mia"))
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        back = await told(here, "mona", "limits reset", member=mia)
        assert back["content"] == "Reset Mia's usage: 2 pictures returned, 2 left today."

        await told(here, "mona", "block", member=mia, reason="spam", span=1)
        blocked = await here.imagine("mia")
        assert blocked["flags"] & 64
        assert "You're blocked from drawing here; the block ends <t:" in blocked["content"]
        assert "Reason: spam." in blocked["content"]
        assert f"<@{mia}>: ends <t:" in panel(await told(here, "mona", "blocked"))
        await told(here, "mona", "unblock", member=mia)
        await here.picture(await here.imagine("mia"))

        log = panel(await told(here, "mona", "limits log", member=mia)).splitlines()
        assert [line.partition(f"<@{mia}>: ")[2].split(" on ")[0][:12] for line in log] == [
            "unblocked",
            "blocked unti",
            "2 used",
            "1 more",
            "day not set ",
        ]
        assert all(f"<@{here.person('mona')}>" in line for line in log)
        await here.until(lambda: here.rows("SELECT count(*) FROM charges") == [(3,)])
        here.balanced()
        await here.clean()


@pytest.mark.parametrize("way", ["slash", "phrase", "mention", "button"])
async def test_a_block_holds_on_every_way_to_ask(tmp_path: Path, way: str) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        before = await here.picture(await here.imagine("mia"))
        await told(here, "mona", "block", member=here.person("mia"))
        bot = here.world["bot_id"]
        match way:
            case "slash":
                await here.imagine("mia")
            case "button":
                await here.press("mia", before, "reroll")
            case _:
                words = "draw me a fox" if way == "phrase" else f"<@{bot}> a fox"
                sent = await here.act("mia", "message", channel="imagine", content=words)

                async def answered() -> bool:
                    replies = await here.messages()
                    return any(
                        (m.get("message_reference") or {}).get("message_id") == sent["message"]
                        for m in replies
                    )

                await here.until(answered, "the refusal")
        assert here.rows("SELECT count(*) FROM jobs") == [(1,)]
        assert len((await here.swarm_report())["generations"]) == 1
        await here.clean()

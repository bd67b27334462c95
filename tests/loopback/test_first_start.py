"""What a host sees at the first start."""

from __future__ import annotations

from pathlib import Path

from tests.support.town import town


async def test_in_no_server_it_prints_the_invite_link(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        here.discord.world.guilds.clear()
        await here.start_bot()
        await here.until(lambda: here.said)
        [line] = here.said
        assert line.startswith("I'm not in any server yet. Open this: https://discord.com/")
        assert "permissions=" in line
        assert "applications.commands" in line


async def test_without_message_content_it_says_what_sleeps_and_where_to_mend_it(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as here:
        here.discord.world.granted = ()
        await here.start_bot()
        await here.until(lambda: here.said)
        assert here.said == [
            "Message Content is off: phrases don't work, /imagine and mentions "
            "do. Turn it on here: "
            f"https://discord.com/developers/applications/{here.world['application_id']}/bot"
        ]

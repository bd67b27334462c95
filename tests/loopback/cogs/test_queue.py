"""Jobs of those who are gone: a server that removed the bot, a member who was banned."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from bot.core.jobs.cards import LEFT_REASON
from bot.host_commands import forget_server
from tests.support.attack import QUIET, Attacker
from tests.support.town import Town, is_picture, town

DEPARTURES = "SELECT guild FROM departures"
STATES = "SELECT guild, state FROM jobs ORDER BY rowid"


async def order_pictures(here: Town) -> None:
    """Two jobs of mia's and one of theo's here, one of mia's elsewhere, while SwarmUI is slow."""
    await here.script(step_s=60)
    for who, where in (("mia", "imagine"), ("mia", "imagine"), ("theo", "imagine")):
        await here.imagine(who, where)
    await here.imagine("mia", "lounge")
    assert len(here.rows("SELECT * FROM holds")) == 4


def states(here: Town, guild: str) -> list[str]:
    return [str(state) for found, state in here.rows(STATES) if found == int(guild)]


async def test_a_server_that_removes_the_bot_gets_nothing_more_drawn(tmp_path: Path) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        elsewhere = attacker.found_elsewhere()
        await here.start_bot()
        await order_pictures(here)
        attacker.event("GUILD_DELETE", {"id": attacker.guild, "unavailable": True})
        await attacker.settled()
        assert "cancelled" not in states(here, attacker.guild), "an outage is no removal"
        assert here.rows(DEPARTURES) == []
        await here.act("host", "kick", channel="imagine", user=here.world["bot_id"])
        await here.until(lambda: states(here, attacker.guild) == ["cancelled"] * 3)
        assert here.rows(DEPARTURES) == [(int(attacker.guild),)]
        assert states(here, elsewhere) in (["queued"], ["running"])
        assert len(here.rows("SELECT * FROM holds")) == 1
        assert here.rows("SELECT * FROM charges") == []
        await here.act("host", "invite", channel="imagine")
        await here.until(lambda: here.rows(DEPARTURES) == [], "a new invitation finds all again")
        assert states(here, attacker.guild) == ["cancelled"] * 3


async def test_a_removal_is_noticed_at_the_next_start(tmp_path: Path) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        elsewhere = attacker.found_elsewhere()
        await here.start_bot()
        await order_pictures(here)
        await here.stop_bot()
        gone = here.discord.world.guilds.pop(attacker.guild)
        await here.start_bot()
        await here.until(lambda: states(here, gone.id) == ["cancelled"] * 3)
        assert states(here, elsewhere) != ["cancelled"]
        assert here.rows(DEPARTURES) == [(int(gone.id),)]


async def test_a_server_that_the_host_forgets_leaves_no_row_and_no_file(tmp_path: Path) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        guild = Attacker(here).guild
        await here.start_bot()
        await here.picture(await here.imagine("mia"))
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        await here.stop_bot()
        saved = here.swarm.state.files.root
        assert list(saved.rglob("*.png"))
        now = datetime.now(UTC)
        said = await asyncio.to_thread(forget_server, here.settings(), int(guild), now)
        assert "Start the bot" in said
        await here.start_bot()
        await here.until(lambda: here.rows("SELECT * FROM jobs") == [], "the requests are gone")
        await here.until(lambda: not list(saved.rglob("*.png")), "the files on SwarmUI are gone")
        for table in ("charges", "totals", "images", "posts"):
            assert here.rows(f"SELECT * FROM {table}") == []


async def test_a_banned_member_gets_nothing_more_drawn(tmp_path: Path) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        elsewhere = attacker.found_elsewhere()
        await here.start_bot()
        await order_pictures(here)
        await here.act("host", "ban", channel="imagine", user="mia")
        await here.until(lambda: states(here, attacker.guild)[:2] == ["cancelled"] * 2)
        assert states(here, attacker.guild)[2] != "cancelled"
        assert states(here, elsewhere) != ["cancelled"]
        here.balanced()
        await here.clean()


async def test_a_member_who_left_gets_nothing_more_drawn_or_posted(tmp_path: Path) -> None:
    """Discord tells of no leaving without a privileged intent, so it is asked."""
    async with town(tmp_path, extra="max_in_flight = 1\n" + QUIET) as here:
        await here.script(hold=True)
        await here.start_bot()
        for who in ("mia", "mia", "theo"):
            await here.imagine(who)
        await here.until(lambda: "running" in [state for _, state in here.rows(STATES)])
        await here.act("mia", "leave", channel="imagine")
        await here.script(hold=False)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert [state for _, state in here.rows(STATES)] == ["cancelled", "cancelled", "done"]
        shown = [m for m in await here.messages(who="mona") if is_picture(m)]
        assert len(shown) == len(here.rows("SELECT * FROM charges")) == 1
        texts = [m["content"] for m in await here.messages(who="mona")]
        assert sum(LEFT_REASON in text for text in texts) == 2
        here.balanced()
        await here.clean()

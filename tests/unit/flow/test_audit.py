"""The log channel: every change once, in few messages, over restarts and bad days."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.errors import DiscordUnavailable, MissingPermission
from bot.core.jobs.model import Post
from bot.core.limits.quota import LimitScope
from bot.core.ui.card import MessageContent
from bot.flow import audit
from bot.flow.settings.panel import SettingsSession
from tests.support.books import MIA, MODERATOR, NOON
from tests.support.flow import FakeBoard, Forgetful, Hands, Stage, stage
from tests.support.settings import set_fields

CHANNEL = 77


@dataclass
class Closed(FakeBoard):
    """A Discord in which we may not write in some channels."""

    closed: set[int] = field(default_factory=lambda: {CHANNEL})

    async def send_message(
        self, post: Post, shown: MessageContent, *, reply_to: int | None = None
    ) -> int:
        if post.channel in self.closed:
            raise MissingPermission("no")
        return await super().send_message(post, shown, reply_to=reply_to)


async def follow(here: Stage) -> None:
    """Start what `app.run` starts for it."""
    await here.flow.guild_settings.load_settings()
    here.kit.tasks.spawn_task(here.flow.audit_log.run_forever(), "trail")


async def choose(here: Stage, channel: int = CHANNEL) -> None:
    await set_fields(here.flow.guild_settings, MODERATOR, log_channel=channel)


async def day(here: Stage, *numbers: int) -> None:
    """Set Mia's day to each of these, one after the other."""
    for number in numbers:
        await here.books.books.limits.set_limit(
            MODERATOR, LimitScope.MEMBER, MIA.user, {"day": number}, here.hands.now
        )


def told(here: Stage, channel: int = CHANNEL) -> list[str]:
    """What stands in the log channel, oldest first."""
    board = here.board
    return [m.card.content for n, m in board.messages.items() if board.places[n] == channel]


def lines(here: Stage, channel: int = CHANNEL) -> list[str]:
    """Every line there, without the time that a late one begins with."""
    said = "\n".join(told(here, channel))
    return [re.sub(r"^<t:[0-9]+:R> ", "", line) for line in said.splitlines()]


async def quiet(here: Stage) -> None:
    """Until everything was said that there is to say."""

    async def over() -> bool:
        return not (await here.books.books.audit.find_pending_changes(MODERATOR.guild, 9)).rows

    await here.until(over)


async def rounds(here: Stage, n: int) -> None:
    """Until the trail has looked again so many times."""
    until = here.hands.now + timedelta(seconds=n * audit.POLL_INTERVAL_S)

    async def passed() -> bool:
        return here.hands.now >= until

    await here.until(passed)


async def test_it_begins_with_the_choice_and_not_with_the_past(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await follow(here)
        await day(here, 1, 2, 3)
        await rounds(here, 5)
        assert told(here) == []
        await choose(here)
        await quiet(here)
        await day(here, 4)
        await quiet(here)
        by = f"<@{MODERATOR.user}>"
        assert lines(here) == [
            f"{by} · this server: log channel none → <#{CHANNEL}>",
            f"{by} · <@{MIA.user}>: day 3 → 4",
        ]


async def test_a_burst_is_a_few_messages_and_no_change_is_lost(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await follow(here)
        await choose(here)
        await quiet(here)
        here.hands.held = True
        await day(here, *range(50, 0, -1))
        here.hands.let_go()
        await quiet(here)
        assert len(told(here)) <= 5
        assert all(len(message) <= 2000 for message in told(here))
        changes = [line.partition(": day ")[2] for line in lines(here)[1:]]
        assert changes == ["not set → 50", *(f"{n + 1} → {n}" for n in range(49, 0, -1))]


@dataclass
class Still(Hands):
    """A clock that stands still until somebody moves it."""

    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def sleep(self, seconds: float) -> None:
        until = self.now + timedelta(seconds=seconds)
        while self.now < until:
            await self.moved.wait()

    def pass_by(self, seconds: float) -> None:
        """Let time pass, and whoever slept long enough wake up."""
        self.now += timedelta(seconds=seconds)
        self.moved.set()
        self.moved = asyncio.Event()


async def test_two_messages_keep_their_distance(tmp_path: Path) -> None:
    """What comes soon after the first waits, and then goes out in one."""
    hands = Still()
    async with stage(tmp_path, hands=hands) as here:
        await choose(here)
        await follow(here)
        await quiet(here)
        await day(here, 1)
        looks = int(audit.MESSAGE_INTERVAL_S / audit.POLL_INTERVAL_S)
        for look in range(looks - 1):
            hands.pass_by(audit.POLL_INTERVAL_S)
            await day(here, look + 2)
            await here.books.books.audit.find_pending_changes(
                MODERATOR.guild, 9
            )  # whatever was asked before is over
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(told(here)) == 1
        hands.pass_by(2 * audit.POLL_INTERVAL_S)
        await quiet(here)
        assert len(told(here)) == 2
        assert len(lines(here)) == 1 + looks


async def test_after_a_restart_it_goes_on_where_it_was(tmp_path: Path) -> None:
    board, hands = FakeBoard(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        await follow(here)
        await choose(here)
        await quiet(here)
    async with stage(tmp_path, board=board, hands=hands) as here:
        await day(here, 1)  # nobody follows
    async with stage(tmp_path, board=board, hands=hands) as here:
        await follow(here)
        await quiet(here)
        await rounds(here, 10)
        assert [line.partition(": ")[2] for line in lines(here)] == [
            f"log channel none → <#{CHANNEL}>",
            "day not set → 1",
        ]


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("board", [FakeBoard, Forgetful])
async def test_a_death_in_the_middle_says_nothing_twice_and_loses_nothing(
    tmp_path: Path, arrived: bool, board: type[FakeBoard]
) -> None:
    """Whether or not Discord had taken the message or knows its nonce still, and although more was
    changed since."""
    await die_in_the_middle(tmp_path, arrived, board())


async def die_in_the_middle(tmp_path: Path, arrived: bool, board: FakeBoard) -> None:
    """Between the intent and the fact, then again with another process."""
    hands = Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        await follow(here)
        await choose(here)
        await quiet(here)
        board.trouble["after-post" if arrived else "post"] = [DiscordUnavailable("gone with it")]
        await day(here, 1)

        async def meant() -> bool:
            rows = await here.books.rows("trails")
            return rows[0]["saying"] is not None

        await here.until(meant)

        async def tried() -> bool:
            return arrived is (len(told(here)) == 2)

        await here.until(tried)
    board.trouble.clear()
    async with stage(tmp_path, board=board, hands=hands) as here:
        await day(here, 2)
        await follow(here)
        await quiet(here)
        assert [line.partition(": day ")[2] for line in lines(here)[1:]] == [
            "not set → 1",
            "1 → 2",
        ]


async def test_the_same_words_of_before_are_another_change(tmp_path: Path) -> None:
    """A death before the second message went out: the first, which says the same, is not it."""
    board, hands = Forgetful(), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        await follow(here)
        await choose(here)
        for number in (1, 2, 1):
            await day(here, number)
            await quiet(here)
        board.trouble["post"] = [DiscordUnavailable("gone with it")]
        await day(here, 2)

        async def meant() -> bool:
            return (await here.books.rows("trails"))[0]["saying"] is not None

        await here.until(meant)
    board.trouble.clear()
    async with stage(tmp_path, board=board, hands=hands) as here:
        await follow(here)
        await quiet(here)
        changes = [line.partition(": day ")[2] for line in lines(here)[1:]]
        assert changes == ["not set → 1", "1 → 2", "2 → 1", "1 → 2"]


async def test_a_channel_that_is_gone_is_said_once_and_another_gets_what_was_missed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage(tmp_path, board=Closed()) as here:
        await follow(here)
        await choose(here)
        await here.until(lambda: _is(here.flow.audit_log.has_failed(MODERATOR.guild)))
        await day(here, 1)
        for _ in range(2):
            here.hands.now += timedelta(seconds=audit.FAILED_CHANNEL_DELAY_S)
            await rounds(here, 5)
        said = capsys.readouterr().out + caplog.text
        assert said.count("log channel not written") == 1
        await choose(here, 78)
        await quiet(here)
        assert not here.flow.audit_log.has_failed(MODERATOR.guild)
        assert [line.partition(": ")[2] for line in lines(here, 78)] == [
            "log channel none → <#77>",
            "day not set → 1",
            "log channel <#77> → <#78>",
        ]


async def _is(value: bool) -> bool:
    return value


async def test_discord_away_is_waited_for(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.board.trouble["post"] = [DiscordUnavailable("away"), DiscordUnavailable("away"), None]
        await follow(here)
        await choose(here)
        await quiet(here)
        assert len(told(here)) == 1


async def test_without_a_channel_nothing_is_said_and_a_new_choice_begins_anew(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as here:
        await follow(here)
        await choose(here)
        await quiet(here)
        await choose(here, 0)
        await day(here, 1, 2, 3)
        await rounds(here, 20)
        await choose(here)
        await quiet(here)
        assert [line.partition(": ")[2] for line in lines(here)] == [
            f"log channel none → <#{CHANNEL}>",
            f"log channel none → <#{CHANNEL}>",
        ]


async def test_a_channel_is_left_as_soon_as_the_database_says_so(tmp_path: Path) -> None:
    """Between the commit and the cache lies a moment in which the old channel must be silent."""
    async with stage(tmp_path) as here:
        await follow(here)
        await choose(here)
        await quiet(here)
        await here.books.books.settings.update_guild_settings(
            MODERATOR, lambda settings: replace(settings, log_channel=0), here.hands.now
        )
        await rounds(here, 20)
        assert len(lines(here)) == 1


async def test_a_long_absence_is_counted_not_poured_out(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await choose(here)
        await day(here, *range(1, 400))
        await follow(here)
        await quiet(here)
        assert len(told(here)) == 1
        assert told(here)[0].splitlines()[-1].endswith("more changes. `/limits log` has them all.")
        await day(here, 1000)
        await quiet(here)
        assert told(here)[-1].endswith("day 399 → 1,000".replace(",", ""))


async def test_no_other_server_hears_of_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await follow(here)
        await choose(here)
        other = replace(MODERATOR, guild=8)
        await set_fields(here.flow.guild_settings, other, log_channel=88)
        await day(here, 5)
        await quiet(here)
        await rounds(here, 20)
        assert not any("day" in message for message in told(here, 88))
        assert len(told(here, 88)) == 1


async def test_numbers_that_begin_anew_after_a_year_of_silence_are_heard(tmp_path: Path) -> None:
    """SQLite gives the numbers of deleted rows again once all are gone."""
    async with stage(tmp_path) as here:
        await follow(here)
        await choose(here)
        await day(here, 1, 2, 3)
        await quiet(here)
        await here.books.books.retention.delete_expired_rows(NOON.replace(year=2029))
        await day(here, 4)
        await quiet(here)
        assert told(here)[-1].endswith("day 3 → 4")


async def test_words_of_people_are_not_live_in_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await follow(here)
        await choose(here)
        bad = "**loud** @everyone https://evil.example <@&5>"
        await here.books.books.blocks.block_member(MODERATOR, MIA.user, None, bad, here.hands.now)
        await quiet(here)
        last = lines(here)[-1]
        assert "blocked for good" in last
        for live in (" **loud**", "@everyone", "https://"):
            assert live not in last


async def test_the_panel_of_settings_says_so_too(tmp_path: Path) -> None:
    """Until another channel is chosen."""
    async with stage(tmp_path, board=Closed()) as here:
        panel = SettingsSession(MODERATOR)
        await follow(here)
        await choose(here)
        assert "I can't write there" not in str(await here.flow.settings.show_page(panel))
        await here.until(lambda: _is(here.flow.audit_log.has_failed(MODERATOR.guild)))
        assert "⚠ I can't write there, or it no longer exists." in str(
            await here.flow.settings.show_page(panel)
        )
        await choose(here, 78)
        assert "I can't write there" not in str(await here.flow.settings.show_page(panel))

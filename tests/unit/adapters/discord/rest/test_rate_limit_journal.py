"""What one process spent of Discord's limits, the next one reckons with."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from bot.adapters.discord.rest.rate_limit_journal import RECORD_FORMAT, SLOT_COUNT, RateLimitJournal
from bot.adapters.discord.rest.rate_limits import HeaderReading, RateLimitBudget, RateLimitRoute

EDIT, POST = RateLimitRoute("edit", "1"), RateLimitRoute("post", "1")
WALL = 1_800_000_000.0


class Life:
    """A process born `at` seconds after the first one, whose own clock begins at 0 again."""

    def __init__(self, file: Path, at: float = 0.0, wall: float | None = None) -> None:
        self.now = 0.0
        begun = WALL + at if wall is None else wall
        self.spending = RateLimitJournal(file, wall=lambda: begun + self.now, tick=lambda: self.now)
        self.budget = RateLimitBudget(self.spending.load_spent)

    def send(self, route: RateLimitRoute, reading: HeaderReading | None = None) -> None:
        """One request, and what Discord answered; None: nothing yet."""
        sent_at = self.now
        self.budget.record_sent(route, self.now, final=True)
        self._note(route)
        if reading is not None:
            self.budget.record_answer(route, sent_at, self.now, reading)
            self._note(route)

    def _note(self, route: RateLimitRoute) -> None:
        self.spending.record_spent(
            self.budget.list_kinds(route), route.major, self.budget.list_spent(route)
        )

    def spend(self, route: RateLimitRoute, most: int = 5) -> None:
        """All that a window has."""
        for left in reversed(range(most)):
            self.send(route, HeaderReading(most, left, 5.0))

    def wait(self, route: RateLimitRoute, *, final: bool = True) -> float:
        return self.budget.can_send(route, self.now, final=final)


Born: TypeAlias = Callable[..., Life]


@pytest.fixture
def born(tmp_path: Path) -> Iterator[Born]:
    """Makes processes that share one file; none of them closes it before the end of the test."""
    lives: list[Life] = []

    def born(**when: float) -> Life:
        lives.append(Life(tmp_path / "sent", **when))
        return lives[-1]

    yield born
    for life in lives:
        life.spending.close()


def test_a_full_window_is_waited_for_after_the_death(born: Born) -> None:
    """Killed at once and born again one second later: four seconds are left of that window."""
    born().spend(EDIT)
    reborn = born(at=1.0)
    assert 4.0 <= reborn.wait(EDIT) < 4.2
    assert reborn.wait(RateLimitRoute("edit", "2")) == 0
    assert reborn.wait(POST) == 0


def test_what_is_left_may_be_used_and_no_more(born: Born) -> None:
    old = born()
    for left in (4, 3, 2):
        old.send(EDIT, HeaderReading(5, left, 5.0))
    reborn = born(at=1.0)
    for left in (1, 0):
        assert reborn.wait(EDIT) == 0
        reborn.send(EDIT, HeaderReading(5, left, 4.0))
    assert reborn.wait(EDIT) > 3.9


def test_the_last_of_the_window_is_still_kept_for_finals(born: Born) -> None:
    old = born()
    for left in (4, 3, 2, 1):
        old.send(EDIT, HeaderReading(5, left, 5.0))
    reborn = born(at=1.0)
    assert reborn.wait(EDIT, final=False) >= 4.0
    assert reborn.wait(EDIT) == 0


def test_what_nobody_answered_may_have_been_counted_late(born: Born) -> None:
    """The window was about to end: the last one may have opened the next one after our death."""
    old = born()
    for left in (4, 3, 2, 1):
        old.send(EDIT, HeaderReading(5, left, 5.0))
    old.now = 4.9
    old.send(EDIT)
    reborn = born(at=5.2)
    assert reborn.wait(EDIT) > 5.0


def test_a_second_death_forgets_nothing(born: Born) -> None:
    """It died again before it sent anything."""
    born().spend(EDIT)
    born(at=1.0)
    assert born(at=2.0).wait(EDIT) >= 3.0


def test_after_a_long_death_everything_is_free(born: Born) -> None:
    born().spend(EDIT)
    reborn = born(at=5.1)
    assert reborn.wait(EDIT) == reborn.wait(EDIT, final=False) == 0


def test_kinds_that_share_a_bucket_share_it_after_the_death(born: Born) -> None:
    old = born()
    for route, left in ((EDIT, 4), (POST, 3), (EDIT, 2), (EDIT, 1), (EDIT, 0)):
        old.send(route, HeaderReading(5, left, 5.0, "shared"))
    assert born(at=1.0).wait(POST) >= 4.0


def test_the_file_stays_small_and_the_newest_counts(tmp_path: Path, born: Born) -> None:
    old = born()
    for _ in range(SLOT_COUNT // 10 + 7):
        old.spend(EDIT)
        old.now += 5.1
    old.spend(POST)
    assert (tmp_path / "sent").stat().st_size == SLOT_COUNT * RECORD_FORMAT.size
    reborn = born(at=old.now)
    assert reborn.wait(POST) >= 4.9
    assert reborn.wait(EDIT) == 0
    reborn.spend(EDIT)  # and it is written on behind the newest
    assert born(at=old.now + 1.0).wait(EDIT) >= 3.9


def test_a_clock_that_was_set_makes_nobody_wait_for_hours(born: Born) -> None:
    """Forward: the window seems over. Back: it would seem to last for hours."""
    born().spend(EDIT)
    assert born(wall=WALL + 7200).wait(EDIT) == 0
    assert born(wall=WALL - 7200).wait(EDIT) == 0


def test_a_file_of_nonsense_is_no_reason_to_stop(tmp_path: Path, born: Born) -> None:
    for nonsense in (b"\xff" * 500, b"\x00" * 1001, b"half a rec"):
        (tmp_path / "sent").write_bytes(nonsense)
        reborn = born()
        assert reborn.wait(EDIT) == 0
        reborn.spend(EDIT)
        assert born(at=1.0).wait(EDIT) >= 3.9


def test_where_nothing_can_be_written_requests_go_out_all_the_same(tmp_path: Path) -> None:
    life = Life(tmp_path / "no such folder" / "sent")
    life.spend(EDIT)
    assert life.wait(EDIT) > 4.9
    life.spending.close()


def test_no_token_is_in_the_file(tmp_path: Path, born: Born) -> None:
    """Whoever holds an interaction's token may edit in our name."""
    born().spend(RateLimitRoute("token", "secret-token", counted=False))
    data = (tmp_path / "sent").read_bytes()
    assert data
    assert b"secret" not in data
    assert stat.S_ISREG((tmp_path / "sent").stat().st_mode)

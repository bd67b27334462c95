"""How large files may be: alone, together in one request, and after a refusal."""

from __future__ import annotations

import pytest

from bot.core.jobs.upload_limits import REQUEST_LIMIT, SMALLEST_LIMIT, fair_share, shrinking_limits


def test_files_share_a_request_and_small_ones_leave_their_room() -> None:
    assert fair_share((10, 10), 30) == 30
    assert fair_share((1, 1, 30, 40), 42) == 20
    assert fair_share((30, 30, 30), 60) == 20
    assert fair_share((), 60) == 60


def test_what_is_tried_next_is_less_than_what_was_refused() -> None:
    """Also where a limit is far above what was sent."""
    mib = 1024 * 1024
    assert shrinking_limits(100 * mib, (9 * mib,)) == (
        24 * mib,
        9 * mib // 2,
        9 * mib // 4,
        512 * 1024,
    )
    assert shrinking_limits(10 * mib, (4 * mib,) * 10)[0] == 24 * mib // 10
    assert shrinking_limits(10 * mib, (1000,)) == (10 * mib, 500, 250)


def test_no_files_have_the_whole_room() -> None:
    assert fair_share((), 100) == 100


@pytest.mark.parametrize("sizes", [(50, 50), (51, 50), (1, 99), (1, 100), (7, 80, 80)])
def test_no_share_is_over_the_room(sizes: tuple[int, ...]) -> None:
    share = fair_share(sizes, 100)
    assert sum(min(size, share) for size in sizes) <= 100
    if sum(sizes) <= 100:
        assert share >= max(sizes), "what fits is not made smaller"


def test_many_large_files_share_one_request() -> None:
    first, *_ = shrinking_limits(10 * 2**20, (10 * 2**20,) * 5)
    assert first * 5 <= REQUEST_LIMIT
    assert min(shrinking_limits(10 * 2**20, (10 * 2**20,))) <= SMALLEST_LIMIT

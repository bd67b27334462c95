"""Whose turn it is: one edit of a message at a time, finals first, and nobody is forgotten."""

from __future__ import annotations

import asyncio

from bot.adapters.discord.rest.rate_limits import HeaderReading, RateLimitRoute
from bot.adapters.discord.rest.request_queue import RequestQueue, RequestSlot
from tests.support import virtual_time

ROUTE = RateLimitRoute("edit", "1")


async def take(turns: RequestQueue, message: int | None, *, final: bool = True) -> RequestSlot:
    """A turn that must come."""
    turn = await turns.wait_for_slot(ROUTE, message, final=final)
    assert turn is not None
    return turn


def answer(turn: RequestSlot, left: int = 4) -> None:
    """Discord has answered: so many of five are left of the window of five seconds."""
    turn.record_answer(HeaderReading(5, left, 5.0))
    turn.close_slot()


def test_a_turn_that_is_given_back_costs_nothing() -> None:
    """A mailbox that turns out to be empty must not use up the channel."""

    async def main() -> None:
        turns, route = RequestQueue(), RateLimitRoute("edit", "1")
        for _ in range(50):
            turn = await turns.wait_for_slot(route, 1, final=True)
            assert turn is not None
            turn.release_unsent()
            turn.close_slot()
        assert asyncio.get_running_loop().time() == 0

    virtual_time.run(main())


def test_progress_never_comes_after_its_final() -> None:
    """Whoever waits with progress when the final comes, or comes while it is under way, is sent
    home."""

    async def main() -> None:
        turns, route = RequestQueue(), RateLimitRoute("edit", "1")
        first = await turns.wait_for_slot(route, 1, final=False)
        assert first is not None
        stale = asyncio.create_task(turns.wait_for_slot(route, 1, final=False))
        await asyncio.sleep(0)
        last = asyncio.create_task(
            turns.wait_for_slot(RateLimitRoute("token", "x", counted=False), 1, final=True)
        )
        assert await stale is None
        assert await turns.wait_for_slot(route, 1, final=False) is None
        assert not last.done()  # one edit at a time: the first is still under way
        first.record_answer(None)
        first.close_slot()
        turn = await last
        assert turn is not None
        assert await turns.wait_for_slot(route, 1, final=False) is None
        turn.close_slot()
        assert await turns.wait_for_slot(route, 1, final=False) is not None

    virtual_time.run(main())


def test_a_waiter_that_is_cancelled_leaves_no_hole() -> None:
    """Cancelled while it waits, or at the very moment when its turn had come."""

    async def main() -> None:
        turns, route = RequestQueue(), RateLimitRoute("edit", "1")
        first = await turns.wait_for_slot(route, 1, final=True)
        assert first is not None
        waiters = [asyncio.create_task(turns.wait_for_slot(route, 1, final=True)) for _ in range(3)]
        await asyncio.sleep(0)
        waiters[0].cancel()
        first.record_answer(HeaderReading(5, 4, 5.0))
        first.close_slot()  # grants the second, who is cancelled before it can wake
        waiters[1].cancel()
        await asyncio.wait(waiters[:2])
        turn = await waiters[2]
        assert turn is not None
        turn.close_slot()
        assert await turns.wait_for_slot(route, 1, final=False) is not None

    virtual_time.run(main())


def test_the_next_edit_of_a_message_waits_for_the_one_under_way() -> None:
    """Another message of the same channel does not wait for it."""

    async def main() -> None:
        turns = RequestQueue()
        answer(await take(turns, 9))  # the channel's limits are known now
        first = await take(turns, 1)
        second = asyncio.create_task(take(turns, 1))
        other = await take(turns, 2)
        answer(other)
        assert not second.done()
        answer(first)
        answer(await second)

    virtual_time.run(main())


def test_requests_that_are_no_edits_do_not_wait_for_each_other() -> None:
    async def main() -> None:
        turns = RequestQueue()
        answer(await take(turns, None))
        both = [await take(turns, None), await take(turns, None)]
        assert all(turn.is_open for turn in both)
        assert asyncio.get_running_loop().time() == 0

    virtual_time.run(main())


def test_a_spent_window_is_waited_out() -> None:
    """And no longer."""

    async def main() -> None:
        turns = RequestQueue()
        answer(await take(turns, 1), left=0)
        answer(await take(turns, 1))
        assert 5.0 <= asyncio.get_running_loop().time() < 5.5

    virtual_time.run(main())


def test_a_refusal_is_waited_out_by_its_route_or_by_all() -> None:
    async def main() -> None:
        now = asyncio.get_running_loop().time
        elsewhere = RateLimitRoute("edit", "2")
        for everywhere in (False, True):
            turns = RequestQueue()
            begun = now()
            turns.record_refusal(ROUTE, 3.0, everywhere=everywhere)
            other = await turns.wait_for_slot(elsewhere, None, final=True)
            assert other is not None
            assert (now() - begun >= 3.0) is everywhere
            await take(turns, None)
            assert now() - begun >= 3.0

    virtual_time.run(main())


def test_what_others_send_counts_against_the_window() -> None:
    async def main() -> None:
        turns = RequestQueue()
        sent_at = turns.record_sent(ROUTE)
        turns.record_answer(ROUTE, sent_at, HeaderReading(5, 0, 5.0))
        await take(turns, 1)
        assert asyncio.get_running_loop().time() >= 5.0

    virtual_time.run(main())


def test_a_slot_that_was_never_answered_is_closed_once() -> None:
    """Closing it again does no harm, and its message is free."""

    async def main() -> None:
        turns = RequestQueue()
        turn = await take(turns, 1)
        assert turn.is_open
        for _ in range(2):
            turn.close_slot()
            assert not turn.is_open
        await take(turns, 1)

    virtual_time.run(main())

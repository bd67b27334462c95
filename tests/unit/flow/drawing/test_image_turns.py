"""Members' images come one at a time a member, and few at once."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.drawing.refusals import INPUT_PAUSED
from bot.core.errors import Refused
from bot.flow.drawing.image_turns import AT_ONCE_MAX, WAITING_MAX, ImageTurns

MIA, THEO = 1, 2


async def test_a_members_images_follow_each_other_and_hold_up_nobody_else() -> None:
    turns, order, go = ImageTurns(), list[str](), asyncio.Event()

    async def bring(user: int, name: str) -> None:
        async with turns.take_turn(user):
            order.append(name)
            if user == MIA:
                await go.wait()

    async with asyncio.TaskGroup() as group:
        for number in range(WAITING_MAX):
            group.create_task(bring(MIA, f"mia {number}"))
        await group.create_task(bring(THEO, "theo"))
        assert order == ["mia 0", "theo"]
        with pytest.raises(Refused) as refused:
            await bring(MIA, "one too many")
        assert refused.value.rule == "input.busy"
        go.set()
    assert order == ["mia 0", "theo", "mia 1", "mia 2"]
    await bring(MIA, "mia again")
    assert order[-1] == "mia again"


async def test_after_a_refused_image_the_member_waits_and_nobody_else() -> None:
    turns = ImageTurns()

    async def bring(user: int, refusal: Refused | None = None) -> None:
        async with turns.take_turn(user):
            if refusal is not None:
                raise refusal

    with pytest.raises(Refused, match="no more today"):
        await bring(MIA, Refused("quota", "no more today"))
    waiting = [bring(MIA, Refused("input", "bad")), bring(MIA), bring(MIA)]
    first, *others = await asyncio.gather(*waiting, return_exceptions=True)
    assert str(first) == "bad"
    assert [str(one) for one in others] == [INPUT_PAUSED] * 2
    await bring(THEO)
    with pytest.raises(Refused, match="Wait a few seconds"):
        await bring(MIA)


async def test_few_are_in_memory_at_once() -> None:
    turns, held, most = ImageTurns(), 0, 0

    async def bring() -> None:
        nonlocal held, most
        async with turns.hold_memory():
            held += 1
            most = max(most, held)
            await asyncio.sleep(0)
            held -= 1

    await asyncio.gather(*(bring() for _ in range(20)))
    assert (most, held) == (AT_ONCE_MAX, 0)

"""Deaths at any point, at any time, around any request, some of them while it gets up again."""

from __future__ import annotations

import os
import random

import pytest

from tests.crash.world import Mortal

SEED = 20_251_124
DEATHS = int(os.environ.get("TESTS_DEATHS", "120"))
"""Of the soak, in lives of thirty. A release is tried with 300."""

LIVES = [
    pytest.param(SEED, 3, id=f"3 from {SEED}"),
    *(
        pytest.param(SEED + 100 + i, 30, id=f"30 from {SEED + 100 + i}", marks=pytest.mark.soak)
        for i in range(-(-DEATHS // 30))
    ),
]

pytestmark = pytest.mark.timeout(1800)


@pytest.mark.parametrize(("seed", "deaths"), LIVES)
async def test_at_random(one: Mortal, seed: int, deaths: int) -> None:
    """One to three wishes, a death, perhaps another one while it recovers; then all adds up."""
    await one.ring_always()
    dice = random.Random(seed)
    while one.tally.deaths < deaths:
        await one.here.script(step_s=dice.choice([0.01, 0.05]))
        how = dice.choice(["point", "moment", "request"])
        if how == "point":
            one.arm(count=dice.randint(1, 60))
        elif how == "request":
            when = dice.choice(["before", "after"])
            await one.fault({"nth": dice.randint(1, 8)}, {"kill_bot": when})
        for _ in range(dice.randint(1, 3)):
            await one.ask(images=dice.choice([1, 1, 2]), seed=dice.randrange(1000))
        await one.killed_within(dice.uniform(0.02, 1.2) if how == "moment" else 3.0)
        one.spare()
        await one.faults([])
        if dice.random() < 0.3:
            one.arm(count=dice.randint(1, 40))
            await one.live()
            await one.killed_within(dice.uniform(0.05, 1.0))
            one.spare()
        await one.live()
        await one.settled()
        await one.count()
    assert one.tally.jobs["failed"] == 0
    assert one.tally.pictures == one.tally.charges > deaths / 2
    assert one.tally.rings == one.tally.jobs["done"]

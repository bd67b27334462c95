"""Death before and after each step of an erasure: the next process finishes it, and nothing of the
person is left anywhere but the numbers that keep limits."""

from __future__ import annotations

import pytest

from tests.crash.world import Mortal
from tests.support.town import Json, button

pytestmark = pytest.mark.timeout(900)

POINTS = (
    ("store.request_erasure", "before"),
    ("store.request_erasure", "after"),
    ("store.erase_user_rows", "after"),
    ("backend.delete_image", "before"),
    ("backend.delete_image", "after"),
    ("store.mark_erasure_tasks_done", "after"),
    ("messages.delete_message", "before"),
    ("messages.delete_message", "after"),
)


async def question(one: Mortal) -> Json:
    """/privacy erase of mia's, where she has drawn."""
    state = await one.here.command("mia", "privacy erase")
    return await one.here.message(state["messages"][0])


@pytest.mark.parametrize(
    "points",
    [
        pytest.param(POINTS[2:4], id="between the steps"),
        pytest.param(POINTS, id="every point", marks=pytest.mark.soak),
    ],
)
async def test_while_somebody_is_erased(one: Mortal, points: tuple[tuple[str, str], ...]) -> None:
    here = one.here
    drawn = 0
    for step, when in points:
        result = await here.picture(await here.imagine(prompt=f"a fox {step} {when}"))
        drawn += 1
        asked = await question(one)
        one.arm(step=step, when=when)
        await here.act("mia", "component", message=asked["id"], custom_id=button(asked, "purge"))
        assert await one.died() == f"{step} {when}"
        one.spare()
        await one.reborn()
        if (step, when) == ("store.request_erasure", "before"):
            # Nothing was written down, so nothing went: she presses again.
            assert len(here.rows("SELECT id FROM jobs")) == 1
            await here.act(
                "mia", "component", message=asked["id"], custom_id=button(asked, "purge")
            )

        async def gone(message: str = result["id"]) -> bool:
            rows = here.rows("SELECT id FROM jobs") + here.rows("SELECT what FROM errands")
            return not rows and await here.message(message) == {}

        await here.until(gone, f"all is gone after {step} {when}")
        assert list(here.swarm.state.files.root.rglob("*.png")) == []
        assert list((here.folder / "spool").rglob("*.png")) == []
        assert here.rows("SELECT count(*) FROM charges") == [(drawn,)]
    report = await here.get("report")
    assert (report["invalid"], report["unknown_routes"], report["rate_limited"]) == ([], [], 0)
    one.tally.pictures = one.tally.charges = drawn
    one.tally.into(one.row)

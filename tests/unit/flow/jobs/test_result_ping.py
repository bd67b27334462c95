"""The mention below a result: once, whatever happens around it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.core.errors import DiscordUnavailable
from bot.flow.jobs.result_ping import ResultPing
from tests.support.flow import Forgetful, Hands, Stage, stage


async def test_a_ring_is_looked_for_after_a_crash_and_rung_once(tmp_path: Path) -> None:
    board, hands = Forgetful({"post": [DiscordUnavailable("away")]}), Hands()
    async with stage(tmp_path, board=board, hands=hands) as here:
        job, message = await here.ask()
        hands.now += timedelta(minutes=5)
        here.work()
        await here.becomes(job.id, "done")

    def rings() -> list[int]:
        return [number for number, shown in board.messages.items() if shown.card.ping_user == 101]

    assert rings() == []
    board.trouble.clear()
    for _ in range(2):
        async with stage(tmp_path, board=board, hands=hands) as here:
            await here.restart()

            async def rung(here: Stage = here) -> bool:
                return (
                    await here.books.books.posts.list_unsent_pings(hands.now - timedelta(hours=1))
                    == ()
                )

            await here.until(rung)
            assert [board.replies[ring] for ring in rings()] == [message]
            # As if we had died between the ring and its note.
            await here.books.db.run_transaction(
                lambda db: db.execute("UPDATE posts SET message = NULL WHERE purpose = 'ring'")
            )


async def test_nobody_is_rung_who_waited_a_moment(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.work()
        job, _ = await here.ask()
        await here.becomes(job.id, "done")
        assert isinstance(here.flow.delivery.ping, ResultPing)
        assert await here.books.books.posts.list_unsent_pings(here.hands.now) == ()
        assert not [one for one in here.board.messages.values() if one.card.ping_user]

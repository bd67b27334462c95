"""A moderator's delete on the disk of the sandbox's SwarmUI."""

from __future__ import annotations

from pathlib import Path

from bot.core.history import cards as history_cards
from bot.core.ui.card import MessageContent
from bot.sandbox.swarmui import Setup, SwarmStandIn
from tests.support.books import MIA, MODERATOR
from tests.support.swarm_stage import swarm_stage

QUICK = Setup(step_s=0, model_load_s=0, closing_s=0)


async def test_a_moderators_delete_takes_the_files_from_the_disk(tmp_path: Path) -> None:
    """Also if SwarmUI is away at that moment and the bot is started anew."""

    async def put(shown: MessageContent) -> None:
        raise AssertionError("a removed picture was sent")

    async with SwarmStandIn(QUICK) as server:
        root = server.state.files.root
        async with swarm_stage(tmp_path, server) as drawn:
            here = drawn.here
            here.work()
            first, message = await here.ask("a fox", images=2)
            second, later = await here.ask("an owl")
            for job in (first, second):
                await here.becomes(job.id, "done")
            assert len([*root.rglob("*.png")]) == 3
            delete = here.flow.cancellation.delete_result
            assert await delete(first.id, MODERATOR, message, 70) is None
            await here.kit.tasks.wait_for_tasks(("remove",))
            (left,) = root.rglob("*.png")
            assert second.id in left.name
            server.state.script.down = True
            assert await delete(second.id, MODERATOR, later, 70) is None
            await here.kit.tasks.wait_for_tasks(("remove",))
        assert left.is_file()
        server.state.script.down = False
        async with swarm_stage(tmp_path, server) as again:
            flow = again.here.flow
            await flow.maintenance._removal.delete_removed_files()
            assert not left.exists()
            for job in (first, second):
                card = await flow.history.resend_files(MIA, job.id, 1 << 20, put)
                assert card == history_cards.REMOVED_CARD

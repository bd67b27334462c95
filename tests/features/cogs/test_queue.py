"""/queue and /cancel: where one's pictures stand, and the end of one's own alone."""

from __future__ import annotations

from cogs.queue import QueueCog
from tests.features.conftest import IMPATIENT, SlowDisk, Stage, read_private


async def test_cancel_ends_only_ones_own(stage: Stage) -> None:
    await stage.imagine("a red fox")
    await stage.imagine("a blue fox", stage.theo)
    assert "1 picture returned" in await stage.says(stage.mia, "cancel")
    states = [job.state.value for job in await stage.program.jobs()]
    assert states == ["cancelled", "queued"]


async def test_cancelling_twice_finds_nothing_the_second_time(stage: Stage) -> None:
    await stage.imagine(images=2)
    await stage.says(stage.mia, "cancel")
    before = await stage.program.desk.rows("jobs")
    again = await stage.says(stage.mia, "cancel")
    assert "returned" not in again
    assert await stage.program.desk.rows("jobs") == before
    assert await stage.program.desk.rows("holds") == []


async def test_cancelling_here_leaves_ones_jobs_in_another_server(stage: Stage) -> None:
    there = stage.env.create_guild("Elsewhere")
    channel = there.create_text_channel("art")
    mia = there.add_member(stage.mia.user)
    await stage.env.settle()
    await mia.slash(channel, "imagine", prompt="a blue fox")
    await stage.imagine("a red fox")
    await stage.says(stage.mia, "cancel")
    states = {job.order.prompt: job.state.value for job in await stage.program.jobs()}
    assert states == {"a blue fox": "queued", "a red fox": "cancelled"}


async def test_the_line_is_told_privately_and_counts_everybody(stage: Stage) -> None:
    """What waits of others is a number: their words are not told."""
    await stage.imagine("a secret owl", stage.theo)
    await stage.imagine("a red fox")
    result = await stage.mia.slash(stage.art, "queue")
    assert "2" in read_private(result)
    assert result.response is not None
    said = str([embed.to_dict() for embed in result.response.embeds])
    assert "a secret owl" not in said


@IMPATIENT
async def test_a_slow_disk_is_waited_for_in_private(stage: Stage, disk: SlowDisk) -> None:
    result = await stage.mia.slash(stage.art, "queue")
    assert result.deferred
    await disk.available()
    assert read_private(result)
    assert stage.art.history(viewer=stage.theo) == []


async def test_both_commands_are_for_everybody(stage: Stage) -> None:
    commands = stage.cog(QueueCog).get_app_commands()
    assert {command.name for command in commands} == {"queue", "cancel"}
    assert {command.default_permissions for command in commands} == {None}

"""/help: how to draw and what is left, privately."""

from __future__ import annotations

from cogs.help import HelpCog
from tests.features.conftest import IMPATIENT, SlowDisk, Stage, read_panel, read_private


async def test_help_says_how_and_what_is_left(stage: Stage) -> None:
    helped = await stage.mia.slash(stage.art, "help")
    assert "20" in read_private(helped)
    text = "\n".join(read_panel(helped))
    for told in ("/imagine prompt:", "/quota", "/queue", "/cancel", "/history"):
        assert told in text


async def test_what_was_drawn_is_taken_off(stage: Stage) -> None:
    await stage.draw(images=3)
    assert "17" in await stage.says(stage.mia, "help")


async def test_only_channels_of_this_server_are_named(stage: Stage) -> None:
    """The host's channels for phrases may be of any server."""
    elsewhere = stage.env.create_guild("Elsewhere").create_text_channel("far")
    await stage.env.settle()
    stage.program.listen_in(stage.art.id, elsewhere.id)
    await stage.restart()
    text = "\n".join(read_panel(await stage.mia.slash(stage.art, "help")))
    assert f"<#{stage.art.id}>" in text
    assert f"<#{elsewhere.id}>" not in text


@IMPATIENT
async def test_a_slow_disk_is_waited_for_in_private(stage: Stage, disk: SlowDisk) -> None:
    result = await stage.mia.slash(stage.art, "help")
    assert result.deferred
    await disk.available()
    assert read_private(result)
    assert stage.art.history(viewer=stage.theo) == []


async def test_it_is_a_command_of_its_own_for_everybody(stage: Stage) -> None:
    (command,) = stage.cog(HelpCog).get_app_commands()
    assert command.name == "help"
    assert command.default_permissions is None

"""/quota: one's own balance, privately."""

from __future__ import annotations

from cogs.quota import QuotaCog
from tests.features.conftest import Stage, read_panel


async def test_what_is_drawn_and_what_waits_is_taken_off(stage: Stage) -> None:
    assert "20" in await stage.says(stage.mia, "quota")
    await stage.draw(images=2)
    await stage.imagine(images=4)
    assert "14" in await stage.says(stage.mia, "quota")


async def test_everybody_sees_their_own(stage: Stage) -> None:
    """Also where somebody else has a limit of their own."""
    await stage.draw(images=2)
    await stage.says(stage.mona, "limits set", member=stage.theo, day=7)
    assert "18" in await stage.says(stage.mia, "quota")
    assert "7" in await stage.says(stage.theo, "quota")


async def test_the_panel_has_a_line_for_each_limit(stage: Stage) -> None:
    """A limit of the month is told beside that of the day."""
    await stage.says(stage.mona, "limits set", day=10, month=100)
    await stage.draw(images=3)
    text = "\n".join(read_panel(await stage.mia.slash(stage.art, "quota")))
    assert "3 of 10" in text
    assert "3 of 100" in text


async def test_a_grant_is_in_it_at_once(stage: Stage) -> None:
    await stage.says(stage.mona, "limits grant", member=stage.mia, pictures=5)
    assert "25" in await stage.says(stage.mia, "quota")


async def test_it_is_a_command_of_its_own_for_everybody(stage: Stage) -> None:
    (command,) = stage.cog(QuotaCog).get_app_commands()
    assert command.name == "quota"
    assert command.default_permissions is None

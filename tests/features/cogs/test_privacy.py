"""/privacy: private, asks before it erases, and nobody presses another's button."""

from __future__ import annotations

import json

import pytest

from bot.core.ui.card import CardButton
from cogs.privacy import PrivacyCog
from tests.features.cogs.test_commands import registered
from tests.features.conftest import IMPATIENT, SlowDisk, Stage, read_panel, read_private

STAYS = (
    "This month's numbers until the month is over, because erasing your data doesn't "
    "reset a limit. Limits and blocks that moderators set for you, and their change "
    "log, which is kept for a year."
)


@pytest.fixture
async def kept(stage: Stage) -> Stage:
    """A picture of mia's is in #art."""
    await stage.draw()
    return stage


async def test_the_export_is_a_private_file_with_a_summary(kept: Stage) -> None:
    result = await kept.mia.slash(kept.art, "privacy export")

    assert (
        read_private(result)
        == "All the data I have about you on this server. Only you can see this."
    )
    assert read_panel(result) == [
        "• 1 request, with its prompt and settings",
        "• 1 picture in your history",
        "• 1 message of mine about them",
        "• 1 file on my disk, for a day",
        "• 1 picture counted against your limit",
        "• 2 daily and monthly totals",
    ]
    told = json.loads(await result.response.attachments[0].read())
    assert told["person"] == str(kept.mia.id)
    assert [job["order"]["prompt"] for job in told["kept"]["jobs"]] == ["a red fox"]
    assert len(kept.art.history(viewer=kept.theo)) == 1


async def test_nothing_kept_says_so_for_both(stage: Stage) -> None:
    here = "I have no data about you on this server. To check all servers, use `everywhere:True`."
    assert await stage.says(stage.mia, "privacy export") == here
    asked = await stage.mia.slash(stage.art, "privacy erase")
    assert read_private(asked) == here
    assert asked.response.components == []
    everywhere = await stage.says(stage.mia, "privacy erase", everywhere=True)
    assert everywhere == "I have no data about you on any server."


async def test_erase_asks_first_and_says_what_goes_and_stays(kept: Stage) -> None:
    result = await kept.mia.slash(kept.art, "privacy erase")

    assert read_private(result) == "Erase your data on this server?"
    assert read_panel(result) == [
        "**Erased now:** 1 request, with its prompt and settings, 1 picture in your "
        "history, 1 message of mine about them and your usage in earlier months, and "
        "your pictures on my disk and on the image server (if I'm allowed to delete "
        "there). Queued pictures are cancelled and returned; a picture in progress "
        "finishes first.",
        f"**Stays:** {STAYS}",
        "**On Discord:** messages with your pictures stay, and only their *Delete* "
        "button keeps working. *Erase, with messages* deletes them too. Messages "
        "that only you can see disappear when you dismiss them.",
        "This can't be undone. Use `/privacy export` first if you want a copy.",
    ]
    assert len(await kept.program.jobs()) == 1


async def test_where_only_numbers_and_rules_are_left_there_is_nothing_to_press(
    stage: Stage,
) -> None:
    await stage.says(stage.mona, "limits set", member=stage.mia, day=5)
    result = await stage.mia.slash(stage.art, "privacy erase")
    assert result.response.components == []
    assert read_private(result) == (
        f"I have nothing to erase on this server. **What stays:** {STAYS}"
    )


async def test_keep_keeps(kept: Stage) -> None:
    asked = await kept.mia.slash(kept.art, "privacy erase")
    await kept.mia.click(asked.response, label="Keep")

    assert asked.response.content == "Nothing was erased."
    assert asked.response.components == []
    assert len(await kept.program.jobs()) == 1


@pytest.mark.parametrize(("label", "messages"), [("Erase", False), ("Erase, with messages", True)])
@pytest.mark.parametrize("everywhere", [False, True])
async def test_erase_erases_as_far_as_was_asked(
    kept: Stage, label: str, messages: bool, everywhere: bool
) -> None:
    elsewhere = kept.env.create_guild("Elsewhere")
    channel = elsewhere.create_text_channel("there")
    await elsewhere.add_member(kept.mia.user).slash(channel, "imagine", prompt="a boat")
    await kept.program.draw()
    asked = await kept.mia.slash(kept.art, "privacy erase", everywhere=everywhere)
    await kept.restart()
    await kept.mia.click(asked.response, label=label)

    number, s = (2, "s") if everywhere else (1, "")
    assert asked.response.content.startswith(f"Erased: {number} request{s}.")
    assert asked.response.content.endswith(
        "This month's numbers stay until the month is over, so limits still apply."
    )
    assert asked.response.components == []
    assert await kept.prompts() == ([] if everywhere else ["a boat"])
    await kept.program.tasks.wait_for_tasks(("erasing",))
    assert len(kept.art.history(viewer=kept.theo)) == (0 if messages else 1)
    assert len(channel.history()) == (0 if messages and everywhere else 1)


async def test_what_could_not_be_deleted_is_named(kept: Stage) -> None:
    (job,) = await kept.program.jobs()
    kept.program.painter.guards_files = True
    asked = await kept.mia.slash(kept.art, "privacy erase")
    await kept.mia.click(asked.response, label="Erase")

    assert asked.response.content.endswith(
        "The image server didn't let me delete some of your files, so they stay there. "
        "Ask the host of this bot to delete them in SwarmUI's output folder:"
    )
    assert asked.response.embeds[0].description == (
        f"```\nlocal/raw/swarmbot/2026-11-24/{job.id}-1.png\n```"
    )


@IMPATIENT
async def test_a_slow_erasure_is_acknowledged_and_told_later(kept: Stage) -> None:
    asked = await kept.mia.slash(kept.art, "privacy erase")
    disk = SlowDisk(kept)
    pressed = await kept.mia.click(asked.response, label="Erase")
    assert pressed.deferred
    await disk.available()
    assert asked.response.content.startswith("Erased: 1 request")


async def test_nobody_erases_for_somebody_else(kept: Stage) -> None:
    """The question is private; a made-up button with mia's id gets a word and nothing else."""
    for action in ("erase", "purge", "keep"):
        button = CardButton(action, action, str(kept.mia.id), "privacy:everywhere")
        message = await kept.show(button)
        result = await kept.theo.click(message, label=action)
        assert read_private(result) == (
            "This question is for someone else. To erase your own data, use `/privacy erase`."
        )
    assert len(await kept.program.jobs()) == 1


async def test_who_has_left_a_server_asks_in_a_direct_message(kept: Stage) -> None:
    """There it is about all servers."""
    assert registered(kept)["privacy"]["contexts"] == [0, 1]
    exported = await kept.mia.user.slash("privacy export")
    assert (
        exported.response.content
        == "All the data I have about you on all servers. Only you can see this."
    )
    asked = await kept.mia.user.slash("privacy erase")
    assert asked.response.content == "Erase your data on all servers?"
    await kept.mia.user.click(asked.response, label="Erase")
    assert asked.response.content.startswith("Erased: 1 request")
    assert await kept.program.jobs() == []


async def test_both_commands_are_for_everybody_here_and_in_direct_messages(stage: Stage) -> None:
    group = stage.cog(PrivacyCog).app_command
    assert group is not None
    assert {command.name for command in group.walk_commands()} == {"export", "erase"}
    assert group.default_permissions is None
    contexts = group.allowed_contexts
    assert contexts is not None
    assert (contexts.guild, contexts.dm_channel, contexts.private_channel) == (True, True, False)

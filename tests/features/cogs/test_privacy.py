"""/privacy: private, asks before it erases, and nobody presses another's button."""

from __future__ import annotations

import json

import pytest

from bot.core.privacy.cards import ErasureOutcome
from bot.core.ui.card import CardButton
from tests.features.cogs.test_commands import registered
from tests.features.conftest import IMPATIENT, SlowDisk, Stage

COUNTS = {"jobs": 12, "images": 14, "charges": 4, "audit": 1}


@pytest.fixture
def kept(stage: Stage) -> Stage:
    """Mia has something there."""
    stage.program.archive.counts[stage.mia.id] = dict(COUNTS)
    return stage


async def test_the_export_is_a_private_file_with_a_summary(kept: Stage) -> None:
    result = await kept.mia.slash(kept.art, "privacy export")

    assert result.ephemeral
    said = result.response
    assert said.content == "All that I keep of you in this server, for you alone."
    assert said.embeds[0].description == (
        "• 12 requests, with their prompts and settings\n"
        "• 14 pictures in your history\n"
        "• 4 pictures counted against your limit\n"
        "• 1 entry in the moderators' record of changes"
    )
    assert json.loads(await said.attachments[0].read()) == COUNTS
    assert kept.art.history() == []
    assert min(kept.program.archive.limits) >= 10 * 1024 * 1024


async def test_nothing_kept_says_so_for_both(stage: Stage) -> None:
    exported = await stage.mia.slash(stage.art, "privacy export")
    asked = await stage.mia.slash(stage.art, "privacy erase")
    everywhere = await stage.mia.slash(stage.art, "privacy erase", everywhere=True)

    here = "I keep nothing of you in this server. `everywhere:True` asks about all servers."
    assert exported.response.content == here
    assert asked.response.content == here
    assert everywhere.response.content == "I keep nothing of you, in any server."
    assert asked.ephemeral
    assert asked.response.components == []


async def test_erase_asks_first_and_says_what_goes_and_stays(kept: Stage) -> None:
    result = await kept.mia.slash(kept.art, "privacy erase")

    assert result.ephemeral
    assert result.response.content == "Erase what I keep of you in this server?"
    assert result.response.embeds[0].description == (
        "**Goes now:** 12 requests, with their prompts and settings, 14 pictures in your history "
        "and what counted in earlier months; with them your pictures on my disk and on the "
        "drawing computer, where I may delete there. What waits in line is cancelled and "
        "returned; what is being drawn ends first.\n"
        "**Stays:** This month's bare numbers, until it is over: erasing is no way around a limit. "
        "Limits and blocks that moderators set for you, and their record of changes, which is "
        "kept for a year.\n"
        "**On Discord:** messages with your pictures stay; of their buttons only *Delete* goes on "
        "working. *Erase, with messages* deletes them as well; messages that only you see go when "
        "you dismiss them.\n"
        "It can't be undone. `/privacy export` gives you a copy first."
    )
    assert kept.program.archive.erased_at == []


async def test_where_only_numbers_and_rules_are_left_there_is_nothing_to_press(
    stage: Stage,
) -> None:
    stage.program.archive.counts[stage.mia.id] = {"limits": 1, "audit": 2}
    result = await stage.mia.slash(stage.art, "privacy erase")
    assert result.ephemeral
    assert result.response.components == []
    assert result.response.content == (
        "There is nothing of you in this server that would go. **What stays:** This month's bare "
        "numbers, until it is over: erasing is no way around a limit. Limits and blocks that "
        "moderators set for you, and their record of changes, which is kept for a year."
    )


async def test_keep_keeps(kept: Stage) -> None:
    asked = await kept.mia.slash(kept.art, "privacy erase")
    await kept.mia.click(asked.response, label="Keep")

    assert asked.response.content == "Nothing was erased."
    assert asked.response.components == []
    assert kept.program.archive.erased_at == []


@pytest.mark.parametrize(("label", "messages"), [("Erase", False), ("Erase, with messages", True)])
@pytest.mark.parametrize("everywhere", [False, True])
async def test_erase_erases_as_far_as_was_asked(
    kept: Stage, label: str, messages: bool, everywhere: bool
) -> None:
    asked = await kept.mia.slash(kept.art, "privacy erase", everywhere=everywhere)
    await kept.env.restart_bot(kept.program.studio())
    await kept.mia.click(asked.response, label=label)

    assert asked.response.content == (
        "Erased: 3 requests. The numbers of this month stay until it is over, so that limits hold."
    )
    assert asked.response.components == []
    assert kept.program.archive.erased_at == [(kept.mia.id, kept.guild.id, everywhere, messages)]


async def test_what_could_not_be_deleted_is_named(kept: Stage) -> None:
    folders = ("swarmbot/2026-11-24/" + "a" * 20, "swarmbot/2026-11-24/" + "b" * 20)
    kept.program.archive.determine_outcome = ErasureOutcome(
        jobs=2, drafts=1, undeleted_folders=folders
    )
    asked = await kept.mia.slash(kept.art, "privacy erase")
    await kept.mia.click(asked.response, label="Erase")

    assert asked.response.content == (
        "Erased: 2 requests and 1 draft. I may not delete files on the drawing computer, so yours "
        "stay there. Ask whoever runs this bot to delete these folders:"
    )
    assert asked.response.embeds[0].description == "```\n" + "\n".join(folders) + "\n```"


@IMPATIENT
async def test_a_slow_erasure_is_acknowledged_and_told_later(kept: Stage) -> None:
    asked = await kept.mia.slash(kept.art, "privacy erase")
    disk = SlowDisk(kept)
    kept.program.archive.slowly = disk.wait_for_slot
    pressed = await kept.mia.click(asked.response, label="Erase")
    assert pressed.deferred
    await disk.available()
    assert asked.response.content.startswith("Erased: 3 requests.")


async def test_nobody_erases_for_somebody_else(kept: Stage) -> None:
    """The question is private; a made-up button with mia's id gets a word and nothing else."""
    for action in ("erase", "purge", "keep"):
        button = CardButton(action, action, str(kept.mia.id), "privacy:everywhere")
        message = await kept.show(button)
        result = await kept.theo.click(message, label=action)
        assert result.ephemeral
        assert result.response.content == "That is about somebody else. Yours is `/privacy erase`."
    assert kept.program.archive.erased_at == []


async def test_who_has_left_a_server_asks_in_a_direct_message(kept: Stage) -> None:
    """There it is about all servers."""
    assert registered(kept)["privacy"]["contexts"] == [0, 1]
    asked = await kept.mia.user.slash("privacy erase")
    assert asked.response.content == "Erase what I keep of you in all servers?"
    await kept.mia.user.click(asked.response, label="Erase")
    assert asked.response.content.startswith("Erased: 3 requests.")
    assert kept.program.archive.erased_at == [(kept.mia.id, 0, True, False)]
    exported = await kept.mia.user.slash("privacy export")
    assert exported.response.content == "All that I keep of you in all servers, for you alone."

"""/limits and /quota: what members and moderators read, word for word."""

from __future__ import annotations

from datetime import timedelta

import discord
import pytest
from simcord.backend.errors import SetupError

from bot.core.text.format import format_timestamp
from bot.core.ui.card import CardButton
from cogs.limits import TARGET_CONFLICT_CARD, LimitsCog
from tests.features.conftest import Stage, read_panel, read_private
from tests.support.books import NOON

MIDNIGHT = format_timestamp(NOON + timedelta(hours=12))


async def test_set_for_the_server_a_role_and_a_member(stage: Stage) -> None:
    mona, theo, artists = stage.mona, stage.theo, stage.artists
    assert await stage.says(mona, "limits set") == (
        "Enter at least one number, such as `day`. Nothing was changed."
    )
    assert await stage.says(mona, "limits set", day=10) == "This server: 10 a day, starting now."
    assert await stage.says(mona, "limits set", day=10) == (
        "This server: already 10 a day. Nothing was changed."
    )
    assert await stage.says(mona, "limits set", role=artists, day=50, per_job=9) == (
        "@Artists: 50 a day, 9 at a time, starting now.\nOne command can draw at most "
        "4 pictures here. The host sets this bound, and no limit can raise it."
    )
    assert await stage.says(mona, "limits set", member=theo, day=5) == (
        "theo: 5 a day, starting now.\n50 → 5 a day, 0 used, 5 left, resets "
        f"{MIDNIGHT}.\nNote: this overrides what theo gets from @Artists (50 a day).\n"
        "To give them more for a few days, use `/limits grant`."
    )
    assert await stage.says(mona, "limits set", day=20) == (
        "This server: 20 a day (was 10), starting now.\nSome have their own limits, "
        "which come first: 1 role and 1 member."
    )
    assert await stage.says(mona, "limits set", member=theo, role=artists, day=1) == (
        TARGET_CONFLICT_CARD.content
    )
    assert await stage.says(mona, "limits clear", member=theo, role=artists) == (
        TARGET_CONFLICT_CARD.content
    )
    assert await stage.says(mona, "limits set", month=0, preview=True) == (
        "Preview only. This server: 0 a month, so people can't draw."
    )


async def test_show_and_clear(stage: Stage) -> None:
    mona, mia, artists = stage.mona, stage.mia, stage.artists
    assert await stage.says(mona, "limits show") == (
        "This server has no rules yet, so the default applies to everyone."
    )
    assert await stage.says(mona, "limits show", member=mia) == (
        f"mia: 20 a day by default, 0 used, resets {MIDNIGHT}."
    )
    assert await stage.says(mona, "limits clear", member=mia) == (
        "mia has no limits of their own. Nothing was changed."
    )
    await stage.says(mona, "limits set", role=artists, day=50)
    shown = await mona.slash(stage.art, "limits show")
    assert read_private(shown) == "How much people can draw here."
    assert read_panel(shown)[-2:] == ["**Roles**", "@Artists: 50 a day"]
    assert await stage.says(mona, "limits clear", role=artists) == (
        "@Artists: rule removed (it was 50 a day). Its members now have 20 a day by "
        "default, unless another role or their own limit comes first."
    )


async def test_grant_reset_and_exempt(stage: Stage) -> None:
    mona, mia = stage.mona, stage.mia
    assert await stage.says(mona, "limits grant", member=mia, pictures=5) == (
        "mia gets 5 more pictures for today. They have 25 left today."
    )
    assert await stage.says(mona, "limits grant", member=mia, pictures=1, days=7) == (
        "mia gets 1 more picture a day for 7 days, starting today. They have 26 left today."
    )
    assert await stage.says(mona, "limits grant", member=mia, pictures=0) == (
        "A grant can be 1 to 1,000,000 pictures a day, for 1 to 366 days. Nothing was changed."
    )
    assert await stage.says(mona, "limits reset", member=mia) == (
        "mia has used nothing today, so there is nothing to reset. Nothing was changed."
    )
    await stage.program.desk.finish((await stage.program.desk.ask(4, stage.context(mia))).job.id, 4)
    assert (
        await stage.says(mona, "limits reset", member=mia)
        == "Reset mia's usage: 4 pictures returned, 26 left today."
    )
    assert await stage.says(mona, "limits exempt", member=mia) == (
        "mia: they can now draw without any limit. The queue is still shared fairly. "
        "Undo: `/limits exempt on:False`."
    )
    assert await stage.says(mona, "limits exempt", member=mia) == (
        "mia already has no limit. Nothing was changed."
    )
    assert await stage.says(mona, "limits grant", member=mia, pictures=5) == (
        "mia has no limit, so there is nothing to add to. Nothing was changed."
    )
    assert await stage.says(mona, "limits exempt", member=mia, on=False) == "mia: no longer exempt."
    assert await stage.says(mona, "limits exempt", member=mia, on=False) == (
        "mia was not exempt. Nothing was changed."
    )


async def test_the_roles_of_a_member_count(stage: Stage) -> None:
    mona, theo = stage.mona, stage.theo
    await stage.says(mona, "limits set", role=stage.artists, day=50)
    assert (
        await stage.says(mona, "limits show", member=theo)
        == f"theo: 50 a day from @Artists, 0 used, resets {MIDNIGHT}."
    )
    assert (
        await stage.says(mona, "limits grant", member=theo, pictures=5)
        == "theo gets 5 more pictures for today. They have 55 left today."
    )
    await stage.says(mona, "limits set", member=theo, day=5)
    assert await stage.says(mona, "limits clear", member=theo) == (
        "theo: rule removed (it was 5 a day). They now have 50 a day from @Artists.\n"
        f"5 → 50 a day and 5 granted, 0 used, 55 left, resets {MIDNIGHT}."
    )


async def test_exempt_is_for_a_member_a_role_or_the_server(stage: Stage) -> None:
    mona, theo = stage.mona, stage.theo
    assert await stage.says(mona, "limits exempt", role=stage.artists) == (
        "@Artists: everyone with this role can now draw without any limit. The queue "
        "is still shared fairly. Undo: `/limits exempt on:False`."
    )
    assert await stage.says(theo, "quota") == "You have no limit here."
    assert (
        await stage.says(mona, "limits exempt", role=stage.artists, on=False)
        == "@Artists: no longer exempt."
    )
    assert await stage.says(mona, "limits exempt") == (
        "This server: everyone can now draw without any limit. The queue is still "
        "shared fairly. Undo: `/limits exempt on:False`."
    )
    assert await stage.says(stage.mia, "quota") == "You have no limit here."
    assert await stage.says(mona, "limits exempt", member=theo, role=stage.artists) == (
        TARGET_CONFLICT_CARD.content
    )


async def test_the_log(stage: Stage) -> None:
    mona, mia = stage.mona, stage.mia
    assert await stage.says(mona, "limits log") == (
        "No changes yet. Every change will be listed here."
    )
    assert await stage.says(mona, "limits log", member=mia) == (
        "No changes about mia yet. Every change will be listed here."
    )
    await stage.says(mona, "limits set", member=mia, day=5)
    await stage.says(mona, "block", member=mia, reason="spam")
    log = await mona.slash(stage.art, "limits log")
    assert read_private(log) == "Change log"
    at = f"{format_timestamp(NOON)} <@{mona.id}> · <@{mia.id}>"
    assert read_panel(log) == [
        f"{at}: blocked until 2026-11-25 12:00 UTC: spam",
        f"{at}: day not set → 5",
    ]
    assert await stage.says(mona, "limits log", page=9) == "There is only 1 page."
    assert (
        await stage.says(mona, "limits log", member=mia, page=2)
        == "There is only 1 page about mia."
    )
    assert await stage.says(mona, "limits log", member=stage.theo) == (
        "No changes about theo yet. Every change will be listed here."
    )


async def test_quota_queue_and_cancel(stage: Stage) -> None:
    mia, mona, art = stage.mia, stage.mona, stage.art
    assert await stage.says(mia, "queue") == (
        "The queue is empty. Your next picture starts right away."
    )
    assert await stage.says(mia, "cancel") == "You have nothing in the queue."
    fresh = await mia.slash(art, "quota")
    assert read_private(fresh) == "20 left today."
    assert read_panel(fresh) == [
        "Today: 0 of 20 used",
        "▱▱▱▱▱▱▱▱▱▱▱▱ 0 %",
        f"Resets {MIDNIGHT}.",
        "20 a day by default.",
    ]
    await stage.program.desk.ask(3, stage.context(mia))
    assert await stage.says(mia, "queue") == "1 waiting, 0 in progress."
    used = await mia.slash(art, "quota")
    assert read_private(used) == "17 left today."
    assert "0 in progress, 1 waiting. Both count as used." in read_panel(used)
    assert await stage.says(mia, "cancel") == "Cancelled 1 job. 3 pictures returned, 20 left today."
    await stage.says(mona, "limits set", day=0)
    assert await stage.says(mia, "quota") == (
        "Only selected members can draw here. Ask a moderator to join in."
    )
    await stage.says(mona, "limits set", role=stage.artists, day=3)
    assert await stage.says(mia, "quota") == (
        f"Only <@&{stage.artists.id}> can draw here. Ask a moderator to join in."
    )
    assert await stage.says(stage.theo, "quota") == "3 left today."


async def test_the_same_again_counts_once_and_is_said(stage: Stage) -> None:
    """Two moderators, one thought."""
    mona, mia = stage.mona, stage.mia
    said = [await stage.says(mona, "limits set", member=mia, day=7) for _ in range(2)]
    assert said[0].startswith("mia: 7 a day, starting now.\n20 → 7 a day")
    assert said[1] == "mia: already 7 a day. Nothing was changed."
    await stage.program.desk.finish((await stage.program.desk.ask(2, stage.context(mia))).job.id, 2)
    said = [await stage.says(mona, "limits reset", member=mia) for _ in range(2)]
    assert said == [
        "Reset mia's usage: 2 pictures returned, 7 left today.",
        "mia has used nothing today, so there is nothing to reset. Nothing was changed.",
    ]
    actions = [row["action"] for row in await stage.program.desk.rows("audit")]
    assert actions == ["limits.day", "limits.reset"]


async def test_bots_have_no_limits_and_no_blocks(stage: Stage) -> None:
    """Nor have we; what was set for one before can be seen and cleared."""
    mona, stage = stage.mona, stage
    other = stage.guild.add_member(stage.env.create_user("other", bot=True))
    more: tuple[tuple[str, dict[str, int]], ...] = (
        ("limits set", {"day": 5}),
        ("limits grant", {"pictures": 5}),
        ("limits exempt", {}),
        ("limits reset", {}),
        ("block", {}),
    )
    for command, options in more:
        assert await stage.says(mona, command, member=other, **options) == (
            "That's a bot, and bots don't draw here. Nothing was changed."
        ), command
    assert await stage.program.desk.rows("audit") == []
    cleared = await stage.says(mona, "limits clear", member=other)
    assert cleared == "other has no limits of their own. Nothing was changed."


async def test_the_form_of_a_grant(stage: Stage) -> None:
    mona, theo = stage.mona, stage.theo
    await stage.says(mona, "limits set", role=stage.artists, day=50)
    warned = await mona.slash(stage.art, "limits set", member=theo, day=1)
    assert warned.response is not None
    opened = await mona.click(warned.response, label="Grant…")
    assert opened.modal is not None
    assert opened.modal["title"] == "Give more pictures"
    given = await mona.submit_modal(opened, {"pictures": "3", "days": "1"})
    assert read_private(given) == f"<@{theo.id}> gets 3 more pictures for today."
    assert await stage.says(theo, "quota") == "4 left today."


async def test_the_button_of_a_grant_is_asked_for_rights_each_time(stage: Stage) -> None:
    """Wherever somebody finds one; the form asks again when it comes back."""
    message = await stage.show(CardButton("grant", "Grant…", str(stage.mia.id)))
    no = "You need *Manage Server* for this, as for `/limits`. Nothing was changed."
    refused = await stage.mia.click(message, label="Grant…")
    assert refused.modal is None
    assert read_private(refused) == no
    assert await stage.program.desk.rows("grants") == []


async def test_the_export_comes_as_files(stage: Stage) -> None:
    await stage.says(stage.mona, "limits set", day=9)
    result = await stage.mona.slash(stage.art, "limits export")
    assert read_private(result) == (
        "1 change (newest first), 1 rule, and the use of 0 members in 2026-11. Times are UTC."
    )
    assert result.response is not None
    assert [file.filename for file in result.response.attachments] == [
        "changes-2026-11-24.csv",
        "rules-2026-11-24.csv",
        "use-2026-11.csv",
    ]


@pytest.mark.parametrize(
    "command",
    [
        *(f"limits {one}" for one in ("set", "clear", "show", "grant", "reset", "exempt", "log")),
        "limits export",
        "block",
        "unblock",
        "blocked",
    ],
)
async def test_a_member_is_offered_none_of_the_moderators(stage: Stage, command: str) -> None:
    with pytest.raises(SetupError, match="not visible"):
        await stage.mia.slash(stage.art, command)
    assert command not in stage.mia.available_commands(stage.art)
    assert command in stage.mona.available_commands(stage.art)
    assert await stage.program.desk.rows("audit") == []


async def test_whoever_names_a_member_and_a_role_changes_neither(stage: Stage) -> None:
    both = {"member": stage.theo, "role": stage.artists}
    for command, more in (("set", {"day": 1}), ("clear", {}), ("exempt", {})):
        said = await stage.says(stage.mona, f"limits {command}", **both, **more)
        assert said == TARGET_CONFLICT_CARD.content
    assert await stage.program.desk.rows("limits") == []


async def test_numbers_below_nothing_are_refused_by_discord_itself(stage: Stage) -> None:
    """Every number of every command, so that no answer has to be written for one."""
    group = stage.cog(LimitsCog).app_command
    assert group is not None
    numbers = {
        (command.name, option.name): option.min_value
        for command in group.walk_commands()
        for option in getattr(command, "parameters", ())
        if option.type is discord.AppCommandOptionType.integer
    }
    assert len(numbers) >= 8
    assert set(numbers.values()) == {0}

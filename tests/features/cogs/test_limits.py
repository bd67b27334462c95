"""What people and moderators read, word for word: the real counters over real books, in a Discord
written by others."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from simcord import InteractionResult
from simcord.actors import MemberActor
from simcord.backend.errors import SetupError

from bot.core.drawing.request import RequestContext
from bot.core.text.format import format_timestamp
from bot.core.ui.card import CardButton
from bot.flow.ports import Stores
from tests.features.conftest import Stage
from tests.support import flow as real
from tests.support.books import NOON, wrap_stores
from tests.support.program import Program

MIDNIGHT = format_timestamp(NOON + timedelta(hours=12))


class Waited:
    """Books whose answers the simulated Discord waits for: they come from another thread."""

    def __init__(self, books: Any, program: Real) -> None:
        self._books, self._program = books, program

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._books, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def call(*args: Any, **kwargs: Any) -> Any:
            env = self._program.env
            asked = found(*args, **kwargs)
            return await (asked if env is None else env.external_wait(asked, reason="the books"))

        return call


class Both:
    """The counters of /limits and of /block as one, as the small program has them."""

    def __init__(self, *counters: object) -> None:
        self._counters = counters

    def __getattr__(self, name: str) -> Any:
        return next(getattr(one, name) for one in self._counters if hasattr(one, name))


@dataclass
class Real(Program):
    """The program with the real counters."""

    behind: real.Stage | None = None
    env: Any = None

    def open(self, behind: real.Stage) -> None:
        self.behind, parts, flow = behind, behind.flow, self.flow
        self.counter = Both(parts.blocks, parts.limits)  # type: ignore[assignment]  # as a counter
        for owner, names in (
            (
                parts.limits,
                ("set_limit", "clear_rule", "show_limits", "export_files", "grant_from_form"),
            ),
            (parts.info, ("quota_card", "queue_card", "help_card")),
            (parts.cancellation, ("cancel_own_jobs",)),
        ):
            for name in names:
                setattr(flow, name, getattr(owner, name))


@pytest.fixture
async def program(tmp_path: Path) -> AsyncIterator[Real]:
    """Instead of the small one."""
    made = Real()
    around: Callable[[Stores], Stores] = lambda stores: wrap_stores(  # noqa: E731 -- typed
        stores, lambda store: Waited(store, made)
    )
    async with real.stage(tmp_path, around=around) as behind:
        made.open(behind)
        yield made


@dataclass
class Here:
    """The simulated server with short ways to ask and to read."""

    stage: Stage
    program: Real
    said: list[str] = field(default_factory=list)

    async def says(self, who: MemberActor, command: str, **options: Any) -> str:
        """A private answer's words."""
        return words(await who.slash(self.stage.art, command, **options))

    def asker(self, who: MemberActor, *roles: int) -> RequestContext:
        return RequestContext(
            who.id, "somebody", self.stage.guild.id, self.stage.art.id, roles=roles
        )

    @property
    def books(self) -> Any:
        assert self.program.behind is not None
        return self.program.behind.books


@pytest.fixture
async def here(stage: Stage, program: Real) -> Here:
    """With the simulated Discord known to the books."""
    program.env = stage.env
    return Here(stage, program)


def words(result: InteractionResult) -> str:
    """The private answer of an interaction."""
    assert result.ephemeral
    assert result.response is not None
    return str(result.response.content)


def body(result: InteractionResult) -> list[str]:
    """The lines of the answer's panel."""
    assert result.response is not None
    return str(result.response.embeds[0].description).splitlines()


async def test_set_for_the_server_a_role_and_a_member(here: Here) -> None:
    mona, theo, artists = here.stage.mona, here.stage.theo, here.stage.artists
    assert await here.says(mona, "limits set") == (
        "Say at least one number, such as `day`. Nothing was changed."
    )
    assert await here.says(mona, "limits set", day=10) == "This server: 10 a day. It holds at once."
    assert await here.says(mona, "limits set", day=10) == (
        "This server: 10 a day already. Nothing was changed."
    )
    assert await here.says(mona, "limits set", role=artists, day=50, per_job=9) == (
        "@Artists: 50 a day, 9 in one go. It holds at once.\n"
        "One command draws 4 pictures at most here: the host's bound, which no limit lifts."
    )
    assert await here.says(mona, "limits set", member=theo, day=5) == (
        "theo: 5 a day. It holds at once.\n"
        f"50 → 5 a day, 0 used, 5 left; starts over {MIDNIGHT}.\n"
        "Careful: @Artists gives theo 50 a day, and this smaller number goes before it.\n"
        "To give them more for a while: `/limits grant`."
    )
    assert await here.says(mona, "limits set", day=20) == (
        "This server: 20 a day (was 10). It holds at once.\n"
        "Numbers of their own go first: 1 role and 1 member."
    )
    assert await here.says(mona, "limits set", member=theo, role=artists, day=1) == (
        "Name a member or a role, not both. Nothing was changed."
    )
    assert await here.says(mona, "limits set", month=0, preview=True) == (
        "Only a preview, nothing was changed. This server: 0 a month, so people may not draw."
    )


async def test_show_and_clear(here: Here) -> None:
    mona, mia, artists = here.stage.mona, here.stage.mia, here.stage.artists
    assert await here.says(mona, "limits show") == (
        "No rules of this server's own yet: the default holds for everybody."
    )
    assert await here.says(mona, "limits show", member=mia) == (
        f"mia: 20 a day by default, 0 used, resets {MIDNIGHT}."
    )
    assert await here.says(mona, "limits clear", member=mia) == (
        "mia has no rule of their own. Nothing was changed."
    )
    await here.says(mona, "limits set", role=artists, day=50)
    shown = await mona.slash(here.stage.art, "limits show")
    assert words(shown) == "What people may draw here."
    assert body(shown)[-2:] == ["**Roles**", "@Artists: 50 a day"]
    assert await here.says(mona, "limits clear", role=artists) == (
        "@Artists: the rule is removed; it was 50 a day. Its members now have 20 a day by default, "
        "unless another role or a number of their own goes first."
    )


async def test_grant_reset_and_exempt(here: Here) -> None:
    mona, mia = here.stage.mona, here.stage.mia
    assert await here.says(mona, "limits grant", member=mia, pictures=5) == (
        "mia: 5 more pictures for today. They have 25 left today."
    )
    assert await here.says(mona, "limits grant", member=mia, pictures=1, days=7) == (
        "mia: 1 more picture a day for 7 days, today included. They have 26 left today."
    )
    assert await here.says(mona, "limits grant", member=mia, pictures=0) == (
        "A grant is 1 to 1,000,000 pictures, for 1 to 366 days. Nothing was changed."
    )
    assert await here.says(mona, "limits reset", member=mia) == (
        "mia was charged for nothing today, so nothing comes back. Nothing was changed."
    )
    await here.books.finish((await here.books.ask(4, here.asker(mia))).job.id, 4)
    assert await here.says(mona, "limits reset", member=mia) == "mia: 4 returned, 26 left today."
    assert await here.says(mona, "limits exempt", member=mia) == (
        "mia: they may draw without any limit now. It holds at once; the line is still shared "
        "fairly. `/limits exempt on:False` takes it back."
    )
    assert await here.says(mona, "limits exempt", member=mia) == (
        "mia has no limit already. Nothing was changed."
    )
    assert await here.says(mona, "limits grant", member=mia, pictures=5) == (
        "mia has no limit: there is nothing to add to. Nothing was changed."
    )
    assert await here.says(mona, "limits exempt", member=mia, on=False) == "mia: no longer exempt."
    assert await here.says(mona, "limits exempt", member=mia, on=False) == (
        "mia was not exempt. Nothing was changed."
    )


async def test_the_log(here: Here) -> None:
    mona, mia = here.stage.mona, here.stage.mia
    assert await here.says(mona, "limits log") == (
        "Nothing was changed here yet. Every change will stand here."
    )
    assert await here.says(mona, "limits log", member=mia) == (
        "Nothing was changed here about mia yet. Every change will stand here."
    )
    await here.says(mona, "limits set", member=mia, day=5)
    await here.says(mona, "block", member=mia, reason="spam")
    log = await mona.slash(here.stage.art, "limits log")
    assert words(log) == "Who changed what."
    at = f"{format_timestamp(NOON)} <@{mona.id}> · <@{mia.id}>"
    assert body(log) == [
        f"{at}: blocked until 2026-11-25 12:00 UTC: spam",
        f"{at}: day not set → 5",
    ]
    assert await here.says(mona, "limits log", page=9) == "There is 1 page."


async def test_block_unblock_and_blocked(here: Here) -> None:
    mona, mia = here.stage.mona, here.stage.mia
    tomorrow = format_timestamp(NOON + timedelta(days=1))
    assert await here.says(mona, "blocked") == "Nobody is blocked here."
    assert await here.says(mona, "unblock", member=mia) == (
        "mia is not blocked. Nothing was changed."
    )
    assert await here.says(mona, "block", member=mona) == "That's you. Nothing was changed."
    assert await here.says(mona, "block", member=mia, reason="spam") == (
        f"mia can't draw here for now; again {tomorrow}. `/unblock` lifts it.\n"
        "What they have in line goes on; `clear:True` would stop it."
    )
    listed = await mona.slash(here.stage.art, "blocked")
    assert words(listed) == "Who can't draw here now."
    assert body(listed) == [f"<@{mia.id}> again {tomorrow}, by <@{mona.id}> · spam"]
    assert await here.says(mona, "block", member=mia, span=0, clear=True) == (
        "mia can't draw here for good. `/unblock` lifts it.\n"
        "Nothing of theirs was in line, and no picture of the last hour was left."
    )
    assert await here.says(mona, "unblock", member=mia) == "mia may draw here again."


async def test_quota_queue_and_cancel(here: Here) -> None:
    mia, mona, art = here.stage.mia, here.stage.mona, here.stage.art
    assert await here.says(mia, "queue") == ("Nobody is in line. Your next picture starts at once.")
    assert await here.says(mia, "cancel") == "Nothing of yours is waiting or being drawn here."
    fresh = await mia.slash(art, "quota")
    assert words(fresh) == "20 left today."
    assert body(fresh) == [
        "Today: 0 of 20 used",
        "▱▱▱▱▱▱▱▱▱▱▱▱ 0 %",
        f"Starts over {MIDNIGHT}.",
        "20 a day by default.",
    ]
    await here.books.ask(3, here.asker(mia))
    assert await here.says(mia, "queue") == "1 job in line, 0 being drawn."
    used = await mia.slash(art, "quota")
    assert words(used) == "17 left today."
    assert "0 being drawn, 1 waiting: these count." in body(used)
    assert await here.says(mia, "cancel") == "Cancelled 1 job. 3 returned, 20 left today."
    await here.says(mona, "limits set", day=0)
    assert await here.says(mia, "quota") == (
        "Drawing here is for chosen members. Ask a moderator to join in."
    )
    await here.says(mona, "limits set", role=here.stage.artists, day=3)
    assert await here.says(mia, "quota") == (
        f"Drawing here is for <@&{here.stage.artists.id}>. Ask a moderator to join in."
    )
    assert await here.says(here.stage.theo, "quota") == "3 left today."


async def test_help_says_how_and_what_is_left(here: Here) -> None:
    helped = await here.stage.mia.slash(here.stage.art, "help")
    assert words(helped) == "20 left today."
    text = "\n".join(body(helped))
    for told in ("/imagine prompt:", "/quota", "/queue", "/cancel", "/history"):
        assert told in text


async def test_the_same_again_counts_once_and_is_said(here: Here) -> None:
    """Two moderators, one thought."""
    mona, mia = here.stage.mona, here.stage.mia
    said = [await here.says(mona, "limits set", member=mia, day=7) for _ in range(2)]
    assert said[0].startswith("mia: 7 a day. It holds at once.\n20 → 7 a day")
    assert said[1] == "mia: 7 a day already. Nothing was changed."
    await here.books.finish((await here.books.ask(2, here.asker(mia))).job.id, 2)
    said = [await here.says(mona, "limits reset", member=mia) for _ in range(2)]
    assert said == [
        "mia: 2 returned, 7 left today.",
        "mia was charged for nothing today, so nothing comes back. Nothing was changed.",
    ]
    actions = [row["action"] for row in await here.books.rows("audit")]
    assert actions == ["limits.day", "limits.reset"]


async def test_bots_have_no_limits_and_no_blocks(here: Here) -> None:
    """Nor have we; what was set for one before can be seen and cleared."""
    mona, stage = here.stage.mona, here.stage
    other = stage.guild.add_member(stage.env.create_user("other", bot=True))
    more: tuple[tuple[str, dict[str, int]], ...] = (
        ("limits set", {"day": 5}),
        ("limits grant", {"pictures": 5}),
        ("limits exempt", {}),
        ("limits reset", {}),
        ("block", {}),
    )
    for command, options in more:
        assert await here.says(mona, command, member=other, **options) == (
            "That's a bot, and bots don't draw here. Nothing was changed."
        ), command
    assert await here.books.rows("audit") == []
    cleared = await here.says(mona, "limits clear", member=other)
    assert cleared == "other has no rule of their own. Nothing was changed."


async def test_the_form_of_a_grant(here: Here) -> None:
    mona, theo = here.stage.mona, here.stage.theo
    await here.says(mona, "limits set", role=here.stage.artists, day=50)
    warned = await mona.slash(here.stage.art, "limits set", member=theo, day=1)
    assert warned.response is not None
    opened = await mona.click(warned.response, label="Grant…")
    assert opened.modal is not None
    assert opened.modal["title"] == "Give more pictures"
    given = await mona.submit_modal(opened, {"pictures": "3", "days": "1"})
    assert words(given) == f"<@{theo.id}>: 3 more pictures for today. It holds at once."
    assert await here.says(theo, "quota") == "4 left today."


async def test_the_button_of_a_grant_is_asked_for_rights_each_time(here: Here) -> None:
    """Wherever somebody finds one; the form asks again when it comes back."""
    message = await here.stage.show(CardButton("grant", "Grant…", str(here.stage.mia.id)))
    no = "Only those who may manage messages here can give more. Nothing was changed."
    refused = await here.stage.mia.click(message, label="Grant…")
    assert refused.modal is None
    assert words(refused) == no
    assert await here.books.rows("grants") == []


async def test_the_export_comes_as_files(here: Here) -> None:
    await here.says(here.stage.mona, "limits set", day=9)
    result = await here.stage.mona.slash(here.stage.art, "limits export")
    assert words(result) == (
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
async def test_a_member_is_offered_none_of_the_moderators(here: Here, command: str) -> None:
    with pytest.raises(SetupError, match="not visible"):
        await here.stage.mia.slash(here.stage.art, command)
    assert await here.books.rows("audit") == []

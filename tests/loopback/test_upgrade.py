"""The update from version 77ff174: its books, its files and every button that it ever sent."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.town import Json, is_picture
from tests.support.upgrade import LeftBehind, OldTown, old_town

FACTS: Final = (
    "charges", "limits", "grants", "blocks", "personal", "drafts", "guild_settings", "audit",
    "trigger_lists", "trigger_phrases", "trigger_channels", "greetings",
)  # fmt: skip
"""Tables whose rows are facts: an update may add to them, and changes none of them."""

Press = tuple[str, str]
"""Who presses, and a pattern of what they get to see."""

RESULTS: Final[dict[str, Press]] = {
    "parameters": ("theo", "Settings for this picture"),
    "edit": ("mia", "Edit and draw again"),
    "reroll": ("mia", "Got it|Starting|in line"),
    "vary:N": ("mia", "Got it|Starting|in line"),
    "upscale:N": ("mia", "Got it|Starting|in line"),
    "use": ("theo", "Got it|Starting|in line"),
    "retry": ("theo", "Got it|Starting|in line"),
    "draw:N": ("theo", "Got it|Starting|in line"),
    "welcome:draw": ("mona", "Got it|Starting|in line"),
    "cancel": ("theo", "over already|nothing to cancel"),
    "delete": ("mia", ""),
}
HISTORY: Final[dict[str, Press]] = {
    "page:history:N": ("mia", "Page 2 of 2"),
    "resend:history:N": ("", "a found picture"),
    "resend:history:N.draft": ("mia", "two owls"),
    "delete:history:N": ("mia", "Deleted"),
    "delete:history:N.draft": ("mia", "Deleted"),
}
MODELS: Final[dict[str, Press]] = {
    "models:all:m": ("mia", "models available"),
    "models:page:m": ("mia", "models available"),
    "models:page:l": ("mia", "LoRAs available"),
    "models:pick:m": ("mia", "To use it"),
    "models:pick:l": ("mia", "To use it"),
    "models:draw:m": ("mia", "Draw with"),
    "models:draw:l": ("mia", "Draw with"),
    "models:usual:m": ("mia", "is now your default"),
    "models:forget:m": ("theo", "no longer have a default model"),
}
SETTINGS: Final[dict[str, Press]] = {
    "settings:form:role:bounds": ("mona", "At most, for this role"),
    "settings:form:safety:age_words": ("mona", "Age-restricted only"),
    "settings:form:safety:allowed_words": ("mona", "Drawn after all"),
    "settings:form:safety:words": ("mona", "Blocked.*swordfish"),
    "settings:form:where:zone": ("mona", "Time zone"),
    "settings:form:who:bounds": ("mona", "At most, for everyone"),
    "settings:go:loras:": ("mona", "LoRAs"),
    "settings:go:models:": ("mona", "Models"),
    "settings:go:role:back": ("mona", "At most:"),
    "settings:go:safety:": ("mona", "Word lists"),
    "settings:go:where:": ("mona", "Drawing is on"),
    "settings:go:who:": ("mona", "Models"),
    "settings:go:who:back": ("mona", "Models"),
    "settings:pick:loras:add": ("mona", "LoRAs"),
    "settings:pick:models:add": ("mona", "Models"),
    "settings:pick:models:remove": ("mona", "Models"),
    "settings:pick:safety:adult": ("mona", "Adult content: not allowed"),
    "settings:pick:safety:spoiler": ("mona", "Spoilers"),
    "settings:pick:where:channels": ("mona", r"Channels:\*\* <#[0-9]+>"),
    "settings:pick:where:log_channel": ("mona", r"Log channel:\*\* <#[0-9]+>"),
    "settings:pick:where:ring": ("mona", "No mentions when a picture is ready"),
    "settings:pick:who:model": ("mona", "Models"),
    "settings:pick:who:role": ("mona", "At most:"),
    "settings:pick:who:ruled": ("mona", "At most:"),
    "settings:set:models:list=": ("mona", "Models"),
    "settings:set:role:role=": ("mona", "no special rules now"),
    "settings:set:safety:private=on": ("mona", r"Private by default:\*\* on"),
    "settings:set:where:drawing=off": ("mona", "Drawing is off"),
    "welcome:setup": ("mona", "Drawing is off"),
}
MODERATION: Final[dict[str, Press]] = {
    "grant": ("mona", "Give more pictures"),
    "report": ("mona", "moderators have been notified"),
    "block": ("mona", "for how long"),
    "block:N": ("mona", "is blocked from drawing here"),
    "remove": ("mona", "Deleted|gone"),
}
PRIVACY: Final[dict[str, Press]] = {
    "keep:privacy:everywhere": ("theo", "Nothing was erased"),
    "keep:privacy:here": ("theo", "Nothing was erased"),
    "erase:privacy:here": ("theo", "Erased: [1-9]"),
    "erase:privacy:everywhere": ("theo", "Erased"),
    "purge:privacy:here": ("theo", "Erased"),
    "purge:privacy:everywhere": ("theo", "Erased"),
}
FORMS: Final[dict[str, tuple[Json, str]]] = {
    "form edit": ({"prompt": "a blue fox"}, "Got it|Starting|in line"),
    "form remix": ({"prompt": "a green fox"}, "Got it|Starting|in line"),
    "form models:form:m": ({"prompt": "a grey fox"}, "Got it|Starting|in line"),
    "form grant": ({"pictures": "2", "days": "1"}, "2 more"),
    "form settings:send:where:zone": ({}, "Europe/Berlin"),
}
GROUPS: Final = {
    "results": RESULTS,
    "history": HISTORY,
    "models": MODELS,
    "settings": SETTINGS,
    "moderation": MODERATION,
    "privacy": PRIVACY,
}


async def come_up(here: OldTown) -> None:
    """Start today's bot; what waited is delivered, as in `test_what_waited_is_delivered_once`."""
    await here.start_bot()
    await here.until(lambda: here.rows("SELECT * FROM holds") == [])
    here.remember()


async def press(here: OldTown, one: Json, who: str, wanted: str = "") -> str:
    """Press it as that person, and return all that they see of the answer, once it is `wanted`."""
    here.restore(one)
    given: Json = {}
    if one.get("type") == 6:
        given["values"] = [here.role("Artists")]
    elif one.get("type") == 8:
        given["values"] = [here.channel("general")]
    elif "type" in one:
        given["values"] = one["values"]
    asked = await here.act(
        one.get("as", who), "component", message=one["message"], custom_id=one["custom_id"], **given
    )
    return await seen(here, asked["interaction"], one["message"], wanted)


async def seen(here: OldTown, interaction: str, source: str | None, wanted: str) -> str:
    """The modal, the messages and the pressed message as text, once it matches the pattern.

    An answer that turns the pressed message may come a moment after the press is acknowledged.
    """
    state = await here.answered(interaction)
    assert state["state"] == "answered", state
    text = ""

    async def matches() -> bool:
        nonlocal text
        text = _shown(here, await here.get(f"interactions/{interaction}"), source)
        return re.search(wanted, text, re.DOTALL) is not None

    await here.until(matches, lambda: f"{wanted!r} in {text[:800]}")
    assert "went wrong" not in text
    assert "our fault" not in text
    return text


def _shown(here: OldTown, state: Json, source: str | None) -> str:
    shown: list[Any] = [state["modal"]] if state["modal"] else []
    for message in (*state["messages"], *([source] if source else [])):
        if found := here.discord.world.message(message):
            titles = [embed.get("title", "") for embed in found.embeds]
            shown.append([found.content, titles, found.components])
    return json.dumps(shown, ensure_ascii=False)


def old_rows(left: LeftBehind, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns and rows of a table as the old version wrote them."""
    with closing(sqlite3.connect(":memory:")) as books:
        books.executescript(left.books)
        found = books.execute(f"SELECT * FROM {table}")
        return [column[0] for column in found.description], found.fetchall()


async def test_every_row_survives_and_the_books_balance(tmp_path: Path) -> None:
    async with old_town(tmp_path) as here:
        await come_up(here)
        for table in FACTS:
            columns, before = old_rows(here.left, table)
            named = ", ".join(f'"{column}"' for column in columns)
            after = here.rows(f"SELECT {named} FROM {table}")
            missing = [row for row in before if row not in after]
            assert missing == [], table
            assert before or table == "trigger_channels", f"the dump has no {table}"
        columns, before = old_rows(here.left, "jobs")
        ended = [row for row in before if row[columns.index("ended_at")] is not None]
        named = ", ".join(f'"{column}"' for column in columns if column not in ("spooled", "told"))
        spared = [n for n, column in enumerate(columns) if column not in ("spooled", "told")]
        after = here.rows(f"SELECT {named} FROM jobs")
        assert [row for row in ended if tuple(row[n] for n in spared) not in after] == []
        here.balanced()


async def test_the_numbers_of_the_day_are_the_same_facts(tmp_path: Path) -> None:
    async with old_town(tmp_path) as here:
        await come_up(here)
        derived = here.rows(
            "SELECT guild, user, day, count(*) FROM charges GROUP BY guild, user, day "
            "UNION ALL SELECT guild, user, month, count(*) FROM charges "
            "GROUP BY guild, user, month ORDER BY 1, 2, 3"
        )
        kept = here.rows("SELECT guild, user, period, used FROM totals ORDER BY 1, 2, 3")
        assert kept == derived


async def test_what_waited_is_delivered_once(tmp_path: Path) -> None:
    async with old_town(tmp_path) as here:
        columns, before = old_rows(here.left, "jobs")
        state, name = columns.index("state"), columns.index("id")
        living = {row[name]: row[state] for row in before if row[columns.index("ended_at")] is None}
        assert sorted(living.values()) == ["delivering", "queued", "queued", "running"]
        await come_up(here)
        for job in living:
            ((end, ready),) = here.rows(f"SELECT state, ready FROM jobs WHERE id = '{job}'")
            assert (end, ready) == ("done", 1)
            ((message,),) = here.rows(
                f"SELECT message FROM posts WHERE job = '{job}' AND purpose = 'status'"
            )
            assert is_picture(await here.message(str(message)))
        # What was drawn already came from the spool; the other three were drawn, once each.
        generations = (await here.swarm_report())["generations"]
        assert sorted(one["prompt"] for one in generations) == sorted(
            ["a drawn bridge", "a waiting room", "a last train"]
        )
        assert [m["content"] for m in await here.messages() if "lighthouse" in m["content"]]
        here.balanced()
        report = await here.get("report")
        assert (report["invalid"], report["unknown_routes"], report["rate_limited"]) == ([], [], 0)


async def test_pictures_of_the_old_spool_are_handed_over(tmp_path: Path) -> None:
    async with old_town(tmp_path) as here:
        await come_up(here)
        for kind, who in (("resend:history:N", "mona"), ("resend:history:N.draft", "mia")):
            one = here.find(kind)
            before = {m["id"] for m in await here.messages(who=who)}
            await press(here, one, who)

            async def came(known: set[str] = before, whose: str = who) -> bool:
                said = await here.messages(who=whose)
                return any(m["attachments"] for m in said if m["id"] not in known)

            await here.until(came, f"{kind} brings its picture")
        assert (await here.swarm_report())["requests_with_tag"] == 0


@pytest.mark.parametrize("group", GROUPS)
async def test_old_buttons_answer(tmp_path: Path, group: str) -> None:
    async with old_town(tmp_path) as here:
        await come_up(here)
        for kind, (who, wanted) in GROUPS[group].items():
            await press(here, here.find(kind), who, wanted)
            if group in ("results", "privacy"):
                await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        if group != "privacy":  # numbers outlive the jobs that were erased
            here.balanced()


async def test_old_buttons_of_others_change_nothing(tmp_path: Path) -> None:
    async with old_town(tmp_path) as here:
        await come_up(here)
        before = here.rows("SELECT count(*) FROM jobs")
        for kind in ("edit", "reroll", "vary:N", "upscale:N", "delete"):
            await press(here, here.find(kind), "theo", "belongs to Mia")
        await press(here, here.find("block"), "theo", "Timeout Members")
        await press(here, here.find("remove"), "theo", "Manage Messages")
        await press(here, here.find("welcome:setup"), "mia", "Manage Server")
        assert here.rows("SELECT count(*) FROM jobs") == before


async def test_forms_that_were_open_can_still_be_sent(tmp_path: Path) -> None:
    async with old_town(tmp_path) as here:
        await come_up(here)
        for kind, (fields, wanted) in FORMS.items():
            one = here.find(kind)
            modal = here.discord.world.interactions[one["modal"]].modal
            given = fields or {_first_field(modal): "Europe/Berlin"}
            sent = await here.act(one["as"], "modal", modal=one["modal"], fields=given)
            source = here.discord.world.interactions[one["modal"]].source_id
            await seen(here, sent["interaction"], source, wanted)
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        here.balanced()


def _first_field(part: Any) -> str:
    """The custom_id of a form's first field."""
    found = re.search(r'"type": 4[^}]*?"custom_id": "([^"]+)"', json.dumps(part)) or re.search(
        r'"custom_id": "([^"]+)"', json.dumps(part["components"])
    )
    assert found is not None
    return found[1]


def test_every_kind_of_button_is_pressed() -> None:
    sent = {one["kind"] for one in LeftBehind().custom_ids}
    pressed = {kind for group in GROUPS.values() for kind in group}
    assert pressed | set(FORMS) == sent

"""Hostile people at work: forged buttons and forms, foreign ids, lost rights, poisoned words.

What holds after every attack: nothing was drawn, changed, deleted or shown that should not be, each
answer is private, and the bot has met no exception of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from cogs.reports import REPORT_ACTIONS
from cogs.result_buttons import DRAWING_ACTIONS
from tests.support.attack import QUIET, Attacker, text_of
from tests.support.table import AddRow
from tests.support.town import Json, Town, button, town

SECRET: Final = "a secret xylophone"
NOBODY: Final = "a" * 20
TITLE: Final = "Attacks"
NOTHING_THERE: Final = (
    "This picture is too old for its buttons to work.",
    "I no longer have a record of this picture.",
    "You need *Timeout Members* for this",
    "You need *Manage Messages* in ",
    "There is no record of who reported it",
)


@dataclass
class Scene:
    """Two servers; jobs of mia's and of theo's in the first one, one of mia's in the second."""

    here: Town
    attacker: Attacker
    public: str
    hidden: str
    abroad: str
    draft: str
    message: str

    def state(self) -> list[tuple[Any, ...]]:
        """All that an attack could change."""
        tables = ("jobs", "limits", "blocks", "audit", "charges", "holds", "grants", "images")
        return [(name, *self.here.rows(f"SELECT count(*) FROM {name}")) for name in tables]

    async def answer(self, interaction: str, who: str, channel: str) -> str:
        """What somebody was told privately; "" for nothing."""
        state = await self.here.get(f"interactions/{interaction}")
        said = [await self.here.message(one, channel, who) for one in state["messages"]]
        assert all(message["flags"] & 64 for message in said), said
        assert all(not message["attachments"] for message in said), said
        return "\n".join(text_of(message) for message in said)


@contextmanager
def unbroken(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Neither our log nor the library's has an exception in it."""
    with capture_logs() as entries, caplog.at_level(logging.WARNING):
        yield
    assert [one for one in entries if one["log_level"] in ("error", "critical")] == []
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


def job_of(message: Json) -> str:
    """The job that a message's buttons are about."""
    return str(message["components"][0]["components"][0]["custom_id"]).rpartition(":")[2]


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    async with town(folder, extra=QUIET) as here:
        attacker = Attacker(here)
        attacker.found_elsewhere()
        await here.start_bot()
        public = await here.picture(await here.imagine("mia"))
        await here.imagine("theo", prompt=SECRET, private=True)
        abroad = await here.imagine("mia", "lounge", prompt="a lounge lizard")
        abroad = await here.picture(abroad, "lounge")
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        log_channel = "settings:pick:where:log_channel"
        listens = attacker.press("mona", log_channel, values=[here.channel("after-dark")])
        await here.answered(listens)
        refused = await here.imagine("theo", prompt=SECRET, images=9)
        (hidden,) = here.rows("SELECT id FROM jobs WHERE requester_name = 'Theo'")[0]
        ((draft,),) = here.rows("SELECT id FROM drafts")
        assert "You can ask for 1 to 4 pictures" in refused["content"]
        yield Scene(
            here,
            attacker,
            job_of(public),
            hidden,
            job_of(abroad),
            draft,
            public["id"],
        )


# --- forged buttons and forms --------------------------------------------------------------------

Forged = tuple[str, str, str]  # who, in which channel, the custom_id


def forged_presses(on: Scene) -> dict[str, list[Forged]]:
    """Every button kind, with what it must not be pressed with."""
    every = [
        *DRAWING_ACTIONS,
        *REPORT_ACTIONS,
        "cancel",
        "parameters",
        "delete",
        "edit",
        "vary:1",
        "upscale:1",
        "draw:1",
    ]
    mine = on.public
    return {
        "somebody else's job": [
            ("theo", "imagine", f"{a}:{mine}")
            for a in every
            if a not in ("use", "parameters", "report")
        ],
        "a private job": [("mia", "imagine", f"{a}:{on.hidden}") for a in every],
        "somebody's draft": [("mia", "imagine", f"{a}:{on.draft}") for a in every],
        "my job of another server": [("mia", "imagine", f"{a}:{on.abroad}") for a in every],
        "another server's job": [("otto", "lounge", f"{a}:{mine}") for a in every],
        "another server's private job": [("otto", "lounge", f"{a}:{on.hidden}") for a in every],
        "another server's draft": [("theo", "lounge", f"{a}:{on.draft}") for a in every],
        "nobody's job": [("mia", "imagine", f"{a}:{NOBODY}") for a in every],
        "a number out of range": [
            ("mia", "imagine", f"{a}:{n}:{mine}")
            for a in ("vary", "upscale", "draw")
            for n in ("0", "5", "00000", "4294967296", "9" * 70)
        ],
        "a shape that is none": [("mia", "imagine", one) for one in shapes(mine)],
        "a list of somebody else's": [
            (who, where, f"{a}:history:{spot}:{job}")
            for who, where, job in (
                ("theo", "imagine", mine),
                ("mia", "imagine", on.hidden),
                ("mia", "imagine", on.abroad),
                ("otto", "lounge", mine),
            )
            for a in ("resend", "delete", "page")
            for spot in ("1", "0", "999999", f"1.{on.draft}", f"999999.{NOBODY}")
        ],
        "a panel of models": [
            *(("mia", "imagine", f"models:{verb}") for verb in panels()),
            ("otto", "lounge", "models:page:s:999999:" + "\u202e" * 40),
        ],
    }


def shapes(job: str) -> list[str]:
    """What is nearly a button of ours."""
    return [
        f"reroll:{job}\n",
        f" reroll:{job}",
        f"REROLL:{job}",
        f"reroll:{job.upper()}",
        f"reroll::{job}",
        f"reroll:-1:{job}",
        f"reroll:\u0661:{job}",
        f"reroll:\uff11:{job}",
        f"reroll:{job}:{job}",
        f"reroll:{job[:-1]}",
        f"reroll:{job}x",
        f"cancel:{job}\u200b",
        f"imagine:{job}",
        f"history:{job}",
        "reroll:",
        ":",
        "reroll:' OR 1=1; DROP TABLE jobs;--",
        "delete:%%%%%%%%%%%%%%%%%%%%",
        "delete:____________________",
        "use:\x00\x01\x02",
        "\u202ereroll:" + job,
        "\U0001f98a" * 25,
        "x" * 100,
        "edit:" + "9" * 20,
        f"resend:history:1234567:{job}",
        f"page:history:-1:{job}",
        f"page:history:1.:{job}",
        f"page:history:\u0661:{job}",
    ]


def panels() -> list[str]:
    """Presses of /models that lead nowhere."""
    return [
        "page:m:999999:'; DROP TABLE jobs;--",
        "page:m:\u0661:\u0661",
        "page:x:0:",
        "all:l:0:" + "\U0001f98a" * 20,
        "refresh:m:0:",
        "pick:m:0:",
        "usual:m:ffffffffffff",
        "usual:l:000000000000",
        "forget:s:000000000000",
        "draw:m:ffffffffffff",
        "form:m:ffffffffffff",
        "draw:m:FFFFFFFFFFFF",
        "draw:m:ffffffffffff:",
    ]


async def test_forged_buttons_get_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, row: AddRow
) -> None:
    async with scene(tmp_path) as on:
        here, attacker = on.here, on.attacker
        drawn = len((await here.swarm_report())["generations"])
        before = on.state()
        with unbroken(caplog):
            for group, presses in forged_presses(on).items():
                sent = [(attacker.press(who, one, channel=at), who, at) for who, at, one in presses]
                await attacker.settled()
                told = [await on.answer(one, who, at) for one, who, at in sent]
                assert on.state() == before, group
                assert SECRET not in "\n".join(told), group
                if "private" in group or "draft" in group:
                    assert all(one.startswith(NOTHING_THERE) for one in told), (group, told)
                row(TITLE, attack=f"forged press: {group}", tried=len(sent), outcome=spoken(told))
            assert here.discord.world.message(on.message), "nothing of it was deleted"
            for values in ([], ["x" * 500], ["../../etc/passwd"], [f"{on.public}"], ["\u202e"]):
                attacker.press("mia", "models:pick:m:0:", values=values)
            await attacker.settled()
        assert on.state() == before
        assert len((await here.swarm_report())["generations"]) == drawn
        await here.clean()


def spoken(told: list[str]) -> str:
    """The first sentences of answers, each once."""
    firsts = dict.fromkeys(one.partition("\n")[0].partition(". ")[0] for one in told)
    return " / ".join(one[:48] or "silence" for one in list(firsts)[:3])


def forged_forms(on: Scene) -> dict[str, list[tuple[str, str, str, Json]]]:
    """Forms that were never opened, with what no form would send."""
    fine = {"prompt": "a cat", "negative": "", "aspect": "", "seed": "", "steps": ""}
    bad_numbers = ("9" * 25, "-1", "1e9", "\uff19", "\u0663", "0x10", "9" * 400, "1;--", "\u202e1")
    mine = f"edit:{on.public}"
    return {
        "somebody else's job": [("theo", "imagine", mine, fine)],
        "a private job": [("mia", "imagine", f"edit:{on.hidden}", fine)],
        "somebody's draft": [("mia", "imagine", f"edit:{on.draft}", fine)],
        "my job of another server": [("mia", "imagine", f"edit:{on.abroad}", fine)],
        "another server's job": [("otto", "lounge", mine, fine)],
        "nobody's job": [("mia", "imagine", f"edit:{NOBODY}", fine)],
        "fields left out": [("mia", "imagine", mine, {}), ("mia", "imagine", mine, {"seed": "1"})],
        "fields of another kind": [
            ("mia", "imagine", mine, {"prompt": ["a cat"]}),
            ("mia", "imagine", mine, {"prompt": None, "steps": ["1"]}),
        ],
        "numbers that are none": [
            ("mia", "imagine", mine, {**fine, "steps": number}) for number in bad_numbers
        ],
        "a shape that is none": [
            ("mia", "imagine", f"{mine}\n", fine),
            ("mia", "imagine", mine.upper(), fine),
            ("mia", "imagine", "edit:", fine),
            ("mia", "imagine", f"reroll:{on.public}", fine),
            ("mia", "imagine", "\u202eedit:" + on.public, fine),
        ],
        "a model that is none": [
            ("mia", "imagine", f"models:form:{kind}:ffffffffffff", fine) for kind in "mls"
        ],
    }


async def test_forged_forms_get_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, row: AddRow
) -> None:
    async with scene(tmp_path) as on:
        here, attacker = on.here, on.attacker
        before = on.state()
        with unbroken(caplog):
            for group, forms in forged_forms(on).items():
                told = []
                for who, at, custom_id, fields in forms:
                    sent = attacker.form(who, custom_id, fields, channel=at)
                    await attacker.settled()
                    told.append(await on.answer(sent, who, at))
                assert on.state() == before, group
                assert SECRET not in "\n".join(told), group
                row(TITLE, attack=f"forged form: {group}", tried=len(forms), outcome=spoken(told))
        await here.clean()


ODD: Final = (
    "x" * 6000,
    "\U0001f98a" * 3000,
    "'; DROP TABLE jobs;--",
    "\u202e\u0000\u200b",
    ",,,:::,,:",
    "--- -- --a",
    "%_%",
    "<lora:x:1>",
    "[" * 500,
)


async def test_odd_words_in_what_is_looked_up_while_typing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, row: AddRow
) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        await here.start_bot()
        with unbroken(caplog):
            for option in ("model", "lora", "style", "advanced"):
                for value in ODD:
                    asked = {"channel": "imagine", "name": "imagine", "option": option}
                    found = await here.act("mia", "autocomplete", **asked, value=value)
                    assert "failed" not in found, (option, value[:20])
            for name in ("models", "history"):
                for value in ODD:
                    state = await here.command("mia", name, search=value[:100])
                    assert state["state"] == "answered"
            state = await here.command("mia", "models", search=ODD[0])
            assert state["state"] == "answered"
        row(TITLE, attack="odd words while typing", tried=len(ODD) * 6 + 1, outcome="answered")
        await here.clean()


NUMBERS: Final[list[tuple[str, str, Json]]] = [
    ("mia", "imagine", {"prompt": "a cat", "images": 2**53}),
    ("mia", "imagine", {"prompt": "a cat", "images": -(2**53)}),
    ("mia", "imagine", {"prompt": "a cat", "steps": 2**53}),
    ("mia", "imagine", {"prompt": "a cat", "seed": -(2**53)}),
    ("mia", "imagine", {"prompt": "a cat", "seed": 2**53}),
    ("mia", "imagine", {"prompt": "a cat", "cfg": 9e15}),
    ("mia", "imagine", {"prompt": "a cat", "upscale": -9e15}),
    ("mia", "imagine", {"prompt": "a cat", "advanced": "--steps 1 --steps 2 --donotsave true"}),
    ("mia", "imagine", {"prompt": "a cat", "advanced": "--webhooks http://evil.example"}),
    ("mia", "imagine", {"prompt": "a cat", "lora": "../../x:9e99, a:nan, b:-inf"}),
    ("mona", "limits log", {"page": 2**53}),
    ("mona", "limits grant", {"pictures": 2**53, "days": 2**53}),
]


async def test_numbers_beyond_all_bounds_are_refused_in_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, row: AddRow
) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        await here.start_bot()
        mia = here.person("mia")
        with unbroken(caplog):
            for who, name, options in NUMBERS:
                asked = {**options, **({"member": mia} if name == "limits grant" else {})}
                state = await here.command(who, name, **asked)
                (said,) = [await here.message(m, who=who) for m in state["messages"]]
                assert said["flags"] & 64
                assert text_of(said).strip()
        assert here.rows("SELECT * FROM jobs") == here.rows("SELECT * FROM grants") == []
        row(TITLE, attack="numbers beyond all bounds", tried=len(NUMBERS), outcome="refused")
        await here.clean()


# --- what was allowed a moment ago ---------------------------------------------------------------


async def form_of(here: Town, message: Json, who: str = "mia") -> str:
    """Open the Edit form of somebody's picture."""
    asked = await here.act(
        who, "component", message=message["id"], custom_id=button(message, "edit")
    )
    return str((await here.answered(asked["interaction"]))["modal"]["id"])


async def sent_off(here: Town, form: str, who: str = "mia", **fields: str) -> Json:
    """Send an open form off; what is said to it."""
    sent = await here.act(who, "modal", modal=form, fields={"prompt": "a cat", **fields})
    state = await here.answered(sent["interaction"])
    return await here.message(state["messages"][0], who=who)


async def test_a_form_is_judged_when_it_comes_back_not_when_it_was_opened(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, row: AddRow
) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        artists = here.role("Artists")
        here.extra += f'[advanced]\nroles = ["{artists}"]\n'
        attacker = Attacker(here)
        await here.start_bot()
        mine = await here.picture(await here.imagine("mia"))
        theirs = await here.imagine("theo", advanced="--sampler dpm_2")
        theirs = await here.picture(theirs, who="theo")
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        before = here.rows("SELECT count(*) FROM jobs")

        form = await form_of(here, theirs, "theo")
        attacker.set_roles("theo")
        refused = await sent_off(here, form, "theo")
        assert refused["flags"] & 64
        assert "advanced" in text_of(refused).lower()
        row(TITLE, attack="role taken away: form", tried=1, outcome=spoken([text_of(refused)]))
        again = await here.press("theo", theirs, "reroll")
        refused = await here.message(again["messages"][0], who="theo")
        assert refused["flags"] & 64
        row(TITLE, attack="role taken away: reroll", tried=1, outcome=spoken([text_of(refused)]))

        form = await form_of(here, mine)
        attacker.rename_channel("imagine", overwrites=attacker.silenced())
        refused = await sent_off(here, form)
        assert refused["content"].startswith("I can't attach files in #imagine.")
        row(TITLE, attack="channel closed: form", tried=1, outcome=spoken([text_of(refused)]))
        assert here.rows("SELECT count(*) FROM jobs") == before
        await here.clean()


async def test_a_moderator_of_yesterday_has_no_power_over_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, row: AddRow
) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        await here.start_bot()
        mine = await here.picture(await here.imagine("mia"))
        await here.script(step_s=0.5)
        running = await here.imagine("mia", prompt="an owl")
        running = await here.becomes(running["id"], lambda m: "Drawing, step" in m["content"])
        attacker.set_roles("mona")
        for action, message in (("cancel", running), ("delete", mine), ("reroll", mine)):
            state = await here.press("mona", message, action)
            (said,) = [await here.message(one, who="mona") for one in state["messages"]]
            assert said["flags"] & 64
            assert said["content"].startswith("This picture belongs to Mia.")
            row(
                TITLE,
                attack=f"moderator's role taken away: {action}",
                tried=1,
                outcome=spoken([text_of(said)]),
            )
        assert here.discord.world.message(mine["id"])
        assert here.rows("SELECT count(*) FROM jobs WHERE state = 'running'") == [(1,)]
        await here.act("mona", "command", channel="imagine", name="limits show", status=409)
        await here.clean()


async def test_the_limit_of_a_deleted_role_counts_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, row: AddRow
) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        await here.start_bot()
        painters = attacker.new_role("Painters", "mia")
        with unbroken(caplog):
            await here.command("mona", "limits set", role=painters, day=0)
            refused = await here.imagine("mia")
            assert "can draw here." in refused["content"]
            attacker.delete_role(painters)
            shown = await here.command("mona", "limits show")
            said = text_of(await here.message(shown["messages"][0], who="mona"))
            assert "a deleted role: 0 a day" in said
            assert (await here.imagine("mia"))["flags"] & 64 == 0
            await here.command("mona", "limits set", role=here.role("Artists"), day=30)
            for preview, left in ((True, 2), (False, 1)):
                options = {"deleted_roles": True, "preview": preview}
                asked = await here.command("mona", "limits clear", **options)
                said = text_of(await here.message(asked["messages"][0], who="mona"))
                assert "1 deleted role" in said
                assert here.rows("SELECT count(*) FROM limits") == [(left,)]
            asked = await here.command("mona", "limits clear", deleted_roles=True)
            said = text_of(await here.message(asked["messages"][0], who="mona"))
            assert said.startswith("No deleted role has a rule.")
        row(
            TITLE,
            attack="a role with a limit is deleted",
            tried=1,
            outcome="ignored, shown, clearable",
        )
        await here.clean()


@pytest.mark.parametrize("private", [False, True])
async def test_somebody_leaves_while_their_pictures_are_drawn(
    tmp_path: Path, private: bool, caplog: pytest.LogCaptureFixture, row: AddRow
) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        attacker = Attacker(here)
        await here.start_bot()
        await here.script(step_s=0.05)
        with unbroken(caplog):
            first = await here.command("mia", "imagine", prompt="a red fox", private=private)
            await here.command("mia", "imagine", prompt="an owl", private=private)
            await here.until(lambda: here.rows("SELECT 1 FROM jobs WHERE state = 'running'") != [])
            await here.act("mia", "settings", dms=False)
            attacker.leaves("mia")
            if private:
                expired = {"on": {"interaction_tokens": True}, "do": {"expire": True}}
                async with here.http.post(
                    f"{here.discord.base}/sandbox/faults", json={"set": [expired]}
                ) as answer:
                    assert answer.status == 200
            await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        assert here.rows("SELECT state, count(*) FROM jobs GROUP BY state") == [("cancelled", 2)]
        assert here.rows("SELECT * FROM charges") == []
        here.balanced()
        seen = here.discord.world.message(first["messages"][0])
        assert seen is None or not seen.files
        outcome = "cancelled, returned"
        row(TITLE, attack=f"left while drawing, private={private}", tried=2, outcome=outcome)
        report = await here.get("report")
        assert (report["invalid"], report["unknown_routes"]) == ([], [])


def moderators_forgeries(on: Scene) -> list[tuple[str, list[str] | None]]:
    """What a moderator might press if they could write buttons of their own."""
    huge, odd = "9" * 30, ["\u0663", "-1", "x", "", "\u202e", "1e9"]
    panel = "settings:{}:{}:{}"
    return [
        *((panel.format("pick", "where", "channels"), [one]) for one in (*odd, huge)),
        *((panel.format("pick", "where", "log_channel"), [one]) for one in (*odd, huge)),
        *((panel.format("pick", "who", "role"), [one]) for one in (*odd, huge)),
        *((panel.format("pick", "where", "ring"), [one]) for one in odd),
        *((panel.format("pick", "safety", "spoiler"), [one]) for one in odd),
        *((panel.format("pick", "who", "model"), [one]) for one in odd),
        *((panel.format("pick", "models", "add"), [one]) for one in odd),
        *((panel.format("pick", "models", "remove"), [one]) for one in odd),
        *((panel.format("pick", "where", "zone"), [one]) for one in odd),
        (panel.format("pick", "where", "nothing"), ["1"]),
        *((panel.format("set", "where", f"drawing={one}"), None) for one in ("maybe", "", "on=on")),
        (panel.format("set", "where", "role=1"), None),
        (panel.format("set", "models", "list="), None),
        (panel.format("go", "role.0", ""), None),
        (panel.format("go", f"role.{huge[:20]}", ""), None),
        (panel.format("go", "nowhere", ""), None),
        (panel.format("form", "role.1", "nothing"), None),
        (panel.format("form", "safety", f"words.{on.draft}"), None),
        (panel.format("form", "safety", f"words.{on.public}"), None),
        *((f"block:{n}:{on.public}", None) for n in ("2", "9" * 60)),
        (f"block:24:{on.abroad}", None),
        (f"remove:{on.abroad}", None),
        ("grant:0", None),
        (f"grant:{huge[:20]}", None),
        ("grant:\u0661", None),
        (f"erase:privacy:here:{huge[:20]}", None),
    ]


async def test_a_moderator_breaks_nothing_by_forged_presses(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, row: AddRow
) -> None:
    async with scene(tmp_path) as on:
        here, attacker = on.here, on.attacker
        numbers = [
            {"pictures": n, "days": d} for n in ("9" * 9, "0", "x", "", "5") for d in ("1", "")
        ]
        with unbroken(caplog):
            told = []
            for custom_id, values in moderators_forgeries(on):
                sent = attacker.press("mona", custom_id, values=values, private=True)
                await attacker.settled()
                state = await here.get(f"interactions/{sent}")
                told += [text_of(await here.message(one, who="mona")) for one in state["messages"]]
                assert SECRET not in str(state), custom_id
            for user in (here.person("mia"), "0", "9" * 20):
                sent = [attacker.form("mona", f"grant:{user}", fields) for fields in numbers]
                await asyncio.gather(*map(here.answered, sent))
            await attacker.settled()
        assert SECRET not in "\n".join(told)
        assert here.rows("SELECT * FROM blocks") == []
        assert here.discord.world.message(on.message)
        tried = len(moderators_forgeries(on)) + 3 * len(numbers)
        row(TITLE, attack="a moderator's forged presses", tried=tried, outcome="nothing breaks")

"""Hostile people at work: forged buttons and forms, foreign ids, lost rights, poisoned words.

What holds after every attack: nothing was drawn, changed, deleted or shown that should not be, each
answer is private, and the bot has met no exception of its own.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from bot.adapters.discord.buttons import ACTIONS
from tests.support.attack import Attacker
from tests.support.table import AddRow
from tests.support.town import Json, Town, town

SECRET: Final = "a secret xylophone"
NOBODY: Final = "a" * 20
TITLE: Final = "Attacks"


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


def text_of(message: Json) -> str:
    """Everything that a message says."""
    parts = [message.get("content", "")]
    for embed in message.get("embeds", ()):
        parts += [embed.get("title") or "", embed.get("description") or ""]
        parts += [(embed.get("footer") or {}).get("text") or ""]
        for one in embed.get("fields", ()):
            parts += [one["name"], one["value"]]
    stack = list(message.get("components", ()))
    while stack:
        part = stack.pop()
        parts += [str(part[key]) for key in ("content", "label", "placeholder") if part.get(key)]
        parts += [option["label"] for option in part.get("options", ())]
        stack += [
            *part.get("components", ()),
            *([part["accessory"]] if "accessory" in part else ()),
        ]
    return "\n".join(parts)


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
    async with town(folder) as here:
        attacker = Attacker(here)
        attacker.found_elsewhere()
        await here.start_bot()
        public = await here.picture(await here.imagine("mia"))
        await here.imagine("theo", prompt=SECRET, private=True)
        abroad = await here.imagine("mia", "lounge", prompt="a lounge lizard")
        abroad = await here.picture(abroad, "lounge")
        await here.until(lambda: here.rows("SELECT * FROM holds") == [])
        refused = await here.imagine("theo", prompt=SECRET, images=9)
        (hidden,) = here.rows("SELECT id FROM jobs WHERE requester_name = 'Theo'")[0]
        ((draft,),) = here.rows("SELECT id FROM drafts")
        assert "you asked for 9" in refused["content"]
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
    every = [*ACTIONS, "vary:1", "upscale:1", "draw:1"]
    mine = on.public
    return {
        "somebody else's job": [
            ("theo", "imagine", f"{a}:{mine}") for a in every if a not in ("use", "parameters")
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

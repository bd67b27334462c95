"""One gate: whoever may not draw gets nothing by any way there is, and SwarmUI is asked nothing.

Every way is tried against the gate and once more with the gate taken out. There the same check has
to fail for each of them: so none of them is refused by something else, and none goes around.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from tests.support.attack import QUIET, Attacker
from tests.support.flow import png
from tests.support.table import AddRow
from tests.support.town import Json, Town, button, town

ROOT: Final = Path(__file__).resolve().parents[2]
FILE: Final = {"name": "fox.png", "base64": base64.b64encode(png(side=64)).decode()}


@dataclass
class Ground:
    """A server in which everything hangs that one can draw from. `told` are private answers."""

    here: Town
    attacker: Attacker
    one: Json = field(default_factory=dict)
    other: Json = field(default_factory=dict)
    failed: Json = field(default_factory=dict)
    draft: Json = field(default_factory=dict)
    offer: Json = field(default_factory=dict)
    history: Json = field(default_factory=dict)
    edit: str = ""
    models: str = ""
    remix: str = ""
    words: str = ""
    heard: bool = True

    async def press(self, who: str, message: Json, action: str, label: str = "") -> Json:
        """Press a button; returns the interaction's state."""
        custom_id = labelled(message, label) if label else button(message, action)
        asked = await self.here.act(who, "component", message=message["id"], custom_id=custom_id)
        return await self.here.answered(asked["interaction"])

    async def submit(self, modal: str, **fields: str) -> Json:
        """Send mia's open form off."""
        sent = await self.here.act("mia", "modal", modal=modal, fields=fields)
        return await self.here.answered(sent["interaction"])

    async def greeted(self) -> Json:
        """The first button that a server sees."""
        return await self.here.answered(self.attacker.press("mia", "welcome:draw"))

    async def menu(self, name: str, message: Json) -> str:
        """The form that a message's menu opens for mia."""
        asked = await self.here.act("mia", "menu", message=message["id"], name=name)
        return str((await self.here.answered(asked["interaction"]))["modal"]["id"])

    async def settings(self, verb: str, argument: str, values: list[str] | None = None) -> None:
        """A press of mona's in the panel of /settings."""
        custom_id = f"settings:{verb}:where:{argument}"
        pressed = self.attacker.press("mona", custom_id, values=values, private=True)
        assert (await self.here.answered(pressed))["state"] == "answered"

    async def say(self, content: str, **more: Any) -> None:
        """A plain message of mia's; returns when something is said or shown under it.

        Where phrases are not `heard`, there is nothing to wait for.
        """
        sent = await self.here.act("mia", "message", channel="imagine", content=content, **more)

        async def answered() -> bool:
            seen = await self.here.messages()
            replied = [m.get("message_reference") or {} for m in seen]
            mine = next(m for m in seen if m["id"] == sent["message"])
            return any(r.get("message_id") == mine["id"] for r in replied) or mine.get("reactions")

        if self.heard or content.startswith("<@"):
            await self.here.until(answered, f"an answer to {content}")

    async def private(self, who: str, name: str, **options: Any) -> Json:
        """A command's private answer."""
        state = await self.here.command(who, name, **options)
        return await self.here.message(state["messages"][0], who=who)


Way: TypeAlias = Callable[[Ground], Awaitable[Json | None]]
WAYS: Final[dict[str, Way]] = {
    "slash": lambda g: g.here.command("mia", "imagine", prompt="a cat"),
    "slash with a picture": lambda g: g.here.command(
        "mia", "imagine", prompt="a cat", image=FILE, creativity=0.5
    ),
    "private slash": lambda g: g.here.command("mia", "imagine", prompt="a cat", private=True),
    "trigger": lambda g: g.say("draw me a cat"),
    "trigger with a picture": lambda g: g.say("draw me a cat", files=[FILE]),
    "trigger under a picture": lambda g: g.say("draw me a cat", reply_to=g.one["id"]),
    "mention": lambda g: g.say(f"<@{g.here.world['bot_id']}> a cat"),
    "reroll": lambda g: g.press("mia", g.one, "reroll"),
    "vary": lambda g: g.press("mia", g.one, "vary"),
    "upscale": lambda g: g.press("mia", g.one, "upscale"),
    "retry": lambda g: g.press("mia", g.failed, "retry"),
    "edit form": lambda g: g.submit(g.edit, prompt="a blue cat"),
    "fewer of a draft": lambda g: g.press("mia", g.draft, "draw"),
    "use this prompt": lambda g: g.press("theo", g.offer, "use"),
    "redraw from history": lambda g: g.press("mia", g.history, "", "Draw 1 again"),
    "draw with a model": lambda g: g.submit(g.models, prompt="a cat"),
    "remix of a picture": lambda g: g.submit(g.remix, prompt="a cat"),
    "words of a message": lambda g: g.submit(g.words, prompt="a cat"),
    "draw one of the greeting": lambda g: g.greeted(),
}


def labelled(message: Json, label: str) -> str:
    """The custom_id of the button with that beginning of a label."""
    for row in message["components"]:
        for one in row["components"]:
            if str(one.get("label", "")).startswith(label):
                return str(one["custom_id"])
    raise AssertionError(f"no button {label!r}")


async def prepared(here: Town) -> Ground:
    """Mia has drawn, failed, been refused and opened two forms, while she still might."""
    ground = Ground(here, Attacker(here))
    ground.one = await here.picture(await here.imagine("mia"))
    ground.other = await here.picture(await here.imagine("mia", prompt="an owl"))
    await here.script(next_=["refuse"])
    failed = await here.imagine("mia", prompt="a bad one")
    ground.failed = await here.becomes(failed["id"], lambda m: "returned" in m["content"])
    await ground.private("mona", "limits set", member=here.person("mia"), day=4)
    ground.draft = await here.imagine("mia", images=4)
    assert "have 2 left" in ground.draft["content"]
    await ground.private("mona", "limits clear", member=here.person("mia"))
    ground.history = await ground.private("mia", "history")
    ground.edit = (await ground.press("mia", ground.one, "edit"))["modal"]["id"]
    ground.models = await opened_models(ground)
    ground.words = await ground.menu("Imagine this text", ground.one)
    ground.remix = await ground.menu("Remix", ground.one)
    refused = await ground.press("theo", ground.one, "reroll")
    ground.offer = await here.message(refused["messages"][0], who="theo")
    await here.until(lambda: here.rows("SELECT * FROM holds") == [])
    return ground


async def opened_models(ground: Ground) -> str:
    """The form behind /models' "Draw with it"."""
    panel = await ground.private("mia", "models")
    select = next(
        one for row in panel["components"] for one in row["components"] if one["type"] == 3
    )
    asked = await ground.here.act(
        "mia",
        "component",
        message=panel["id"],
        custom_id=select["custom_id"],
        values=[select["options"][0]["value"]],
    )
    await ground.here.answered(asked["interaction"])
    card = await ground.here.message(panel["id"])
    state = await ground.press("mia", card, "models:draw")
    return str(state["modal"]["id"])


async def block(ground: Ground) -> None:
    for who in ("mia", "theo"):
        await ground.private("mona", "block", member=ground.here.person(who))


async def nothing_a_day(ground: Ground) -> None:
    await ground.private("mona", "limits set", day=0)


async def switch_off(ground: Ground) -> None:
    await ground.settings("set", "drawing=off")


async def elsewhere(ground: Ground) -> None:
    await ground.settings("pick", "channels", [ground.here.channel("general")])
    ground.heard = False


BARS: Final[dict[str, Callable[[Ground], Awaitable[None]]]] = {
    "blocked": block,
    "limit 0": nothing_a_day,
    "switched off": switch_off,
    "in another channel": elsewhere,
}


class GotIn(AssertionError):
    """A way led past the gate: a job was born."""


async def kept_out(ground: Ground, way: Way) -> str:
    """Try a way; GotIn where it leads to a picture. Returns how it was told."""
    here = ground.here
    before = here.rows("SELECT count(*) FROM jobs")
    asked = len((await here.swarm_report())["generations"])
    state = await way(ground)
    await ground.attacker.settled()
    if here.rows("SELECT count(*) FROM jobs") != before:
        raise GotIn
    assert here.rows("SELECT * FROM holds") == []
    assert len((await here.swarm_report())["generations"]) == asked
    if state is None:
        return "publicly, for a moment"
    said = [await seen_by_either(here, one) for one in state["messages"]]
    assert said
    assert all(message["flags"] & 64 for message in said)
    assert not any(message["attachments"] for message in said)
    return "privately"


async def seen_by_either(here: Town, message: str) -> Json:
    return await here.message(message, who="mia") or await here.message(message, who="theo")


@pytest.mark.parametrize("bar", BARS)
async def test_whoever_may_not_draw_gets_nothing_by_any_way(
    tmp_path: Path, bar: str, row: AddRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARMBOT_TRIGGERS__COOLDOWN_S", "0")
    async with town(tmp_path, extra=QUIET) as here:
        await here.start_bot()
        ground = await prepared(here)
        await BARS[bar](ground)
        for name, way in WAYS.items():
            told = await kept_out(ground, way)
            if not ground.heard and name.startswith("trigger"):
                told = "not at all"
            row("One gate", bar=bar, way=name, told=told)
        here.balanced()
        await here.clean()


async def test_with_the_gate_taken_out_every_way_leads_to_swarmui(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARMBOT_TRIGGERS__COOLDOWN_S", "0")
    async with town(tmp_path, extra=QUIET) as here:
        await here.start_bot()
        ground = await prepared(here)
        for bar in BARS.values():
            await bar(ground)
        asked = len((await here.swarm_report())["generations"])
        take_out(monkeypatch)
        ground.heard = True
        got_in = []
        for name, way in WAYS.items():
            try:
                await kept_out(ground, way)
            except GotIn:
                got_in.append(name)
            except AssertionError as error:
                raise AssertionError(f"{name} did not lead to a job") from error
        assert got_in == list(WAYS)

        async def all_asked() -> bool:
            return len((await here.swarm_report())["generations"]) == asked + len(WAYS)

        await here.until(all_asked, "SwarmUI is asked for each of them")


async def unblocked(*_: object) -> None:
    """In the place of what asks for a block."""


def take_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody may draw everything: the rules of the gate are asked no more."""
    monkeypatch.setattr("bot.flow.drawing.admission.Admission._check_place", lambda *_: None)
    monkeypatch.setattr("bot.adapters.sqlite.guild_settings.is_drawing_enabled", lambda *_: True)
    monkeypatch.setattr("bot.adapters.sqlite.jobs.check_admission", lambda *_: None)
    monkeypatch.setattr("bot.adapters.sqlite.blocks.find_block", lambda *_: None)
    monkeypatch.setattr("bot.flow.drawing.admission.Admission.check_block", unblocked)


def test_jobs_are_born_at_one_place() -> None:
    product = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "cogs").rglob("*.py")]
    calls = [
        (str(path.relative_to(ROOT)), line.strip())
        for path in product
        if path.relative_to(ROOT).parts[:2] != ("bot", "sandbox")
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\.create_job\(|INSERT INTO jobs\b", line)
    ]
    assert sorted(path for path, _ in calls) == [
        "bot/adapters/sqlite/jobs.py",
        "bot/flow/drawing/admission.py",
    ], calls

"""Words that try to ping, to link, to break out of their place: in every field that takes any.

All that the bot ever said to anybody is looked at, each edit of it too.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.support.attack import QUIET, Attacker, text_of
from tests.support.flow import png
from tests.support.table import AddRow
from tests.support.town import Json, Town, town

CODE: Final = re.compile(r"```.*?```|(?<![\\`])`[^`\n]+`(?!`)", re.DOTALL)
FILE: Final = {"name": "@everyone_fox.png", "base64": base64.b64encode(png(side=64)).decode()}


@dataclass
class Poison:
    """Something of everything. The ids are of people and places that nobody else speaks of."""

    user: str
    role: str
    channel: str
    parts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.parts = (
            "@everyone",
            "@here",
            f"<@{self.user}>",
            f"<@!{self.user}>",
            f"<@&{self.role}>",
            f"<#{self.channel}>",
            "[click](https://evil.example/a)",
            "https://evil.example/b",
            "discord.gg/evil",
            "``` @everyone ```",
            "`tick`",
            "**evil**",
            "||evil||",
            "\u202eevil\u202c",
            "\u2066evil",
            "\n# evil",
            "\n> evil",
            "\n-# evil",
            "<lora:evil:1>",
            "</imagine:1>",
            "<t:0:R>",
        )

    def all(self, most: int = 600) -> str:
        """A whole prompt of it."""
        return ("fox " + " ".join(self.parts))[:most]

    def found_in(self, text: str) -> list[str]:
        """What of it is alive in a text as Discord would show it."""
        open_text = CODE.sub(" ", text)
        alive = {
            "a fence left open": "```" in open_text,
            "a block that ends early": any("```" in o and o != "```" for o in text.splitlines()),
            "@everyone": re.search(r"@(everyone|here)\b", open_text),
            "a person": re.search(rf"<@!?{self.user}>", open_text),
            "a role": f"<@&{self.role}>" in open_text,
            "a channel": f"<#{self.channel}>" in open_text,
            "a link": re.search(r"https?://evil", open_text),
            "a named link": re.search(r"(?<!\\)\]\(\s*<?https?:", open_text.replace(OURS, "")),
            "an invite": re.search(r"discord\.gg/evil", open_text),
            "bold": re.search(r"(?<!\\)\*\*evil", open_text),
            "a spoiler": re.search(r"(?<!\\)\|\|evil", open_text),
            "code": re.search(r"(?<!\\)`tick", open_text),
            "another direction": re.search("[\u202a-\u202e\u2066\u2067]", text),
            "a heading": re.search(r"^#+ evil", open_text, re.M),
            "a quotation": re.search(r"^> evil", open_text, re.M),
            "small print": re.search(r"^-# evil", open_text, re.M),
            "a command": re.search(r"</imagine:1>", open_text),
            "a time": "<t:0:R>" in open_text,
        }
        return [name for name, is_so in alive.items() if is_so]


OURS: Final = "](https://discord.com/channels/"


@dataclass
class Ears:
    """Everything that the bot says to these people, in public or privately, and every edit."""

    here: Town
    queues: list[asyncio.Queue[str]] = field(default_factory=list)

    def open(self, *people: str) -> None:
        for who in people:
            self.queues.append(self.here.discord.hub.watchers.open(self.here.person(who)))

    def said(self) -> list[Json]:
        """The bot's messages as they were each time."""
        events: list[Json] = []
        for queue in self.queues:
            while not queue.empty():
                events.append(json.loads(queue.get_nowait()))
        found = [event["message"] for event in events if isinstance(event.get("message"), dict)]
        return [one for one in found if one["author"]["id"] == self.here.world["bot_id"]]


def test_the_poison_is_seen_where_it_lives() -> None:
    poison = Poison("11", "22", "33")
    assert len(poison.found_in(poison.all().replace("`", "'"))) == 15
    assert poison.found_in("a `tick") == ["code"]
    assert poison.found_in("so `@everyone` is") == []
    assert "a fence left open" in poison.found_in("``` ok ``` and ```")
    assert "a block that ends early" in poison.found_in("```\nfox ``` fox\n```")
    assert poison.found_in("Yours:\n```\nfox\n```") == []
    assert poison.found_in("fox `@\u200beveryone` \\*\\*evil\\*\\*") == []


async def settle(here: Town, attacker: Attacker) -> None:
    await attacker.settled()
    await here.until(lambda: here.rows("SELECT * FROM holds") == [])


async def test_no_word_of_anybodys_comes_alive(tmp_path: Path, row: AddRow) -> None:
    async with town(tmp_path, extra=QUIET) as here:
        attacker, ears = Attacker(here), Ears(here)
        ears.open("mia", "theo", "mona")
        victim = attacker.new_person("victim")
        poison = Poison(victim, attacker.new_role("Prey"), here.channel("after-dark"))
        attacker.rename("mia", "@everyone **evil** ||evil||")
        attacker.rename("theo", f"<@{victim}>`tick")
        attacker.rename_channel("fox thread", name="@everyone <#" + here.channel("after-dark"))
        await here.start_bot()
        role = attacker.new_role(f"@everyone <@{victim}> **evil** `tick", "theo")
        ways = everywhere(here, attacker, poison, role)
        for way in ways.values():
            await way()
        await settle(here, attacker)
        said = ears.said()
        assert len(said) > len(ways)
        alive = [(found, m) for m in said if (found := poison.found_in(text_of(m)))]
        assert alive == [], (alive[0][0], text_of(alive[0][1]))
        row("Poisoned words", fields=len(ways), messages_and_edits=len(said), alive=len(alive))
        assert (await here.swarm_report())["requests_with_tag"] == 0
        await here.clean()


Way = Callable[[], Awaitable[Any]]


def everywhere(here: Town, attacker: Attacker, poison: Poison, role: str) -> dict[str, Way]:
    """Every field of every command and form that takes any words, each poisoned."""
    words, name = poison.all(), poison.all(90)
    mia, theo = here.person("mia"), here.person("theo")

    async def drawn(**options: Any) -> None:
        options = {"prompt": "a fox", **options}
        card = await here.imagine("mia", **options)
        if not card["flags"] & 64 or options.get("private"):
            await here.becomes(card["id"], lambda m: bool(m["components"][0]["components"][1:]))
            for action in ("parameters", "edit"):
                await here.press("mia", await here.message(card["id"]), action)
            if not options.get("private"):
                await here.press("theo", await here.message(card["id"]), "reroll")

    async def failed() -> None:
        await here.script(next_=["refuse"])
        card = await here.imagine("mia", prompt=words)
        await here.becomes(card["id"], lambda m: "returned" in m["content"])

    async def cancelled() -> None:
        await here.script(step_s=0.3)
        card = await here.imagine("mia", prompt=words)
        await here.becomes(card["id"], lambda m: "Drawing" in m["content"])
        await here.command("theo", "queue")
        await here.command("mia", "queue")
        await here.press("mia", await here.message(card["id"]), "cancel")
        await here.becomes(card["id"], lambda m: "Cancelled" in m["content"])
        await here.script(step_s=0.01)

    async def said(content: str, **more: Any) -> None:
        await here.act("mia", "message", channel="imagine", content=content, **more)
        await settle(here, attacker)

    async def blocked() -> None:
        await here.command("mona", "block", member=theo, reason=words[:200])
        await here.imagine("theo", prompt=words)
        await here.command("mona", "blocked")
        await here.command("mona", "limits log")
        await here.command("mona", "unblock", member=theo)

    async def limited() -> None:
        await here.command("mona", "limits set", role=role, day=7)
        await here.command("mona", "limits set", member=theo, day=3)
        for options in ({}, {"member": theo}, {"member": mia}):
            await here.command("mona", "limits show", **options)
        await here.command("mona", "limits grant", member=mia, pictures=2)
        await here.command("mona", "limits exempt", role=role)
        await here.command("mona", "limits clear", role=role)
        await here.command("mona", "limits clear", member=theo)
        await here.command("mona", "limits log")

    async def no_place() -> None:
        attacker.rename_channel(
            "imagine", overwrites=attacker.silenced(), name=f"@everyone {name}"[:100]
        )
        await here.command("mia", "imagine", channel=here.channel("imagine"), prompt=words)
        attacker.rename_channel(here.channel("imagine"), overwrites=(), name="imagine")

    async def phrases() -> None:
        for name, options in (
            ("triggers add", {"phrase": poison.all(80).removeprefix("fox ")}),
            ("triggers add", {"phrase": "@everyone **evil** {prompt}"}),
            ("triggers add", {"phrase": f"evil `tick` <@{poison.user}> ` @here {{prompt}}"}),
            ("triggers list", {}),
            ("triggers test", {"sentence": words}),
            ("triggers test", {"sentence": f"draw me {words}"}),
            ("triggers remove", {"phrase": poison.parts[2]}),
            ("triggers remove", {"phrase": "@everyone **evil** {prompt}"}),
            ("triggers add", {"phrase": "draw me"}),
        ):
            await here.command("mona", name, **options)

    async def forms() -> None:
        for view, kind, text in (
            ("where", "zone", name),
            ("models", "search", name),
            ("loras", "search", name),
            ("safety", "age_words", words),
            ("safety", "age_words", "\n".join(poison.parts[2:6])),
            ("safety", "allowed_words", "\n".join(poison.parts[:2])),
            ("role.1", "bounds", words),
        ):
            opened = attacker.press("mona", f"settings:form:{view}:{kind}", private=True)
            modal = (await here.answered(opened))["modal"]
            names = [part["component"]["custom_id"] for part in modal["components"]]
            most = 10 if kind == "bounds" else 600
            fields = dict.fromkeys(names, text[:most])
            sent = await here.act("mona", "modal", modal=modal["id"], fields=fields)
            await here.answered(sent["interaction"])
        await here.command("mona", "settings")
        await here.command("mona", "limits log")

    async def menus() -> None:
        sent = await here.act("mia", "message", channel="imagine", content=words, files=[FILE])
        for menu in ("Show parameters", "Remix", "Imagine this text", "Report to moderators"):
            asked = await here.act("theo", "menu", message=sent["message"], name=menu)
            await here.answered(asked["interaction"])

    async def reported() -> None:
        pick = "settings:pick:where:log_channel"
        await here.answered(attacker.press("mona", pick, values=[here.channel("general")]))
        card = await here.picture(await here.imagine("mia", prompt=words))
        await here.press("theo", card, "report")
        await attacker.settled()

    async def kept() -> None:
        await here.command("mia", "privacy export")
        await here.command("mia", "privacy erase")

    return {
        "prompt": lambda: drawn(prompt=words),
        "private prompt": lambda: drawn(prompt=words, private=True),
        "negative": lambda: drawn(negative=words),
        "style": lambda: drawn(style=words),
        "lora": lambda: drawn(lora=words),
        "model": lambda: drawn(model=words),
        "advanced": lambda: drawn(advanced=words),
        "value of an advanced parameter": lambda: drawn(advanced=f"--sampler {words}"),
        "too many": lambda: drawn(prompt=words, images=9),
        "file's name": lambda: drawn(prompt=words, image=FILE),
        "failure": failed,
        "cancellation": cancelled,
        "trigger": lambda: said(f"draw me {words}"),
        "refused trigger": lambda: said("draw me <lora:x>" + "y" * 10 + words[:5]),
        "history's search": lambda: here.command("mia", "history", search=name),
        "history": lambda: here.command("mia", "history"),
        "models' search": lambda: here.command("mia", "models", search=words),
        "reason": blocked,
        "names": limited,
        "channel's name": no_place,
        "locked channel": lambda: here.command("mia", "imagine", "locked", prompt=words),
        "trigger phrases": phrases,
        "a message's menu": menus,
        "reported": reported,
        "what is kept": kept,
        "forms of the settings": forms,
    }

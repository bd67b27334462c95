"""Messages as no sane person writes them, each with what must or must not come of it.

The verdict is made here, from the parts that a message was built of, and not by the code under
test.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Any, Final, TypeAlias

Json: TypeAlias = dict[str, Any]


class Verdict(Enum):
    """What may come of a message."""

    MUST = "draws"
    MAY = "either"
    NEVER = "silence"


PLAIN: Final = ("draw me ", "Draw Me ", "DRAW ME ", "  draw me   ", "draw me: ", "draw me, ")
NEARLY: Final = (
    *("\uff44\uff52\uff41\uff57 \uff4d\uff45 ", "d\u0301raw me ", "draw\u200bme ", "draw\nme "),
    *(
        "draw\u00a0me ",
        "\u200bdraw me ",
        "draw me",
        "draw meow ",
        "draw me_",
        "draw-me ",
        "DRAW\tME ",
    ),
    *("draw me's ", "\u202edraw me ", "draw  me ", "\ufeffdraw me ", "drAW mE\u0301 "),
)
TALK: Final = (
    *("> draw me ", "`draw me ", "||draw me ", "```\ndraw me ", "```draw me\n", "- draw me "),
    *("\\draw me ", "*draw me* ", "_draw me_ ", "\u201cdraw me ", '"draw me ', "please draw me "),
    *(
        "I said draw me ",
        "raw me ",
        "draw you ",
        "redraw me ",
        "withdraw me ",
        "@everyone draw me ",
    ),
    *(">>> draw me ", "# draw me ", "https://draw.me ", "(draw me ", "~~draw me ", "me draw "),
    *("draw  you a", "imagine being late ", "can you draw me ", "\u0434raw me ", "dr\u0430w me "),
)
WORDS: Final = ("fox", "snow", "a red one", "castle", "by the sea", "\u72d0", "лиса", "ثعلب", "é")
NOISE: Final = (
    *("<lora:x:1>", "<param[steps]:500>", "@everyone", "<@1>", "<#2>", "```", "`", "||", "**"),
    *("\u202e", "\u200b" * 40, "\x00", "\ufffd", "\U0001f98a\u200d\U0001f98a", "e" + "\u0301" * 60),
    *("https://a.example/b", "\n" * 30, " " * 200, "[a](http://b)", "\u2066", "\ud83d", "\udc00"),
    *("<" * 300, "(" * 300, "{prompt}", "%s%n", "'; DROP TABLE jobs;--", "${jndi:x}", "\u180e"),
)
KINDS: Final = (1, 2, 4, 6, 7, 8, 12, 18, 20, 21, 22, 23, 24, 25, 32, 36, 46, 200)


@dataclass(frozen=True, slots=True)
class Here:
    """The ids that messages are made of; `chosen` is where phrases count."""

    bot: str
    chosen: str
    other: str
    thread: str
    guild: str
    direct: str


@dataclass(frozen=True, slots=True)
class Made:
    """A MESSAGE_CREATE and what may come of it. `prompt` is what MUST be drawn."""

    payload: Json
    verdict: Verdict
    prompt: str = ""


def made(chance: Random, here: Here, usual: Json, number: int) -> Made:
    """One message. `usual` is a good payload of a member's in the chosen channel."""
    place = chance.choice((here.chosen, here.chosen, here.chosen, here.thread, here.other))
    opener, body = _opener(chance, here), _body(chance)
    payload = {
        **usual,
        "id": str(int(usual["id"]) + number),
        "channel_id": place,
        "content": (opener + body)[:4000],
    }
    clean = bool(body.strip()) and set(body) <= set(" ".join(WORDS))
    plain = opener in PLAIN or opener.startswith((f"<@{here.bot}> ", f"<@!{here.bot}> "))
    named = opener.startswith(("<@", "<@!"))
    must = clean and plain and (named or place != here.other)
    verdict = Verdict.MUST if must else Verdict.MAY
    if not may_ask(payload["content"], here, chosen=place != here.other):
        verdict = Verdict.NEVER
    payload, harmless = _odd(chance, here, payload)
    if not harmless and verdict is not Verdict.NEVER:
        verdict = Verdict.NEVER
    return Made(payload, verdict, body.strip() if verdict is Verdict.MUST else "")


def may_ask(content: str, here: Here, *, chosen: bool) -> bool:
    """Whether a message begins with the phrase or with the bot's own mention, read generously."""
    text = unicodedata.normalize("NFKD", content).casefold()
    text = "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Me", "Cf", "Cc"))
    text = "".join(text.split())
    if text.startswith((f"<@{here.bot}>", f"<@!{here.bot}>")):
        return True
    return chosen and text.startswith("drawme")


def _opener(chance: Random, here: Here) -> str:
    mentions = (f"<@{here.bot}> ", f"<@!{here.bot}> ", f"<@{here.bot}> draw me ")
    not_mine = (f"<@&{here.bot}> ", f"<@{here.guild}> ", f"hey <@{here.bot}> ", f"`<@{here.bot}>` ")
    pools = (PLAIN, NEARLY, TALK, TALK, mentions, not_mine, ("", "\n", "\u3000"))
    return chance.choice(chance.choice(pools))


def _body(chance: Random) -> str:
    kind = chance.random()
    if kind < 0.45:
        return " ".join(chance.choices(WORDS, k=chance.randint(1, 5)))
    if kind < 0.55:
        return chance.choice(("", " ", "\u200b", "...", "https://only.example/x", "`code`", "!?"))
    pieces = chance.choices(NOISE + WORDS, k=chance.randint(1, 12))
    if kind < 0.6:
        pieces.append(chance.choice(("<", "(", "\u0301", "`", "|", "x", "\u202e")) * 3500)
    if kind < 0.7:
        pieces.append("".join(chr(chance.randrange(1, 0xFFFF)) for _ in range(40)))
    return chance.choice(("", " ", "\n")).join(pieces)


def _odd(chance: Random, here: Here, payload: Json) -> tuple[Json, bool]:
    """Something about the message that is not its words; False where it makes it nobody's wish."""
    if chance.random() < 0.5:
        return payload, True
    author = payload["author"]
    odd: tuple[tuple[Json, bool], ...] = (
        ({"author": {**author, "bot": True}}, False),
        ({"author": {**author, "bot": True, "system": True}}, False),
        ({"author": {**author, "id": here.bot, "bot": True}}, False),
        ({"webhook_id": here.other, "application_id": here.bot}, False),
        ({"webhook_id": "1"}, False),
        ({"guild_id": ..., "member": ..., "channel_id": here.direct}, False),
        ({"type": chance.choice(KINDS)}, False),
        ({"content": ""}, False),
        ({"type": 19, "message_reference": {"message_id": "1", "channel_id": "1"}}, True),
        ({"message_reference": {"type": 1, "message_id": "1", "channel_id": here.other}}, True),
        ({"flags": 1 << chance.randrange(0, 16)}, True),
        ({"edited_timestamp": "2026-11-24T10:00:00+00:00"}, True),
        ({"mentions": [], "mention_roles": ["1"], "mention_everyone": True}, True),
        ({"embeds": [{}], "attachments": [], "components": []}, True),
        ({"sticker_items": [{"id": "1", "name": "x", "format_type": 1}]}, True),
        ({"nonce": "x" * 25, "tts": True, "pinned": True}, True),
        ({"member": {**payload["member"], "roles": ["1", "2"], "nick": "\u202e" * 30}}, True),
    )
    change, harmless = chance.choice(odd)
    return {k: v for k, v in (payload | change).items() if v is not ...}, harmless

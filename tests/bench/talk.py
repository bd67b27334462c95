"""Fifty phrases that draw, and what people say all day without meaning any of them."""

from __future__ import annotations

_VERBS = (
    "draw",
    "paint",
    "sketch",
    "imagine",
    "make",
    "create",
    "render",
    "show",
    "dream",
    "picture",
)
_REST = (" me", " us a", " this:", " please", "!")

PHRASES = tuple(verb + rest for verb in _VERBS for rest in _REST)

CONTENTS = (
    "good morning everyone",
    "did anybody see the match last night? it went on for ever",
    "I think that we should meet at eight, what do you say",
    "lol",
    "make sure that you bring the papers tomorrow",
    "https://example.org/a/long/link?with=words",
    "she said the picture was drawn by her brother, and I believe it",
    "ok",
    "drawing is harder than it looks",
    "please read the rules before you post here, they are pinned",
    "hätte ich das gewusst, wäre ich früher gekommen",
    "<@500123> your turn",
    "what a game! what a game! what a game!",
    "```py\nfor x in range(10):\n    show(x)\n```",
    "sketchy, but it works for now",
    "can somebody help me with my homework, it is due in an hour and I have not begun",
)

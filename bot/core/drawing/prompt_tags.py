"""SwarmUI's prompt tags, for members of the roles to which the host opened them.

A tag is parsed, bounded and rebuilt from names that the server lists. What does not fit is left
out, with a note. LoRA and preset tags become values, because their names are looked up like those
of the options.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.core.drawing.prompt_markup import Markup, MarkupPiece
from bot.core.drawing.request import DrawingBounds, RequestContext
from bot.core.drawing.tag_removal import CLOSE_ALIKE, OPEN_ALIKE, clean_prompt

TAG_NAMES: Final = ("lora", "preset", "wildcard", "random", "segment", "alternate", "fromto")
_ALIASES: Final = {"wc": "wildcard", "alt": "alternate", "p": "preset"}
TAGS_MAX: Final = 12
CHOICES_MAX: Final = 20
PICKS_MAX: Final = 5
SEGMENTS_MAX: Final = 2
NESTING_MAX: Final = 2  # a choice in a choice
_NAME_MAX: Final = 200
_PLACEHOLDER_BASE: Final = 0xE000  # private use: `clean` takes these out of what people type
# Inside a tag these could pair with its own signs when it is typed again.
_LOOKALIKE_BLANKS: Final = str.maketrans(dict.fromkeys(OPEN_ALIKE | CLOSE_ALIKE, " "))
_TAG: Final = re.compile(r"<\s*[\w -]+?\s*(?:\[([^\[\]<>]{0,12})\])?\s*:(.*)>", re.S)
_PICKS: Final = re.compile(r"\s*([0-9]{1,3})\s*,?\s*")
_POINT: Final = re.compile(r"\s*([0-9]{1,3}(?:\.[0-9]{1,3})?)\s*")


@dataclass(frozen=True, slots=True)
class ParsedPrompt:
    """Prompt with its tags parsed. `text` is what the member may see again, tags included.

    `removed` names the tags that were dropped, `notes` explain it. `loras` are "name:weight" as
    typed, `preset` is the last one named. `lost_signs` is as that of a `CleanedText`.
    """

    markup: Markup
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    loras: tuple[str, ...] = ()
    preset: str = ""
    lost_signs: bool = False


def find_open_tags(asker: RequestContext, bounds: DrawingBounds) -> frozenset[str]:
    """Return the tags that this member may write."""
    mine = set(asker.roles)
    return frozenset(
        name
        for name, roles in bounds.tags
        if name in TAG_NAMES and (roles is None or not mine.isdisjoint(roles))
    )


def parse_tags(
    text: str, allowed: frozenset[str], wildcards: tuple[str, ...], steps_max: int
) -> ParsedPrompt:
    """Remove every tag except those of `allowed`, which are bounded and rebuilt."""
    if not allowed:
        cleaned = clean_prompt(text)
        plain = (cleaned.text,) if cleaned.text else ()
        return ParsedPrompt(plain, cleaned.removed, lost_signs=cleaned.lost_signs)
    reader = _TagReader(allowed, wildcards, steps_max)
    markup = reader.read_pieces(text, 0)
    removed, notes, loras = map(tuple, (reader.removed, reader.notes, reader.loras))
    return ParsedPrompt(markup, removed, notes, loras, reader.preset, reader.lost_signs)


class _TagReader:
    def __init__(self, allowed: frozenset[str], wildcards: tuple[str, ...], steps_max: int) -> None:
        self._allowed, self._wildcards, self._steps_max = allowed, wildcards, steps_max
        self._count = self._segments = 0
        self.removed: dict[str, None] = {}
        self.notes: dict[str, None] = {}
        self.loras: list[str] = []
        self.preset = ""
        self.lost_signs = False

    def read_pieces(self, text: str, depth: int) -> Markup:
        kept: list[MarkupPiece] = []

        def handle_tag(name: str, whole: str) -> str:
            found = self._read_tag(_ALIASES.get(name, name), whole, depth)
            if found is None or found == " ":
                return found or ""
            kept.append(found)
            return chr(_PLACEHOLDER_BASE + len(kept) - 1)

        cleaned = clean_prompt(text, handle_tag)
        self.removed.update(dict.fromkeys(cleaned.removed))
        self.lost_signs = self.lost_signs or cleaned.lost_signs
        plain = cleaned.text if not depth else _clean_inner(cleaned.text)
        made: list[MarkupPiece] = []
        words: list[str] = []
        for char in plain:
            at = ord(char) - _PLACEHOLDER_BASE
            if 0 <= at < len(kept):
                made.extend(("".join(words), kept[at]))
                words.clear()
            else:
                words.append(char)
        made.append("".join(words))
        return tuple(piece for piece in made if piece)

    def _read_tag(self, name: str, whole: str, depth: int) -> MarkupPiece | None:
        """Rebuild a tag, return a blank for one that became a value, or None to drop it."""
        parts = _TAG.fullmatch(whole)
        if name not in self._allowed or parts is None:
            return None
        self._count += 1
        if self._count > TAGS_MAX:
            return self._reject_tag(f"a prompt can have at most {TAGS_MAX} tags")
        number, data = parts[1] or "", parts[2]
        match name:
            case "lora" | "preset":
                return self._take_value(name, data)
            case "wildcard":
                return self._read_wildcard(number, data)
            case "segment":
                return self._read_segment(data, depth)
            case _:
                return self._read_choice(name, number, data, depth)

    def _take_value(self, name: str, data: str) -> MarkupPiece | None:
        if not (value := clean_prompt(data).text[:_NAME_MAX]):
            return None
        if name == "lora":
            self.loras.append(value)
        else:
            self.preset = value
        return " "

    def _read_wildcard(self, number: str, data: str) -> MarkupPiece | None:
        wanted = clean_prompt(data.partition(",")[0]).text.casefold()
        found = next((one for one in self._wildcards if one.casefold() == wanted), None)
        if found is None or "," in found or set("<>|") & set(found):
            return self._reject_tag("there's no wildcard with that name")
        return ("wildcard", self._format_picks(number), ((found,),))

    def _read_segment(self, data: str, depth: int) -> MarkupPiece | None:
        what, *rest = (part.strip() for part in data.split(",")[:3])
        numbers = [_POINT.fullmatch(part) for part in rest]
        what = _clean_inner(clean_prompt(what).text)[:80]
        if depth or not what or what.casefold().startswith("yolo-"):
            why = "a segment must name something in the picture, outside any choice"
            return self._reject_tag(why)
        if any(found is None or float(found[1]) > 1 for found in numbers):
            return self._reject_tag("a segment's numbers must be between 0 and 1")
        self._segments += 1
        if self._segments > SEGMENTS_MAX:
            return self._reject_tag(f"a prompt can have at most {SEGMENTS_MAX} segments")
        values = (what, *(found[1] for found in numbers if found))
        return ("segment", "", tuple((value,) for value in values))

    def _read_choice(self, name: str, number: str, data: str, depth: int) -> MarkupPiece | None:
        if depth >= NESTING_MAX:
            return self._reject_tag("choices are nested too deeply")
        parts = _split_options(data)[: CHOICES_MAX + 1]
        options = [pieces for part in parts if (pieces := self.read_pieces(part, depth + 1))]
        if len(options) > CHOICES_MAX:
            return self._reject_tag(f"there can be at most {CHOICES_MAX} choices")
        if len(options) < 2 or (name == "fromto" and len(options) != 2):
            return self._reject_tag("it needs two choices with | between them")
        if name == "fromto":
            point = _POINT.fullmatch(number)
            if point is None or float(point[1]) > self._steps_max:
                return self._reject_tag("it needs the step at which to change, such as [0.5]")
            return (name, point[1], tuple(options))
        return (name, self._format_picks(number) if name == "random" else "", tuple(options))

    def _format_picks(self, number: str) -> str:
        found = _PICKS.fullmatch(number)
        count = min(int(found[1]), PICKS_MAX) if found else 1
        return str(count) if count > 1 else ""

    def _reject_tag(self, why: str) -> MarkupPiece | None:
        self.notes[why] = None
        return None


def _clean_inner(words: str) -> str:
    return " ".join(words.translate(_LOOKALIKE_BLANKS).split())


def _split_options(data: str) -> list[str]:
    """Split options at bars, else at commas, as SwarmUI does, minding nesting."""
    for sign in "|,":
        parts, depth, start = [], 0, 0
        for at, char in enumerate(data):
            if char in "<>":
                depth += 1 if char == "<" else -1
            elif char == sign and depth <= 0:
                parts.append(data[start:at])
                start = at + 1
        if parts:
            return [*parts, data[start:]]
    return [data]

"""Prompts with SwarmUI tags, as plain values with one way to write them.

A piece is text, or a tag as (name, number in brackets, parts). `render_prompt` removes angle
brackets from text and writes only the tags of `RENDERED_TAGS`. So no other tag can leave, whatever
a `Markup` from a damaged file holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

MarkupPiece: TypeAlias = "str | tuple[str, str, tuple[tuple[MarkupPiece, ...], ...]]"
Markup: TypeAlias = tuple[MarkupPiece, ...]
# LoRAs are sent as parameters and presets are expanded here: neither is ever written as a tag.
RENDERED_TAGS: Final = frozenset(("wildcard", "random", "segment", "alternate", "fromto"))
VALUE_SLOT: Final = "{value}"
DEPTH_MAX: Final = 6
# SwarmUI compares plainly, so these look-alikes are nothing to it.
_ANGLE_SIGNS: Final = str.maketrans({"<": "\u2039", ">": "\u203a"})
_NUMBER: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?")
_SPACED: Final = frozenset(" \n,.;:!?()[]")  # beside one of these a tag needs no space
_OPTION_SIGNS: Final = str.maketrans("|[]", "   ")


def escape_angles(text: str) -> str:
    """Replace angle brackets with look-alikes that SwarmUI ignores."""
    return text.translate(_ANGLE_SIGNS)


def render_prompt(markup: Markup) -> str:
    """Return SwarmUI's prompt. A tag never touches a word, so none can be joined."""
    return _join_pieces(markup, _render_tag, 0)


def flatten_markup(markup: Markup) -> str:
    """Return the text for people without tags, with "/" between parts."""
    return _join_pieces(markup, _render_plain, 0)


def fill_template(template: Markup, value: Markup) -> Markup:
    """Insert the member's text for `{value}`, or put a style's text behind it."""
    made, found = _fill_pieces(template, value)
    if found or not value:
        return made
    return (*value, ", ", *made) if made else value


def has_tags(markup: Markup) -> bool:
    return any(not isinstance(piece, str) for piece in markup)


def _fill_pieces(template: Markup, value: Markup) -> tuple[Markup, bool]:
    made: list[MarkupPiece] = []
    found = False
    for piece in template:
        if isinstance(piece, str):
            first, *rest = piece.split(VALUE_SLOT)
            made.append(first)
            for text in rest:
                found = True
                made.extend((*value, text))
        else:
            parts = tuple(_fill_pieces(part, value) for part in piece[2])
            found = found or any(inside for _, inside in parts)
            made.append((piece[0], piece[1], tuple(part for part, _ in parts)))
    return tuple(piece for piece in made if piece), found


def _join_pieces(markup: Markup, tag: Callable[..., str], depth: int) -> str:
    out: list[str] = []
    was_tag = False
    for piece in markup:
        text = escape_angles(piece) if isinstance(piece, str) else tag(piece, depth)
        if not text:
            continue
        is_tag = not isinstance(piece, str)
        if out and (is_tag or was_tag) and _SPACED.isdisjoint((out[-1][-1], text[0])):
            out.append(" ")
        out.append(text)
        was_tag = is_tag
    return "".join(out)


def _render_tag(piece: tuple[str, str, tuple[Markup, ...]], depth: int) -> str:
    name, number, parts = piece
    if name not in RENDERED_TAGS or depth >= DEPTH_MAX:
        return ""
    if name in ("wildcard", "segment"):
        # One list of plain values, with commas between.
        inside = ",".join(_render_value(part) for part in parts)
    else:
        inside = "|".join(_render_option(part, depth) for part in parts)
    pre = f"[{number}]" if _NUMBER.fullmatch(number) else ""
    return f"<{name}{pre}:{inside}>"


def _render_value(part: Markup) -> str:
    texts = (piece for piece in part if isinstance(piece, str))
    return " ".join(escape_angles(text).replace(",", " ") for text in texts)


def _render_option(part: Markup, depth: int) -> str:
    """Render nested tags. Only these may contain separators."""
    plain = (one.translate(_OPTION_SIGNS) if isinstance(one, str) else one for one in part)
    return " ".join(_join_pieces(tuple(plain), _render_tag, depth + 1).split())


def _render_plain(piece: tuple[str, str, tuple[Markup, ...]], depth: int) -> str:
    if depth >= DEPTH_MAX:
        return ""
    parts = piece[2][:1] if piece[0] == "segment" else piece[2]
    return "/".join(_join_pieces(part, _render_plain, depth + 1).strip() for part in parts)

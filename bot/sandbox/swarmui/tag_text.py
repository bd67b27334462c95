"""How SwarmUI cuts a text with prompt tags: where tags begin and end, and their parts."""

from __future__ import annotations

import re


def outermost(text: str) -> list[tuple[int, int]]:
    """Where the tags begin and end that are in no other tag; an unclosed one is none."""
    spans, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        if sign == "<":
            start = at if depth == 0 else start
            depth += 1
        elif sign == ">" and depth > 0:
            depth -= 1
            if depth == 0:
                spans.append((start, at))
    return spans


def cut(text: str, mark: str) -> tuple[str, str, str]:
    """As partition, at the first mark that stands in no tag."""
    depth = 0
    for at, sign in enumerate(text):
        if sign == mark and depth == 0:
            return text[:at], mark, text[at + 1 :]
        depth += (sign == "<") - (sign == ">")
    return text, "", ""


def split(text: str) -> list[str]:
    """Parts by double pipe, else pipe, else comma, but not within tags."""
    bare = re.sub(r"<[^<>]*>", lambda tag: "x" * len(tag[0]), text)
    mark = "||" if "||" in bare else "|" if "|" in bare else ","
    parts, at = [], 0
    for found in re.finditer(re.escape(mark), bare):
        parts.append(text[at : found.start()].strip())
        at = found.end()
    return [*parts, text[at:].strip()]

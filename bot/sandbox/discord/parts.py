"""Components as Discord keeps them: every one numbered, what was left out filled in."""

from collections.abc import Iterator
from typing import Any, Final

from bot.sandbox.discord.model import Json

INNER: Final = ("components", "component", "accessory")
CHOICE: Final[Json] = {"min_values": 1, "max_values": 1}
ITEM: Final[Json] = {"description": None, "spoiler": False}
LEFT_OUT: Final[dict[int, Json]] = {
    3: CHOICE,
    5: CHOICE,
    6: CHOICE,
    7: CHOICE,
    8: CHOICE,
    11: ITEM,
    13: {"spoiler": False, "name": None, "size": None},
    19: CHOICE,
    14: {"spacing": 1, "divider": True},
    17: {"accent_color": None, "spoiler": False},
}


def walk(node: Any) -> Iterator[Json]:
    """Every component inside, depth first."""
    if isinstance(node, list | tuple):
        for item in node:
            yield from walk(item)
    elif isinstance(node, dict):
        yield node
        for key in INNER:
            yield from walk(node.get(key))


def completed(components: Any) -> tuple[Json, ...]:
    """Those with a number of their own keep it; the others get the lowest free ones in order."""
    taken = {part["id"] for part in walk(components) if part.get("id")}
    free = (number for number in range(1, 1 << 31) if number not in taken)
    return tuple(_completed(part, free) for part in components or ())


def _completed(part: Json, free: Iterator[int]) -> Json:
    usual = LEFT_OUT.get(part["type"], {})
    seen: Json = usual | {k: v for k, v in part.items() if v is not None or k not in usual}
    seen["id"] = part.get("id") or next(free)
    for key in INNER:
        inside = part.get(key)
        if isinstance(inside, list):
            seen[key] = [_completed(each, free) for each in inside]
        elif isinstance(inside, dict):
            seen[key] = _completed(inside, free)
    if isinstance(chosen := part.get("default_values"), list):
        seen["default_values"] = [
            {**one, "id": str(one["id"])} if isinstance(one, dict) and "id" in one else one
            for one in chosen
        ]
    if "items" in part:
        seen["items"] = [{**ITEM, **item} for item in part["items"]]
    return seen

"""Check of the default model that the host names in the settings."""

from __future__ import annotations

from collections.abc import Collection

from bot.core.drawing import name_match
from bot.core.drawing.request import Model
from bot.core.text import format as fmt

_NAMED_MAX = 5


def describe_missing_default(wished: str, models: Collection[Model]) -> str:
    """Say in plain text why the default model can't be used, or return "" if it can.

    Nothing is said about an empty setting, or before any models are known.
    """
    if not wished.strip() or not models:
        return ""
    found = name_match.find_matches(wished, models)
    if len(found) == 1:
        return ""
    if found:
        names = fmt.join_list([one.name for one in found[:_NAMED_MAX]], "or")
        return f"SwarmUI has more than one model named {wished}. Which one? Choose {names}."
    titles = [name_match.format_title(one) for one in models]
    files = [one.name.rpartition("/")[2] for one in models]
    missing = f"SwarmUI has no model named {wished}."
    near = name_match.find_similar(wished, titles) or name_match.find_similar(wished, files)
    if near:
        return f"{missing} Did you mean {fmt.join_list(near, 'or')}?"
    return f"{missing} It has {fmt.join_first(titles, _NAMED_MAX, str)}."

"""Matching of typed names with the server's names, unique titles and suggestions."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, ClassVar, Final, Protocol, TypeVar

from rapidfuzz import fuzz, process

from bot.core.text import format as fmt

_EXTENSIONS: Final = (".safetensors", ".ckpt", ".sft", ".gguf", ".pt", ".bin", ".engine")
ITEM_KEY_LENGTH: Final = 12
_SIMILARITY_MIN: Final = 55.0  # below this likeness (of 100) a suggestion is noise


class NamedItem(Protocol):
    """Item with a file name on the server, with its folder, and a title.

    `own_title` is its author's title where several items have the same, else "".
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def own_title(self) -> str: ...


N = TypeVar("N", bound=NamedItem)


def normalize_name(name: str) -> str:
    """Return a name for comparison, without case, slash style and file extension."""
    folded = name.strip().casefold().replace("\\", "/")
    for extension in _EXTENSIONS:
        folded = folded.removesuffix(extension)
    return folded


def format_title(one: NamedItem) -> str:
    """Return an item's title, else its file name without extension."""
    title = one.title.strip() or one.name.rpartition("/")[2]
    for extension in _EXTENSIONS:
        if title.casefold().endswith(extension):
            return title[: -len(extension)]
    return title


def distinguish_titles(ones: tuple[N, ...]) -> tuple[N, ...]:
    """Return the items with titles that differ, since several may have the same.

    The folder is put in front of such a title, or the file name replaces it within one folder.
    """
    titles = [format_title(one).casefold() for one in ones]
    counted = Counter(titles)
    if len(counted) == len(ones):
        return ones
    shared = [(title, _get_folder(one)) for title, one in zip(titles, ones, strict=True)]
    in_folder = Counter(shared)
    made = list(ones)
    for at, (title, folder) in enumerate(shared):
        if counted[title] > 1:
            one, own = ones[at], format_title(ones[at])
            shown = f"{folder}/{own}" if folder else own
            if in_folder[title, folder] > 1:
                shown = one.name.removesuffix(_EXTENSIONS[0])
            made[at] = replace(one, title=shown, own_title=own)
    return tuple(made)


def _get_folder(one: NamedItem) -> str:
    return one.name.replace("\\", "/").rpartition("/")[0]


def find_matches(wished: str, ones: Collection[N]) -> tuple[N, ...]:
    """Return the items with that name, which are several if it is ambiguous.

    The exact name wins, then the name in another case, the name without its extension, a title, and
    the end of a path. The key of an item is its last name, for names that a choice cannot hold.
    """
    exact, folded = wished.strip(), normalize_name(wished)
    if not folded:
        return ()
    if same := tuple(one for one in ones if one.name == exact):
        return same
    by_rank: dict[int, list[N]] = {}
    for one in ones:
        name = normalize_name(one.name)
        if one.name.casefold() == exact.casefold():
            by_rank.setdefault(0, []).append(one)
        elif folded == name:
            by_rank.setdefault(1, []).append(one)
        elif folded in (normalize_name(one.title), one.own_title and normalize_name(one.own_title)):
            by_rank.setdefault(2, []).append(one)
        elif folded == name.rpartition("/")[2]:
            by_rank.setdefault(3, []).append(one)
    if not by_rank and len(folded) == ITEM_KEY_LENGTH:
        return tuple(one for one in ones if build_item_key(one.name) == folded)
    return tuple(by_rank[min(by_rank)]) if by_rank else ()


def find_unique(wished: str, ones: Collection[N]) -> N | None:
    """Return the item with that name, or None if it is missing or ambiguous."""
    found = find_matches(wished, ones)
    return found[0] if len(found) == 1 else None


def find_similar(wished: str, titles: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Return up to `most` similar titles, first those that begin with or contain the name."""
    folded = normalize_name(wished)[:80]
    if not folded:
        return ()
    known = {normalize_name(title): title for title in titles}
    holding = sorted(
        (name for name in known if folded in name), key=lambda name: not name.startswith(folded)
    )
    alike = process.extract(
        folded,
        known.keys(),
        scorer=fuzz.token_sort_ratio,
        limit=2 * most,
        score_cutoff=_SIMILARITY_MIN,
    )
    names = dict.fromkeys((*holding[:most], *(name for name, _, _ in alike)))
    return tuple(known[name] for name in names)[:most]


def suggest_similar(wished: str, titles: Iterable[str], otherwise: str) -> str:
    """ "Did you mean this or that?", or `otherwise` where nothing comes close."""
    found = find_similar(wished, titles)
    return fmt.suggest_names(found) if found else otherwise


def build_item_key(name: str) -> str:
    """See `CatalogItem.item_key`."""
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:ITEM_KEY_LENGTH]

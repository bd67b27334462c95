"""Pages of /models and the card of each item.

Ids are `models:<verb>:<kind>:<page>:<search>` on a page and `models:<verb>:<kind>:<key>` on a card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final, TypeAlias

from bot.core.drawing import model_defaults
from bot.core.drawing.catalog import CatalogSnapshot, Lora, Preset
from bot.core.drawing.name_match import build_item_key
from bot.core.drawing.refusals import NO_STYLES
from bot.core.drawing.request import DrawingBounds, Model
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text, format_plain
from bot.core.ui.card import ButtonStyle, CardButton

PAGE_SIZE: Final = 6
SEARCH_MAX: Final = 35  # of two units each: an id has room for 100
_TITLE_MAX: Final = 90
_LINE_MAX: Final = 200
_ADVICE_MAX: Final = 900
ItemSource: TypeAlias = Model | Lora | Preset


class ItemKind(Enum):
    """Kind of a listed item. The value is part of button ids."""

    MODELS = "m"
    LORAS = "l"
    STYLES = "s"

    @property
    def singular_name(self) -> str:
        return {"m": "model", "l": "LoRA", "s": "style"}[self.value]

    @property
    def plural_name(self) -> str:
        return f"{self.singular_name}s"


@dataclass(frozen=True, slots=True)
class CatalogItem:
    """One of them. `name` is what /imagine takes, `preview` the ref of its picture or empty."""

    kind: ItemKind
    name: str
    title: str
    summary: str
    description: str
    preview: str = ""

    @property
    def item_key(self) -> str:
        """Twelve characters that stand for the name, which may be longer than a button holds."""
        return build_item_key(self.name)


@dataclass(frozen=True, slots=True)
class ListPosition:
    """Page of a list, counted from 0 and filtered by `search`."""

    kind: ItemKind
    page: int = 0
    search: str = ""

    def button_id(self, verb: str) -> str:
        """Return the id of a button from this position, at most 100 characters."""
        return f"models:{verb}:{self.kind.value}:{self.page}:{self.search[:SEARCH_MAX]}"


@dataclass(frozen=True, slots=True)
class ItemTile:
    """Item on a page or card. `picture` is the ref of its image. `large` shows it big."""

    title: str
    body: str
    key: str
    picture: str = ""
    large: bool = False


@dataclass(frozen=True, slots=True)
class MenuChoice:
    """A line of the menu."""

    value: str
    label: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class ModelPage:
    """Private page with text, tiles, a menu (none without choices) and buttons."""

    content: str
    tiles: tuple[ItemTile, ...] = ()
    choices: tuple[MenuChoice, ...] = ()
    menu_id: str = ""
    menu_label: str = ""
    buttons: tuple[CardButton, ...] = ()


def list_items(shelf: CatalogSnapshot, kind: ItemKind) -> Sequence[ItemSource]:
    """Everything of that kind that draws pictures, in the server's order."""
    if kind is ItemKind.MODELS:
        return list(filter(model_defaults.is_image_model, shelf.models))
    return shelf.loras if kind is ItemKind.LORAS else shelf.presets


def filter_items(all_of_them: Sequence[ItemSource], search: str) -> Sequence[ItemSource]:
    """Return items whose title or name holds every word of `search`."""
    wanted = search.casefold().split()
    if not wanted:
        return all_of_them
    found = ((one, f"{one.title}\n{item_name(one)}".casefold()) for one in all_of_them)
    return [one for one, said in found if all(word in said for word in wanted)]


def item_name(one: ItemSource) -> str:
    """Return the name that /imagine accepts for an item."""
    return one.title if isinstance(one, Preset) else one.name


def build_item(one: ItemSource, bounds: DrawingBounds) -> CatalogItem:
    """Build one item's texts, too slow for whole catalogs."""
    if isinstance(one, Model):
        return _build_model_item(one, bounds)
    return _build_lora_item(one) if isinstance(one, Lora) else _build_style_item(one)


def _build_model_item(model: Model, bounds: DrawingBounds) -> CatalogItem:
    usual = model_defaults.find_defaults(model)
    width, height = model_defaults.choose_size(model, None, bounds.megapixels_max)
    made, size = model.architecture or "unknown architecture", f"{width}{fmt.TIMES_SIGN}{height}"
    settings = f"{min(usual.steps, bounds.steps_max)} steps, CFG {usual.cfg:g}"
    guidance = f", guidance {usual.guidance:g}" if usual.guidance else ""
    lines = [f"Architecture: {escape_text(made, 80)}", f"Size: {size}"]
    lines.append(f"Default: {settings}{guidance}")
    if model.loaded:
        lines.append("Already loaded, so it starts right away.")
    lines += _format_advice(model.trigger, model.hint)
    summary = f"{escape_text(made, 60)} · {size} · {settings}"
    return _build_named_item(ItemKind.MODELS, model, summary, lines)


def _build_lora_item(lora: Lora) -> CatalogItem:
    suits = "For any compatible model"
    if lora.compat_class:
        suits = f"For {escape_text(lora.compat_class, 80)}"
    lines = [f"{suits}.", f"Default weight: {lora.weight:g}", *_format_advice(lora.trigger, "")]
    summary = f"{suits} · weight {lora.weight:g}"
    return _build_named_item(ItemKind.LORAS, lora, summary, lines)


def _build_named_item(
    kind: ItemKind, one: Model | Lora, summary: str, lines: list[str]
) -> CatalogItem:
    title, description = one.title or one.name, "\n".join(lines)
    return CatalogItem(kind, one.name, title, summary, description, one.preview)


def _build_style_item(style: Preset) -> CatalogItem:
    title, text = style.title, style.description
    sets = [name for name, _ in style.parameters]
    summary = escape_text(text, _LINE_MAX) or f"Sets {fmt.format_count(len(sets), 'parameter')}"
    about = escape_text(text, _ADVICE_MAX) if text else "No description."
    if sets:
        about += f"\nSets: {escape_text(', '.join(sets), 300)}"
    return CatalogItem(ItemKind.STYLES, title, title, summary, about, style.preview)


def _format_advice(trigger: str, hint: str) -> list[str]:
    texts = (("Use these words", trigger.strip()), ("Author's note", hint.strip()))
    return [f"{label}: {escape_text(text, _ADVICE_MAX)}" for label, text in texts if text]


def count_pages(found: int) -> int:
    """Return how many pages `found` items fill, at least one."""
    return max(1, -(-found // PAGE_SIZE))


def build_page(
    place: ListPosition,
    shown: Sequence[CatalogItem],
    found: int,
    *,
    total: int,
    usual: str = "",
    near: tuple[str, ...] = (),
    offline_since: datetime | None = None,
    trouble: str = "",
    may_refresh: bool = False,
) -> ModelPage:
    """Build one page from its items.

    `found` match and `total` exist. `offline_since` is the list's time if SwarmUI is down; `near`
    are suggestions.
    """
    kind, at, pages = place.kind, place.page, count_pages(found)
    said = [_format_headline(place, found, total, near), *([trouble] if trouble else [])]
    if offline_since is not None:
        since = fmt.format_timestamp(offline_since)
        said.append(f"The image server is offline. This list was made {since}.")
    buttons: list[CardButton] = []
    if pages > 1:
        said.append(f"Page {at + 1} of {pages}.")
        for label, page in (("Back", at - 1), ("Next", at + 1)):
            button = _position_button(replace(place, page=page), "page", label)
            buttons.append(replace(button, disabled=not 0 <= page < pages))
    if place.search:
        buttons.append(_position_button(ListPosition(kind), "all", f"All {kind.plural_name}"))
    if may_refresh:
        buttons.append(_position_button(place, "refresh", "Refresh"))
    names = ((one.item_key, one.title, one.name) for one in shown)
    return ModelPage(
        " ".join(said),
        tuple(_build_tile(one, usual, one.summary) for one in shown),
        tuple(MenuChoice(k, format_plain(t, 90), format_plain(n, 90)) for k, t, n in names),
        place.button_id("pick") if shown else "",
        f"View a {kind.singular_name}",
        tuple(buttons),
    )


def build_item_page(
    thing: CatalogItem,
    place: ListPosition,
    *,
    usual: str = "",
    note: str = "",
    may_draw: bool = True,
) -> ModelPage:
    """One thing, large, with what can be done with it."""
    buttons: list[CardButton] = []
    if may_draw:
        buttons.append(_item_button(thing, "draw", "Draw with it", ButtonStyle.PRIMARY))
    if thing.kind is ItemKind.MODELS:
        verb, label = "usual", "Make it my default"
        if thing.name == usual:
            verb, label = "forget", "Remove as my default"
        buttons.append(_item_button(thing, verb, label))
    back = "Back" if place.search else f"All {place.kind.plural_name}"
    buttons.append(_position_button(place, "page", back))
    use = f"`/imagine {thing.kind.singular_name.lower()}:` {escape_text(thing.name, 200)}"
    tile = replace(_build_tile(thing, usual, thing.description), large=True)
    return ModelPage(note or f"To use it: {use}", (tile,), buttons=tuple(buttons))


def describe_missing(kind: ItemKind) -> str:
    """Say that an item is no longer on the server."""
    return f"That {kind.singular_name} no longer exists. These are available now:"


def describe_usual_set(thing: CatalogItem) -> str:
    """Confirm a member's default item."""
    name = escape_text(thing.title, _TITLE_MAX)
    return f"{name} is now your default. `/imagine` uses it when you name no model."


def describe_usual_cleared() -> str:
    """Confirm that a member has no default item."""
    return "You no longer have a default model. `/imagine` uses the server's."


def _format_headline(place: ListPosition, found: int, total: int, near: tuple[str, ...]) -> str:
    kind = place.kind
    if not total:
        if kind is ItemKind.MODELS:
            return "The image server has listed no models yet. Try again in a minute."
        return NO_STYLES if kind is ItemKind.STYLES else "The image server has no LoRAs."
    if not place.search:
        return f"{fmt.format_count(total, kind.singular_name)} available."
    quoted = f"“{escape_text(place.search, SEARCH_MAX)}”"
    if found:
        return f"{found} of {fmt.format_count(total, kind.singular_name)} match {quoted}."
    said = f"There's no {kind.singular_name} called {quoted}."
    return f"{said} {fmt.suggest_names(near)}" if near else said


def _build_tile(item: CatalogItem, usual: str, body: str) -> ItemTile:
    mine = " · your default" if item.kind is ItemKind.MODELS and item.name == usual else ""
    title = f"{escape_text(item.title, _TITLE_MAX)}{mine}"
    return ItemTile(title, body, item.item_key, item.preview)


def _position_button(place: ListPosition, verb: str, label: str) -> CardButton:
    return CardButton("", label, place.button_id(verb))


def _item_button(
    thing: CatalogItem, verb: str, label: str, style: ButtonStyle = ButtonStyle.SECONDARY
) -> CardButton:
    return CardButton("", label, f"models:{verb}:{thing.kind.value}:{thing.item_key}", style=style)

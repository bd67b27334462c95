"""Pages of /models and the card of each item.

Each button holds its position in its id, `models:<verb>:<kind>:<page>:<search>` on a page and
`models:<verb>:<kind>:<key>` on a card, so that it works after a restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, TypeAlias

from bot.core.drawing import model_defaults
from bot.core.drawing.catalog import CatalogSnapshot, Lora, Preset
from bot.core.drawing.name_match import build_item_key
from bot.core.drawing.request import DrawingBounds, Model
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text, format_plain
from bot.core.ui.card import ButtonStyle, CardButton

PAGE_SIZE: Final = 6
TIMES: Final = "\u00d7"
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
    def plural_name(self) -> str:
        return {"m": "models", "l": "LoRAs", "s": "styles"}[self.value]

    @property
    def singular_name(self) -> str:
        return {"m": "model", "l": "LoRA", "s": "style"}[self.value]


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
    match kind:
        case ItemKind.MODELS:
            return [one for one in shelf.models if model_defaults.is_image_model(one)]
        case ItemKind.LORAS:
            return shelf.loras
        case ItemKind.STYLES:
            return shelf.presets


def filter_items(all_of_them: Sequence[ItemSource], search: str) -> Sequence[ItemSource]:
    """Those whose title and name have every word of `search` in them."""
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
    match one:
        case Model():
            return _build_model_item(one, bounds)
        case Lora():
            return _build_lora_item(one)
        case Preset():
            return _build_style_item(one)


def _build_model_item(model: Model, bounds: DrawingBounds) -> CatalogItem:
    usual = model_defaults.find_defaults(model)
    width, height = model_defaults.choose_size(model, None, bounds.megapixels_max)
    made = model.architecture or "unknown architecture"
    settings = f"{min(usual.steps, bounds.steps_max)} steps, CFG {usual.cfg:g}"
    lines = [
        f"Architecture: {escape_text(made, 80)}",
        f"Size: {width}{TIMES}{height}",
        f"Default: {settings}" + (f", guidance {usual.guidance:g}" if usual.guidance else ""),
    ]
    if model.loaded:
        lines.append("Already loaded, so it starts right away.")
    return CatalogItem(
        ItemKind.MODELS,
        model.name,
        model.title or model.name,
        f"{escape_text(made, 60)} · {width}{TIMES}{height} · {settings}",
        "\n".join(lines + _format_advice(model.trigger, model.hint)),
        model.preview,
    )


def _build_lora_item(lora: Lora) -> CatalogItem:
    suits = (
        f"For {escape_text(lora.compat_class, 80)}"
        if lora.compat_class
        else "For any compatible model"
    )
    lines = [f"{suits}.", f"Default weight: {lora.weight:g}"]
    return CatalogItem(
        ItemKind.LORAS,
        lora.name,
        lora.title or lora.name,
        f"{suits} · weight {lora.weight:g}",
        "\n".join(lines + _format_advice(lora.trigger, "")),
        lora.preview,
    )


def _build_style_item(style: Preset) -> CatalogItem:
    said = escape_text(style.description, _ADVICE_MAX) if style.description else "No description."
    sets = tuple(name for name, _ in style.parameters)
    line = (
        escape_text(style.description, _LINE_MAX)
        or f"Sets {fmt.format_count(len(sets), 'parameter')}"
    )
    about = [said]
    if sets:
        about.append(f"Sets: {escape_text(', '.join(sets), 300)}")
    return CatalogItem(
        ItemKind.STYLES, style.title, style.title, line, "\n".join(about), style.preview
    )


def _format_advice(trigger: str, hint: str) -> list[str]:
    lines = []
    if trigger.strip():
        lines.append(f"Use these words: {escape_text(trigger.strip(), _ADVICE_MAX)}")
    if hint.strip():
        lines.append(f"Author's note: {escape_text(hint.strip(), _ADVICE_MAX)}")
    return lines


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

    `found` is how many match and `total` how many exist. `offline_since` is the list's time if
    SwarmUI is down; `near` are suggestions for a search without a match.
    """
    here, at, pages = place, place.page, count_pages(found)
    said = [_format_headline(here, found, total, near)]
    if trouble:
        said.append(trouble)
    if offline_since is not None:
        said.append(
            "The image server is offline. This list was made "
            f"{fmt.format_timestamp(offline_since)}."
        )
    if pages > 1:
        said.append(f"Page {at + 1} of {pages}.")
    buttons: list[CardButton] = []
    if pages > 1:
        buttons += [
            _position_button(
                ListPosition(here.kind, at - 1, here.search), "page", "Back", disabled=at == 0
            ),
            _position_button(
                ListPosition(here.kind, at + 1, here.search),
                "page",
                "Next",
                disabled=at == pages - 1,
            ),
        ]
    if here.search:
        buttons.append(
            _position_button(ListPosition(here.kind), "all", f"All {here.kind.plural_name}")
        )
    if may_refresh:
        buttons.append(_position_button(here, "refresh", "Refresh"))
    return ModelPage(
        " ".join(said),
        tuple(
            ItemTile(_format_name(one, usual), one.summary, one.item_key, one.preview)
            for one in shown
        ),
        tuple(
            MenuChoice(one.item_key, format_plain(one.title, 90), format_plain(one.name, 90))
            for one in shown
        ),
        here.button_id("pick") if shown else "",
        f"View a {here.kind.singular_name}",
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
        if thing.name == usual:
            buttons.append(_item_button(thing, "forget", "Remove as my default"))
        else:
            buttons.append(_item_button(thing, "usual", "Make it my default"))
    buttons.append(
        _position_button(
            place, "page", f"All {place.kind.plural_name}" if not place.search else "Back"
        )
    )
    name = escape_text(thing.name, 200)
    use = f"`/imagine {thing.kind.singular_name.lower()}:` {name}"
    return ModelPage(
        note or f"To use it: {use}",
        (
            ItemTile(
                _format_name(thing, usual),
                thing.description,
                thing.item_key,
                thing.preview,
                large=True,
            ),
        ),
        buttons=tuple(buttons),
    )


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
        return f"The image server has no {kind.plural_name}."
    if not place.search:
        return f"{fmt.format_count(total, kind.singular_name)} available."
    quoted = f"“{escape_text(place.search, SEARCH_MAX)}”"
    if found:
        return f"{found} of {fmt.format_count(total, kind.singular_name)} match {quoted}."
    said = f"There's no {kind.singular_name} called {quoted}."
    if not near:
        return said
    return f"{said} Did you mean {fmt.join_list(tuple(escape_text(n, 80) for n in near), 'or')}?"


def _format_name(thing: CatalogItem, usual: str) -> str:
    mine = " · your default" if thing.kind is ItemKind.MODELS and thing.name == usual else ""
    return f"{escape_text(thing.title, _TITLE_MAX)}{mine}"


def _position_button(
    place: ListPosition, verb: str, label: str, *, disabled: bool = False
) -> CardButton:
    return CardButton("", label, place.button_id(verb), disabled=disabled)


def _item_button(
    thing: CatalogItem, verb: str, label: str, style: ButtonStyle = ButtonStyle.SECONDARY
) -> CardButton:
    return CardButton("", label, f"models:{verb}:{thing.kind.value}:{thing.item_key}", style=style)

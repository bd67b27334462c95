"""What /models shows: pages of what one may draw with, and the card of each thing.

Every button knows where it was pressed: `models:<verb>:<kind>:<page>:<search>` on a page and
`models:<verb>:<kind>:<key>` on a card, so that they work after a restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, TypeAlias

from bot.core.drawing import model_defaults
from bot.core.drawing.catalog import Lora, Preset, Shelf
from bot.core.drawing.name_match import key_of
from bot.core.drawing.request import Bounds, Model
from bot.core.text import format as fmt
from bot.core.text.escape import echo, plain
from bot.core.ui.card import Button, Style

PAGE: Final = 6
TIMES: Final = "\u00d7"
SEARCH_MAX: Final = 35  # of two units each: an id has room for 100
_TITLE_MAX: Final = 90
_LINE_MAX: Final = 200
_ADVICE_MAX: Final = 900
Source: TypeAlias = Model | Lora | Preset


class Kind(Enum):
    """What is listed; the value is what its buttons say."""

    MODELS = "m"
    LORAS = "l"
    STYLES = "s"

    @property
    def plural(self) -> str:
        return {"m": "models", "l": "LoRAs", "s": "styles"}[self.value]

    @property
    def one(self) -> str:
        return {"m": "model", "l": "LoRA", "s": "style"}[self.value]


@dataclass(frozen=True, slots=True)
class Thing:
    """One of them. `name` is what /imagine takes, `preview` the ref of its picture or empty."""

    kind: Kind
    name: str
    title: str
    line: str
    about: str
    preview: str = ""

    @property
    def key(self) -> str:
        """Twelve characters that stand for the name, which may be longer than a button holds."""
        return key_of(self.name)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: the page, counted from 0, of a list narrowed by `search`."""

    kind: Kind
    page: int = 0
    search: str = ""

    def to(self, verb: str) -> str:
        """The id of a button that leads on from here; at most 100 characters."""
        return f"models:{verb}:{self.kind.value}:{self.page}:{self.search[:SEARCH_MAX]}"


@dataclass(frozen=True, slots=True)
class Tile:
    """One thing on a page or card. `picture` is the ref of its picture; `large` shows it big."""

    title: str
    body: str
    key: str
    picture: str = ""
    large: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the menu."""

    value: str
    label: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Showcase:
    """A private panel: words, tiles, a menu (none without choices) and buttons."""

    content: str
    tiles: tuple[Tile, ...] = ()
    choices: tuple[Choice, ...] = ()
    choose_id: str = ""
    choose: str = ""
    buttons: tuple[Button, ...] = ()


def listed(shelf: Shelf, kind: Kind) -> Sequence[Source]:
    """Everything of that kind that draws pictures, in the server's order."""
    match kind:
        case Kind.MODELS:
            return [one for one in shelf.models if model_defaults.draws_pictures(one)]
        case Kind.LORAS:
            return shelf.loras
        case Kind.STYLES:
            return shelf.presets


def matching(all_of_them: Sequence[Source], search: str) -> Sequence[Source]:
    """Those whose title and name have every word of `search` in them."""
    wanted = search.casefold().split()
    if not wanted:
        return all_of_them
    found = ((one, f"{one.title}\n{name_of(one)}".casefold()) for one in all_of_them)
    return [one for one, said in found if all(word in said for word in wanted)]


def name_of(one: Source) -> str:
    """What /imagine takes for it."""
    return one.title if isinstance(one, Preset) else one.name


def thing(one: Source, bounds: Bounds) -> Thing:
    """One of them, in words: not for ten thousand at once."""
    match one:
        case Model():
            return _model(one, bounds)
        case Lora():
            return _lora(one)
        case Preset():
            return _style(one)


def _model(model: Model, bounds: Bounds) -> Thing:
    usual = model_defaults.usual(model)
    width, height = model_defaults.size_for(model, None, bounds.megapixels_max)
    made = model.architecture or "unknown architecture"
    settings = f"{min(usual.steps, bounds.steps_max)} steps, CFG {usual.cfg:g}"
    lines = [
        f"Architecture: {echo(made, 80)}",
        f"Size: {width}{TIMES}{height}",
        f"Usually: {settings}" + (f", guidance {usual.guidance:g}" if usual.guidance else ""),
    ]
    if model.loaded:
        lines.append("In memory now: it starts at once.")
    return Thing(
        Kind.MODELS,
        model.name,
        model.title or model.name,
        f"{echo(made, 60)} · {width}{TIMES}{height} · {settings}",
        "\n".join(lines + _advice(model.trigger, model.hint)),
        model.preview,
    )


def _lora(lora: Lora) -> Thing:
    suits = f"For {echo(lora.compat_class, 80)}" if lora.compat_class else "For any model that fits"
    lines = [f"{suits}.", f"Usual weight: {lora.weight:g}"]
    return Thing(
        Kind.LORAS,
        lora.name,
        lora.title or lora.name,
        f"{suits} · weight {lora.weight:g}",
        "\n".join(lines + _advice(lora.trigger, "")),
        lora.preview,
    )


def _style(style: Preset) -> Thing:
    said = echo(style.description, _ADVICE_MAX) if style.description else "No description."
    sets = tuple(name for name, _ in style.parameters)
    line = echo(style.description, _LINE_MAX) or f"Sets {fmt.plural(len(sets), 'parameter')}"
    about = [said]
    if sets:
        about.append(f"Sets: {echo(', '.join(sets), 300)}")
    return Thing(Kind.STYLES, style.title, style.title, line, "\n".join(about), style.preview)


def _advice(trigger: str, hint: str) -> list[str]:
    lines = []
    if trigger.strip():
        lines.append(f"Wants these words: {echo(trigger.strip(), _ADVICE_MAX)}")
    if hint.strip():
        lines.append(f"Its author says: {echo(hint.strip(), _ADVICE_MAX)}")
    return lines


def pages_of(found: int) -> int:
    """How many pages so many things fill; never none."""
    return max(1, -(-found // PAGE))


def page(
    place: Place,
    shown: Sequence[Thing],
    found: int,
    *,
    total: int,
    usual: str = "",
    near: tuple[str, ...] = (),
    offline_since: datetime | None = None,
    trouble: str = "",
    may_refresh: bool = False,
) -> Showcase:
    """One page: `shown` are its things, `found` how many match and `total` how many there are.

    `offline_since` is of when the list is, where the server is away; `near` are names that come
    close to a search without a match.
    """
    here, at, pages = place, place.page, pages_of(found)
    said = [_headline(here, found, total, near)]
    if trouble:
        said.append(trouble)
    if offline_since is not None:
        said.append(
            f"The drawing computer is offline; this is its list of {fmt.when(offline_since)}."
        )
    if pages > 1:
        said.append(f"Page {at + 1} of {pages}.")
    buttons: list[Button] = []
    if pages > 1:
        buttons += [
            _to(Place(here.kind, at - 1, here.search), "page", "Back", disabled=at == 0),
            _to(Place(here.kind, at + 1, here.search), "page", "Next", disabled=at == pages - 1),
        ]
    if here.search:
        buttons.append(_to(Place(here.kind), "all", f"All {here.kind.plural}"))
    if may_refresh:
        buttons.append(_to(here, "refresh", "Refresh"))
    return Showcase(
        " ".join(said),
        tuple(Tile(_name(one, usual), one.line, one.key, one.preview) for one in shown),
        tuple(Choice(one.key, plain(one.title, 90), plain(one.name, 90)) for one in shown),
        here.to("pick") if shown else "",
        f"Look at a {here.kind.one}",
        tuple(buttons),
    )


def card(
    thing: Thing, place: Place, *, usual: str = "", note: str = "", may_draw: bool = True
) -> Showcase:
    """One thing, large, with what can be done with it."""
    buttons: list[Button] = []
    if may_draw:
        buttons.append(_do(thing, "draw", "Draw with it", Style.PRIMARY))
    if thing.kind is Kind.MODELS:
        if thing.name == usual:
            buttons.append(_do(thing, "forget", "No longer my usual"))
        else:
            buttons.append(_do(thing, "usual", "Make it my usual"))
    buttons.append(_to(place, "page", f"All {place.kind.plural}" if not place.search else "Back"))
    name = echo(thing.name, 200)
    use = f"`/imagine {thing.kind.one.lower()}:` {name}"
    return Showcase(
        note or f"To use it: {use}",
        (Tile(_name(thing, usual), thing.about, thing.key, thing.preview, large=True),),
        buttons=tuple(buttons),
    )


def gone(kind: Kind) -> str:
    """A card's thing is not on the server any more."""
    return f"That {kind.one} isn't there any more. This is what there is now:"


def now_usual(thing: Thing) -> str:
    """A member has chosen."""
    name = echo(thing.title, _TITLE_MAX)
    return f"{name} is now your usual: `/imagine` uses it where you name no model."


def no_usual() -> str:
    """A member has chosen to choose nothing."""
    return "You have no usual model any more: `/imagine` uses the server's."


def _headline(place: Place, found: int, total: int, near: tuple[str, ...]) -> str:
    kind = place.kind
    if not total:
        if kind is Kind.MODELS:
            return "The drawing computer has shown me no models yet. Try again in a minute."
        return f"The drawing computer has no {kind.plural}."
    if not place.search:
        return f"{fmt.plural(total, kind.one)} to draw with."
    quoted = f"“{echo(place.search, SEARCH_MAX)}”"
    if found:
        return f"{found} of {fmt.plural(total, kind.one)} match {quoted}."
    said = f"No {kind.one} is called {quoted}."
    if not near:
        return said
    return f"{said} Did you mean {fmt.and_list(tuple(echo(n, 80) for n in near), 'or')}?"


def _name(thing: Thing, usual: str) -> str:
    mine = " · your usual" if thing.kind is Kind.MODELS and thing.name == usual else ""
    return f"{echo(thing.title, _TITLE_MAX)}{mine}"


def _to(place: Place, verb: str, label: str, *, disabled: bool = False) -> Button:
    return Button("", label, place.to(verb), disabled=disabled)


def _do(thing: Thing, verb: str, label: str, style: Style = Style.SECONDARY) -> Button:
    return Button("", label, f"models:{verb}:{thing.kind.value}:{thing.key}", style=style)

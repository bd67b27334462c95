"""/models: what one may draw with, as pages with pictures, and each member's usual model."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from bot.core import models as model_cards
from bot.core.drawing import name_match
from bot.core.drawing.catalog import Shelf
from bot.core.drawing.request import Asker, Bounds, Wish
from bot.core.errors import BackendError
from bot.core.models import PAGE, Kind, Place, Showcase, Thing
from bot.flow.drawing.available import Reach
from bot.flow.jobs.queue import Line
from bot.flow.runtime.services import Kit

log = structlog.stdlib.get_logger(__name__)
SMALL: Final = 256
LARGE: Final = 512
KEPT: Final = 200  # pictures, of some 15 kB each
PATIENCE_S: Final = 5.0
NEAR: Final = 3


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A panel with its pictures as JPEGs, by the key of their tile."""

    showcase: Showcase
    pictures: dict[str, bytes] = field(default_factory=dict, repr=False)


class Gallery:
    """Answers /models and its buttons. Nothing here is decided by what a message says."""

    def __init__(self, kit: Kit, line: Line, reach: Reach) -> None:
        self._kit, self._line, self._reach = kit, line, reach
        self._pictures: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    async def page(self, asker: Asker, place: Place, *, trouble: str = "") -> Exhibit:
        """A page of what is open to the asker, the nearest one where there is no such page."""
        catalog, bounds = self._kit.catalog, self._reach.bounds(asker)
        shelf = self._reach.shelf(asker)
        everything = model_cards.listed(shelf, place.kind)
        found = model_cards.matching(everything, place.search)
        at = min(max(place.page, 0), model_cards.pages_of(len(found)) - 1)
        here = replace(place, page=at, search=place.search[: model_cards.SEARCH_MAX])
        near: tuple[str, ...] = ()
        if everything and not found:
            known = {one.title or model_cards.name_of(one) for one in everything}
            alike = catalog.alike(place.kind.value, place.search, NEAR)
            near = tuple(one for one in alike if one in known)
        shown = model_cards.page(
            here,
            [model_cards.thing(one, bounds) for one in found[at * PAGE : (at + 1) * PAGE]],
            len(found),
            total=len(everything),
            usual=await self._usual(asker),
            near=near,
            offline_since=catalog.as_of() if self._line.down_since is not None else None,
            trouble=trouble,
            may_refresh=asker.moderator,
        )
        return await self._with_pictures(shown)

    async def card(self, asker: Asker, key: str, place: Place, *, note: str = "") -> Exhibit:
        """One thing large; the page where it is not there any more."""
        thing = self._open(asker, place.kind, key)
        if thing is None:
            return await self.page(asker, place, trouble=model_cards.gone(place.kind))
        usual = await self._usual(asker)
        return await self._with_pictures(model_cards.card(thing, place, usual=usual, note=note))

    async def choose(self, asker: Asker, key: str, place: Place) -> Exhibit:
        """Make a model what the asker draws with where they name none."""
        thing = self._open(asker, place.kind, key)
        if thing is None or thing.kind is not Kind.MODELS:
            return await self.page(asker, place, trouble=model_cards.gone(place.kind))
        await self._kit.books.set_usual_model(asker.guild, asker.user, thing.name)
        return await self.card(asker, key, place, note=model_cards.now_usual(thing))

    async def forget(self, asker: Asker, key: str, place: Place) -> Exhibit:
        """The asker has no usual model any more."""
        await self._kit.books.set_usual_model(asker.guild, asker.user, "")
        return await self.card(asker, key, place, note=model_cards.no_usual())

    async def refresh(self, asker: Asker, place: Place) -> Exhibit:
        """Have the server look through its folders: for moderators, others get the page."""
        trouble = ""
        if asker.moderator:
            try:
                await self._kit.catalog.rescan()
            except BackendError as error:
                trouble = error.sentence
        return await self.page(asker, place, trouble=trouble)

    def wish(self, kind: Kind, key: str, prompt: str, source: str) -> Wish:
        """What somebody who pressed "Draw with it" asks for.

        A thing that has gone is asked for by its key, so that the desk says what it says of every
        name that it does not know.
        """
        thing = self._any(kind, key)
        name = key if thing is None else thing.name
        match kind:
            case Kind.MODELS:
                return Wish(source, prompt, model=name)
            case Kind.LORAS:
                return Wish(source, prompt, lora=name)
            case Kind.STYLES:
                return Wish(source, prompt, style=name)

    def title(self, kind: Kind, key: str) -> str:
        """What it is called; empty where it has gone."""
        thing = self._any(kind, key)
        return "" if thing is None else thing.title

    def _open(self, asker: Asker, kind: Kind, key: str) -> Thing | None:
        """The thing, where it is there and open to the asker."""
        return _find(self._reach.shelf(asker), kind, key, self._reach.bounds(asker))

    def _any(self, kind: Kind, key: str) -> Thing | None:
        """The thing, whether or not the gate will let anybody draw with it."""
        return _find(self._kit.catalog.shelf(), kind, key, self._kit.house.bounds)

    async def _usual(self, asker: Asker) -> str:
        return await self._kit.books.usual_model(asker.guild, asker.user)

    async def _with_pictures(self, shown: Showcase) -> Exhibit:
        """The pictures that come in time; a tile without one is a tile all the same."""
        wanted = {tile.key: (tile.picture, LARGE if tile.large else SMALL) for tile in shown.tiles}
        fetching = {
            key: asyncio.create_task(self._picture(ref, side), name="preview")
            for key, (ref, side) in wanted.items()
            if ref
        }
        if fetching:
            await asyncio.wait(fetching.values(), timeout=PATIENCE_S)
        pictures: dict[str, bytes] = {}
        for key, task in fetching.items():
            if not task.done():
                task.cancel()
            elif data := task.result():
                pictures[key] = data
        return Exhibit(shown, pictures)

    async def _picture(self, ref: str, side: int) -> bytes:
        """A small copy, kept for the next who look; empty where there is none to be had."""
        known = self._pictures.get((ref, side))
        if known is not None:
            self._pictures.move_to_end((ref, side))
            return known
        if self._line.down_since is not None and not ref.startswith("data:"):
            return b""
        try:
            data = await self._kit.painter.fetch(ref)
            small = await self._kit.spool.thumbnail(data, side)
        except BackendError as error:
            log.debug("no preview", why=error.sentence)
            return b""
        self._pictures[ref, side] = small
        while len(self._pictures) > KEPT:
            self._pictures.popitem(last=False)
        return small


def _find(shelf: Shelf, kind: Kind, key: str, bounds: Bounds) -> Thing | None:
    for one in model_cards.listed(shelf, kind):
        if name_match.key_of(model_cards.name_of(one)) == key:
            return model_cards.thing(one, bounds)
    return None

"""Service of /models, with pages of images and each member's default model."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from bot.core import models as model_cards
from bot.core.drawing import name_match
from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.request import DrawingBounds, DrawRequest, RequestContext
from bot.core.errors import BackendError
from bot.core.models import PAGE_SIZE, CatalogItem, ItemKind, ListPosition, ModelPage
from bot.flow.drawing.available import AvailableModels
from bot.flow.jobs.queue import JobQueue
from bot.flow.ports import Catalog, ImageBackend, SettingsStore, Spool
from bot.flow.runtime.context import HostSettings

log = structlog.stdlib.get_logger(__name__)
THUMBNAIL_SIDE: Final = 256
PREVIEW_SIDE: Final = 512
THUMBNAILS_KEPT_MAX: Final = 200  # pictures, of some 15 kB each
THUMBNAIL_TIMEOUT_S: Final = 5.0
SUGGESTIONS_MAX: Final = 3


@dataclass(frozen=True, slots=True)
class ModelPageImages:
    """A panel with its pictures as JPEGs, by the key of their tile."""

    page: ModelPage
    pictures: dict[str, bytes] = field(default_factory=dict, repr=False)


class ModelBrowser:
    """Answers /models and its buttons. Nothing here is decided by what a message says."""

    def __init__(
        self,
        queue: JobQueue,
        available: AvailableModels,
        *,
        settings: SettingsStore,
        backend: ImageBackend,
        catalog: Catalog,
        spool: Spool,
        host: HostSettings,
    ) -> None:
        self._settings, self._backend, self._catalog = settings, backend, catalog
        self._spool, self._host = spool, host
        self._queue, self._available = queue, available
        self._thumbnails: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    async def show_page(
        self, asker: RequestContext, place: ListPosition, *, trouble: str = ""
    ) -> ModelPageImages:
        """Show a page of what is open to the member, the nearest if it does not exist."""
        catalog, bounds = self._catalog, self._available.get_bounds(asker)
        shelf = self._available.filter_snapshot(asker)
        everything = model_cards.list_items(shelf, place.kind)
        found = model_cards.filter_items(everything, place.search)
        at = min(max(place.page, 0), model_cards.count_pages(len(found)) - 1)
        here = replace(place, page=at, search=place.search[: model_cards.SEARCH_MAX])
        near: tuple[str, ...] = ()
        if everything and not found:
            titles = (one.title or model_cards.item_name(one) for one in everything)
            near = name_match.find_similar(place.search, titles, SUGGESTIONS_MAX)
        shown = model_cards.build_page(
            here,
            [
                model_cards.build_item(one, bounds)
                for one in found[at * PAGE_SIZE : (at + 1) * PAGE_SIZE]
            ],
            len(found),
            total=len(everything),
            usual=await self._load_usual_model(asker),
            near=near,
            offline_since=catalog.get_snapshot_time()
            if self._queue.down_since is not None
            else None,
            trouble=trouble,
            may_refresh=asker.moderator,
        )
        return await self._attach_thumbnails(shown)

    async def show_item(
        self, asker: RequestContext, key: str, place: ListPosition, *, note: str = ""
    ) -> ModelPageImages:
        """Show one item large, or the page if it is gone."""
        thing = self._find_available(asker, place.kind, key)
        if thing is None:
            return await self.show_page(
                asker, place, trouble=model_cards.describe_missing(place.kind)
            )
        usual = await self._load_usual_model(asker)
        return await self._attach_thumbnails(
            model_cards.build_item_page(thing, place, usual=usual, note=note)
        )

    async def set_usual_model(
        self, asker: RequestContext, key: str, place: ListPosition
    ) -> ModelPageImages:
        """Make a model what the asker draws with where they name none."""
        thing = self._find_available(asker, place.kind, key)
        if thing is None or thing.kind is not ItemKind.MODELS:
            return await self.show_page(
                asker, place, trouble=model_cards.describe_missing(place.kind)
            )
        await self._settings.set_usual_model(asker.guild, asker.user, thing.name)
        return await self.show_item(asker, key, place, note=model_cards.describe_usual_set(thing))

    async def clear_usual_model(
        self, asker: RequestContext, key: str, place: ListPosition
    ) -> ModelPageImages:
        """Clear the member's default model."""
        await self._settings.set_usual_model(asker.guild, asker.user, "")
        return await self.show_item(asker, key, place, note=model_cards.describe_usual_cleared())

    async def refresh_catalog(self, asker: RequestContext, place: ListPosition) -> ModelPageImages:
        """Refresh SwarmUI's lists for a moderator. Show others the page."""
        trouble = ""
        if asker.moderator:
            try:
                await self._catalog.rescan_folders()
            except BackendError as error:
                trouble = error.sentence
        return await self.show_page(asker, place, trouble=trouble)

    def build_request(self, kind: ItemKind, key: str, prompt: str, source: str) -> DrawRequest:
        """Build the request of "Draw with it".

        A missing item is requested by its key, so that admission refuses it as unknown.
        """
        thing = self._find_known(kind, key)
        name = key if thing is None else thing.name
        match kind:
            case ItemKind.MODELS:
                return DrawRequest(source, prompt, model=name)
            case ItemKind.LORAS:
                return DrawRequest(source, prompt, lora=name)
            case ItemKind.STYLES:
                return DrawRequest(source, prompt, style=name)

    def find_title(self, kind: ItemKind, key: str) -> str:
        """Return an item's title, or "" if it is gone."""
        thing = self._find_known(kind, key)
        return "" if thing is None else thing.title

    def _find_available(
        self, asker: RequestContext, kind: ItemKind, key: str
    ) -> CatalogItem | None:
        """Return an item that is open to the member."""
        return _find_item(
            self._available.filter_snapshot(asker), kind, key, self._available.get_bounds(asker)
        )

    def _find_known(self, kind: ItemKind, key: str) -> CatalogItem | None:
        """Return an item, whether or not it is open."""
        return _find_item(self._catalog.get_snapshot(), kind, key, self._host.bounds)

    async def _load_usual_model(self, asker: RequestContext) -> str:
        return await self._settings.find_usual_model(asker.guild, asker.user)

    async def _attach_thumbnails(self, shown: ModelPage) -> ModelPageImages:
        """Attach the thumbnails that arrive in time."""
        wanted = {
            tile.key: (tile.picture, PREVIEW_SIDE if tile.large else THUMBNAIL_SIDE)
            for tile in shown.tiles
        }
        fetching = {
            key: asyncio.create_task(self._load_thumbnail(ref, side), name="preview")
            for key, (ref, side) in wanted.items()
            if ref
        }
        if fetching:
            await asyncio.wait(fetching.values(), timeout=THUMBNAIL_TIMEOUT_S)
        pictures: dict[str, bytes] = {}
        for key, task in fetching.items():
            if not task.done():
                task.cancel()
            elif data := task.result():
                pictures[key] = data
        return ModelPageImages(shown, pictures)

    async def _load_thumbnail(self, ref: str, side: int) -> bytes:
        """Return a cached thumbnail, or b"" if there is none."""
        known = self._thumbnails.get((ref, side))
        if known is not None:
            self._thumbnails.move_to_end((ref, side))
            return known
        if self._queue.down_since is not None and not ref.startswith("data:"):
            return b""
        try:
            data = await self._backend.fetch_image(ref)
            small = await self._spool.make_thumbnail(data, side)
        except BackendError as error:
            log.debug("no preview", why=error.sentence)
            return b""
        self._thumbnails[ref, side] = small
        while len(self._thumbnails) > THUMBNAILS_KEPT_MAX:
            self._thumbnails.popitem(last=False)
        return small


def _find_item(
    shelf: CatalogSnapshot, kind: ItemKind, key: str, bounds: DrawingBounds
) -> CatalogItem | None:
    for one in model_cards.list_items(shelf, kind):
        if name_match.build_item_key(model_cards.item_name(one)) == key:
            return model_cards.build_item(one, bounds)
    return None

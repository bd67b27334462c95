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
from bot.flow.ports import FlowPorts
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
    """Service of /models and its buttons, which trusts nothing that a message shows."""

    def __init__(
        self, queue: JobQueue, available: AvailableModels, ports: FlowPorts, host: HostSettings
    ) -> None:
        self._settings, self._backend = ports.stores.settings, ports.backend
        self._catalog, self._spool = ports.catalog, ports.spool
        self._queue, self._available, self._host = queue, available, host
        self._thumbnails: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    async def show_page(
        self, asker: RequestContext, place: ListPosition, *, trouble: str = ""
    ) -> ModelPageImages:
        """Show a page of what is open to the member, the nearest if it does not exist."""
        catalog, bounds = self._catalog, self._available.get_bounds(asker)
        entries = model_cards.list_items(self._available.filter_snapshot(asker), place.kind)
        found = model_cards.filter_items(entries, place.search)
        number = min(max(place.page, 0), model_cards.count_pages(len(found)) - 1)
        position = replace(place, page=number, search=place.search[: model_cards.SEARCH_MAX])
        near: tuple[str, ...] = ()
        if entries and not found:
            titles = (one.title or model_cards.item_name(one) for one in entries)
            near = name_match.find_similar(place.search, titles, SUGGESTIONS_MAX)
        shown = found[number * PAGE_SIZE : (number + 1) * PAGE_SIZE]
        page = model_cards.build_page(
            position,
            [model_cards.build_item(one, bounds) for one in shown],
            len(found),
            total=len(entries),
            usual=await self._load_usual_model(asker),
            near=near,
            offline_since=None if self._queue.down_since is None else catalog.get_snapshot_time(),
            trouble=trouble,
            may_refresh=asker.can_manage_guild,
        )
        return await self._attach_thumbnails(page)

    async def show_item(
        self, asker: RequestContext, key: str, place: ListPosition, *, note: str = ""
    ) -> ModelPageImages:
        """Show one item large, or the page if it is gone."""
        item = self._find_available(asker, place.kind, key)
        if item is None:
            missing = model_cards.describe_missing(place.kind)
            return await self.show_page(asker, place, trouble=missing)
        usual = await self._load_usual_model(asker)
        page = model_cards.build_item_page(item, place, usual=usual, note=note)
        return await self._attach_thumbnails(page)

    async def set_usual_model(
        self, asker: RequestContext, key: str, place: ListPosition
    ) -> ModelPageImages:
        """Make a model what the asker draws with where they name none."""
        item = self._find_available(asker, place.kind, key)
        if item is None or item.kind is not ItemKind.MODELS:
            missing = model_cards.describe_missing(place.kind)
            return await self.show_page(asker, place, trouble=missing)
        await self._settings.set_usual_model(asker.guild, asker.user, item.name)
        return await self.show_item(asker, key, place, note=model_cards.describe_usual_set(item))

    async def clear_usual_model(
        self, asker: RequestContext, key: str, place: ListPosition
    ) -> ModelPageImages:
        """Clear the member's default model."""
        await self._settings.set_usual_model(asker.guild, asker.user, "")
        return await self.show_item(asker, key, place, note=model_cards.describe_usual_cleared())

    async def refresh_catalog(self, asker: RequestContext, place: ListPosition) -> ModelPageImages:
        """Refresh SwarmUI's lists for who manages the guild. Show others the page."""
        trouble = ""
        if asker.can_manage_guild:
            try:
                await self._catalog.rescan_folders()
            except BackendError as error:
                trouble = error.sentence
        return await self.show_page(asker, place, trouble=trouble)

    def build_request(self, kind: ItemKind, key: str, prompt: str, source: str) -> DrawRequest:
        """Build the request of "Draw with it".

        A missing item is requested by its key, so that admission refuses it as unknown.
        """
        item = self._find_known(kind, key)
        name = key if item is None else item.name
        match kind:
            case ItemKind.MODELS:
                return DrawRequest(source, prompt, model=name)
            case ItemKind.LORAS:
                return DrawRequest(source, prompt, lora=name)
            case ItemKind.STYLES:
                return DrawRequest(source, prompt, style=name)

    def find_title(self, kind: ItemKind, key: str) -> str:
        """Return an item's title, or "" if it is gone."""
        item = self._find_known(kind, key)
        return "" if item is None else item.title

    def _find_available(
        self, asker: RequestContext, kind: ItemKind, key: str
    ) -> CatalogItem | None:
        snapshot, bounds = self._available.filter_snapshot(asker), self._available.get_bounds(asker)
        return _find_item(snapshot, kind, key, bounds)

    def _find_known(self, kind: ItemKind, key: str) -> CatalogItem | None:
        return _find_item(self._catalog.get_snapshot(), kind, key, self._host.bounds)

    async def _load_usual_model(self, asker: RequestContext) -> str:
        return await self._settings.find_usual_model(asker.guild, asker.user)

    async def _attach_thumbnails(self, page: ModelPage) -> ModelPageImages:
        fetching: dict[str, asyncio.Task[bytes]] = {}
        for tile in page.tiles:
            if tile.picture:
                side = PREVIEW_SIDE if tile.large else THUMBNAIL_SIDE
                work = self._load_thumbnail(tile.picture, side)
                fetching[tile.key] = asyncio.create_task(work, name="preview")
        if fetching:
            await asyncio.wait(fetching.values(), timeout=THUMBNAIL_TIMEOUT_S)
        pictures: dict[str, bytes] = {}
        for key, task in fetching.items():
            if not task.done():
                task.cancel()
            elif data := task.result():
                pictures[key] = data
        return ModelPageImages(page, pictures)

    async def _load_thumbnail(self, ref: str, side: int) -> bytes:
        if (known := self._thumbnails.get((ref, side))) is not None:
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
    snapshot: CatalogSnapshot, kind: ItemKind, key: str, bounds: DrawingBounds
) -> CatalogItem | None:
    for one in model_cards.list_items(snapshot, kind):
        if name_match.build_item_key(model_cards.item_name(one)) == key:
            return model_cards.build_item(one, bounds)
    return None

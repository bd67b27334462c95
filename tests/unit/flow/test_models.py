"""One's usual model, the pictures of a page, ten thousand of everything, and lists kept fresh."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from PIL import Image as Picture

from bot.core import models as model_cards
from bot.core.drawing import name_match
from bot.core.drawing.catalog import CatalogSnapshot, Lora, Preset
from bot.core.drawing.request import DrawRequest, Model
from bot.core.jobs.model import AcceptedJob
from bot.core.models import ItemKind, ListPosition
from bot.core.policy import RoleBounds
from bot.flow.models import PREVIEW_SIDE, SUGGESTIONS_MAX, THUMBNAIL_SIDE
from tests.support.books import BEN, MIA, MODERATOR
from tests.support.flow import MODEL, FakePainter, Stage, png, stage
from tests.support.settings import set_fields

OTHER = replace(MODEL, name="flux/dev", title="Flux", loaded=False)
LOADED = replace(MODEL, loaded=True)


def two_models() -> FakePainter:
    """One is loaded: it is drawn with where nobody says anything."""
    return FakePainter(catalog=CatalogSnapshot(models=(LOADED, OTHER)))


async def drawn_with(here, asker=MIA, **wish) -> str:  # type: ignore[no-untyped-def]  # a short way
    answer = await here.flow.requests.submit_request(
        DrawRequest(f"interaction:{next(here.books.numbers)}", "a fox", **wish), asker
    )
    assert isinstance(answer, AcceptedJob), answer
    return str(answer.job.order.model)


async def test_the_usual_model_is_used_where_none_is_named(tmp_path: Path) -> None:
    async with stage(tmp_path, painter=two_models()) as here:
        books = here.books.books
        assert await drawn_with(here) == LOADED.name
        await books.settings.set_usual_model(MIA.guild, MIA.user, OTHER.name)
        assert await drawn_with(here) == OTHER.name
        assert await drawn_with(here, model=LOADED.name) == LOADED.name
        assert await drawn_with(here, BEN) == LOADED.name
        elsewhere = replace(MIA, guild=8)
        assert await drawn_with(here, elsewhere) == LOADED.name
        await books.settings.set_usual_model(8, MIA.user, "gone from the server")
        assert await drawn_with(here, elsewhere) == LOADED.name


async def test_it_is_chosen_anew_forgotten_and_kept_over_a_restart(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        books = here.books.books
        assert await books.settings.find_usual_model(7, 101) == ""
        await books.settings.set_usual_model(7, 101, "a")
        await books.settings.set_usual_model(7, 101, "b")
        await books.settings.set_usual_model(7, 102, "c")
    async with stage(tmp_path) as here:
        books = here.books.books
        assert await books.settings.find_usual_model(7, 101) == "b"
        await books.settings.set_usual_model(7, 101, "")
        assert await books.settings.find_usual_model(7, 101) == ""
        assert await books.settings.find_usual_model(7, 102) == "c"


async def test_what_is_closed_is_not_there_to_be_seen_searched_or_chosen(tmp_path: Path) -> None:
    """For whom it is closed; a button from before is answered as for a thing that has gone."""
    painter = FakePainter(
        catalog=CatalogSnapshot(models=(LOADED, OTHER), loras=(Lora("ink", "Ink"),))
    )
    async with stage(tmp_path, painter=painter) as here:
        roles = (RoleBounds(5, models=(OTHER.name,), loras=("ink",)),)
        await set_fields(here.flow.guild_settings, MODERATOR, roles=roles)
        await check_closed(here)


async def check_closed(here: Stage) -> None:
    gallery, place = here.flow.models, ListPosition(ItemKind.MODELS)
    artist, key = replace(MIA, roles=(5,)), name_match.build_item_key(OTHER.name)
    assert [tile.title for tile in (await gallery.show_page(MIA, place)).page.tiles] == ["SDXL"]
    assert len((await gallery.show_page(artist, place)).page.tiles) == 2
    found = (await gallery.show_page(MIA, ListPosition(ItemKind.MODELS, search="flux"))).page
    assert found.tiles == ()
    assert "Flux" not in found.content.replace("flux", "")
    assert (await gallery.show_page(MIA, ListPosition(ItemKind.LORAS))).page.tiles == ()

    for asking in (gallery.show_item(MIA, key, place), gallery.set_usual_model(MIA, key, place)):
        assert [tile.title for tile in (await asking).page.tiles] == ["SDXL"]
    assert await here.books.books.settings.find_usual_model(7, 101) == ""
    await gallery.set_usual_model(artist, key, place)
    assert await here.books.books.settings.find_usual_model(7, 101) == OTHER.name
    # "Draw with it" asks for it all the same: the gate says for whom it is.
    assert gallery.build_request(ItemKind.MODELS, key, "a fox", "interaction:1").model == OTHER.name


async def test_what_is_no_picture_leaves_its_tile_without_one(tmp_path: Path) -> None:
    good = Model("a", "A", preview="ViewSpecial/Stable-Diffusion/a")
    bad = Model("b", "B", preview="ViewSpecial/Stable-Diffusion/b")
    painter = FakePainter(
        catalog=CatalogSnapshot(models=(good, bad)),
        bytes_of={good.preview: png(side=900), bad.preview: b"<html>"}.__getitem__,
    )
    async with stage(tmp_path, painter=painter) as here:
        shown = await here.flow.models.show_page(MIA, ListPosition(ItemKind.MODELS))

    assert [tile.title for tile in shown.page.tiles] == ["A", "B"]
    assert list(shown.pictures) == [name_match.build_item_key("a")]


async def test_a_page_of_ten_thousand_is_short(tmp_path: Path) -> None:
    catalog = CatalogSnapshot(
        models=tuple(
            Model(f"f{i % 50}/model-{i:05}.safetensors", f"Model {i:05}", "sdxl")
            for i in range(10_000)
        ),
        loras=tuple(Lora(f"lora-{i:05}", f"Lora {i:05}") for i in range(10_000)),
        presets=tuple(Preset(f"Style {i:05}") for i in range(1_000)),
    )
    async with stage(tmp_path, painter=FakePainter(catalog=catalog)) as here:
        for kind in ItemKind:
            for search in ("", "0099", "zzzz"):
                shown = await here.flow.models.show_page(MIA, ListPosition(kind, 3, search))
                assert len(shown.page.tiles) <= model_cards.PAGE_SIZE
                assert len(shown.page.content) < 500


async def test_a_preview_is_fetched_once_for_everybody_who_looks(tmp_path: Path) -> None:
    fetched: list[str] = []

    def fetch(ref: str) -> bytes:
        fetched.append(ref)
        return png(side=900)

    model = replace(MODEL, preview="ViewSpecial/Stable-Diffusion/base")
    painter = FakePainter(catalog=CatalogSnapshot(models=(model,)), bytes_of=fetch)
    place, key = ListPosition(ItemKind.MODELS), name_match.build_item_key(model.name)
    async with stage(tmp_path, painter=painter) as here:
        first = await here.flow.models.show_page(MIA, place)
        again = await here.flow.models.show_page(BEN, place)
        large = await here.flow.models.show_item(BEN, key, place)
    assert first.pictures == again.pictures
    assert len(fetched) == 2, "one for both pages, one for the larger picture"
    sides = [Picture.open(io.BytesIO(one.pictures[key])).size for one in (first, large)]
    assert sides == [(THUMBNAIL_SIDE, THUMBNAIL_SIDE), (PREVIEW_SIDE, PREVIEW_SIDE)]


async def test_a_search_that_finds_nothing_offers_a_few_names(tmp_path: Path) -> None:
    names = [f"Portrait {letter}" for letter in "ABCDEF"]
    catalog = CatalogSnapshot(models=tuple(Model(name, name) for name in names))
    async with stage(tmp_path, painter=FakePainter(catalog=catalog)) as here:
        place = ListPosition(ItemKind.MODELS, search="portrayt")
        shown = await here.flow.models.show_page(MIA, place)
    assert shown.page.tiles == ()
    offered = [name for name in names if name in shown.page.content]
    assert 1 <= len(offered) <= SUGGESTIONS_MAX

"""What /models shows: pages that fit into Discord, buttons that know where they were pressed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import models as model_cards
from bot.core.drawing.catalog import CatalogSnapshot, Lora, Preset
from bot.core.drawing.request import DrawingBounds, Model
from bot.core.models import PAGE_SIZE, ItemKind, ListPosition
from tests.unit.core.make import FLUX, MODELS, SDXL, T0

BOUNDS = DrawingBounds()
MODELS_HERE = ListPosition(ItemKind.MODELS)


@pytest.mark.parametrize("kind", list(ItemKind))
def test_ids_and_labels_fit_into_what_discord_takes(kind: ItemKind) -> None:
    long = "\U0001f98a" * 200
    shelf = CatalogSnapshot(
        models=(Model(long, long, long, hint=long * 9, trigger=long * 9),),
        loras=(Lora(long, long, long, trigger=long * 9),),
        presets=(Preset(long, long * 9, ((long, long),)),),
    )
    place = ListPosition(kind, 999_999, long)
    things = [model_cards.build_item(one, BOUNDS) for one in model_cards.list_items(shelf, kind)]
    page = model_cards.build_page(
        ListPosition(kind, 999_998, long), things, 9_999_999, total=9_999_999, may_refresh=True
    )
    card = model_cards.build_item_page(things[0], place)
    for shown in (page, card):
        ids = [button.custom_id for button in shown.buttons] + [shown.menu_id]
        assert len(ids) == len(set(ids))
        assert all(len(one.encode("utf-16-le")) // 2 <= 100 for one in ids), ids
        assert all(len(button.label) <= 80 for button in shown.buttons)
        for tile in shown.tiles:
            assert len(tile.title.encode("utf-16-le")) // 2 <= 256
            assert len(tile.body.encode("utf-16-le")) // 2 <= 4096
        for choice in shown.choices:
            for text in (choice.label, choice.value, choice.description):
                assert len(text.encode("utf-16-le")) // 2 <= 100
    assert sum(len(t.title) + len(t.body) for t in page.tiles) * model_cards.PAGE_SIZE < 6000


@pytest.mark.parametrize(("found", "pages"), [(0, 1), (1, 1), (6, 1), (7, 2), (12, 2), (13, 3)])
def test_a_list_has_a_page_for_every_six_and_never_none(found: int, pages: int) -> None:
    assert model_cards.count_pages(found) == pages


@pytest.mark.parametrize(
    ("search", "found"),
    [("", 3), ("  ", 3), ("FLUX", 1), ("dev flux", 1), ("flux sdxl", 0), ("safetensors", 3)],
)
def test_a_search_wants_every_word_in_title_or_name(search: str, found: int) -> None:
    assert len(model_cards.filter_items(MODELS, search)) == found


def test_a_style_is_asked_for_by_its_title_and_others_by_their_name() -> None:
    assert model_cards.item_name(Preset("Oil")) == "Oil"
    assert model_cards.item_name(FLUX) == FLUX.name
    assert model_cards.item_name(Lora("folder/ink", "Ink")) == "folder/ink"


def test_models_that_draw_no_pictures_are_not_listed() -> None:
    refiner = replace(SDXL, name="refiner", architecture="stable-diffusion-xl-v1-refiner")
    video = replace(SDXL, name="video", architecture="hunyuan-video")
    listed = model_cards.list_items(CatalogSnapshot(models=(SDXL, refiner, video)), ItemKind.MODELS)
    assert {model_cards.item_name(one) for one in listed} == {SDXL.name}


def test_a_model_in_memory_says_so_and_its_steps_keep_to_the_bounds() -> None:
    cold, warm = (
        model_cards.build_item(replace(SDXL, loaded=loaded), replace(BOUNDS, steps_max=5))
        for loaded in (False, True)
    )
    assert len(warm.description.splitlines()) == len(cold.description.splitlines()) + 1
    assert "5 steps" in cold.summary
    assert "1024\u00d71024" in cold.summary


def page(at: int, found: int, search: str = "", **more: bool) -> model_cards.ModelPage:
    place = ListPosition(ItemKind.MODELS, at, search)
    shown = [model_cards.build_item(SDXL, BOUNDS)] * min(found, PAGE_SIZE)
    return model_cards.build_page(place, shown, found, total=max(found, 20), **more)


@pytest.mark.parametrize(
    ("at", "back", "forth"), [(0, True, False), (1, False, False), (2, False, True)]
)
def test_at_either_end_there_is_no_way_on(at: int, back: bool, forth: bool) -> None:
    buttons = {button.label: button for button in page(at, 13).buttons}
    assert (buttons["Back"].disabled, buttons["Next"].disabled) == (back, forth)
    assert buttons["Next"].custom_id == f"models:page:m:{at + 1}:"
    assert f"{at + 1} of 3" in page(at, 13).content


def test_one_page_has_no_buttons_to_turn_it_and_moderators_may_refresh() -> None:
    assert page(0, 6).buttons == ()
    assert [button.custom_id for button in page(0, 6, may_refresh=True).buttons] == [
        "models:refresh:m:0:"
    ]
    assert [button.custom_id for button in page(0, 6, "flux").buttons] == ["models:all:m:0:"]


def test_an_empty_page_has_no_menu_and_offers_names_that_come_close() -> None:
    here = ListPosition(ItemKind.LORAS, search="inc")
    empty = model_cards.build_page(here, [], 0, total=4, near=("Ink", "Incense"))
    assert (empty.tiles, empty.choices, empty.menu_id) == ((), (), "")
    assert "Ink or Incense" in empty.content
    away = model_cards.build_page(here, [], 0, total=4, offline_since=T0)
    assert "<t:" in away.content


@pytest.mark.parametrize(
    ("usual", "may_draw", "verbs"),
    [
        ("", True, ["draw", "usual", "page"]),
        (SDXL.name, True, ["draw", "forget", "page"]),
        ("", False, ["usual", "page"]),
    ],
)
def test_a_card_offers_what_can_be_done(usual: str, may_draw: bool, verbs: list[str]) -> None:
    item = model_cards.build_item(SDXL, BOUNDS)
    shown = model_cards.build_item_page(item, MODELS_HERE, usual=usual, may_draw=may_draw)
    assert [button.custom_id.split(":")[1] for button in shown.buttons] == verbs
    assert shown.tiles[0].large
    assert SDXL.name.replace("_", "\\_") in shown.content


@pytest.mark.parametrize("kind", list(ItemKind))
def test_each_kind_is_called_by_its_own_name(kind: ItemKind) -> None:
    assert kind.plural_name == f"{kind.singular_name}s"
    assert kind.singular_name in model_cards.describe_missing(kind)
    empty = model_cards.build_page(ListPosition(kind), [], 0, total=0)
    assert kind.plural_name in empty.content


def test_a_usual_model_is_named_and_its_end_is_told() -> None:
    item = model_cards.build_item(replace(SDXL, title="**SDXL**"), BOUNDS)
    chosen = model_cards.describe_usual_set(item)
    assert "SDXL" in chosen
    assert "**" not in chosen
    assert "`/imagine`" in model_cards.describe_usual_cleared()

"""What each person may draw with in their server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.drawing.catalog import CatalogSnapshot, Lora
from bot.core.drawing.request import DrawingBounds, Model
from bot.core.policy import DEFAULT_SETTINGS, GuildSettings, RoleBounds
from bot.flow.drawing.available import SNAPSHOTS_MAX, AvailableModels
from tests.support.books import MIA, with_roles
from tests.support.flow import FakePainter

MODELS = tuple(Model(f"m{number}", f"Model {number}") for number in range(3))
WHOLE = CatalogSnapshot(models=MODELS, loras=(Lora("ink", "Ink"),))
HOST = DrawingBounds(images_max=4)


class Shop:
    """A catalog and the choices of servers, both of which may change."""

    def __init__(self, policy: GuildSettings = DEFAULT_SETTINGS) -> None:
        self.catalog, self.policy = FakePainter(catalog=WHOLE), policy
        self.available = AvailableModels(self.catalog, HOST, lambda _: self.policy)


def test_where_nothing_is_chosen_it_is_the_servers_own_list() -> None:
    shop = Shop()
    assert shop.available.filter_snapshot(MIA) is shop.catalog.catalog
    assert shop.available.get_bounds(MIA) == HOST


def test_a_chosen_list_shuts_all_others_and_a_role_opens_its_own() -> None:
    shop = Shop(GuildSettings(models=("m0",), roles=(RoleBounds(5, 2, models=("m1",)),)))
    plain, artist = (
        {one.name for one in shop.available.filter_snapshot(asker).models}
        for asker in (MIA, with_roles(MIA, 5))
    )
    assert plain == {"m0"}
    assert artist == {"m0", "m1"}
    assert shop.available.get_bounds(with_roles(MIA, 5)).images_max == 2
    assert shop.available.filter_snapshot(MIA).loras == WHOLE.loras


def test_the_same_object_comes_until_something_changes() -> None:
    shop = Shop(GuildSettings(models=("m0",)))
    first = shop.available.filter_snapshot(MIA)
    assert shop.available.filter_snapshot(with_roles(MIA, 9)) is first
    shop.policy = GuildSettings(models=("m1",))
    assert [one.name for one in shop.available.filter_snapshot(MIA).models] == ["m1"]
    shop.policy = GuildSettings(models=("m0",))
    assert shop.available.filter_snapshot(MIA) is first
    shop.catalog.catalog = replace(WHOLE, models=())
    assert shop.available.filter_snapshot(MIA).models == ()


@pytest.mark.parametrize(("others", "kept"), [(SNAPSHOTS_MAX - 1, True), (SNAPSHOTS_MAX, False)])
def test_so_many_lists_are_kept_and_the_oldest_goes(others: int, kept: bool) -> None:
    shop = Shop(GuildSettings(models=("m0",)))
    first = shop.available.filter_snapshot(MIA)
    for number in range(others):
        shop.policy = GuildSettings(models=("m0", f"other{number}"))
        shop.available.filter_snapshot(MIA)
    shop.policy = GuildSettings(models=("m0",))
    assert (shop.available.filter_snapshot(MIA) is first) is kept

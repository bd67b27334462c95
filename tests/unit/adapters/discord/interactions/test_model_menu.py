"""Autocomplete over the server's models: what is offered, in which order, and how fast."""

from collections.abc import Iterator

import pytest

from bot.adapters.discord.interactions.autocomplete import FOLDED_LISTS_MAX, ModelAutocomplete
from bot.core.drawing.name_match import build_item_key
from bot.core.drawing.request import Model

MODELS = (
    Model("sdxl/base", "SDXL base"),
    Model("flux/dev", "Flux dev"),
    Model("other/superflux", "Superb"),
    Model("Anime/ΣΙΓΜΑ", "Σίγμα"),
)


def offered(typed: str, models: tuple[Model, ...] = MODELS) -> list[str]:
    return [choice.value for choice in ModelAutocomplete().find_choices(models, typed)]


def test_nothing_typed_offers_all() -> None:
    assert offered("") == [model.name for model in MODELS]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("flux", ["flux/dev", "other/superflux"]),
        ("  FLUX ", ["flux/dev", "other/superflux"]),
        ("super", ["other/superflux"]),
        ("dev", ["flux/dev"]),
        ("σίγ", ["Anime/ΣΙΓΜΑ"]),
        ("nothing", []),
    ],
)
def test_beginnings_go_before_middles(typed: str, names: list[str]) -> None:
    assert offered(typed) == names


def test_at_most_25_and_the_best_of_them() -> None:
    many = tuple(Model(f"a/has-fox-{n}", "") for n in range(40))
    best = Model("z/last", "Fox at the end")

    assert len(offered("fox", (*many, best))) == 25
    assert offered("fox", (*many, best))[0] == "z/last"
    assert len(offered("a/", many)) == 25


def test_names_fit_into_what_discord_takes() -> None:
    long_title = Model("short", "t" * 150)
    long_name = Model("n" * 101, "Long")
    no_title = Model("bare/name", "")
    choices = ModelAutocomplete().find_choices((long_title, long_name, no_title), "")

    key = build_item_key(long_name.name)
    assert [choice.value for choice in choices] == ["short", key, "bare/name"]
    names = ["t" * 49 + "…" + "t" * 50, "Long", "bare/name"]
    assert [choice.name for choice in choices] == names


def test_a_new_list_of_the_server_is_seen() -> None:
    menu = ModelAutocomplete()
    menu.find_choices(MODELS, "")

    assert [choice.value for choice in menu.find_choices((Model("new", "New"),), "")] == ["new"]


def test_people_of_several_servers_type_at_once_and_each_list_is_read_once() -> None:
    """A server or a role may have a list of its own; the oldest of many is let go."""
    reads: list[str] = []

    class Counted(tuple[Model, ...]):
        def __iter__(self) -> Iterator[Model]:
            reads.append(self[0].name)
            return super().__iter__()

    lists = [
        Counted((Model(f"m{number}", f"M{number}"),)) for number in range(FOLDED_LISTS_MAX + 1)
    ]
    menu = ModelAutocomplete()
    for models in lists[:FOLDED_LISTS_MAX] * 3:
        assert [choice.value for choice in menu.find_choices(models, "m")] == [models[0].name]
    assert reads == [models[0].name for models in lists[:FOLDED_LISTS_MAX]]
    menu.find_choices(lists[-1], "m")
    menu.find_choices(lists[1], "m")
    menu.find_choices(lists[0], "m")
    assert reads[FOLDED_LISTS_MAX:] == [lists[-1][0].name, lists[0][0].name]

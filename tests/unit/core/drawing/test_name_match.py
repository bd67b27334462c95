"""Names of the server's things: found exactly, and suggested where nothing is equal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.drawing import name_match
from bot.core.drawing.catalog import Lora
from bot.core.drawing.request import Model


@pytest.mark.parametrize(
    ("typed", "compared"),
    [
        ("  Folder\\Name.SAFETENSORS ", "folder/name"),
        ("name.gguf", "name"),
        ("name.v2", "name.v2"),
        ("", ""),
    ],
)
def test_names_are_compared_without_case_slashes_and_extensions(typed: str, compared: str) -> None:
    assert name_match.normalize_name(typed) == compared


@pytest.mark.parametrize(
    ("name", "title", "shown"),
    [
        ("a/b.gguf", "", "b"),
        ("a/b.gguf", "  ", "b"),
        ("a/b.gguf", "Big Model.safetensors", "Big Model"),
        ("a/b", "Title", "Title"),
    ],
)
def test_a_thing_is_called_by_its_title_else_by_its_file(name: str, title: str, shown: str) -> None:
    assert name_match.format_title(Lora(name, title)) == shown


WHOLE, TITLED, TAIL = Lora("ink", "X"), Lora("b", "Ink"), Lora("folder/ink", "Y")


@pytest.mark.parametrize(
    ("shelf", "found"),
    [
        ((TAIL, TITLED, WHOLE), WHOLE),
        ((TAIL, TITLED), TITLED),
        ((TAIL,), TAIL),
        ((), None),
        ((TAIL, replace(TAIL, name="other/ink")), None),
        ((TAIL, replace(TAIL, name="other/ink"), TITLED), TITLED),
    ],
)
def test_a_whole_name_wins_over_a_title_and_both_over_the_end_of_a_path(
    shelf: tuple[Lora, ...], found: Lora | None
) -> None:
    assert name_match.find_unique("ink", shelf) == found


@pytest.mark.parametrize("wished", ["", "  ", ".safetensors"])
def test_an_empty_name_is_nothing_of_that_name(wished: str) -> None:
    assert name_match.find_unique(wished, (Lora("", ""), WHOLE)) is None
    assert name_match.find_similar(wished, ("", "Ink")) == ()


def test_equal_titles_get_their_folder_or_their_file_name() -> None:
    ones = (
        Lora("root.safetensors", "Dream"),
        Lora("xl/one.safetensors", "dream"),
        Lora("xl\\deep/two", "Dream "),
        Lora("v/dream_1.safetensors", "Dream"),
        Lora("v/dream_2.ckpt", "Dream.ckpt"),
        Lora("z/other", "Other"),
    )
    made = name_match.distinguish_titles(ones)
    titles = ["Dream", "xl/dream", "xl/deep/Dream", "v/dream_1", "v/dream_2.ckpt", "Other"]
    assert [one.title for one in made] == titles
    assert [one.name for one in made] == [one.name for one in ones]
    assert name_match.distinguish_titles(made) is made
    # Each is found by what is shown, and all of them by their author's title.
    for one in made[1:]:
        assert name_match.find_unique(one.title, made) == one
    assert set(name_match.find_matches("Dream", made)) == set(made[:5])


def test_the_key_stands_for_a_name_but_never_wins_over_one() -> None:
    long = Lora(f"{'deep/' * 30}ink", "t" * 200)
    key = name_match.build_item_key(long.name)
    assert name_match.find_unique(key, (WHOLE, long)) == long
    named = Lora(key, "")
    assert name_match.find_unique(key, (long, named)) == named
    assert name_match.find_unique("0" * 12, (WHOLE, long)) is None


def test_an_exact_name_wins_over_a_title() -> None:
    named, titled = Model("a.safetensors", "x"), Model("b.safetensors", "a")
    assert name_match.find_unique("a", (titled, named)) == named
    assert name_match.find_unique("B.SAFETENSORS", (named, titled)) == titled


MODELS = (
    Model("stub.safetensors", "stub"),
    Model("sub folder/other model.safetensors", "other model"),
    Model("flux/dev.safetensors", "Flux Dev"),
    Model("x/foo.ckpt", "Bar"),
    Model("a/dream.safetensors", "Dream"),
    Model("b/dream.safetensors", "Dream"),
    Model("A.safetensors", "A"),
    Model("a.safetensors", "a"),
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("stub.safetensors", "stub.safetensors"),
        ("stub", "stub.safetensors"),
        ("STUB.SafeTensors", "stub.safetensors"),
        (" sub folder\\Other Model ", "sub folder/other model.safetensors"),
        ("other model", "sub folder/other model.safetensors"),
        ("flux dev", "flux/dev.safetensors"),
        ("foo", "x/foo.ckpt"),
        ("b/dream", "b/dream.safetensors"),
        ("Dream", None),  # two have it
        ("A.safetensors", "A.safetensors"),
        ("a.safetensors", "a.safetensors"),
        ("a", None),
        ("stu", None),
        ("(None)", None),
    ],
)
def test_a_name_is_resolved_exactly_or_not_at_all(typed: str, found: str | None) -> None:
    model = name_match.find_unique(typed, MODELS)
    assert (model.name if model else None) == found


def test_suggestions_are_few_in_a_long_list() -> None:
    titles = [f"Some Model v{n}-{n * 7}" for n in range(10_000)]
    assert "Some Model v77-539" in name_match.find_similar("sme modle v77-539", titles)
    assert len(name_match.find_similar("some model", titles)) == 3
    assert len(name_match.find_similar("some model", titles, 25)) == 25
    assert name_match.find_similar("qqqqqqqqqqqqqqqqqqqqqq", titles) == ()


def test_what_begins_with_or_holds_the_typed_words_is_suggested_first() -> None:
    found = name_match.find_similar("ink", ("Pink sky", "Inc", "Wet Ink", "Ink wash"))
    assert found == ("Ink wash", "Pink sky", "Wet Ink")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("wte ink", "wet ink"), ("flx dev", "Flux Dev"), ("dev flux", "Flux Dev"), ("nior", "Noir")],
)
def test_a_typing_error_or_another_order_of_words_is_forgiven(typed: str, meant: str) -> None:
    assert name_match.find_similar(typed, ("wet ink", "Flux Dev", "Noir")) == (meant,)


@pytest.mark.parametrize(("most", "found"), [(0, 0), (1, 1), (2, 2), (3, 2)])
def test_no_more_are_suggested_than_asked_for_or_there_are(most: int, found: int) -> None:
    assert len(name_match.find_similar("ink", ("ink a", "ink b", "INK B"), most)) == found


def test_a_suggestion_repeats_no_live_words_and_none_is_the_other_sentence() -> None:
    said = name_match.suggest_similar("everyone", ("@everyone",), "Pick one.")
    assert "everyone" in said
    assert "@everyone" not in said
    assert name_match.suggest_similar("zzzz", ("@everyone",), "Pick one.") == "Pick one."


def test_a_key_is_short_and_differs_for_names_that_differ() -> None:
    keys = {name_match.build_item_key(name) for name in ("a", "A", "a ", "\ud800", "x" * 900)}
    assert len(keys) == 5
    assert {len(key) for key in keys} == {12}

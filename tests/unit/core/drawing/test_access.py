"""What a person may draw with in a server, and the sentences where they may not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.drawing.access import Access
from bot.core.drawing.catalog import CatalogSnapshot, Lora, Preset
from bot.core.drawing.order import build_generation_params
from bot.core.drawing.request import (
    DrawingBounds,
    DrawRequest,
    GenerationParams,
    Model,
    RequestContext,
)
from bot.core.errors import Refused
from bot.core.policy import DEFAULT_SETTINGS, GuildSettings, RoleBounds

ARTISTS, STAFF = 5, 6
MIA = RequestContext(101, "Mia", 7, 70)
ADA = RequestContext(102, "Ada", 7, 70, roles=(ARTISTS,))
HOST = DrawingBounds(images_max=4, steps_max=50, megapixels_max=2.0)
SDXL = Model("sdxl/base", "SDXL", loaded=True, width=1024, height=1024)
FLUX = Model("flux/dev", "Flux Dev", width=1024, height=1024)
PONY = Model("pony", "Pony", width=1024, height=1024)
SHELF = CatalogSnapshot(
    models=(FLUX, SDXL, PONY),
    loras=(Lora("ink", "Ink"), Lora("gold", "Gold leaf")),
    presets=(
        Preset("Poster", parameters=(("model", "flux/dev"), ("prompt", "{value}, poster"))),
        Preset("Inked", parameters=(("loras", "ink"), ("prompt", "{value}, inked"))),
    ),
)


def order(policy: GuildSettings, asker: RequestContext = MIA, **wish: object) -> GenerationParams:
    bounds = Access(policy, asker.roles).narrow_bounds(HOST)
    made = DrawRequest("interaction:1", "a fox", **wish)  # type: ignore[arg-type]  # one field of it
    return build_generation_params(made, asker, SHELF, bounds, 42, policy)


def refusal(policy: GuildSettings, asker: RequestContext = MIA, **wish: object) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        order(policy, asker, **wish)
    assert caught.value.prompt == "a fox"
    return caught.value.rule, caught.value.sentence


# --- numbers -------------------------------------------------------------------------------------


def test_where_nothing_was_chosen_the_hosts_bounds_hold() -> None:
    """Exactly those."""
    assert Access(DEFAULT_SETTINGS, (ARTISTS,)).narrow_bounds(HOST) == HOST


def test_the_servers_bounds_hold_for_everybody_and_a_roles_for_its_people() -> None:
    """Each number by itself, and the best of several roles."""
    policy = GuildSettings(
        images_max=2,
        steps_max=30,
        roles=(RoleBounds(ARTISTS, images_max=1, steps_max=40), RoleBounds(STAFF, images_max=3)),
    )
    everybody = Access(policy).narrow_bounds(HOST)
    assert (everybody.images_max, everybody.steps_max, everybody.megapixels_max) == (2, 30, 2.0)
    artist = Access(policy, (ARTISTS,)).narrow_bounds(HOST)
    assert (artist.images_max, artist.steps_max) == (1, 40)  # a role may give less, too
    both = Access(policy, (STAFF, ARTISTS)).narrow_bounds(HOST)
    assert (both.images_max, both.steps_max) == (3, 40)


def test_a_host_who_lowers_their_bounds_is_obeyed_over_older_choices() -> None:
    """The choice was fine when it was made."""
    policy = GuildSettings(images_max=4, roles=(RoleBounds(ARTISTS, steps_max=50),))
    lower = DrawingBounds(images_max=2, steps_max=20)
    assert Access(policy, (ARTISTS,)).narrow_bounds(lower).images_max == 2
    assert Access(policy, (ARTISTS,)).narrow_bounds(lower).steps_max == 20


def test_what_an_upscale_may_come_to_shrinks_with_the_size() -> None:
    """A server with small pictures has no large ones by way of the button."""
    assert (
        Access(GuildSettings(megapixels_max=1.0)).narrow_bounds(HOST).upscaled_megapixels_max == 2.0
    )


def test_the_sentences_name_the_servers_numbers() -> None:
    """And those of the asker's role."""
    policy = GuildSettings(images_max=2, steps_max=30, roles=(RoleBounds(ARTISTS, images_max=4),))
    assert refusal(policy, images=3) == (
        "images",
        "You can ask for 1 to 2 pictures at once.",
    )
    assert order(policy, ADA, images=3).images == 3
    assert refusal(policy, steps=31)[1] == "Steps must be between 1 and 30."
    small = order(GuildSettings(megapixels_max=0.25))
    assert small.width * small.height <= 0.25 * 1024 * 1024


# --- models --------------------------------------------------------------------------------------


def test_a_models_role_has_it_alone() -> None:
    """Whoever named it is told for whom it is; Discord fills the role's name in."""
    policy = GuildSettings(roles=(RoleBounds(ARTISTS, models=("flux/dev",)), RoleBounds(STAFF, 2)))
    assert refusal(policy, model="Flux Dev") == (
        "model.role",
        "Only <@&5> can use the model Flux Dev here. Choose another one.",
    )
    assert order(policy, ADA, model="Flux Dev").model == "flux/dev"
    assert order(policy, model="Pony").model == "pony"  # what nobody has alone is everybody's


def test_a_model_that_two_roles_have_is_for_either() -> None:
    """In one sentence."""
    roles = tuple(RoleBounds(role, models=("flux/dev",)) for role in (ARTISTS, STAFF))
    assert "Only <@&5> or <@&6> can use" in refusal(GuildSettings(roles=roles), model="flux/dev")[1]
    assert order(GuildSettings(roles=roles), ADA, model="flux/dev").model == "flux/dev"


def test_where_the_server_names_its_models_the_others_are_closed() -> None:
    """But for whom a role opens one more."""
    policy = GuildSettings(
        models=("sdxl/base",), roles=(RoleBounds(ARTISTS, models=("flux/dev",)),)
    )
    assert refusal(policy, model="pony") == (
        "model.closed",
        "This server doesn't allow the model Pony. Nothing was charged. Choose SDXL.",
    )
    assert refusal(policy, ADA, model="pony")[1].endswith("Choose Flux Dev or SDXL.")
    assert order(policy, ADA, model="flux/dev").model == "flux/dev"


def test_of_many_models_a_few_are_named() -> None:
    """Nobody reads a wall."""
    many = tuple(Model(f"m{number}", f"M{number}") for number in range(9))
    access = Access(GuildSettings(models=tuple(one.name for one in many[:8])))
    said = access.refuse_model(many[8], many).sentence
    assert said.endswith("Choose from M0, M1, M2, M3, M4 and 3 more.")


def test_the_servers_default_goes_before_the_hosts_and_only_if_it_is_open() -> None:
    """A closed default is nobody's refusal: something open is drawn with."""
    assert order(DEFAULT_SETTINGS).model == "sdxl/base"  # the one that is loaded
    assert order(GuildSettings(model="pony")).model == "pony"
    closed = GuildSettings(model="flux/dev", roles=(RoleBounds(ARTISTS, models=("flux/dev",)),))
    assert order(closed).model == "sdxl/base"
    assert order(closed, ADA).model == "flux/dev"
    assert (
        order(GuildSettings(models=("pony", "flux/dev"))).model == "flux/dev"
    )  # the first that is open


def test_where_nothing_open_is_there_it_is_said() -> None:
    """The models that the server named have left SwarmUI."""
    rule, sentence = refusal(GuildSettings(models=("gone",)))
    assert rule == "model.none"
    assert "Nothing was charged. Ask a moderator to check `/settings`." in sentence


# --- LoRAs and styles ----------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [{"lora": "ink:0.5"}, {"lora": "gold, INK"}])
def test_a_loras_role_has_it_alone(typed: dict[str, Any]) -> None:
    """By the option, in any spelling."""
    policy = GuildSettings(roles=(RoleBounds(ARTISTS, loras=("ink",)),))
    rule, sentence = refusal(policy, **typed)
    assert (rule, sentence.partition(".")[0]) == (
        "lora.role",
        "Only <@&5> can use the LoRA Ink here",
    )
    assert order(policy, ADA, **typed).loras
    assert order(policy, lora="gold").loras == (("gold", 1.0),)


def test_a_lora_in_a_prompts_tag_is_no_way_around() -> None:
    """Where the host opens the tag."""
    policy = GuildSettings(loras=("gold",))
    bounds = DrawingBounds(tags=(("lora", None),))
    wish = DrawRequest("interaction:1", "a fox <lora:ink:1>")
    with pytest.raises(Refused) as caught:
        build_generation_params(wish, MIA, SHELF, bounds, 42, policy)
    assert caught.value.sentence == (
        "This server doesn't allow the LoRA Ink. Nothing was charged. Choose Gold leaf."
    )
    assert build_generation_params(wish, MIA, SHELF, bounds, 42).loras == (("ink", 1.0),)


def test_a_style_brings_nothing_that_is_closed() -> None:
    """Its model is refused as if it had been named; of its LoRAs a word is said."""
    policy = GuildSettings(
        roles=(RoleBounds(ARTISTS, models=("flux/dev",)), RoleBounds(STAFF, loras=("ink",)))
    )
    assert refusal(policy, style="Poster")[0] == "model.role"
    assert order(policy, style="Poster", model="pony").model == "pony"
    assert order(policy, ADA, style="Poster").model == "flux/dev"
    inked = order(policy, style="Inked")
    assert inked.loras == ()
    assert "I ignored the style's LoRA Ink: you can't use it here." in inked.notes
    assert order(DEFAULT_SETTINGS, style="Inked").loras == (("ink", 1.0),)


@pytest.mark.parametrize(
    ("named", "hidden"),
    [
        ("flux/dev", True),
        ("FLUX/DEV.safetensors", True),
        ("Flux Dev", True),
        ("dev", True),
        ("pony", False),
        ("no such model", False),
        (" ", False),
    ],
)
def test_a_styles_model_is_known_by_any_of_its_names(named: str, hidden: bool) -> None:
    """As SwarmUI's own presets write them; the gate reads them alike."""
    policy = GuildSettings(roles=(RoleBounds(ARTISTS, models=("flux/dev",)),))
    shelf = CatalogSnapshot(SHELF.models, presets=(Preset("Look", parameters=(("Model", named),)),))
    assert (Access(policy).filter_snapshot(shelf).presets == ()) is hidden
    wish = DrawRequest("interaction:1", "a fox", style="Look")
    if hidden:
        with pytest.raises(Refused, match="Only <@&5> can use"):
            build_generation_params(wish, MIA, shelf, HOST, 42, policy)
    else:
        assert build_generation_params(wish, MIA, shelf, HOST, 42, policy).model != "flux/dev"


def test_ten_thousand_models_are_sifted() -> None:
    models = tuple(Model(f"folder{n % 50}/model-{n:05}", f"Model {n:05}") for n in range(10_000))
    presets = tuple(
        Preset(f"style {n}", parameters=(("model", f"model-{n:05}"),)) for n in range(200)
    )
    roles = tuple(
        RoleBounds(role, models=tuple(one.name for one in models[role * 9 : role * 9 + 9]))
        for role in range(1, 50)
    )
    policy = GuildSettings(models=tuple(one.name for one in models[:200]), roles=roles)
    access, whole = Access(policy, (3, 4)), CatalogSnapshot(models, presets=presets)
    mine = access.filter_snapshot(whole)
    assert mine.models == tuple(one for one in models[:600] if access.can_use_model(one.name))
    assert len(mine.presets) == len([n for n in range(200) if access.can_use_model(models[n].name)])


def test_the_shelf_has_what_is_open_and_is_the_same_where_that_is_all() -> None:
    """What is not open is not offered, styles with it."""
    policy = GuildSettings(roles=(RoleBounds(ARTISTS, models=("flux/dev",), loras=("ink",)),))
    mine = Access(policy).filter_snapshot(SHELF)
    assert [one.name for one in mine.models] == ["sdxl/base", "pony"]
    assert [one.name for one in mine.loras] == ["gold"]
    assert [one.title for one in mine.presets] == ["Inked"]
    assert Access(policy, (ARTISTS,)).filter_snapshot(SHELF) == SHELF
    named = Access(GuildSettings(models=("pony",))).filter_snapshot(SHELF)
    assert [one.title for one in named.presets] == ["Inked"]
    assert Access(DEFAULT_SETTINGS).filter_snapshot(SHELF) is SHELF


def test_of_two_models_with_one_title_the_open_one_is_meant() -> None:
    models = tuple(replace(SDXL, name=f"{folder}/dream", title="Dream") for folder in "abc")
    shelf = replace(SHELF, models=models)

    def draw(*allowed: str) -> str:
        policy = GuildSettings(models=allowed)
        wish = DrawRequest("s", "a fox", model="Dream")
        return build_generation_params(wish, MIA, shelf, HOST, 42, policy).model

    assert draw("b/dream") == "b/dream"
    with pytest.raises(Refused, match=r"Which one[?] Choose a/dream or c/dream"):
        draw("a/dream", "c/dream")
    with pytest.raises(Refused, match=r"Which one[?] Choose a/dream, b/dream or c/dream"):
        draw("x")

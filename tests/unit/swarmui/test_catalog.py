"""Models by exact name, suggestions in any spelling, quick with ten thousand of them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bot.adapters.swarmui import Swarm, SwarmCatalog, SwarmSettings
from bot.core.errors import Down
from bot.core.request import Model
from tests.support.frames import FREE, FrameServer, silence

CLASSES = {
    "stable-diffusion-v1": {
        "compat_class": "stable-diffusion-v1",
        "standard_width": 512,
        "standard_height": 512,
    },
    "Flux.1-dev": {"compat_class": "flux-1", "standard_width": 1024, "standard_height": 1024},
}
PARAMS = {
    "model_classes": CLASSES,
    "models": {
        "Stable-Diffusion": [
            ["stub.safetensors", "stable-diffusion-v1"],
            ["sub folder/other model.safetensors", "stable-diffusion-v1"],
            ["flux/dev.safetensors", "Flux.1-dev"],
            ["flux/old.safetensors", None],
            ["sd/dev.safetensors", "stable-diffusion-v1"],
            ["broken.ckpt", None],
            ["(None)", None],
        ]
    },
}
LISTED = {
    "files": [
        {
            "name": "stub.safetensors",
            "title": "stub.safetensors",
            "preview_image": "imgs/model_placeholder.jpg",
            "architecture": "stable-diffusion-v1",
            "compat_class": "stable-diffusion-v1",
            "standard_width": 768,
            "standard_height": 512,
            "loaded": True,
            "is_supported_model_format": True,
        },
        {
            "name": "flux/dev.safetensors",
            "title": "Flux Dev",
            "preview_image": "/ViewSpecial/Stable-Diffusion/flux/dev?editid=3",
        },
        {"name": "broken.ckpt", "is_supported_model_format": False},
        {"name": "new.safetensors"},
        {"name": 7},
        "nonsense",
    ]
}


@pytest.fixture
def catalog() -> SwarmCatalog:
    return learnt(PARAMS, LISTED)


def learnt(params: dict[str, Any], listed: dict[str, Any]) -> SwarmCatalog:
    catalog = SwarmCatalog(sessions=None)  # type: ignore[arg-type]  # nothing is asked here
    catalog.learn(params, listed)
    return catalog


def test_the_two_lists_make_one(catalog: SwarmCatalog) -> None:
    assert [model.name for model in catalog.models()] == [
        "stub.safetensors",
        "sub folder/other model.safetensors",
        "flux/dev.safetensors",
        "flux/old.safetensors",
        "sd/dev.safetensors",
        "new.safetensors",
    ]
    assert catalog.models()[0] == Model(
        name="stub.safetensors",
        title="stub",
        architecture="stable-diffusion-v1",
        compat_class="stable-diffusion-v1",
        width=768,
        height=512,
        loaded=True,
        preview="",
    )
    assert catalog.models()[2] == Model(
        name="flux/dev.safetensors",
        title="Flux Dev",
        architecture="Flux.1-dev",
        compat_class="flux-1",
        width=1024,
        height=1024,
        preview="ViewSpecial/Stable-Diffusion/flux/dev",
    )


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("stub.safetensors", "stub.safetensors"),
        ("stub", "stub.safetensors"),
        ("STUB.SafeTensors", "stub.safetensors"),
        (" sub folder/Other Model ", "sub folder/other model.safetensors"),
        ("other model", "sub folder/other model.safetensors"),
        ("flux dev", "flux/dev.safetensors"),
        ("dev", None),  # two have it
        ("stu", None),
        ("", None),
        ("(None)", None),
    ],
)
def test_a_name_is_resolved_exactly_or_not_at_all(
    catalog: SwarmCatalog, name: str, found: str | None
) -> None:
    model = catalog.resolve(name)
    assert (model.name if model else None) == found


def test_names_that_differ_in_case_alone_are_told_apart() -> None:
    pairs = [["A.safetensors", None], ["a.safetensors", None]]
    catalog = learnt({"models": {"Stable-Diffusion": pairs}}, {})
    for name, _ in pairs:
        model = catalog.resolve(str(name))
        assert model is not None
        assert model.name == name


def test_suggestions_hold_the_word_or_are_alike(catalog: SwarmCatalog) -> None:
    assert [m.name for m in catalog.suggest("dev", 2)] == [
        "flux/dev.safetensors",
        "sd/dev.safetensors",
    ]
    assert catalog.suggest("othr modle", 1)[0].name == "sub folder/other model.safetensors"
    assert catalog.suggest("", 3) == catalog.models()[:3]
    assert catalog.suggest("flux/", 5)[0].name.startswith("flux/")
    assert len(set(catalog.suggest("flux", 25))) == len(catalog.suggest("flux", 25))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"models": None},
        {"models": {"Stable-Diffusion": [None, 7, [], ["x"], "plain.safetensors", [None, 3]]}},
        {"model_classes": {"x": 7}, "models": {"Stable-Diffusion": [["y", "x"]]}},
    ],
)
def test_odd_lists_are_read_as_far_as_they_go(params: dict[str, Any]) -> None:
    for model in learnt(params, {"files": None}).models():
        assert model.name
        assert model.width == 0


def test_ten_thousand_models_are_searched_while_someone_types() -> None:
    pairs = [[f"folder{i % 40}/Some Model v{i}-{i * 7}.safetensors", None] for i in range(10_000)]
    catalog = learnt({"models": {"Stable-Diffusion": pairs}}, {})
    words = [
        "some",
        "model v77",
        "sme modle 9123",
        "folder3/so",
        "zzzz",
        "v9999",
        "x",
        "dreamshapr",
    ]
    spent: list[float] = []
    for word in words * 5:
        begun = time.perf_counter()
        catalog.suggest(word, 25)
        spent.append(time.perf_counter() - begun)
    # The bar is 10 ms; a shared machine with two cores may be several times slower.
    assert sorted(spent)[len(spent) // 2] < 0.03


async def test_the_last_known_list_stays_while_the_server_is_down() -> None:
    async with FrameServer(silence).running() as server:
        server.answers |= {"ListT2IParams": PARAMS, "ListModels": LISTED}
        async with Swarm.open(SwarmSettings(url=server.base)) as swarm:
            assert swarm.catalog.models() == ()
            await swarm.catalog.refresh()
            before = swarm.catalog.models()
            assert before
            server.answers["GetCurrentStatus"] = {
                "status": FREE,
                "backend_status": {"status": "empty"},
            }
            with pytest.raises(Down):
                await swarm.catalog.refresh()
            server.answers["ListT2IParams"] = {"error": "No backends available!"}
            with pytest.raises(Down):
                await swarm.catalog.refresh()
            assert swarm.catalog.models() == before

"""Models by exact name, suggestions in any spelling, quick with ten thousand of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui import SwarmCatalog, SwarmClient, SwarmSettings
from bot.adapters.swarmui.catalog_cache import SnapshotFile
from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.request import Model
from bot.core.errors import BackendDown, NotAllowed
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
    catalog.update_models(params, listed)
    return catalog


def test_the_two_lists_make_one(catalog: SwarmCatalog) -> None:
    assert [model.name for model in catalog.list_models()] == [
        "stub.safetensors",
        "sub folder/other model.safetensors",
        "flux/dev.safetensors",
        "flux/old.safetensors",
        "sd/dev.safetensors",
        "new.safetensors",
    ]
    assert catalog.list_models()[0] == Model(
        name="stub.safetensors",
        title="stub",
        architecture="stable-diffusion-v1",
        compat_class="stable-diffusion-v1",
        width=768,
        height=512,
        loaded=True,
        preview="",
    )
    assert catalog.list_models()[2] == Model(
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
    model = catalog.find_model(name)
    assert (model.name if model else None) == found


def test_names_that_differ_in_case_alone_are_told_apart() -> None:
    pairs = [["A.safetensors", None], ["a.safetensors", None]]
    catalog = learnt({"models": {"Stable-Diffusion": pairs}}, {})
    for name, _ in pairs:
        model = catalog.find_model(str(name))
        assert model is not None
        assert model.name == name


def test_suggestions_hold_the_word_or_are_alike(catalog: SwarmCatalog) -> None:
    assert [m.name for m in catalog.suggest_models("dev", 2)] == [
        "flux/dev.safetensors",
        "sd/dev.safetensors",
    ]
    assert catalog.suggest_models("othr modle", 1)[0].name == "sub folder/other model.safetensors"
    assert catalog.suggest_models("", 3) == catalog.list_models()[:3]
    assert catalog.suggest_models("flux/", 5)[0].name.startswith("flux/")
    assert len(set(catalog.suggest_models("flux", 25))) == len(catalog.suggest_models("flux", 25))


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
    for model in learnt(params, {"files": None}).list_models():
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
        begun = time.process_time()
        catalog.suggest_models(word, 25)
        spent.append(time.process_time() - begun)
    # The bar is 10 ms; a shared machine with two cores may be several times slower.
    assert sorted(spent)[len(spent) // 2] < 0.03


async def test_the_last_known_list_stays_while_the_server_is_down() -> None:
    async with FrameServer(silence).running() as server:
        server.answers |= {"ListT2IParams": PARAMS, "ListModels": LISTED}
        async with SwarmClient.open(SwarmSettings(url=server.base)) as swarm:
            assert swarm.catalog.list_models() == ()
            await swarm.catalog.refresh_catalog()
            before = swarm.catalog.list_models()
            assert before
            server.answers["GetCurrentStatus"] = {
                "status": FREE,
                "backend_status": {"status": "empty"},
            }
            with pytest.raises(BackendDown):
                await swarm.catalog.refresh_catalog()
            server.answers["ListT2IParams"] = {"error": "No backends available!"}
            with pytest.raises(BackendDown):
                await swarm.catalog.refresh_catalog()
            assert swarm.catalog.list_models() == before


def refused(_: Any) -> web.Response:
    return web.json_response(
        {"error_id": "bad_permissions", "error": "You lack permissions for this route."}, status=400
    )


def unknown(_: Any) -> web.Response:
    return web.json_response({"error_id": "bad_route", "error": "Unknown API route"}, status=400)


def by_subtype(body: dict[str, Any]) -> web.Response:
    loras = {"files": [{"name": "ink.safetensors", "trigger_phrase": "inkwash"}]}
    return web.json_response(loras if body.get("subtype") == "LoRA" else LISTED)


FULL = {
    "ListT2IParams": PARAMS | {"list": [{"id": "steps", "type": "integer"}]},
    "ListModels": by_subtype,
    "GetMyUserData": {"presets": [{"title": "Noir"}]},
}


@pytest.mark.parametrize("no", [refused, unknown])
@pytest.mark.parametrize(
    ("route", "empty"),
    [
        ("GetMyUserData", {"presets"}),
        ("ListModels", {"loras"}),
        ("ListT2IParams", {"params"}),
    ],
)
async def test_a_list_that_is_not_to_be_had_is_empty_and_the_rest_usable(
    route: str, empty: set[str], no: Any
) -> None:
    async with FrameServer(silence).running() as server:
        server.answers |= FULL | {route: no}
        async with SwarmClient.open(SwarmSettings(url=server.base)) as swarm:
            await swarm.catalog.refresh_catalog()
            shelf = swarm.catalog.get_snapshot()
            assert swarm.health.is_up
    assert "stub.safetensors" in [model.name for model in shelf.models]
    for name in ("loras", "presets", "params"):
        assert bool(getattr(shelf, name)) is (name not in empty), name


async def test_a_server_that_tells_neither_list_has_told_nothing() -> None:
    async with FrameServer(silence).running() as server:
        server.answers |= FULL
        async with SwarmClient.open(SwarmSettings(url=server.base)) as swarm:
            await swarm.catalog.refresh_catalog()
            before = swarm.catalog.get_snapshot()
            server.answers |= {"ListT2IParams": refused, "ListModels": refused}
            with pytest.raises(NotAllowed):
                await swarm.catalog.refresh_catalog()
            assert swarm.catalog.get_snapshot() is before


async def test_a_rescan_asks_the_server_to_look_and_reads_in_any_case() -> None:
    asked: list[str] = []

    def looked(_: Any) -> web.Response:
        asked.append("TriggerRefresh")
        return refused(_)

    async with FrameServer(silence).running() as server:
        server.answers |= FULL | {"TriggerRefresh": looked}
        async with SwarmClient.open(SwarmSettings(url=server.base)) as swarm:
            await swarm.catalog.rescan_folders()
            assert asked == ["TriggerRefresh"]
            assert swarm.catalog.list_models()


def names_in(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


async def test_the_lists_outlive_the_bot_while_the_server_is_away(tmp_path: Path) -> None:
    file = tmp_path / "lists"
    async with FrameServer(silence).running() as server:
        server.answers |= FULL
        url = server.base
        async with SwarmClient.open(SwarmSettings(url=url)) as swarm:
            await swarm.catalog.load_cached_snapshot(file, url)
            assert swarm.catalog.get_snapshot_time() is None
            await swarm.catalog.refresh_catalog()
            shelf, as_of = swarm.catalog.get_snapshot(), swarm.catalog.get_snapshot_time()
            await swarm.catalog.refresh_catalog()
            assert swarm.catalog.get_snapshot() is shelf, "the same object until it changes"
    async with SwarmClient.open(SwarmSettings(url=url)) as swarm:
        await swarm.catalog.load_cached_snapshot(file, url)
        assert swarm.catalog.get_snapshot() == shelf
        assert swarm.catalog.find_model("flux dev") is not None
        said = swarm.catalog.get_snapshot_time()
        assert as_of is not None
        assert said is not None
        assert abs((said - as_of).total_seconds()) < 60
        with pytest.raises(BackendDown):
            await swarm.catalog.refresh_catalog()
        assert swarm.catalog.get_snapshot() == shelf
    async with SwarmClient.open(SwarmSettings(url="http://127.0.0.1:9")) as swarm:
        await swarm.catalog.load_cached_snapshot(file, "http://127.0.0.1:9")
        assert swarm.catalog.list_models() == (), "what another server said"
    assert names_in(tmp_path) == ["lists"]


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b'{"form": 1}', b'{"form": 2, "url": "u", "shelf": {}}', b"\xff" * 99],
)
def test_a_damaged_file_is_ignored_with_one_line(
    tmp_path: Path, damage: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lists"
    file.write_bytes(damage)

    assert SnapshotFile(file, "u").load_snapshot() is None
    assert capsys.readouterr().out.count("kept lists ignored") == 1


def test_a_folder_that_cannot_be_written_costs_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    SnapshotFile(tmp_path / "nowhere" / "lists", "u").save_snapshot(CatalogSnapshot(), 0.0)

    assert "lists not kept" in capsys.readouterr().out


async def test_another_process_of_the_server_makes_the_lists_stale() -> None:
    servers = iter(("one", "two"))

    def session(_: Any) -> web.Response:
        return web.json_response({"session_id": "a" * 40, "server_id": next(servers, "two")})

    async with FrameServer(silence).running() as server:
        server.answers |= FULL | {"GetNewSession": session}
        async with SwarmClient.open(SwarmSettings(url=server.base)) as swarm:
            await swarm.catalog.refresh_catalog()
            assert not swarm.catalog.is_stale()
            async with swarm.lease_session():  # any new session names the process
                assert swarm.catalog.is_stale()
            await swarm.catalog.refresh_catalog()
            assert not swarm.catalog.is_stale()


def test_titles_of_each_kind_are_suggested() -> None:
    catalog = learnt(PARAMS | {"models": {"LoRA": [["styles/wet ink.safetensors", None]]}}, LISTED)

    assert catalog.find_similar_titles("l", "wte ink", 3) == ("wet ink",)
    assert catalog.find_similar_titles("m", "flx dev", 1) == ("Flux Dev",)
    assert catalog.find_similar_titles("s", "anything", 3) == ()


async def test_a_call_that_the_server_does_not_know_is_asked_once_until_a_moderator_asks() -> None:
    asked: list[str] = []

    def mine(_: Any) -> web.Response:
        asked.append("GetMyUserData")
        return unknown(_)

    async with FrameServer(silence).running() as server:
        server.answers |= FULL | {"GetMyUserData": mine, "TriggerRefresh": refused}
        async with SwarmClient.open(SwarmSettings(url=server.base)) as swarm:
            for _ in range(3):
                await swarm.catalog.refresh_catalog()
            assert len(asked) == 1
            await swarm.catalog.rescan_folders()
            assert len(asked) == 2

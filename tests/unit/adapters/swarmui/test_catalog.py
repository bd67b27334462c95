"""The lists of a server: read, kept while it is down, and read again when it is another process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from bot.adapters.swarmui.catalog import SwarmCatalog
from bot.adapters.swarmui.catalog_cache import SnapshotFile
from bot.adapters.swarmui.catalog_parser import CatalogResponses, build_snapshot
from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.request import Model
from bot.core.errors import BackendDown, NotAllowed, NotSwarmUI
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


def learnt(params: dict[str, Any], listed: dict[str, Any]) -> tuple[Model, ...]:
    return build_snapshot(CatalogResponses(params=params, models=listed)).models


def test_the_two_lists_make_one() -> None:
    models = learnt(PARAMS, LISTED)
    assert [model.name for model in models] == [
        "stub.safetensors",
        "sub folder/other model.safetensors",
        "flux/dev.safetensors",
        "flux/old.safetensors",
        "sd/dev.safetensors",
        "new.safetensors",
    ]
    assert models[0] == Model(
        name="stub.safetensors",
        title="stub",
        architecture="stable-diffusion-v1",
        compat_class="stable-diffusion-v1",
        width=768,
        height=512,
        loaded=True,
        preview="",
    )
    assert models[2] == Model(
        name="flux/dev.safetensors",
        title="Flux Dev",
        architecture="Flux.1-dev",
        compat_class="flux-1",
        width=1024,
        height=1024,
        preview="ViewSpecial/Stable-Diffusion/flux/dev",
    )


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
    for model in learnt(params, {"files": None}):
        assert model.name
        assert model.width == 0


async def test_the_last_known_list_stays_while_the_server_is_down() -> None:
    async with FrameServer(silence).running() as server:
        server.answers |= {"ListT2IParams": PARAMS, "ListModels": LISTED}
        async with SwarmClient.open(SwarmSettings(url=server.base)) as swarm:
            assert swarm.catalog.get_snapshot().models == ()
            await swarm.catalog.refresh_catalog()
            before = swarm.catalog.get_snapshot().models
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
            assert swarm.catalog.get_snapshot().models == before


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
            assert swarm.health.down_reason is None
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
            assert swarm.catalog.get_snapshot().models


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
        said = swarm.catalog.get_snapshot_time()
        assert as_of is not None
        assert said is not None
        assert abs((said - as_of).total_seconds()) < 60
        with pytest.raises(BackendDown):
            await swarm.catalog.refresh_catalog()
        assert swarm.catalog.get_snapshot() == shelf
    async with SwarmClient.open(SwarmSettings(url="http://127.0.0.1:9")) as swarm:
        await swarm.catalog.load_cached_snapshot(file, "http://127.0.0.1:9")
        assert swarm.catalog.get_snapshot().models == (), "what another server said"
    assert names_in(tmp_path) == ["lists"]


async def test_what_is_on_disk_does_not_replace_what_the_server_has_said(tmp_path: Path) -> None:
    async with FrameServer(silence).running() as server:
        server.answers |= FULL
        async with SwarmClient.open(SwarmSettings(url=server.base)) as swarm:
            late: SwarmCatalog = swarm.catalog
            await late.refresh_catalog()
            shelf = late.get_snapshot()
            SnapshotFile(tmp_path / "lists", server.base).save_snapshot(CatalogSnapshot(), 0.0)
            await late.load_cached_snapshot(tmp_path / "lists", server.base)
            assert late.get_snapshot() is shelf


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


@pytest.mark.parametrize("route", ["ListT2IParams", "ListModels", "GetMyUserData"])
async def test_a_list_is_only_replaced_by_a_good_list_on_disk_as_well(
    route: str, tmp_path: Path
) -> None:
    """A tunnel's JSON, an answer without the list's key and a refusal change nothing."""
    denied = {"error_id": "bad_permissions", "error": "You lack permissions for this route."}
    async with (
        FrameServer(silence).running() as server,
        SwarmClient.open(SwarmSettings(url=server.base)) as swarm,
    ):
        server.answers |= {
            "ListT2IParams": {**PARAMS, "list": [], "wildcards": ["animals"]},
            "ListModels": LISTED,
            "GetMyUserData": {"user_name": "local", "presets": [{"title": "Poster"}]},
        }
        path = tmp_path / "kept.lists"
        await swarm.catalog.load_cached_snapshot(path, server.base)
        await swarm.catalog.fetch_lists()
        good, on_disk = swarm.catalog.get_snapshot(), path.read_bytes()
        assert good.models
        assert good.presets
        for wrong in ({"title": "Error 1033", "status": 530}, {"fine": True}):
            server.answers[route] = wrong
            with pytest.raises(NotSwarmUI):
                await swarm.catalog.fetch_lists()
        for refused in (denied, {"error": "Odd.", "error_id": "internal_error"}):
            server.answers[route] = refused
            await swarm.catalog.fetch_lists()
            assert swarm.catalog.get_snapshot().presets == good.presets
            assert swarm.catalog.get_snapshot().wildcards == good.wildcards
            assert len(swarm.catalog.get_snapshot().models) >= 2
        if route != "ListT2IParams":
            assert path.read_bytes() == on_disk

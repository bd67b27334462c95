"""Accounts of the stand-in, their rights, presets and settings, and what a scan needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from bot.sandbox.swarmui import Account
from tests.unit.sandbox.swarm_caller import QUICK, Caller, caller, having

PROXY = {"X-Forwarded-For": "203.0.113.9"}
SETUP = replace(
    QUICK,
    login=True,
    accounts=(
        Account("drawer", "a long password"),
        Account("keeper", "a long password", "poweruser"),
        Account("nobody", "a long password", "no such role"),
        Account("own", "a long password", "painters"),
    ),
    roles=(("painters", ("fundamental_generate_tab_access", "basic_image_generation")),),
)


async def session_of(swarm: Caller, name: str) -> dict[str, Any]:
    """Log somebody in through a proxy and return what GetNewSession says."""
    base = swarm.stand_in.base
    form = {"username": name, "password": "a long password"}
    async with aiohttp.ClientSession(headers=PROXY) as http:
        async with http.post(f"{base}/API/Login", json=form) as answer:
            assert await answer.json(content_type=None) == {"success": "true"}
            token = answer.cookies["swarm_token"].value
        cookie = {"Cookie": f"swarm_token={token}"}
        async with http.post(f"{base}/API/GetNewSession", json={}, headers=cookie) as answer:
            told: dict[str, Any] = await answer.json(content_type=None)
            return told


@pytest.mark.parametrize(
    ("name", "held", "lacked"),
    [
        ("drawer", {"view_image_history", "param_video"}, {"control_model_refresh", "*"}),
        ("keeper", {"control_model_refresh", "edit_wildcards"}, {"interrupt_others", "*"}),
        ("nobody", set(), {"basic_image_generation"}),
        ("own", {"basic_image_generation"}, {"view_image_history", "fundamental"}),
    ],
)
async def test_a_session_tells_the_rights_of_its_role(
    name: str, held: set[str], lacked: set[str]
) -> None:
    async with caller(SETUP) as swarm:
        rights = set((await session_of(swarm, name))["permissions"])
        assert held <= rights
        assert not lacked & rights


async def test_a_call_without_the_right_is_refused_before_its_arguments_are_read() -> None:
    async with caller(SETUP) as swarm:
        mine = (await session_of(swarm, "drawer"))["session_id"]
        told = await swarm.call("EditWildcard", session_id=mine)
        assert told["error_id"] == "bad_permissions"
        own = (await session_of(swarm, "own"))["session_id"]
        listed = await swarm.call("ListImages", session_id=own, path="", depth=1)
        assert listed["error_id"] == "bad_permissions"
        assert having(await swarm.draw(session_id=own), "error") == [
            "You do not have permission to use parameter Model."
        ]


async def test_a_refresh_without_the_right_succeeds_and_scans_nothing() -> None:
    async with caller(SETUP) as swarm:
        await swarm.script(set={"new_files": ["fresh.safetensors"]})
        mine = (await session_of(swarm, "drawer"))["session_id"]

        async def names(**asked: Any) -> list[str]:
            told = await swarm.call("TriggerRefresh", **asked)
            return [name for name, _ in told["models"]["Stable-Diffusion"]]

        assert "fresh.safetensors" not in await names(session_id=mine)
        refused = having(await swarm.draw(model="fresh"), "error")
        assert refused[0].startswith("Invalid value for parameter Model")
        assert "fresh.safetensors" not in await names(strong=False)
        assert "fresh.safetensors" not in await names(refreshType="wildcards")
        assert "fresh.safetensors" not in await names(refreshType="nonsense")
        assert "fresh.safetensors" in await names()
        assert len(having(await swarm.draw(model="fresh"), "image")) == 1


async def test_presets_links_and_settings_belong_to_an_account() -> None:
    async with caller(SETUP) as swarm:
        one = (await session_of(swarm, "drawer"))["session_id"]
        other = (await session_of(swarm, "keeper"))["session_id"]
        form = {"title": "Ink", "description": "", "param_map": {"steps": 2}}
        assert await swarm.call("AddNewPreset", session_id=one, **form) == {"success": True}
        await swarm.call("SetPresetLinks", session_id=one, LoRA={"x": ["Ink"]})
        await swarm.call("ChangeUserSettings", session_id=one, settings={"Language": "de"})
        told = await swarm.call("GetMyUserData", session_id=other)
        assert (told["presets"], told["model_preset_links"]) == ([], {})
        settings = (await swarm.call("GetUserSettings", session_id=other))["settings"]
        assert settings["language"]["value"] == "en"
        mine = await swarm.call("GetMyUserData", session_id=one)
        assert [preset["author"] for preset in mine["presets"]] == ["drawer"]
        # A preset of somebody else is as one that does not exist.
        assert len(having(await swarm.draw(session_id=other, presets=["Ink"]), "image")) == 1


async def test_a_preset_above_the_rights_refuses_the_whole_request() -> None:
    async with caller(SETUP) as swarm:
        mine = (await session_of(swarm, "drawer"))["session_id"]
        form = {"title": "Above", "description": "", "param_map": {"exactbackendid": "0"}}
        await swarm.call("AddNewPreset", session_id=mine, **form)
        found = await swarm.draw(session_id=mine, presets=["Above"])
        words = "You do not have permission to use parameter Exact Backend ID."
        assert having(found, "error") == [words]


@pytest.mark.parametrize("name", ["admin", "local", "System"])
async def test_a_reserved_name_is_nobodys(name: str) -> None:
    async with caller() as swarm:
        form = {"name": name, "password": "a long password", "role": "user"}
        assert "already exists" in (await swarm.call("AdminAddUser", **form))["error"]


@pytest.mark.parametrize(
    ("key", "given", "wanted"),
    [
        ("SaveFiles", 0, False),
        ("SaveFiles", " False ", False),
        ("MaxImagesInMiniGrid", "4", 4),
        ("maximagesinminigrid", True, 1),
        ("Audio.Volume", "0.25", 0.25),
        ("Theme", 7, "7"),
        ("OutPathBuilder", "x", None),
        ("Roles", ["owner"], None),
        ("NoSuch", None, None),
        ("SaveFiles", "maybe", "internal_error"),
        ("SaveFiles", None, "internal_error"),
        ("MaxPromptLines", "many", "internal_error"),
        ("MaxPromptLines", 2**31, "internal_error"),
        ("Theme", ["x"], "internal_error"),
    ],
)
async def test_a_setting_is_read_by_its_type(key: str, given: Any, wanted: Any) -> None:
    async with caller() as swarm:
        before = (await swarm.call("GetUserSettings"))["settings"]
        told = await swarm.call("ChangeUserSettings", settings={key: given})
        after = (await swarm.call("GetUserSettings"))["settings"]
        if wanted == "internal_error":
            assert told["error_id"] == wanted
        else:
            assert told == {"success": True}
        if wanted in (None, "internal_error"):
            assert after == before
            return
        for part in key.lower().split("."):
            shown = after[part]
            after = shown["value"] if isinstance(shown["value"], dict) else after
        assert shown["value"] == wanted

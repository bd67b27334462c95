"""What saving costs a SwarmUI: open files for each folder, and a moment until the file is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.sandbox.swarmui import Setup
from bot.sandbox.swarmui.script import job_of
from bot.sandbox.swarmui.setup import Account
from tests.unit.sandbox.swarm_caller import QUICK, Caller, caller, having

NOT_SAVED = "Server failed to save an image."
JOB = "k3v2q2m7x4t3w4z5b6n5"


async def draw(swarm: Caller, path: str, **body: Any) -> list[Any]:
    return await swarm.draw(overrideoutpathformat=f"raw/{path}", **body)


async def test_each_folder_with_a_picture_keeps_three_files_open_until_a_restart() -> None:
    async with caller() as swarm:
        for path in ("a/1", "a/2", "b/1"):
            await draw(swarm, path)
        assert (await swarm.report())["open_files"] == 6
        swarm.stand_in.state.restart()
        assert (await swarm.report())["open_files"] == 0
        listed = await swarm.call("ListImages", path="raw", depth=2)
        assert len(listed["files"]) == 3
        assert (await swarm.report())["open_files"] == 6, "a list opens them again"


async def test_beyond_the_limit_nothing_is_saved_listed_or_deleted_until_a_restart() -> None:
    async with caller(replace(QUICK, file_limit=6)) as swarm:
        assert having(await draw(swarm, "a/1"), "image")
        assert having(await draw(swarm, "b/1"), "image")
        assert having(await draw(swarm, "c/1"), "error") == [NOT_SAVED]
        assert having(await draw(swarm, "a/2"), "error") == [NOT_SAVED], "in old folders as well"
        assert await swarm.call("ListImages", path="raw", depth=2) == {
            "error": "Error reading file list."
        }
        assert (await swarm.call("DeleteImage", path="raw/a/1.png"))["error_id"] == "internal_error"
        swarm.stand_in.state.restart()
        swarm.session = (await swarm.call("GetNewSession"))["session_id"]
        assert having(await draw(swarm, "a/2"), "image")


async def test_one_database_for_all_folders_is_a_setting() -> None:
    async with caller(replace(QUICK, file_limit=6)) as swarm:
        await swarm.script(set={"metadata_per_folder": False})
        for number in range(4):
            assert having(await draw(swarm, f"{number}/1"), "image")
        assert (await swarm.report())["open_files"] == 3


async def test_a_file_is_served_from_memory_before_it_is_on_disk() -> None:
    async with caller(replace(QUICK, save_s=60)) as swarm:
        assert having(await draw(swarm, "a/1", images=2), "image") == [
            "View/local/raw/a/1.png",
            "View/local/raw/a/1-1.png",
        ]
        assert (await swarm.call("ListImages", path="raw/a", depth=1))["files"] == []
        for name in ("1.png", "1-1.png"):
            assert (await swarm.fetch(f"View/local/raw/a/{name}"))[0] == 200
        assert (await swarm.fetch("View/local/raw/a/1-2.png"))[0] == 404


async def test_what_was_not_written_is_lost_with_the_process() -> None:
    async with caller(replace(QUICK, save_s=0.2)) as swarm:
        await draw(swarm, "a/1")
        swarm.stand_in.state.restart()
        await swarm.stand_in.state.keeper.close()
        listed = await swarm.call("ListImages", path="raw/a", depth=1)
        assert listed["files"] == []


async def test_the_files_beside_a_picture_go_with_it() -> None:
    async with caller() as swarm:
        await draw(swarm, "a/1")
        folder = swarm.stand_in.state.files.root / "local/raw/a"
        for ending in ("txt", "metadata.js", "swarm.json", "swarmpreview.jpg", "swarmpreview.webp"):
            (folder / f"1.{ending}").write_bytes(b"beside")
        (folder / "2.txt").write_bytes(b"another's")
        listed = await swarm.call("ListImages", path="raw/a", depth=1)
        assert [file["src"] for file in listed["files"]] == ["1.png"]
        assert await swarm.call("DeleteImage", path="raw/a/1.png") == {"success": True}
        assert [file.name for file in folder.iterdir()] == ["2.txt"]
        assert (await swarm.fetch("View/local/raw/a/1.png"))[0] == 200, "from memory for a while"


async def test_a_server_may_put_all_accounts_into_one_folder() -> None:
    async with caller() as swarm:
        (own,) = having(await draw(swarm, "a/1"), "image")
        await swarm.script(set={"append_user_name": False})
        assert (await swarm.call("GetNewSession"))["output_append_user"] is False
        (shared,) = having(await draw(swarm, "a/2"), "image")
        assert (own, shared) == ("View/local/raw/a/1.png", "Output/raw/a/2.png")
        assert (await swarm.fetch(own))[0] == (await swarm.fetch(shared))[0] == 200
        listed = await swarm.call("ListImages", path="local/raw/a", depth=1)
        assert [file["src"] for file in listed["files"]] == ["1.png"]
        assert await swarm.call("DeleteImage", path="local/raw/a/1.png") == {"success": True}


async def test_another_accounts_pictures_are_neither_shown_nor_deleted() -> None:
    bob = Setup(step_s=0.005, model_load_s=0.01, closing_s=0.02, login=True, localhost_bypass=False)
    bob = replace(bob, accounts=(Account("bob", "bobspassword"), Account("eve", "evespassword")))
    async with caller(bob) as swarm:
        cookies = {}
        for name in ("bob", "eve"):
            accounts = swarm.stand_in.state.accounts
            token = accounts.new_token(accounts.users[name], "test", "here")
            cookies[name] = {"Cookie": f"swarm_token={token}"}
        url = f"{swarm.stand_in.base}/API/GetNewSession"
        sessions = {}
        for name, cookie in cookies.items():
            async with swarm.http.post(url, json={}, headers=cookie) as answer:
                sessions[name] = (await answer.json())["session_id"]
        swarm.session = sessions["bob"]
        (path,) = having(await draw(swarm, "a/1"), "image")
        assert path == "View/bob/raw/a/1.png"
        status, body = await swarm.fetch(path, **cookies["eve"])
        assert status == 400
        assert b"you may not view other users' outputs" in body
        swarm.session = sessions["eve"]
        assert "error" in await swarm.call("DeleteImage", path="raw/a/1.png")
        assert (await swarm.fetch(path, **cookies["bob"]))[0] == 200


@pytest.mark.parametrize(
    ("path", "job"),
    [
        (f"raw/swarmbot/2026-01-02/{JOB}-1", JOB),
        (f"raw/swarmbot/2026-01-02/{JOB}-12", JOB),
        (f"raw/swarmbot/2026-01-02/{JOB}/2", JOB),
        ("raw/a/b-1", "a"),
        ("raw/a", None),
        (None, None),
    ],
)
def test_the_report_reads_the_job_from_old_paths_and_new_ones(path: Any, job: str | None) -> None:
    assert job_of(path) == job

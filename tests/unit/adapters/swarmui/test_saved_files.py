"""What a job has saved over there: found by its path, and deleted with nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.swarmui.context import SwarmContext
from bot.adapters.swarmui.saved_files import (
    delete_image,
    delete_saved_images,
    find_own_path,
    has_image,
    list_saved_images,
)
from bot.adapters.swarmui.sessions import SwarmIdentity
from bot.core.errors import BackendDown, FileRefused, LoginRequired, RequestRejected
from tests.support.drawing import FOLDER
from tests.support.frames import MISSING, serving_context

JOB = "swarmbot/2026-11-24/abcdefghijklmnopqr27"


@dataclass
class Disk:
    """A SwarmUI with one listing for every folder; `gone` is what it was told to delete."""

    kit: SwarmContext
    files: list[str] = field(default_factory=lambda: ["1.png", "1-1.png", "2.mp4", "notes.txt"])
    asked: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    stays: bool = False

    def listing(self, body: dict[str, Any]) -> web.Response:
        self.asked.append(body["path"])
        assert body["sortBy"] == "Date", "by name it would be any 1,000 files"
        return web.json_response({"folders": [], "files": [{"src": one} for one in self.files]})

    def delete(self, body: dict[str, Any]) -> web.Response:
        self.gone.append(body["path"])
        if not self.stays:
            self.files.remove(body["path"].rpartition("/")[2])
        return web.json_response({"success": True})


def serving(*names: str) -> Callable[[web.Request], web.Response]:
    """A /View that has these files below `raw/` and nothing else."""

    def view(request: web.Request) -> web.Response:
        assert request.headers["Range"] == "bytes=0-0", "a whole picture is too much to ask for"
        if request.path.removeprefix("/View/local/raw/") in names:
            return web.Response(status=206, body=b"p", content_type="image/png")
        return web.json_response(MISSING, status=404)

    return view


@pytest.fixture
async def disk() -> AsyncIterator[Disk]:
    async with serving_context() as (server, kit):
        disk = Disk(kit)
        server.answers |= {"ListImages": disk.listing, "DeleteImage": disk.delete}
        yield disk


async def test_a_jobs_pictures_go_of_every_attempt(disk: Disk) -> None:
    assert await delete_saved_images(disk.kit, JOB) == 3
    assert disk.gone == [f"raw/{JOB}/{name}" for name in ("1.png", "1-1.png", "2.mp4")]


@pytest.mark.parametrize(
    "folder",
    [
        "",
        "swarmbot",
        "swarmbot/2026-11-24",
        "swarmbot/2026-11-24/",
        "swarmbot/2026-11-24/..",
        "swarmbot/2026-11-24/job",
        "swarmbot/../abcdefghijklmnopqr27",
        "others/2026-11-24/abcdefghijklmnopqr27",
        f"{JOB}/1",
        f"{JOB}\n",
        f"raw/{JOB}",
        "swarmbot/2026-11-24/abcdefghijklmnopqr27-",
        "swarmbot/2026-11-24/abcdefghijklmnopqr27-1-1",
        "swarmbot/2026-11-24/abcdefghijklmnopqr27-*",
    ],
)
async def test_a_folder_that_others_share_is_not_even_looked_into(disk: Disk, folder: str) -> None:
    with pytest.raises(RequestRejected, match="isn't a job's folder"):
        await delete_saved_images(disk.kit, folder)
    assert disk.asked == []
    assert len(disk.files) == 4


async def test_found_counts_in_order_and_takes_only_this_attempt() -> None:
    async with serving_context() as (server, kit):
        names = ["1-10.png", "1-2.png", "1.jpg", "10.png", "11.png", "1-x.png", "1.txt", "2.png"]
        asked: list[dict[str, Any]] = []

        def listing(body: dict[str, Any]) -> web.Response:
            asked.append(body)
            files = [{"src": name, "metadata": "{}"} for name in names]
            return web.json_response({"folders": [], "files": [*files, {"src": 7}, "x"]})

        server.answers["ListImages"] = listing
        root = "View/local/raw/swarmbot/d/job/"
        assert await list_saved_images(kit, "swarmbot/d/job/1") == tuple(
            root + name for name in ("1.jpg", "1-2.png", "1-10.png")
        )
        assert asked[0]["path"] == "raw/swarmbot/d/job"
        assert asked[0]["depth"] == 1
        names[:] = ["raw/swarmbot/d/job/1.png"]
        assert await list_saved_images(kit, "swarmbot/d/job/1") == (root + "1.png",)


@pytest.mark.parametrize(
    "answer", [{"error": "404, path not found."}, {"folders": [], "files": []}]
)
async def test_found_nothing(answer: dict[str, Any]) -> None:
    async with serving_context() as (server, kit):
        server.answers["ListImages"] = answer
        assert await list_saved_images(kit, "swarmbot/d/job/1") == ()


async def test_found_does_not_mistake_an_outage_for_nothing() -> None:
    async with serving_context() as (server, kit):
        server.answers["ListImages"] = lambda body: web.Response(status=502, text="<html>")
        with pytest.raises(BackendDown):
            await list_saved_images(kit, "swarmbot/d/job/1")


async def test_a_refused_right_to_list_hides_no_picture_and_is_no_outage() -> None:
    async with serving_context() as (server, kit):
        server.answers["ListImages"] = {
            "error_id": "bad_permissions",
            "error": "You lack permissions for this route.",
        }
        assert await list_saved_images(kit, FOLDER) == ()
        server.answers["View"] = serving(f"{FOLDER}.jpg", f"{FOLDER}-1.jpg")
        assert await list_saved_images(kit, FOLDER) == (
            f"View/local/raw/{FOLDER}.jpg",
            f"View/local/raw/{FOLDER}-1.jpg",
        )
        assert kit.health.down_reason is None


async def test_what_is_listed_counts_though_no_file_is_handed_out() -> None:
    async with serving_context() as (server, kit):
        server.answers["View"] = lambda _: web.json_response(
            {"error": "invalid or unauthorized", "error_id": "invalid_user"}, status=400
        )
        server.answers["ListImages"] = {"files": [{"src": "1.png"}], "folders": []}
        assert await list_saved_images(kit, FOLDER) == (f"View/local/raw/{FOLDER}.png",)
        server.answers["ListImages"] = {"files": [], "folders": []}
        assert await list_saved_images(kit, FOLDER) == (), "a list was given, and it is empty"
        server.answers["ListImages"] = {"error_id": "bad_permissions", "error": "You lack it."}
        with pytest.raises(FileRefused):
            await list_saved_images(kit, FOLDER)
        server.answers["GetNewSession"] = {"error": "Invalid or unauthorized."}
        with pytest.raises(LoginRequired):
            await list_saved_images(kit, FOLDER)


async def test_a_gap_between_listed_files_is_asked_for() -> None:
    async with serving_context() as (server, kit):
        names = ["1.webp", "1-2.webp"]
        server.answers["ListImages"] = {"files": [{"src": one} for one in names], "folders": []}
        server.answers["View"] = serving(f"{FOLDER}-1.webp", f"{FOLDER}-3.webp")
        refs = await list_saved_images(kit, FOLDER)
    assert [ref.rpartition(FOLDER)[2] for ref in refs] == [
        ".webp",
        "-1.webp",
        "-2.webp",
        "-3.webp",
    ]


async def test_videos_and_sounds_are_found_too() -> None:
    stem = f"raw/{FOLDER}"
    names = [f"{stem}.mp4", f"{stem}-2.mp3", f"{stem}-1.webm", f"{stem}-3.html", f"{stem}-4.png"]
    async with serving_context() as (server, kit):
        server.answers["ListImages"] = {"files": [{"src": name} for name in names], "folders": []}
        refs = await list_saved_images(kit, FOLDER)
    assert [ref.rpartition(FOLDER)[2] for ref in refs] == [".mp4", "-1.webm", "-2.mp3", "-4.png"]


async def test_files_that_stay_are_said_to_stay(disk: Disk) -> None:
    """A server that says that it deleted them and did not."""
    disk.files = ["1.png", "2.png", "3.png"]
    disk.stays = True
    with pytest.raises(RequestRejected):
        await delete_saved_images(disk.kit, JOB)
    assert len(disk.gone) == 3


async def test_a_folder_without_pictures_is_no_failure(disk: Disk) -> None:
    disk.files = ["notes.txt"]
    assert await delete_saved_images(disk.kit, JOB) == 0
    assert disk.files == ["notes.txt"]


@pytest.mark.parametrize(
    ("appended", "ref", "path"),
    [
        (True, "View/bob/raw/a b.png", "raw/a b.png"),
        (True, "/View/bob/raw/x.png", "raw/x.png"),
        (True, "View/bobby/raw/x.png", None),
        (True, "View/local/raw/x.png", None),
        (True, "Output/raw/x.png", None),
        (True, "Output/bob/raw/x.png", "raw/x.png"),
        (True, "ViewSpecial/bob/x.png", None),
        (False, "Output/raw/x.png", "raw/x.png"),
        (False, "View/bob/raw/x.png", "bob/raw/x.png"),
        (False, "View/local/raw/x.png", "local/raw/x.png"),
    ],
)
def test_a_ref_is_a_path_below_the_accounts_own_folder(
    appended: bool, ref: str, path: str | None
) -> None:
    identity = SwarmIdentity("s", "bob", in_user_folder=appended)
    assert find_own_path(identity, ref) == path


async def test_one_file_goes_by_the_name_that_swarmui_gave_it(disk: Disk) -> None:
    """SwarmUI 0.9.6 names files itself."""
    disk.files = ["0124005-a fox-sdxl.png"]
    ref = "View/local/raw/2026-11-29/0124005-a fox-sdxl.png"
    assert await delete_image(disk.kit, ref)
    assert disk.gone == ["raw/2026-11-29/0124005-a fox-sdxl.png"]
    with pytest.raises(RequestRejected, match="another account"):
        await delete_image(disk.kit, "View/other/raw/x.png")
    assert len(disk.gone) == 1


async def test_one_file_that_is_not_there_is_no_failure_but_one_that_stays_is() -> None:
    async with serving_context() as (server, kit):
        server.answers["DeleteImage"] = {"error": "That file does not exist, cannot delete."}
        assert not await delete_image(kit, "View/local/raw/x.png")
        server.answers["DeleteImage"] = {"error": "x", "error_id": "internal_error"}
        with pytest.raises(RequestRejected):
            await delete_image(kit, "View/local/raw/x.png")


async def test_one_file_is_looked_for_without_a_download() -> None:
    async with serving_context() as (server, kit):
        server.answers["View"] = serving("2026-11-24/a fox.png")
        assert await has_image(kit, "View/local/raw/2026-11-24/a fox.png")
        assert not await has_image(kit, "View/local/raw/2026-11-24/a cat.png")
        with pytest.raises(RequestRejected, match="another account"):
            await has_image(kit, "View/other/raw/2026-11-24/a fox.png")


async def test_a_proxy_that_answers_every_name_is_not_asked_for_ever() -> None:
    async with serving_context() as (server, kit):
        server.answers["ListImages"] = {"folders": [], "files": []}
        server.answers["View"] = lambda _: web.Response(text="welcome")
        assert len(await list_saved_images(kit, f"{JOB}-1")) == 100

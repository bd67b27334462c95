"""`swarmbot demo` as a process: what it prints, what it keeps, and that nothing outlives it."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.child import DidNotStart
from bot.sandbox.demo import Demo, demo
from tests.support.demo import END_S, running_demo

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks Linux's kernel")


async def get(url: str) -> Any:
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        return await response.json()


async def post(url: str, body: dict[str, Any]) -> Any:
    async with aiohttp.ClientSession() as http, http.post(url, json=body) as response:
        return await response.json()


async def gone(pid: int) -> None:
    """Returns when that process, which need not be our child, has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(handle, ended.set)
    try:
        async with asyncio.timeout(END_S):
            await ended.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_everything(number: signal.Signals, tmp_path: Path) -> None:
    async with running_demo("--data", str(tmp_path)) as running:
        world = await get(f"{running.facts['discord']['base']}/sandbox/world")
        assert "imagine" in {command["name"] for command in world["commands"]}
        assert running.facts["bot"]["config"] == str(tmp_path / "config.toml")
        assert running.facts["bot"]["database"] == str(tmp_path / "swarmbot.db")
        running.process.send_signal(number)
        async with asyncio.timeout(END_S):
            rest, _ = await running.process.communicate()
            await gone(running.facts["bot"]["pid"])
        assert running.process.returncode == 0
        assert rest == b""
    assert (tmp_path / "swarmbot.db").exists()
    assert "stopping" in (tmp_path / "bot.log").read_text()


@linux
async def test_the_bot_does_not_outlive_a_launcher_that_is_killed(tmp_path: Path) -> None:
    async with running_demo("--data", str(tmp_path)) as running:
        running.process.kill()
        await gone(running.facts["bot"]["pid"])


async def test_a_kept_folder_goes_on_where_it_ended(tmp_path: Path) -> None:
    async with running_demo("--data", str(tmp_path)) as running:
        base, token = running.facts["discord"]["base"], running.facts["discord"]["token"]
        first = await get(f"{base}/sandbox/world")
        said = {"as": "mia", "do": "message", "channel": "general", "content": "I was here"}
        message = (await post(f"{base}/sandbox/act", said))["message"]
    assert token not in (tmp_path / "config.toml").read_text()
    async with running_demo("--data", str(tmp_path)) as running:
        base = running.facts["discord"]["base"]
        assert running.facts["discord"]["token"] == token
        second = await get(f"{base}/sandbox/world")
        assert (second["guilds"], second["commands"]) == (first["guilds"], first["commands"])
        kept = await get(f"{base}/sandbox/channels/general/messages?as=mia")
        assert message in {m["id"] for m in kept}


async def test_settings_of_another_bot_do_not_leak_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWARMBOT_SWARMUI__URL", "nonsense")
    monkeypatch.setenv("SWARMBOT_DISCORD__TOKEN", "somebody's real token")
    async with running_demo() as running:
        assert running.facts["bot"]["pid"]


async def test_the_bot_is_ended_and_started_by_its_door() -> None:
    async with running_demo() as running:
        door = f"{running.facts['discord']['base']}/sandbox/bot"
        assert await post(door, {"do": "start"}) == {"pid": running.facts["bot"]["pid"]}
        for way in ("kill", "term"):
            assert await post(door, {"do": way}) == {"pid": None}
            assert await post(door, {"do": way}) == {"pid": None}
            assert (await post(door, {"do": "start"}))["pid"]


async def test_a_folder_that_cannot_be_is_said_in_a_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    assert await demo(browser=False, json_line=True, data=tmp_path / "taken") == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.startswith("The demo did not start. ")
    assert "taken" in said.err


async def test_a_bot_that_cannot_start_is_quoted(tmp_path: Path) -> None:
    broken = (sys.executable, "-c", "print('no such luck'); raise SystemExit(3)")
    with pytest.raises(DidNotStart, match=r"exit code 3[\s\S]*no such luck"):
        async with Demo.start(tmp_path, log=tmp_path / "bot.log", command=broken):
            pytest.fail("it said that it was ready")


async def test_the_configuration_is_toml_for_any_folder(tmp_path: Path) -> None:
    folder = tmp_path / 'a "quoted" ö 🦊 folder'
    folder.mkdir()
    reads = (
        "import tomllib, sys, json; f = open(sys.argv[-1], 'rb');"
        "print(json.dumps(tomllib.load(f))); raise SystemExit(1)"
    )
    log = tmp_path / "log"
    with pytest.raises(DidNotStart):
        async with Demo.start(folder, log=log, command=(sys.executable, "-c", reads)):
            pytest.fail("it said that it was ready")
    settings = json.loads(log.read_text().splitlines()[0])
    assert settings["storage"]["database"] == str(folder / "swarmbot.db")
    assert len(settings["triggers"]["channels"]) == 1
    assert "token" not in settings["discord"]

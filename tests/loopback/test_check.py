"""`swarmbot check` against the sandbox: each failure with its fix, and all well at the end."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from rich.console import Console

from bot import check
from bot.adapters.discord.permissions import build_invite_link
from bot.check import run_checks
from bot.sandbox.discord.model import Overwrite
from bot.sandbox.discord.permissions import ATTACH_FILES
from bot.sandbox.swarmui.setup import Account, Setup
from tests.support import proxy as proxies
from tests.support.proxy import Proxy
from tests.support.town import Town, town

QUICK = Setup(step_s=0.01, model_load_s=0.05)


async def checked(
    here: Town,
    monkeypatch: pytest.MonkeyPatch,
    live: str | None = None,
    *,
    width: int = 200,
    as_json: bool = False,
) -> tuple[int, str]:
    """The exit code and what was printed."""
    monkeypatch.setenv("SWARMBOT_DISCORD__TOKEN", here.discord.token)
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False)
    code = await run_checks(here.write_config(), live, console, as_json=as_json)
    return code, out.getvalue()


async def test_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path) as here:
        code, printed = await checked(here, monkeypatch)
        assert code == 0, printed
        for line in ("Logged in as", "Message Content is on", "In 1 server", "websocket", "models"):
            assert line in printed
        assert "A picture came from" in printed
        assert "permissions=" in printed
        assert here.discord.token not in printed


async def test_nothing_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path) as here:
        await here.script(down=True)
        code, printed = await checked(here, monkeypatch)
        assert code == 1
        assert f"Nothing answers at {here.swarm.base}." in printed
        assert "Start SwarmUI, or correct `swarmui.url`" in printed


async def test_a_proxy_answers_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path) as here:
        await here.script(html=True)
        code, printed = await checked(here, monkeypatch)
        assert code == 1
        assert "Point `swarmui.url` at SwarmUI itself" in printed


async def test_it_wants_a_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path, Setup(login=True, localhost_bypass=False)) as here:
        code, printed = await checked(here, monkeypatch)
        assert code == 1
        assert "SwarmUI requires a login, and I have no token." in printed
        assert "User tab" in printed


async def test_no_websocket_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path, Setup(websocket=False, step_s=0.01, model_load_s=0.05)) as here:
        code, printed = await checked(here, monkeypatch)
        assert code == 1
        assert "without live progress" in printed
        assert "A picture came from" in printed


@pytest.mark.parametrize(
    ("setup", "secrets", "script", "broken", "fix"),
    [
        (Setup(backends=()), {}, {}, "backend", "Start one in SwarmUI: Server, then Backends."),
        (Setup(models=()), {}, {}, "models", "Add one to its Models folder and refresh."),
        (QUICK, {}, {"dead": True}, "picture", "Draw the same in SwarmUI's own page"),
        (QUICK, {}, {"empty": True}, "picture", "Draw the same in SwarmUI's own page"),
        (QUICK, {}, {"override_path": False}, "picture", "Update SwarmUI. Version 0.9.7 and newer"),
        (
            Setup(login=True, localhost_bypass=False),
            {"TOKEN": "6d6961.wrong.wrong"},
            {},
            "login",
            "Make a new token in SwarmUI's User tab",
        ),
        (
            Setup(authorization="Bearer xyz"),
            {},
            {},
            "login",
            "Set SWARMBOT_SWARMUI__AUTHORIZATION to the Authorization header that is demanded",
        ),
    ],
    ids=[
        "no backend",
        "no models",
        "dead backend",
        "no picture",
        "0.9.6",
        "wrong token",
        "no header",
    ],
)
async def test_each_failure_has_its_own_fix(
    setup: Setup,
    secrets: dict[str, str],
    script: dict[str, Any],
    broken: str,
    fix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in secrets.items():
        monkeypatch.setenv(f"SWARMBOT_SWARMUI__{name}", value)
    async with town(tmp_path, setup) as here:
        await here.script(**script)
        code, printed = await checked(here, monkeypatch)
    assert code == 1
    assert [line for line in printed.splitlines() if line.startswith(f"FIX  {broken}: ")]
    assert printed.count("FIX  ") == 1, printed
    assert fix in printed
    assert "1 to fix, then run `swarmbot check` again." in printed


async def test_the_header_that_the_server_demands_lets_everything_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARMBOT_SWARMUI__AUTHORIZATION", "Bearer xyz")
    async with town(tmp_path, replace(QUICK, authorization="Bearer xyz")) as here:
        code, printed = await checked(here, monkeypatch)
    assert code == 0, printed
    assert "Bearer xyz" not in printed


async def test_an_account_that_may_not_draw_is_told_its_role(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = Account("bot", "a long password", "guest")
    setup = replace(QUICK, login=True, localhost_bypass=False, accounts=(guest,))
    async with town(tmp_path, setup) as here:
        accounts = here.swarm.state.accounts
        token = accounts.new_token(accounts.users["bot"], "check", "127.0.0.1")
        monkeypatch.setenv("SWARMBOT_SWARMUI__TOKEN", token)
        code, printed = await checked(here, monkeypatch)
    assert code == 1
    assert 'role "user"' in printed, printed
    assert token not in printed


async def test_styles_are_those_of_the_bots_own_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner's presets are not there for the account that README advises."""
    account = Account("bot", "a long password")
    setup = replace(QUICK, login=True, localhost_bypass=False, accounts=(account,))
    async with town(tmp_path, setup) as here:
        accounts = here.swarm.state.accounts
        preset = {"title": "Noir", "description": "", "preview_image": "", "param_map": {}}
        accounts.users["local"].presets["noir"] = preset
        token = accounts.new_token(accounts.users["bot"], "check", "127.0.0.1")
        monkeypatch.setenv("SWARMBOT_SWARMUI__TOKEN", token)
        code, printed = await checked(here, monkeypatch)
        accounts.users["bot"].presets["noir"] = preset
        _, again = await checked(here, monkeypatch)
    assert code == 0, printed
    assert "0 styles in the account bot. A preset belongs to one account." in printed
    assert "1 style in the account bot." in again


async def test_a_default_model_that_does_not_exist_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path, QUICK) as here:
        here.extra = 'model = "SDXL Trubo"\n'
        code, printed = await checked(here, monkeypatch)
    assert code == 1
    assert (
        "FIX  default model: SwarmUI has no model named SDXL Trubo. Did you mean SDXL Turbo?"
        in printed
    )
    assert "Correct `swarmui.model` in config.toml" in printed
    assert printed.count("FIX  ") == 1


async def test_discord_refuses_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path) as here:
        monkeypatch.setattr(type(here.discord), "token", property(lambda _: "wrong.but.shaped"))
        code, printed = await checked(here, monkeypatch)
        assert code == 1
        assert "Discord refuses the token." in printed
        assert "Reset Token" in printed


async def test_live_edits_are_tried_in_a_channel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path) as here:
        asked = here.channel("general")

        async def press() -> None:
            found: dict[str, str] = {}

            async def there() -> bool:
                for message in await here.messages("general"):
                    if "Press me" in str(message["components"]):
                        found["id"] = message["id"]
                return bool(found)

            await here.until(there)
            await here.act("mia", "component", message=found["id"], custom_id="swarmbot-check")

        pressing = asyncio.create_task(press())
        code, printed = await checked(here, monkeypatch, asked)
        await pressing
        assert code == 0, printed
        assert printed.count("The preview became the picture, byte by byte.") == 2
        assert "The same nonce gave the same message." in printed
        assert await here.messages("general") == []
        await here.clean()


async def test_no_log_line_stands_between_the_lines_of_the_check(tmp_path: Path) -> None:
    """Not on a server that is away, and not without a WebSocket, which the log tells of."""
    async with town(tmp_path, replace(QUICK, websocket=False)) as here:
        for down in (False, True):
            await here.script(down=down)
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "bot", "check", "--config", str(here.write_config())),
                env={**os.environ, "SWARMBOT_DISCORD__TOKEN": here.discord.token, "COLUMNS": "400"},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            out, _ = await process.communicate()
            lines = [line for line in out.decode().splitlines() if line.strip()]
            assert lines[-1].endswith("then run `swarmbot check` again.")
            for line in lines[:-1]:
                assert line.startswith(("ok   ", "FIX  ", "       ")), line


async def test_the_owners_account_is_told_where_there_are_logins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path, replace(QUICK, login=True)) as here:
        code, printed = await checked(here, monkeypatch)
    assert code == 1
    assert "who owns this SwarmUI and may change all of it." in printed
    assert "SWARMBOT_SWARMUI__TOKEN" in printed


async def test_a_page_of_swarmui_is_left_out_of_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path) as here:
        here.swarm.base += "/Text2Image"
        code, printed = await checked(here, monkeypatch)
    assert code == 1
    assert "leave /Text2Image out" in printed


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("certificate", ("FIX  address: The certificate of https://127.0.0.1", "SSL_CERT_FILE")),
        ("https", ("FIX  address: There is no https at https://127.0.0.1", "http://")),
        ("http", ("FIX  address: There is only https at http://127.0.0.1", "https://")),
        ("redirect", ("to https://swarm.example.org.", "Put the other address into `swarmui.url`")),
        (
            "tunnel",
            ("FIX  address: A proxy or tunnel answers at http://127", "Start SwarmUI"),
        ),
        ("other", ("FIX  SwarmUI: Something other than SwarmUI answers", "7801")),
    ],
)
async def test_the_address_has_a_sentence_for_each_cause(
    case: str, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = case in ("certificate", "http")
    async with town(tmp_path, QUICK) as here, Proxy(here.swarm.base).running(tls=tls) as proxy:
        direct = here.swarm.base
        here.swarm.base = {
            "https": direct.replace("http:", "https:"),
            "http": proxy.base.replace("https:", "http:"),
        }.get(case, proxy.base)
        proxy.answer = {
            "redirect": proxies.redirect("https://swarm.example.org"),
            "tunnel": proxies.tunnel_text,
            "other": lambda _: web.json_response({"hello": "world"}),
        }.get(case, lambda _: None)
        code, printed = await checked(here, monkeypatch)
        here.swarm.base = direct
    assert code == 1
    for word in words:
        assert word in printed
    assert printed.count("FIX  ") == 1, printed


async def test_a_certificate_of_ones_own_is_trusted_by_ssl_cert_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path, QUICK) as here, Proxy(here.swarm.base).running(tls=True) as proxy:
        config = here.write_config()
        config.write_text(config.read_text("utf-8").replace(here.swarm.base, proxy.base), "utf-8")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", "check", "--config", str(config)),
            env={
                **os.environ,
                "SWARMBOT_DISCORD__TOKEN": here.discord.token,
                "SSL_CERT_FILE": str(proxies.CERTIFICATE),
                "COLUMNS": "400",
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    assert "The WebSocket works" in out.decode()


@pytest.mark.parametrize("width", [80, 40, 20])
async def test_no_terminal_breaks_the_invite_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """A click on half of it opens an invitation without slash commands."""
    async with town(tmp_path) as here:
        await here.script(down=True)
        here.discord.world.guilds.clear()
        _, printed = await checked(here, monkeypatch, width=width)
        link = build_invite_link(int(here.discord.world.application_id))
    assert printed.count(link) == 2, printed
    long = [line for line in printed.splitlines() if len(line) > width]
    assert all(len(line.split()) == 1 for line in long), long


async def test_json_has_the_same_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(tmp_path) as here:
        await here.script(down=True)
        code, printed = await checked(here, monkeypatch)
        again, document = await checked(here, monkeypatch, as_json=True)
        read = json.loads(document)
        assert (code, again, read["ok"]) == (1, 1, False)
        for one in read["checks"]:
            assert set(one) == {"name", "state", "sentence", "fix"}
            mark = {"ok": "ok   ", "fix": "FIX  "}[one["state"]]
            assert f"{mark}{one['name']}: " in printed
            assert bool(one["fix"]) == (one["state"] == "fix")
        assert here.discord.token not in document
        await here.script(down=False)
        code, document = await checked(here, monkeypatch, as_json=True)
        assert (code, json.loads(document)["ok"]) == (0, True)


async def test_json_tells_of_broken_settings_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARMBOT_QUOTA_DAY", "5")
    async with town(tmp_path) as here:
        code, document = await checked(here, monkeypatch, as_json=True)
    (found,) = json.loads(document)["checks"]
    assert (code, found["name"], found["state"]) == (1, "settings", "fix")
    assert "did you mean SWARMBOT_QUOTA__DAY?" in found["sentence"]
    assert "Correct the variable" in found["fix"]


async def test_a_check_that_breaks_is_a_line_and_the_others_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(check, "build_command_tree", broken)
    async with town(tmp_path) as here:
        code, printed = await checked(here, monkeypatch)
    assert code == 1
    assert "FIX  Discord: This check broke (RuntimeError)." in printed
    assert "A picture came from" in printed
    assert "a secret" not in printed


async def test_what_the_settings_name_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing log channel, a trigger channel that is shut, a file in the place of a folder."""
    async with town(tmp_path, extra="[log]\nchannel = 5\n") as here:
        monkeypatch.setenv("SWARMBOT_TRIGGERS__CHANNELS", f"[{here.channel('locked')}]")
        monkeypatch.setenv("SWARMBOT_STORAGE__SPOOL", str(tmp_path / "config.toml"))
        here.discord.world.portal = {"interactions_endpoint_url": "https://old.example"}
        starts = here.discord.hub.starts
        starts.remaining, starts.reset_at = 0, time.time() + 3600
        code, printed = await checked(here, monkeypatch, here.channel("general"))
        report = await here.get("report")
        assert report["gateway"].get("identify", 0) == 0, "a start too many costs the token"
    assert code == 1
    bad = [line for line in printed.splitlines() if line.startswith("FIX  ")]
    assert [line.partition(":")[0] for line in bad] == [
        "FIX  storage",
        "FIX  interactions",
        "FIX  session starts",
        "FIX  channels",
        "FIX  channels",
    ], printed
    assert "There is no channel 5 (`log.channel`)." in printed
    assert "I lack Send Messages in #locked of Sandbox (`triggers.channels`)." in printed


async def test_beside_a_running_bot_it_looks_where_pictures_were_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        await here.picture(await here.imagine("mia", "general"), "general")
        code, printed = await checked(here, monkeypatch)
        assert code == 0, printed
        assert "All is well, and the bot is running." in printed
        place = here.discord.world.channels[here.channel("general")]
        rule = Overwrite(here.discord.world.bot_id, 1, deny=ATTACH_FILES)
        here.discord.world.channels[place.id] = replace(place, overwrites=(rule,))
        code, printed = await checked(here, monkeypatch)
        assert code == 1
        assert "I lack Attach Files in #general of Sandbox (pictures were drawn there" in printed
        await here.clean()

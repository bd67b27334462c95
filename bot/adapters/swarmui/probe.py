"""SwarmUI checks for a host who is setting up, each with a result and a fix.

`probe` runs them in order and stops where the rest would repeat the same problem.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Final

from websockets.exceptions import ConnectionClosed

from bot.adapters.swarmui.account_check import check_own_file, check_rights
from bot.adapters.swarmui.client import SwarmClient
from bot.adapters.swarmui.http import RestClient
from bot.adapters.swarmui.protocol import decode_frame
from bot.adapters.swarmui.settings import SwarmSettings
from bot.adapters.swarmui.websocket import NoWebSocket, close_socket, open_socket
from bot.core import causes, errors
from bot.core.check_result import CheckResult
from bot.core.drawing.default_model import describe_missing_default
from bot.core.drawing.request import GenerationParams, Model
from bot.core.jobs.progress import ImageReady

TRIED_VERSIONS: Final = ("0.9.6", "0.9.7", "0.9.8", "0.9.8.2")
LOCAL_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})
DOCKER_MARKER: Final = Path("/.dockerenv")


async def probe_swarmui(
    settings: SwarmSettings, *, picture: bool = True, default_model: str = ""
) -> AsyncGenerator[CheckResult, None]:
    """Ask everything, each finding as soon as it is there. Never raises a BackendError.

    The picture is small, but a cold model takes minutes: no timeout ends it.
    """
    yield (finding := await check_address(settings))
    if not finding.ok:
        return
    yield (finding := await check_protocol(settings))
    if not finding.ok:
        return
    async with SwarmClient.open(settings) as swarm:
        yield (finding := await check_login(swarm))
        if not finding.ok:
            return
        yield await check_rights(swarm)
        yield await check_session(swarm)
        yield await check_websocket(settings, swarm)
        yield (finding := await check_models(swarm))
        if finding.ok:
            if default_model.strip():
                yield check_default_model(swarm, default_model)
            yield await check_styles(swarm)
        yield (finding := await check_backend(swarm))
        if picture and finding.ok and swarm.catalog.get_snapshot().models:
            async for finding in check_image(swarm):
                yield finding


async def check_address(settings: SwarmSettings) -> CheckResult:
    """Check that something answers at the address."""
    error = await _ask_for_session(settings)
    keeps_away = errors.BackendDown | errors.HostMustAct
    if isinstance(error, keeps_away) and not isinstance(
        error, errors.NotSwarmUI | errors.LoginRequired
    ):
        found = build_result("address", error, settings)
        silent = error.fix in (causes.REFUSED.fix, causes.NO_ANSWER.fix, causes.BROKE_OFF.fix)
        hint = _format_container_hint(settings) if silent else ""
        return replace(found, detail=found.detail + hint)
    detail = f"Something answers at {settings.display_url}."
    return CheckResult("address", True, detail, public="Something answers at its address.")


async def check_protocol(settings: SwarmSettings) -> CheckResult:
    """Check that it is SwarmUI."""
    error = await _ask_for_session(settings)
    if isinstance(error, errors.ProtocolError):
        return build_result("SwarmUI", error, settings)
    return CheckResult("SwarmUI", True, "It speaks SwarmUI's protocol.")


async def _ask_for_session(settings: SwarmSettings) -> errors.BackendError | None:
    rest = RestClient(settings)
    try:
        await rest.call_route("GetNewSession", {})
    except errors.BackendError as error:
        return error
    finally:
        await rest.close()
    return None


def build_result(name: str, error: errors.BackendError, settings: SwarmSettings) -> CheckResult:
    """Return a failed check with the error's own words and SwarmUI's address in them."""
    server, detail = settings.display_url, error.detail
    what = error.describe(server=server, target=detail)
    said = "" if not detail or detail in what else f" ({detail})"
    fix = error.fix or "Look into SwarmUI's own log."
    return CheckResult(name, False, what + said, fix, error.report)


async def check_login(swarm: SwarmClient) -> CheckResult:
    """Check that the login works."""
    try:
        identity = await swarm.fetch_identity()
    except errors.BackendError as error:
        return build_result("login", error, swarm.settings)
    version = identity.version or "of an unknown version"
    detail = f"Let in as {identity.user} by SwarmUI {version}. {describe_tried_versions()}"
    return CheckResult("login", True, detail)


def describe_tried_versions() -> str:
    """Name the versions of SwarmUI that the bot was tried with."""
    *others, last = TRIED_VERSIONS
    return f"I was tried with {', '.join(others)} and {last}."


async def check_session(swarm: SwarmClient) -> CheckResult:
    """Check that a session works."""
    try:
        await swarm.is_session_busy((await swarm.fetch_identity()).session)
    except errors.BackendError as error:
        return build_result("session", error, swarm.settings)
    return CheckResult("session", True, "A session works.")


async def check_websocket(settings: SwarmSettings, swarm: SwarmClient) -> CheckResult:
    """Check that the generation WebSocket opens and answers."""
    missing = CheckResult(
        "websocket",
        False,
        "The WebSocket doesn't work: pictures arrive, but without live progress.",
        "Let the proxy in front of SwarmUI pass WebSocket upgrades on.",
    )
    try:
        session = (await swarm.fetch_identity()).session
        socket = await open_socket(settings)
    except NoWebSocket:
        return missing
    except errors.BackendError as error:
        return build_result("websocket", error, settings)
    try:
        async with asyncio.timeout(settings.first_frame_s):
            # Refused at once, for it says nothing of how many images: no picture is drawn.
            await socket.send(json.dumps({"session_id": session}))
            decode_frame(await socket.recv())
    except (TimeoutError, ConnectionClosed, errors.ProtocolError):
        return missing
    finally:
        await close_socket(socket)
    return CheckResult("websocket", True, "The WebSocket works: progress is live.")


async def check_models(swarm: SwarmClient) -> CheckResult:
    """Check that there is a model."""
    try:
        await swarm.catalog.fetch_lists()
    except errors.BackendError as error:
        return build_result("models", error, swarm.settings)
    found = swarm.catalog.get_snapshot().models
    if not found:
        return CheckResult(
            "models", False, "SwarmUI lists no models.", "Add one to its Models folder and refresh."
        )
    some = ", ".join(model.title for model in found[:3])
    return CheckResult("models", True, f"{len(found)} models: {some}{' …' if found[3:] else ''}")


def check_default_model(swarm: SwarmClient, wished: str) -> CheckResult:
    """Check that the default model is among the lists that were fetched."""
    missing = describe_missing_default(wished, swarm.catalog.get_snapshot().models)
    fix = "Correct `swarmui.model` in config.toml, or leave it empty."
    return CheckResult("default model", not missing, missing or f"{wished} is there.", fix)


async def check_styles(swarm: SwarmClient) -> CheckResult:
    """Count the styles among the lists that were fetched. None is no problem."""
    count, user = len(swarm.catalog.get_snapshot().presets), (await swarm.fetch_identity()).user
    detail = f"{count} style{'' if count == 1 else 's'} in the account {user}."
    if not count:
        detail += " A preset belongs to one account. Import presets there to use them as styles."
    return CheckResult("styles", True, detail)


async def check_backend(swarm: SwarmClient) -> CheckResult:
    """Check that a backend is reported as running. Only an image proves it."""
    try:
        await swarm.check_backend()
    except errors.BackendError as error:
        return build_result("backend", error, swarm.settings)
    return CheckResult("backend", True, "It has a backend.")


async def check_image(swarm: SwarmClient) -> AsyncIterator[CheckResult]:
    """Check that an image is generated and fetched, then try its list, delete and interrupt."""
    listed = swarm.catalog.get_snapshot().models
    model = next((m for m in listed if m.loaded), listed[0])
    refs: list[str] = []
    path = f"swarmbot/check/{secrets.token_hex(8)}-1"
    try:
        async with swarm.lease_session() as lease:
            session = lease.session
            stream = lease.generate_images(_build_test_params(model), path)
            async with aclosing(stream) as events:
                async for event in events:
                    if isinstance(event, ImageReady):
                        refs.append(event.ref)
        size = len(await swarm.fetch_image(refs[0]))
    except errors.BackendError as error:
        own_page = "Draw the same in SwarmUI's own page; its log has the reason."
        failed = build_result("picture", error, swarm.settings)
        fix = f"{error.fix or ''} {own_page}".strip()
        yield replace(failed, detail=f"{model.title}: {failed.detail}", fix=fix)
        return
    came = f"A picture came from {model.title} ({size:,} bytes)"
    if path not in refs[0] and not refs[0].startswith("data:"):
        yield CheckResult(
            "picture",
            False,
            f"{came}, but this SwarmUI gave the file a name of its own. So I can't find it after a "
            "crash or a lost connection, and draw it again.",
            "Update SwarmUI. Version 0.9.7 and newer save files under the names I ask for.",
        )
    else:
        yield CheckResult("picture", True, f"{came}.")
    async for finding in check_own_file(swarm, session, refs[0]):
        yield finding


def _build_test_params(model: Model) -> GenerationParams:
    flux = "flux" in model.architecture.casefold()
    return GenerationParams(
        prompt="a red apple on a table",
        negative="",
        model=model.name,
        model_title=model.title,
        width=256,
        height=256,
        images=1,
        seed=1,
        steps=4,
        cfg=1.0 if flux else 7.0,
        guidance=3.5 if flux else None,
    )


def _format_container_hint(settings: SwarmSettings) -> str:
    if settings.base_url.host in LOCAL_HOSTS and DOCKER_MARKER.exists():
        return (
            " In a container 127.0.0.1 is the container itself: "
            "try http://host.docker.internal:7801."
        )
    return ""

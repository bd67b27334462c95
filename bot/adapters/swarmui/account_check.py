"""Checks of what the bot's account on SwarmUI may do, by its list of rights and by trying."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from bot.adapters.swarmui.client import SwarmClient
from bot.adapters.swarmui.saved_files import find_own_path
from bot.core import causes, errors
from bot.core.check_result import CheckResult

ALL_RIGHTS: Final = "*"
RIGHTS_FIX: Final = 'Give it the role "user" in SwarmUI: Server, then Users.'
OWNER_FIX: Final = (
    'Make an account of role "user" in SwarmUI, and a token in its User tab, and set '
    "SWARMBOT_SWARMUI__TOKEN to it."
)
NEEDED_RIGHTS: Final = {
    "fundamental_generate_tab_access": "reading lists and counters",
    "fundamental_model_access": "listing models",
    "basic_image_generation": "drawing and cancelling",
    "model_params": "choosing a model",
    "view_image_history": "finding a picture after a crash or a lost connection",
    "user_delete_image": "deleting files for `/privacy erase`",
    "param_video": "videos",
}
"""Rights by SwarmUI's own ids, and what does not work without them."""


async def check_rights(swarm: SwarmClient) -> CheckResult:
    """Check the account's list of rights. Old versions of SwarmUI give none."""
    identity = await swarm.fetch_identity()
    if not identity.rights:
        return CheckResult("rights", True, "This SwarmUI doesn't list an account's rights.")
    if ALL_RIGHTS in identity.rights:
        if await _has_logins(swarm):
            what = f"I'm let in as {identity.user}, who owns this SwarmUI and may change all of it."
            return CheckResult("rights", False, what, OWNER_FIX)
        return CheckResult("rights", True, "SwarmUI has no logins, so everybody may do all.")
    missing = {right: use for right, use in NEEDED_RIGHTS.items() if right not in identity.rights}
    if not missing:
        return CheckResult("rights", True, "My account has all rights that I use.")
    named = ", ".join(f"{right} (for {use})" for right, use in missing.items())
    return CheckResult("rights", False, f"My account lacks {named}.", RIGHTS_FIX)


async def check_own_file(swarm: SwarmClient, session: str, ref: str) -> AsyncIterator[CheckResult]:
    """Try what recovery, cancelling and erasing need on a picture of ours, and remove it."""
    yield await _try_call(
        swarm, "interrupt", "InterruptAll", {}, "/cancel stops SwarmUI.", session=session
    )
    if ref.startswith("data:"):
        yield CheckResult(
            "files",
            False,
            "SwarmUI doesn't save its pictures, so I can't find one after a crash.",
            "Turn on *Save Files* in the user settings of my account.",
        )
        return
    path = find_own_path(await swarm.fetch_identity(), ref)
    if path is None:
        return
    folder = {"path": path.rpartition("/")[0], "depth": 1, "sortBy": "Date"}
    yield await _try_call(swarm, "list", "ListImages", folder, "I can find pictures after a crash.")
    yield await _try_call(
        swarm, "delete", "DeleteImage", {"path": path}, "I can delete pictures; that one is gone."
    )


async def _try_call(
    swarm: SwarmClient,
    name: str,
    route: str,
    body: dict[str, object],
    detail: str,
    *,
    session: str = "",
) -> CheckResult:
    try:
        await swarm.ask_server(route, body, session=session)
    except errors.NotAllowed:
        right = {"list": "view_image_history", "delete": "user_delete_image"}.get(
            name, "basic_image_generation"
        )
        use = NEEDED_RIGHTS[right]
        what = f"My account isn't allowed to {name} (right {right}), which I need for {use}."
        return CheckResult(name, False, what, causes.NO_RIGHT.fix)
    except errors.BackendError as error:
        return CheckResult(name, False, error.report, error.fix or "Look into SwarmUI's log.")
    return CheckResult(name, True, detail)


async def _has_logins(swarm: SwarmClient) -> bool:
    """Return True if SwarmUI has its logins on, though it let us in without one."""
    try:
        await swarm.ask_server("ListMyAuthTokens", {})
    except errors.BackendError:
        return False
    return True

"""Calls of those who run the server: its people, its GPUs, its state as a whole."""

from __future__ import annotations

from bot.sandbox.swarmui.accounts import Session
from bot.sandbox.swarmui.calls import Asked, Json, route
from bot.sandbox.swarmui.calls_accounts import cleaned
from bot.sandbox.swarmui.errors import Refused


def _summed(sessions: list[Session]) -> dict[str, int]:
    total = dict.fromkeys(("waiting_gens", "loading_models", "waiting_backends", "live_gens"), 0)
    for session in sessions:
        for key, count in session.counters().items():
            total[key] += count
    return total


@route("GetGlobalStatus", "read_server_info_panels")
def _get_global_status(asked: Asked) -> Json:
    sessions = list(asked.state.accounts.sessions.values())
    return asked.state.engine.status(_summed(sessions))


@route("ListBackends", "view_backends_list")
def _list_backends(asked: Asked) -> Json:
    nonreal, full = asked.flag("nonreal", False), asked.flag("full_data", False)
    ordered = sorted(asked.state.backends.all, key=lambda one: one.id)
    return {str(one.id): one.told(full=full) for one in ordered if one.real or nonreal}


@route("ToggleBackend", "toggle_backends")
async def _toggle_backend(asked: Asked) -> Json:
    number, enabled = asked.whole("backend_id"), asked.flag("enabled")
    for backend in asked.state.backends.all:
        if backend.id == number:
            changed = await asked.state.backends.toggle(backend, enabled)
            return {"result": "Success." if changed else "No change."}
    raise Refused(f"Invalid backend ID {number}")


@route("ServerDebugMessage", "server_debug_message")
def _server_debug_message(asked: Asked) -> Json:
    asked.text("message")
    return {"success": True}


@route("GetServerResourceInfo", "read_server_info_panels")
def _get_server_resource_info(asked: Asked) -> Json:
    return {
        "cpu": {"usage": 0.1, "cores": 8},
        "system_ram": {"total": 32 << 30, "used": 8 << 30, "free": 24 << 30},
    }


@route("AdminAddUser", "manage_users")
def _admin_add_user(asked: Asked) -> Json:
    name, password = cleaned(asked.text("name")), asked.text("password")
    role = asked.text("role").lower()
    if len(name) < 3:
        raise Refused("Username must be at least 3 characters long, A-Z 0-9 only.")
    if len(password) < 8:
        raise Refused("Password must be at least 8 characters long.")
    if len(name) > 70 or len(password) > 500:
        raise Refused("Username or password too long.")
    accounts = asked.state.accounts
    if not accounts.is_free(name) or role not in accounts.roles:
        raise Refused("A user by that name already exists, or registration failed.")
    accounts.add(name, role, password)
    return {"success": True}


@route("AdminListUsers", "manage_users")
def _admin_list_users(asked: Asked) -> Json:
    return {"users": sorted(asked.state.accounts.users)}


@route("AdminInterruptUser", "interrupt_others")
def _admin_interrupt_user(asked: Asked) -> Json:
    name = asked.text("name")
    for session in asked.state.accounts.sessions.values():
        if session.user.name == name:
            session.interrupt()
    return {"success": True}


@route("ListConnectedUsers", "read_server_info_panels")
def _list_connected_users(asked: Asked) -> Json:
    users = []
    for name in sorted(asked.state.accounts.users):
        sessions = [
            session
            for session in asked.state.accounts.sessions.values()
            if session.user.name == name
        ]
        if sessions:
            addresses = [{"address": "127.0.0.1", "count": len(sessions)}]
            users.append(
                {
                    "id": name,
                    "last_active_seconds": 0.0,
                    "active_sessions": addresses,
                    "last_active": "0 seconds ago",
                    **_summed(sessions),
                }
            )
    return {"users": users}


@route("RestartBackends", "restart_backends")
async def _restart_backends(asked: Asked) -> Json:
    only, backends = asked.text("backend", "all"), asked.state.backends
    known = [one for one in backends.all if one.status in ("running", "errored")]
    chosen = [one for one in known if only in ("all", str(one.id))]
    for backend in chosen:
        backend.model = None if backend.comfy else backend.model
        await backends.begin(backend)
    return {"result": "Success.", "count": len(chosen)}


@route("ShutdownServer", "shutdown")
def _shutdown_server(asked: Asked) -> Json:
    asked.state.shut_down_soon()
    return {"success": True}


@route("FreeBackendMemory", "control_mem_clean")
def _free_backend_memory(asked: Asked) -> Json:
    asked.flag("system_ram", False)
    only = asked.text("backend", "all")
    chosen = [one for one in asked.state.backends.all if only in ("all", str(one.id))]
    for backend in chosen:
        backend.model = None if backend.comfy else backend.model
    return {"result": bool(chosen), "count": len(chosen)}

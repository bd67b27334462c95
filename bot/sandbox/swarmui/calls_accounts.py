"""Calls about sessions, logins, people and their settings."""

from __future__ import annotations

import re
import time

from bot.sandbox.swarmui import calls_presets
from bot.sandbox.swarmui.calls import Asked, Json, route
from bot.sandbox.swarmui.errors import InternalFault, Refused
from bot.sandbox.swarmui.user_settings import change_setting, list_settings


@route("GetNewSession", sessionless=True)
def _get_new_session(asked: Asked) -> Json:
    user = asked.visitor
    if user is None:
        raise Refused("Invalid or unauthorized.")
    accounts = asked.state.accounts
    if "impersonateUser" in asked.root:
        if not user.may("manage_users"):
            raise _impersonation("You do not have permission to impersonate other users.")
        other = accounts.users.get(asked.text("impersonateUser"))
        if other is None:
            raise _impersonation("The user you are trying to impersonate does not exist.")
        user = other
    session = accounts.new_session(user)
    asked.state.report.sessions += 1
    return {
        "session_id": session.id,
        "user_id": user.name,
        "output_append_user": asked.state.script.append_user_name,
        "version": "0.9.8.2.GIT-062407c7",
        "server_id": asked.state.server_id,
        "permissions": sorted(user.rights),
    }


def _impersonation(words: str) -> Refused:
    return Refused(words, {"error": words, "error_id": "bad_impersonate"})


def cleaned(name: str) -> str:
    """Return a user name in lower-case letters, digits and underscores."""
    return re.sub(r"[^a-z0-9_]", "", name.lower())


@route("Login", sessionless=True)
def _login(asked: Asked) -> Json:
    if "user-agent" not in asked.headers:
        raise InternalFault("Login reads the User-Agent header")
    accounts, now = asked.state.accounts, time.monotonic()
    name, password = cleaned(asked.text("username")), asked.text("password")
    if not 3 <= len(name) <= 100 or not 8 <= len(password) <= 500:
        return {"error_id": "invalid_login"}
    if accounts.too_many(f"ip {asked.peer}", 5, now) or accounts.too_many(f"user {name}", 15, now):
        return {"error_id": "ratelimit"}
    user = accounts.users.get(name)
    if user is None or user.password is None or user.password != password:
        return {"error_id": "invalid_login"}
    agent = asked.headers["user-agent"]
    asked.cookies.append(accounts.new_token(user, agent, asked.peer))
    return {"success": "true"}


@route("RegisterBasic", sessionless=True)
def _register_basic(asked: Asked) -> Json:
    accounts, now = asked.state.accounts, time.monotonic()
    name, password = cleaned(asked.text("username")), asked.text("password")
    if not 3 <= len(name) <= 100 or not 8 <= len(password) <= 500:
        return {"error_id": "invalid_input"}
    if accounts.too_many(f"ip {asked.peer}", 5, now) or accounts.too_many(f"user {name}", 15, now):
        return {"error_id": "ratelimit"}
    if not accounts.is_free(name) or not name[0].isalpha():
        return {"error_id": "username_exists"}
    accounts.add(name, "user", password)
    return {"success": "true"}


@route("Logout", "fundamental")
def _logout(asked: Asked) -> Json:
    if not asked.state.accounts.login:
        raise Refused("Authorization is not enabled, you have no account to log out of.")
    if asked.cookie is None or len(asked.cookie.split(".")) != 3:
        raise Refused("You do not appear to be actually logged in. How'd you get here?")
    asked.cookies.append("")
    return {"success": "true"}


def _needs_login(asked: Asked) -> None:
    if not asked.state.accounts.login:
        raise Refused("Authorization is not enabled.")


@route("ListMyAuthTokens", "read_user_settings")
def _list_my_auth_tokens(asked: Asked) -> Json:
    _needs_login(asked)
    return {
        "tokens": [
            {
                "id": token.split(".")[1],
                "created": made.at,
                "last_active": made.at,
                "user_agent": made.reason,
                "origin_address": made.address,
                "is_current": token == asked.cookie,
            }
            for token, made in asked.who.user.tokens.items()
        ]
    }


@route("RevokeMyAuthToken", "edit_user_settings")
def _revoke_my_auth_token(asked: Asked) -> Json:
    wanted = asked.text("tokenId")
    _needs_login(asked)
    tokens = asked.who.user.tokens
    for token in tokens:
        if token.split(".")[1] == wanted:
            del tokens[token]
            return {"success": True}
    raise Refused("Token not found.")


@route("GetAPIKeyStatus", "read_user_settings")
def _get_api_key_status(asked: Asked) -> Json:
    asked.text("keyType")
    return {"status": "not set"}


@route("CreateAuthToken", "edit_user_settings")
def _create_auth_token(asked: Asked) -> Json:
    reason = asked.text("reason")
    _needs_login(asked)
    if not reason.strip() or len(reason) > 500:
        raise Refused("Reason must be between 1 and 500 characters.")
    token = asked.state.accounts.new_token(asked.who.user, reason, asked.peer)
    return {"token": token}


@route("GetMyUserData", "fundamental_generate_tab_access")
def _get_my_user_data(asked: Asked) -> Json:
    user = asked.who.user
    return {
        "user_name": user.name,
        "presets": [calls_presets.told(one, inline=False) for one in user.presets.values()],
        "language": "en",
        "permissions": sorted(user.rights),
        "starred_models": user.starred_models,
        "model_preset_links": user.preset_links,
        "autocompletions": None,
    }


@route("GetUserSettings", "read_user_settings")
def _get_user_settings(asked: Asked) -> Json:
    return {"themes": {}, "settings": list_settings(asked.who.user.settings)}


@route("ChangeUserSettings", "edit_user_settings")
def _change_user_settings(asked: Asked) -> Json:
    """Change settings one after the other. What came before a wrong type stays changed."""
    wanted = asked.root.get("settings")
    if not isinstance(wanted, dict):
        raise InternalFault("no settings")
    for key, value in wanted.items():
        change_setting(asked.who.user.settings, key, value)
    return {"success": True}


@route("SetStarredModels", "fundamental_model_access")
def _set_starred_models(asked: Asked) -> Json:
    asked.who.user.starred_models = _without_session(asked.root)
    return {"success": True}


@route("SetPresetLinks", "fundamental_model_access")
def _set_preset_links(asked: Asked) -> Json:
    asked.who.user.preset_links = _without_session(asked.root)
    return {"success": True}


def _without_session(root: Json) -> Json:
    return {key: value for key, value in root.items() if key != "session_id"}

"""The API's calls, one function each: a session and the JSON body in, the answer out."""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.swarmui import files, models, params
from bot.sandbox.swarmui.accounts import ROLES, Session, User
from bot.sandbox.swarmui.errors import InternalFault, Refused

if TYPE_CHECKING:
    from bot.sandbox.swarmui.state import State

Json = dict[str, Any]
_REQUIRED: Final = object()


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP call. `session` is None only for the calls that need none."""

    state: State
    session: Session | None
    root: Json
    visitor: User | None
    headers: dict[str, str]
    peer: str
    cookies: list[str]

    @property
    def who(self) -> Session:
        assert self.session is not None
        return self.session

    def text(self, key: str, default: Any = _REQUIRED) -> str:
        return str(self._value(key, default, params.as_text, "String"))

    def whole(self, key: str, default: Any = _REQUIRED) -> int:
        return int(self._value(key, default, lambda value: int(params.as_text(value)), "Int32"))

    def flag(self, key: str, default: Any = _REQUIRED) -> bool:
        return bool(self._value(key, default, _flag, "Boolean"))

    def _value(self, key: str, default: Any, read: Callable[[Any], Any], kind: str) -> Any:
        if key not in self.root:
            if default is _REQUIRED:
                raise Refused(f"Missing required parameter '{key}'")
            return default
        try:
            return read(self.root[key])
        except ValueError:
            shown = params.as_text(self.root[key])
            raise Refused(
                f"Invalid value '{shown}' for parameter '{key}', must be type '{kind}'"
            ) from None


def _flag(value: Any) -> bool:
    text = params.as_text(value).lower()
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


Handler = Callable[[Asked], "Json | Awaitable[Json]"]


@dataclass(frozen=True, slots=True)
class Route:
    name: str
    permission: str
    handler: Handler
    sessionless: bool = False


ROUTES: dict[str, Route] = {}
WS_ROUTES: Final = {
    "generatetext2imagews": "basic_image_generation",
    "selectmodelws": "load_models_now",
}


def _route(name: str, permission: str = "", *, sessionless: bool = False) -> Callable[..., Handler]:
    def keep(handler: Handler) -> Handler:
        ROUTES[name.lower()] = Route(name, permission, handler, sessionless)
        return handler

    return keep


async def answer(route: Route, asked: Asked) -> Json:
    told = route.handler(asked)
    return await told if inspect.isawaitable(told) else told


@_route("GetNewSession", sessionless=True)
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
        "output_append_user": True,
        "version": "0.9.8.2.GIT-062407c7",
        "server_id": asked.state.server_id,
        "permissions": sorted(ROLES[user.role]),
    }


def _impersonation(words: str) -> Refused:
    return Refused(words, {"error": words, "error_id": "bad_impersonate"})


@_route("Login", sessionless=True)
def _login(asked: Asked) -> Json:
    if "user-agent" not in asked.headers:
        raise InternalFault("Login reads the User-Agent header")
    accounts, name, now = asked.state.accounts, asked.text("username"), time.monotonic()
    if accounts.too_many(f"ip {asked.peer}", 5, now) or accounts.too_many(f"user {name}", 15, now):
        return {"error_id": "ratelimit"}
    user = accounts.users.get(name)
    if user is None or user.password is None or user.password != asked.text("password"):
        return {"error_id": "invalid_login"}
    asked.cookies.append(accounts.new_token(user))
    return {"success": "true"}


@_route("RegisterBasic", sessionless=True)
@_route("RegisterOAuth", sessionless=True)
def _register(asked: Asked) -> Json:
    raise Refused("Registration is not enabled.")


@_route("Logout", "fundamental")
def _logout(asked: Asked) -> Json:
    return {"success": True}


@_route("CreateAuthToken", "edit_user_settings")
def _create_auth_token(asked: Asked) -> Json:
    reason = asked.text("reason")
    if not asked.state.accounts.login:
        raise Refused("Authorization is not enabled.")
    if not 1 <= len(reason) <= 500:
        raise Refused("Reason must be between 1 and 500 characters.")
    return {"token": asked.state.accounts.new_token(asked.who.user)}


@_route("ListMyAuthTokens", "read_user_settings")
def _list_my_auth_tokens(asked: Asked) -> Json:
    return {"tokens": [token.split(".")[1] for token in sorted(asked.who.user.tokens)]}


@_route("AdminAddUser", "manage_users")
def _admin_add_user(asked: Asked) -> Json:
    name, role = asked.text("name"), asked.text("role").lower()
    if name in asked.state.accounts.users:
        raise Refused("A user by that name already exists.")
    if role not in ROLES:
        raise Refused("No role exists by that name.")
    asked.state.accounts.users[name] = User(name, role, asked.text("password"))
    return {"success": True}


@_route("AdminListUsers", "manage_users")
def _admin_list_users(asked: Asked) -> Json:
    return {"users": sorted(asked.state.accounts.users)}


@_route("AdminInterruptUser", "interrupt_others")
def _admin_interrupt_user(asked: Asked) -> Json:
    name = asked.text("name")
    for session in asked.state.accounts.sessions.values():
        if session.user.name == name:
            session.interrupt()
    return {"success": True}


@_route("GetCurrentStatus", "fundamental_generate_tab_access")
def _get_current_status(asked: Asked) -> Json:
    return asked.state.engine.status(asked.who.counters())


@_route("GetGlobalStatus", "read_server_info_panels")
def _get_global_status(asked: Asked) -> Json:
    total = dict.fromkeys(("waiting_gens", "loading_models", "waiting_backends", "live_gens"), 0)
    for session in asked.state.accounts.sessions.values():
        for key, count in session.counters().items():
            total[key] += count
    return asked.state.engine.status(total)


@_route("InterruptAll", "basic_image_generation")
def _interrupt_all(asked: Asked) -> Json:
    everywhere = asked.flag("other_sessions", False)
    asked.state.report.interrupts += 1
    asked.who.interrupt()
    if everywhere:
        for session in asked.state.accounts.sessions.values():
            if session.user is asked.who.user and session is not asked.who:
                session.interrupt()
    return {"success": True}


@_route("GetMyUserData", "fundamental_generate_tab_access")
def _get_my_user_data(asked: Asked) -> Json:
    user = asked.who.user
    return {
        "user_name": user.name,
        "presets": [],
        "language": "en",
        "permissions": sorted(ROLES[user.role]),
        "starred_models": {},
        "model_preset_links": {},
        "autocompletions": None,
    }


@_route("GetUserSettings", "read_user_settings")
def _get_user_settings(asked: Asked) -> Json:
    def setting(name: str, kind: str, value: Any, offered: list[str] | None = None) -> Json:
        return {
            "type": kind,
            "name": name,
            "value": value,
            "description": "",
            "values": offered,
            "value_names": offered,
            "is_secret": False,
        }

    forms = ["PNG", "JPG", "WEBP_LOSSLESS", "WEBP"]
    builder = {
        "format": setting("Format", "text", files.DEFAULT_FORMAT),
        "maxlenperpart": setting("MaxLenPerPart", "integer", files.PART_LENGTH),
    }
    form = {
        "imageformat": setting("ImageFormat", "dropdown", "PNG", forms),
        "savemetadata": setting("SaveMetadata", "boolean", True),
    }
    return {
        "themes": {},
        "settings": {
            "outpathbuilder": setting("OutPathBuilder", "group", builder),
            "fileformat": setting("FileFormat", "group", form),
        },
    }


@_route("ChangeUserSettings", "edit_user_settings")
def _change_user_settings(asked: Asked) -> Json:
    return {"success": True}


@_route("ListT2IParams", "fundamental_generate_tab_access")
def _list_t2i_params(asked: Asked) -> Json:
    return _lists(asked)


def _lists(asked: Asked) -> Json:
    return {
        "list": params.listed(asked.state.models, asked.who.user.may),
        "groups": params.groups(),
        "models": {
            subtype: [
                [one.name, one.architecture] for one in asked.state.models if one.subtype == subtype
            ]
            for subtype in models.SUBTYPES
        },
        "model_compat_classes": models.compat_classes(),
        "model_classes": models.classes(),
        "wildcards": [],
        "param_edits": None,
    }


@_route("TriggerRefresh", "fundamental_generate_tab_access")
def _trigger_refresh(asked: Asked) -> Json:
    return _lists(asked)


def _subtype(asked: Asked) -> str:
    subtype = asked.text("subtype", models.SUBTYPES[0])
    if subtype not in (*models.SUBTYPES, "Wildcards"):
        raise Refused("Invalid sub-type.")
    return subtype


@_route("ListModels", "fundamental_model_access")
def _list_models(asked: Asked) -> Json:
    path, depth = asked.text("path"), min(20, max(1, asked.whole("depth")))
    subtype, inline = _subtype(asked), asked.flag("dataImages", False)
    order = asked.text("sortBy", "Name")
    if order not in ("Name", "Title", "DateCreated", "DateModified"):
        raise Refused(f"Invalid sort mode '{order}'.")
    prefix = path.strip("/") + "/" if path.strip("/") else ""
    found: list[models.ModelFile] = []
    folders: set[str] = set()
    for one in asked.state.models:
        if one.subtype != subtype or not one.name.startswith(prefix):
            continue
        inner = one.name[len(prefix) :].split("/")
        folders |= {prefix + "/".join(inner[:k]) for k in range(1, min(len(inner), depth + 1))}
        if len(inner) <= depth:
            found.append(one)
    if order == "Title":
        found.sort(key=lambda one: one.title or one.name)
    else:
        found.sort(key=lambda one: one.name.lower())
    if asked.flag("sortReverse", False):
        found.reverse()
    loaded = asked.state.backends.loaded
    return {
        "folders": sorted(folders),
        "files": [one.told(loaded=loaded(one), inline=inline) for one in found],
    }


def _model(asked: Asked, name: str, subtype: str) -> models.ModelFile:
    for one in asked.state.models:
        if one.subtype == subtype and name in (one.name, one.short):
            return one
    raise Refused("Model not found.")


@_route("DescribeModel", "fundamental_model_access")
def _describe_model(asked: Asked) -> Json:
    one = _model(asked, asked.text("modelName"), _subtype(asked))
    return {"model": one.told(loaded=asked.state.backends.loaded(one), inline=True)}


@_route("ListLoadedModels", "fundamental_model_access")
def _list_loaded_models(asked: Asked) -> Json:
    loaded = [one for one in asked.state.models if asked.state.backends.loaded(one)]
    return {"models": [one.told(loaded=True, inline=True) for one in loaded]}


@_route("SelectModel", "load_models_now")
async def _select_model(asked: Asked) -> Json:
    return await select_model(asked)


async def select_model(asked: Asked) -> Json:
    name = asked.text("model")
    if not name:
        raise Refused("Invalid empty name.")
    one = _model(asked, name, models.SUBTYPES[0])
    if not await asked.state.backends.load_now(one, asked.root.get("backendId")):
        raise Refused("Model failed to load.")
    return {"success": True}


@_route("TestPromptFill", "fundamental_model_access")
def _test_prompt_fill(asked: Asked) -> Json:
    from bot.sandbox.swarmui import prompts

    reader = params.Reader(asked.state.models, asked.who.user.may, lambda _: False)
    told = prompts.parse({"prompt": asked.text("prompt"), "seed": 0}, reader)
    return {"result": told.params["prompt"]}


@_route("CountTokens", "use_tokenizer")
def _count_tokens(asked: Asked) -> Json:
    text = asked.text("text")
    if len(text) > 100 * 1024:
        raise Refused("Text too long, refused.")
    return {"count": len(text.split())}


@_route("ListBackends", "view_backends_list")
def _list_backends(asked: Asked) -> Json:
    return {str(backend.id): backend.told() for backend in asked.state.backends.all}


@_route("ListImages", "view_image_history")
async def _list_images(asked: Asked) -> Json:
    path, depth = asked.text("path"), max(1, asked.whole("depth"))
    order = asked.text("sortBy", "Name")
    if order not in ("Name", "Date"):
        raise Refused(f"Invalid sort mode '{order}'.")
    return await asked.state.threaded(
        lambda: asked.state.files.listed(
            asked.who.user.name,
            path,
            depth,
            by_date=order == "Date",
            reverse=asked.flag("sortReverse", False),
        )
    )


@_route("DeleteImage", "user_delete_image")
async def _delete_image(asked: Asked) -> Json:
    path = asked.text("path")
    gone = await asked.state.threaded(lambda: asked.state.files.delete(asked.who.user.name, path))
    if not gone:
        raise Refused("That file does not exist, cannot delete.")
    return {"success": True}


@_route("ToggleImageStarred", "user_star_images")
def _toggle_image_starred(asked: Asked) -> Json:
    path = asked.text("path")
    if not asked.state.files.exists(asked.who.user.name, path):
        raise Refused("That file does not exist, cannot star.")
    key = f"{asked.who.user.name}/{path}"
    asked.state.starred ^= {key}
    return {"new_state": key in asked.state.starred}


@_route("ServerDebugMessage", "server_debug_message")
def _server_debug_message(asked: Asked) -> Json:
    asked.text("message")
    return {"success": True}


@_route("GetServerResourceInfo", "read_server_info_panels")
def _get_server_resource_info(asked: Asked) -> Json:
    return {
        "cpu": {"usage": 0.1, "cores": 8},
        "system_ram": {"total": 32 << 30, "used": 8 << 30, "free": 24 << 30},
    }


@_route("GenerateText2Image", "basic_image_generation")
async def _generate_text2image(asked: Asked) -> Json:
    images = asked.whole("images")
    return await asked.state.generate_all(asked.who, images, asked.root)

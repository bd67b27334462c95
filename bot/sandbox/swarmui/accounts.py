"""Users, roles, sessions and tokens, as SwarmUI keeps them.

A session id alone opens the API; the login cookie is asked for only by GetNewSession and by the
picture routes. Sessions and tokens are never dropped while the process lives.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from bot.sandbox.swarmui.files import DEFAULT_FORMAT
from bot.sandbox.swarmui.setup import Account

_GUEST: Final = (
    "fundamental_model_access use_tokenizer fundamental_generate_tab_access read_user_settings"
    " fundamental"
)
_USER: Final = (
    "model_params param_video param_controlnet basic_image_generation basic_text_generation"
    " view_image_history user_delete_image user_star_images edit_user_settings edit_params"
    " manage_presets utilities_tab simple_tab user_tab"
)
_POWERUSER: Final = (
    "view_server_tab view_backends_list restart_backends control_model_refresh install_features"
    " create_tensorrt extra_loras control_mem_clean load_models_now edit_wildcards"
    " edit_model_metadata download_models reset_metadata pickle2safetensors delete_models"
    " param_backend_type param_backend_id comfy_direct_calls comfy_backend_generate"
    " comfy_dynamic_custom_workflows comfy_stored_custom_workflows comfy_read_workflows"
    " comfy_edit_workflows"
)
_ADMIN: Final = (
    "interrupt_others restart read_server_settings edit_server_settings view_logs"
    " read_server_info_panels admin_debug manage_extensions view_others_outputs"
    " add_remove_backends edit_backends toggle_backends"
)
_OWNER: Final = (
    "* server_debug_message install manage_users configure_roles shutdown automated_control"
    " local_image_folder"
)


def _roles() -> dict[str, frozenset[str]]:
    held: frozenset[str] = frozenset()
    roles = {}
    for name, added in (
        ("guest", _GUEST),
        ("user", _USER),
        ("poweruser", _POWERUSER),
        ("admin", _ADMIN),
        ("owner", _OWNER),
    ):
        held |= set(added.split())
        roles[name] = held
    return roles


ROLES: Final = _roles()

# Those of a user's settings that change what a caller of the API sees.
SETTINGS: Final[dict[str, Any]] = {
    "outpathbuilder.format": DEFAULT_FORMAT,
    "fileformat.imageformat": "PNG",
    "fileformat.savemetadata": True,
    "savefiles": True,
}


@dataclass(slots=True)
class Claim:
    """What one request counts for in its session's status; nothing once it is disposed."""

    gens: int = 0
    loads: int = 0
    waits: int = 0
    live: int = 0
    disposed: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """Where a login came from; `at` in Unix seconds."""

    reason: str
    address: str
    at: int


@dataclass(slots=True)
class User:
    name: str
    role: str
    password: str | None = None
    tokens: dict[str, Token] = field(default_factory=dict)
    presets: dict[str, dict[str, Any]] = field(default_factory=dict)
    starred_models: dict[str, Any] = field(default_factory=dict)
    preset_links: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=lambda: dict(SETTINGS))
    requests: int = 1000
    minute: str = ""
    in_minute: int = 0

    def may(self, permission: str) -> bool:
        held = ROLES[self.role]
        return "*" in held or permission in held

    def preset(self, title: str) -> dict[str, Any] | None:
        """Return a preset by its title, in any case."""
        return self.presets.get(title.lower())

    def next_request(self) -> str:
        self.requests += 1
        return str(self.requests)

    def next_in_minute(self, minute: str) -> int:
        """Return a request's number within its minute, part of default file names."""
        if minute != self.minute:
            self.minute, self.in_minute = minute, 0
        self.in_minute += 1
        return self.in_minute


@dataclass(slots=True)
class Session:
    """`interrupted` is the token of the work begun so far: an interrupt sets and replaces it."""

    id: str
    user: User
    claims: list[Claim] = field(default_factory=list)
    interrupted: asyncio.Event = field(default_factory=asyncio.Event)

    def claim(self, *, gens: int = 0, loads: int = 0) -> Claim:
        self.claims = [claim for claim in self.claims if not claim.disposed]
        self.claims.append(Claim(gens=gens, loads=loads))
        return self.claims[-1]

    def interrupt(self) -> None:
        self.interrupted.set()
        self.interrupted = asyncio.Event()

    def counters(self) -> dict[str, int]:
        living = [claim for claim in self.claims if not claim.disposed]
        return {
            "waiting_gens": sum(claim.gens for claim in living),
            "loading_models": sum(claim.loads for claim in living),
            "waiting_backends": sum(claim.waits for claim in living),
            "live_gens": sum(claim.live for claim in living),
        }


class Accounts:
    """Everybody the server knows; `local` is whoever sits at the machine."""

    def __init__(self, login: bool, accounts: tuple[Account, ...]) -> None:
        self.login = login
        self.users = {"local": User("local", "owner")}
        self.users |= {one.name: User(one.name, one.role, one.password) for one in accounts}
        self.sessions: dict[str, Session] = {}
        self._tries: dict[str, list[float]] = {}

    def new_session(self, user: User) -> Session:
        session = Session(secrets.token_hex(20), user)
        self.sessions[session.id] = session
        return session

    def named(self, name: str) -> User:
        return self.users.setdefault(name, User(name, "owner"))

    def new_token(self, user: User, reason: str, address: str) -> str:
        token = f"{user.name.encode().hex()}.{secrets.token_hex(16)}.{secrets.token_hex(16)}"
        user.tokens[token] = Token(reason, address, int(time.time()))
        return token

    def by_token(self, token: str) -> User | None:
        try:
            user = self.users.get(bytes.fromhex(token.split(".")[0]).decode())
        except ValueError:
            return None
        return user if user is not None and token in user.tokens else None

    def too_many(self, key: str, most: int, now: float) -> bool:
        """Count a try under this key and say whether a minute has seen more than `most`."""
        recent = [at for at in self._tries.get(key, []) if now - at < 60]
        self._tries[key] = [*recent, now]
        return len(recent) >= most

    def remembered(self) -> dict[str, Any]:
        """Return what outlives the process as plain JSON."""
        return {
            "users": {
                user.name: {
                    "role": user.role,
                    "password": user.password,
                    "tokens": {key: asdict(token) for key, token in user.tokens.items()},
                    "requests": user.requests,
                    "presets": user.presets,
                    "settings": user.settings,
                }
                for user in self.users.values()
            },
            "sessions": {session.id: session.user.name for session in self.sessions.values()},
        }

    def remember(self, told: dict[str, Any]) -> None:
        for name, row in told.get("users", {}).items():
            user = self.users.setdefault(name, User(name, row["role"], row["password"]))
            user.tokens |= {key: Token(**token) for key, token in row["tokens"].items()}
            user.requests = row["requests"]
            user.presets |= {str(title).lower(): one for title, one in row["presets"].items()}
            user.settings |= row.get("settings", {})
        for key, name in told.get("sessions", {}).items():
            self.sessions[key] = Session(key, self.users[name])

"""Users, roles, sessions and tokens, as SwarmUI keeps them.

A session id alone opens the API; the login cookie is asked for only by GetNewSession and by the
picture routes. Sessions and tokens are never dropped while the process lives.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.sandbox.swarmui.roles import RESERVED_NAMES, ROLES
from bot.sandbox.swarmui.setup import Account
from bot.sandbox.swarmui.user_settings import default_settings


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
    settings: dict[str, Any] = field(default_factory=default_settings)
    requests: int = 1000
    minute: str = ""
    in_minute: int = 0

    rights: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        return "*" in self.rights or permission in self.rights

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

    def __init__(
        self,
        login: bool,
        accounts: tuple[Account, ...],
        roles: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self.login = login
        self.roles = ROLES | {name: frozenset(held) for name, held in (roles or {}).items()}
        self.users: dict[str, User] = {}
        self.add("local", "owner")
        for one in accounts:
            self.add(one.name, one.role, one.password)
        self.sessions: dict[str, Session] = {}
        self._tries: dict[str, list[float]] = {}

    def add(self, name: str, role: str, password: str | None = None) -> User:
        """Add somebody; a role that does not exist gives no rights."""
        user = User(name, role, password, rights=self.roles.get(role, frozenset()))
        self.users[name] = user
        return user

    def is_free(self, name: str) -> bool:
        """Whether somebody may take this name."""
        return name not in self.users and name not in RESERVED_NAMES

    def new_session(self, user: User) -> Session:
        session = Session(secrets.token_hex(20), user)
        self.sessions[session.id] = session
        return session

    def named(self, name: str) -> User:
        return self.users.get(name) or self.add(name, "owner")

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
            user = self.users.get(name) or self.add(name, row["role"], row["password"])
            user.tokens |= {key: Token(**token) for key, token in row["tokens"].items()}
            user.requests = row["requests"]
            user.presets |= {str(title).lower(): one for title, one in row["presets"].items()}
            user.settings |= row.get("settings", {})
        for key, name in told.get("sessions", {}).items():
            self.sessions[key] = Session(key, self.users[name])

"""What a call of the API gets to see, and the list of calls by name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.swarmui import params
from bot.sandbox.swarmui.accounts import Session, User
from bot.sandbox.swarmui.errors import Refused

if TYPE_CHECKING:
    from bot.sandbox.swarmui.state import State

Json = dict[str, Any]
_REQUIRED: Final = object()


@dataclass(frozen=True, slots=True)
class Asked:
    """One call. `session` is None only for the calls that need none, `visitor` for a stranger.

    `cookies` are those that the answer is to set.
    """

    state: State
    session: Session | None
    root: Json
    visitor: User | None
    headers: dict[str, str]
    peer: str
    cookie: str | None = None
    cookies: list[str] = field(default_factory=list)

    @property
    def who(self) -> Session:
        assert self.session is not None
        return self.session

    def text(self, key: str, default: Any = _REQUIRED) -> str:
        return str(self._value(key, default, params.as_text, "String"))

    def whole(self, key: str, default: Any = _REQUIRED) -> int:
        return int(self._value(key, default, _int32, "Int32"))

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


def _int32(value: Any) -> int:
    number = int(params.as_text(value))
    if not -(2**31) <= number < 2**31:
        raise ValueError(number)
    return number


def _flag(value: Any) -> bool:
    text = params.as_text(value).strip().lower()
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def enum_value(text: str, names: Sequence[str]) -> str | None:
    """Read the name of a choice as the server does, in any case or as a number; None for others.

    A number without a name is taken, and means the choice of no name.
    """
    text = text.strip()
    if re.fullmatch(r"[+-]?\d{1,9}", text):
        number = int(text)
        return names[number] if 0 <= number < len(names) else ""
    return next((name for name in names if name.lower() == text.lower()), None)


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


def route(name: str, permission: str = "", *, sessionless: bool = False) -> Callable[..., Handler]:
    def keep(handler: Handler) -> Handler:
        ROUTES[name.lower()] = Route(name, permission, handler, sessionless)
        return handler

    return keep


async def answer(route: Route, asked: Asked) -> Json:
    told = route.handler(asked)
    return await told if inspect.isawaitable(told) else told

"""Values of the settings, checked and cleaned as they are read."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path, PureWindowsPath
from typing import Annotated, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

# The pages of SwarmUI that stand in a browser's address line.
SWARMUI_PAGES: Final = frozenset({"text2image", "login", "install"})
QUOTES: Final = "\"'`\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"
FILLERS: Final = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols that look like a blank
TOKEN_PATTERN: Final = re.compile(r"\A[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2}\Z")
SHARE_ADVICE: Final = (
    "is on a network share, where SQLite damages databases; name a folder on a disk of this "
    "computer"
)


def _address(value: str, schemes: tuple[str, ...]) -> str:
    value = value.strip()
    if not value.startswith(schemes) or len(value) <= len(schemes[-1]):
        raise ValueError(f"must start with {' or '.join(schemes)}")
    if not _is_address(value):
        raise ValueError(f"is not an address; write one like {schemes[0]}127.0.0.1:7801")
    return value if value.endswith("gg/") else value.rstrip("/")


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port  # the port is read to see whether it can be
    except ValueError:
        return False
    return bool(host) and not any(char.isspace() or char == "\\" for char in value)


def _http_address(value: str) -> str:
    return _address(value, ("http://", "https://"))


def _ws_address(value: str) -> str:
    return _address(value, ("ws://", "wss://"))


def _optional_address(value: str) -> str:
    return _http_address(value) if value.strip() else ""


def _server_address(value: str) -> str:
    value = _http_address(value)
    parts = urlsplit(value)
    path, _, last = parts.path.rstrip("/").rpartition("/")
    if last.casefold() in SWARMUI_PAGES:
        raise ValueError(
            f"is the address of a page: leave /{last} out, so that it ends with "
            f"{(parts.hostname or '') + (f':{parts.port}' if parts.port else '') + path}"
        )
    return value


def _clean_secret(value: SecretStr) -> SecretStr:
    """Drop blanks and line ends around a secret. Raise ValueError if a header can't hold it."""
    text = value.get_secret_value().strip()
    if not all(" " <= char <= "~" for char in text):
        raise ValueError("holds a line end or another sign that no header can have; copy it anew")
    return SecretStr(text)


def _clean_cookie(value: SecretStr) -> SecretStr:
    """Drop the cookie's name, with which browsers show a token."""
    text = _clean_secret(value).get_secret_value()
    text = text.strip("'\"").removeprefix("Cookie:").strip().removeprefix("swarm_token=")
    text = text.partition(";")[0].strip()
    if " " in text:
        raise ValueError("holds a blank; copy the token anew")
    return SecretStr(text)


def _clean_header(value: SecretStr) -> SecretStr:
    """Drop the header's name, with which people copy it."""
    text = _clean_secret(value).get_secret_value().strip("'\"")
    return SecretStr(text.removeprefix("Authorization:").strip())


def clean_token(text: str) -> str:
    """Drop quotes, "Bot" and blank or unseen characters, with which people paste a token."""
    text = "".join(char for char in text if char.isspace() or not _is_unseen(char))
    text = text.strip().strip(QUOTES).strip()
    text = re.sub(r"^Bot\s+", "", text, flags=re.IGNORECASE).strip(QUOTES)
    return "".join(text.split())


def _is_unseen(char: str) -> bool:
    return char in FILLERS or unicodedata.category(char) in ("Cc", "Cf", "Mn")


def is_network_share(path: Path | str, *, windows: bool = os.name == "nt") -> bool:
    r"""Return True for a UNC path (`\\server\share`) on Windows, written with any slashes."""
    drive = PureWindowsPath(path).drive
    if drive.upper().startswith("\\\\?\\UNC\\"):
        return windows
    return windows and drive.startswith("\\\\") and drive[2:4] not in ("?\\", ".\\")


def token_advice(text: str) -> str:
    """Describe what is wrong with a token, without repeating it."""
    if len(text) == 64 and all(c in "0123456789abcdef" for c in text.lower()):
        return "looks like the public key; the token is under Bot, Reset Token"
    if len(text) == 32:
        return "looks like the client secret; the token is under Bot, Reset Token"
    if text.count(".") == 2:
        return "holds a sign that no token has; copy it anew, alone (Bot, Reset Token)"
    return "is not a bot token: those have three parts with dots between; see Bot, Reset Token"


def parse_time_zone(value: str) -> str:
    """Return the name of a time zone as it is. Raises ValueError if there is none of that name."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError('is not a time zone; write one like "Europe/Berlin"') from error
    return value


def _read_none(word: str) -> BeforeValidator:
    return BeforeValidator(lambda value: None if value == word else value)


Secret = Annotated[SecretStr, AfterValidator(_clean_secret)]
CookieSecret = Annotated[SecretStr, AfterValidator(_clean_cookie)]
HeaderSecret = Annotated[SecretStr, AfterValidator(_clean_header)]
ServerAddress = Annotated[str, AfterValidator(_server_address)]
HttpAddress = Annotated[str, AfterValidator(_http_address)]
WebSocketAddress = Annotated[str, AfterValidator(_ws_address)]
OptionalAddress = Annotated[str, AfterValidator(_optional_address)]
Limit = Annotated[Annotated[int, Field(ge=0, le=1_000_000)] | None, _read_none("unlimited")]
WhoMay = Annotated[tuple[int, ...] | None, _read_none("everyone")]

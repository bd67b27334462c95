"""Settings from `config.toml` and, for secrets, the environment.

A setting `section.key` is `SWARMBOT_SECTION__KEY` in the environment, which wins over the file. All
problems are reported together, each with its key and a fix.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from rapidfuzz import process

from bot.core.drawing.advanced import DEFAULT_PARAMETERS, can_open_id, normalize_id
from bot.core.errors import Refused
from bot.core.triggers.phrase import parse_phrase
from bot.renamed_settings import RENAMED_KEYS, describe_old_key, find_old_keys, rename_old_keys

EXAMPLE_VALUES: Final = frozenset({"", "your-token-here"})


class ConfigError(Exception):
    """The settings cannot be used. `problems` has a (key, sentence) pair for each complaint."""

    def __init__(self, source: str, problems: tuple[tuple[str, str], ...]) -> None:
        self.source, self.problems = source, problems
        width = max(len(key) for key, _ in problems)
        lines = [f"  {key:<{width}}  {sentence}".rstrip() for key, sentence in problems]
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        super().__init__("\n".join([f"{source}: {count}", *lines]))


def _unlimited(value: Any) -> Any:
    return None if value == "unlimited" else value


Limit = Annotated[Annotated[int, Field(ge=0, le=1_000_000)] | None, BeforeValidator(_unlimited)]


class Section(BaseModel):
    """A table of the file. Unknown keys are refused, values cannot change."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Discord(Section):
    """Discord connection of the bot."""

    token: SecretStr = SecretStr("")
    api_base: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg/"
    cdn_url: str = "https://cdn.discordapp.com"

    @field_validator("token")
    @classmethod
    def _a_token(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value().strip()
        if text in EXAMPLE_VALUES:
            raise ValueError(
                "is missing: make a bot at https://discord.com/developers/applications, "
                "copy its token (Bot, Reset Token) and put it into SWARMBOT_DISCORD__TOKEN"
            )
        if text.count(".") != 2:
            raise ValueError(token_advice(text))
        return SecretStr(text)

    @field_validator("api_base", "cdn_url")
    @classmethod
    def _http(cls, value: str) -> str:
        return _address(value, ("http://", "https://"))

    @field_validator("gateway_url")
    @classmethod
    def _ws(cls, value: str) -> str:
        return _address(value, ("ws://", "wss://"))


class SwarmUI(Section):
    """The drawing server."""

    url: str = "http://127.0.0.1:7801"
    token: SecretStr = SecretStr("")
    authorization: SecretStr = SecretStr("")
    model: str = ""
    max_in_flight: int = Field(default=2, ge=1, le=64)
    previews: bool = True
    outage_wait_minutes: float = Field(default=30, ge=0, le=1440)
    refresh_minutes: int = Field(default=10, ge=1, le=1440)
    shutdown_grace_s: float = Field(default=20, ge=0, le=3600)

    @field_validator("url")
    @classmethod
    def _http(cls, value: str) -> str:
        return _address(value, ("http://", "https://"))


class Quota(Section):
    """Default quota of a member without a moderator's limit."""

    day: Limit = 20
    month: Limit = None
    per_job: Limit = 4
    waiting: Limit = 3
    running: Limit = 1
    queue: int = Field(default=100, ge=1, le=100_000)
    time_zone: str = "UTC"

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError('is not a time zone; write one like "Europe/Berlin"') from error
        return value


class Drawing(Section):
    """Bounds of a drawing request."""

    images_max: int = Field(default=4, ge=1, le=10)
    steps_max: int = Field(default=50, ge=1, le=500)
    megapixels_max: float = Field(default=2.0, ge=0.25, le=64)
    upscaled_megapixels_max: float = Field(default=4.0, ge=0.25, le=256)
    prompt_max: int = Field(default=2000, ge=1, le=4000)  # what a field of the form holds


def _everyone(value: Any) -> Any:
    return None if value == "everyone" else value


WhoMay = Annotated[tuple[int, ...] | None, BeforeValidator(_everyone)]


class Advanced(Section):
    """Which of SwarmUI's further parameters people may set, and who."""

    parameters: tuple[str, ...] = DEFAULT_PARAMETERS
    roles: WhoMay = ()

    @field_validator("parameters")
    @classmethod
    def _openable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not can_open_id(name):
                raise ValueError(f"holds {name}, which is never open to people; take it out")
        return tuple(normalize_id(name) for name in value)


class Tags(Section):
    """SwarmUI prompt tags and the roles that may write them."""

    lora: WhoMay = ()
    preset: WhoMay = ()
    wildcard: WhoMay = ()
    random: WhoMay = ()
    segment: WhoMay = ()
    alternate: WhoMay = ()
    fromto: WhoMay = ()


class Moderation(Section):
    """A classifier of the host's own, asked over HTTP."""

    url: str = ""
    token: SecretStr = SecretStr("")
    timeout_s: float = Field(default=3, ge=0.1, le=60)
    on_failure: Literal["refuse", "draw"] = "refuse"
    pictures: bool = False

    @field_validator("url")
    @classmethod
    def _http(cls, value: str) -> str:
        return _address(value, ("http://", "https://")) if value.strip() else ""


class Triggers(Section):
    """Plain messages that draw."""

    phrases: tuple[str, ...] = ("draw me",)
    channels: tuple[int, ...] = ()
    mentions: bool = True
    cooldown_s: float = Field(default=5, ge=0, le=3600)

    @field_validator("phrases")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(parse_phrase(phrase).text for phrase in value)
        except Refused as refused:
            raise ValueError(f"has one that cannot be a phrase: {refused.sentence}") from refused


class Ring(Section):
    """The one mention at the end of a long job."""

    after_s: float = Field(default=60, ge=0)
    after_messages: int = Field(default=15, ge=1)


class Storage(Section):
    """Paths and retention of stored data."""

    database: Path = Path("data/swarmbot.db")
    spool: Path = Path("data/spool")
    spool_hours: float = Field(default=24, ge=1)
    history_days: int = Field(default=90, ge=1)
    charges_months: int = Field(default=13, ge=2)


class Log(Section):
    """Logging for the host."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["console", "json"] = "console"
    prompts: bool = False
    channel: int = Field(default=0, ge=0)


class _EnvironmentSource(EnvSettingsSource):
    """The environment, with old names of settings turned into the present ones."""

    def __call__(self) -> dict[str, Any]:
        return rename_old_keys(super().__call__())


class Settings(BaseSettings):
    """All of it. Build it with `load`, which turns complaints into a `ConfigError`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="SWARMBOT_",
        env_nested_delimiter="__",
        hide_input_in_errors=True,
    )

    discord: Discord = Field(default_factory=lambda: Discord(token=SecretStr("")))
    swarmui: SwarmUI = SwarmUI()
    quota: Quota = Quota()
    drawing: Drawing = Drawing()
    advanced: Advanced = Advanced()
    tags: Tags = Tags()
    moderation: Moderation = Moderation()
    triggers: Triggers = Triggers()
    ring: Ring = Ring()
    storage: Storage = Storage()
    log: Log = Log()
    _old_keys: tuple[str, ...] = PrivateAttr(default=())

    @property
    def old_keys(self) -> tuple[str, ...]:
        """Settings that the host still gives by an old name."""
        return self._old_keys

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Prefer the environment over the file's values."""
        return _EnvironmentSource(settings_cls), init_settings


def _address(value: str, schemes: tuple[str, ...]) -> str:
    value = value.strip()
    if not value.startswith(schemes) or len(value) <= len(schemes[-1]):
        raise ValueError(f"must start with {' or '.join(schemes)}")
    if not _is_address(value):
        raise ValueError(f"is not an address; write one like {schemes[0]}127.0.0.1:7801")
    return value if value.endswith("gg/") else value.rstrip("/")


def _is_address(value: str) -> bool:
    """Return True for an address with a host and, if present, a valid port."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port  # the port is read to see whether it can be
    except ValueError:
        return False
    return bool(host) and not any(char.isspace() or char == "\\" for char in value)


def token_advice(text: str) -> str:
    """Describe what is wrong with a token, without repeating it."""
    if len(text) == 64 and all(c in "0123456789abcdef" for c in text.lower()):
        return "looks like the public key; the token is under Bot, Reset Token"
    if len(text) == 32:
        return "looks like the client secret; the token is under Bot, Reset Token"
    return "is not a bot token: those have three parts with dots between; see Bot, Reset Token"


def known_keys() -> tuple[str, ...]:
    """Every setting as `section.key`, in the order of the example file."""
    return tuple(
        f"{name}.{key}"
        for name, field in Settings.model_fields.items()
        for key in _section(field.annotation).model_fields
    )


def _section(annotation: object) -> type[BaseModel]:
    assert isinstance(annotation, type)
    assert issubclass(annotation, BaseModel)
    return annotation


def load(path: Path | None) -> Settings:
    """Load the file, if any, and the environment. Raise ConfigError."""
    source = path.name if path is not None else "settings"
    table: Mapping[str, Any] = {}
    if path is not None:
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ConfigError(
                source, ((str(path), "is not there: copy config.example.toml to it"),)
            ) from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(source, (("(file)", f"cannot be read: {error}"),)) from error
    table = {**table}
    table.setdefault("discord", {})
    if isinstance(table["discord"], dict):
        table["discord"] = {"token": "", **table["discord"]}
    old_keys = (*find_old_keys(table), *find_old_keys(EnvSettingsSource(Settings)()))
    try:
        settings = Settings(**rename_old_keys(table))
    except ValidationError as error:
        raise ConfigError(source, tuple(_complaints(error, old_keys))) from None
    settings._old_keys = tuple(dict.fromkeys(old_keys))
    return settings


def _complaints(error: ValidationError, old_keys: tuple[str, ...]) -> list[tuple[str, str]]:
    said: dict[str, str] = {}
    for one in error.errors(include_url=False, include_input=False):
        key = ".".join(str(part) for part in one["loc"][:2])
        sentence = _sentence(key, one["type"], one["msg"], one.get("ctx", {}))
        said.setdefault(key, sentence + describe_old_key(key, old_keys))
    return list(said.items())


def _sentence(key: str, kind: str, message: str, facts: Mapping[str, Any]) -> str:
    """Describe one problem. The value is left out, since it may be a secret."""
    match kind:
        case "extra_forbidden":
            known = (*known_keys(), *RENAMED_KEYS) if "." in key else tuple(Settings.model_fields)
            near = process.extractOne(key, known, score_cutoff=60)
            if near is None:
                return "is not a setting"
            return f"is not a setting; did you mean {RENAMED_KEYS.get(near[0], near[0])}?"
        case "greater_than_equal":
            return f"must be {facts['ge']} or more{_or_unlimited(key)}"
        case "less_than_equal":
            return f"must be at most {facts['le']}{_or_unlimited(key)}"
        case "int_parsing" | "int_type" | "int_from_float":
            return f"must be a whole number{_or_unlimited(key)}"
        case "value_error":
            return message.removeprefix("Value error, ")
        case "model_type":
            return "must be a table, such as [discord]"
        case _:
            return message[0].lower() + message[1:]


def _or_unlimited(key: str) -> str:
    section, _, name = key.partition(".")
    return ', or "unlimited"' if section == "quota" and name not in ("queue", "") else ""

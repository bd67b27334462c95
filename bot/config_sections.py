"""Sections of the settings, each one table of `config.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from bot.config_values import (
    SHARE_ADVICE,
    TOKEN_PATTERN,
    CookieSecret,
    HeaderSecret,
    HttpAddress,
    Limit,
    OptionalAddress,
    Secret,
    ServerAddress,
    WebSocketAddress,
    WhoMay,
    clean_token,
    is_network_share,
    parse_time_zone,
    token_advice,
)
from bot.core.drawing.advanced import DEFAULT_PARAMETERS, can_open_id, normalize_id
from bot.core.errors import Refused
from bot.core.pauses import parse_window
from bot.core.triggers.phrase import parse_phrase

EXAMPLE_VALUES: Final = frozenset({"", "your-token-here"})


class Section(BaseModel):
    """A table of the file. Unknown keys are refused, values cannot change."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Discord(Section):
    """Discord connection of the bot."""

    token: SecretStr = SecretStr("")
    api_base: HttpAddress = "https://discord.com/api/v10"
    gateway_url: WebSocketAddress = "wss://gateway.discord.gg/"
    cdn_url: HttpAddress = "https://cdn.discordapp.com"

    @field_validator("token")
    @classmethod
    def _a_token(cls, value: SecretStr) -> SecretStr:
        text = clean_token(value.get_secret_value())
        if text in EXAMPLE_VALUES:
            raise ValueError(
                "is missing: make a bot at https://discord.com/developers/applications, "
                "copy its token (Bot, Reset Token) and put it into SWARMBOT_DISCORD__TOKEN"
            )
        if not TOKEN_PATTERN.fullmatch(text):
            raise ValueError(token_advice(text))
        return SecretStr(text)


class SwarmUI(Section):
    """The drawing server."""

    url: ServerAddress = Field(default="http://127.0.0.1:7801", repr=False)  # may hold a password
    token: CookieSecret = SecretStr("")
    authorization: HeaderSecret = SecretStr("")
    model: str = ""
    max_in_flight: int = Field(default=2, ge=1, le=64)
    previews: bool = True
    outage_wait_minutes: float = Field(default=30, ge=0, le=1440)
    silence_minutes: float = Field(default=15, gt=0, le=1440)
    lost_stream_minutes: float = Field(default=60, gt=0, le=1440)
    refresh_minutes: int = Field(default=10, ge=1, le=1440)
    shutdown_grace_s: float = Field(default=20, ge=0, le=3600)

    @model_validator(mode="after")
    def _one_password(self) -> SwarmUI:
        if self.authorization.get_secret_value() and urlsplit(self.url).username is not None:
            raise ValueError(
                "url holds a user name, and authorization is set too; keep only one of the two"
            )
        return self


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
        return parse_time_zone(value)


class Drawing(Section):
    """Bounds of a drawing request."""

    images_max: int = Field(default=4, ge=1, le=10)
    steps_max: int = Field(default=50, ge=1, le=500)
    megapixels_max: float = Field(default=2.0, ge=0.25, le=64)
    upscaled_megapixels_max: float = Field(default=4.0, ge=0.25, le=256)
    prompt_max: int = Field(default=2000, ge=1, le=4000)  # what a field of the form holds


class Advanced(Section):
    """Which of SwarmUI's further parameters people may set, and who."""

    parameters: tuple[str, ...] = DEFAULT_PARAMETERS
    roles: WhoMay = ()

    @field_validator("parameters")
    @classmethod
    def _openable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not can_open_id(name):
                raise ValueError(f"contains {name}, which members can never use; remove it")
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

    url: OptionalAddress = ""
    token: Secret = SecretStr("")
    timeout_s: float = Field(default=3, ge=0.1, le=60)
    on_failure: Literal["refuse", "draw"] = "refuse"
    pictures: bool = False


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


class Pause(Section):
    """Times in which nothing new is drawn."""

    schedule: tuple[str, ...] = ()
    time_zone: str = ""

    @field_validator("schedule")
    @classmethod
    def _windows(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for window in value:
            parse_window(window)
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return parse_time_zone(value) if value else ""


class Storage(Section):
    """Paths and retention of stored data."""

    database: Path = Path("data/swarmbot.db")
    spool: Path = Path("data/spool")
    spool_hours: float = Field(default=24, ge=1)
    history_days: int = Field(default=90, ge=1)
    charges_months: int = Field(default=13, ge=2)
    departed_days: int = Field(default=30, ge=1)
    swarmui_files: Literal["keep", "with history"] = "keep"

    @field_validator("database")
    @classmethod
    def _on_a_disk(cls, value: Path) -> Path:
        if is_network_share(value):
            raise ValueError(SHARE_ADVICE)
        return value


class Log(Section):
    """Logging for the host."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["console", "json"] = "console"
    prompts: bool = False
    channel: int = Field(default=0, ge=0)

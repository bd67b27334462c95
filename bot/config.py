"""Settings from `config.toml` and, for secrets, the environment.

A setting `section.key` is `SWARMBOT_SECTION__KEY` in the environment, which wins over the file. All
problems are reported together, each with its key and a fix.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, PrivateAttr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, SettingsError
from pydantic_settings import PydanticBaseSettingsSource as Source
from rapidfuzz import fuzz, process

from bot import config_sections as sections
from bot.renamed_settings import RENAMED_KEYS, describe_old_key, find_old_keys, rename_old_keys

PREFIX: Final = "SWARMBOT_"


class ConfigError(Exception):
    """The settings cannot be used. `problems` has a (key, sentence) pair for each complaint."""

    def __init__(self, source: str, problems: tuple[tuple[str, str], ...]) -> None:
        self.source, self.problems = source, problems
        width = max(len(key) for key, _ in problems)
        lines = [f"  {key:<{width}}  {sentence}".rstrip() for key, sentence in problems]
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        super().__init__("\n".join([f"{source}: {count}", *lines]))


class _EnvironmentSource(EnvSettingsSource):
    """The environment, with old names of settings turned into the present ones."""

    def __call__(self) -> dict[str, Any]:
        return rename_old_keys(super().__call__())


class Settings(BaseSettings):
    """All of it. Build it with `load`, which turns complaints into a `ConfigError`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        hide_input_in_errors=True,
    )

    discord: sections.Discord = sections.Discord()
    swarmui: sections.SwarmUI = sections.SwarmUI()
    quota: sections.Quota = sections.Quota()
    drawing: sections.Drawing = sections.Drawing()
    advanced: sections.Advanced = sections.Advanced()
    tags: sections.Tags = sections.Tags()
    moderation: sections.Moderation = sections.Moderation()
    triggers: sections.Triggers = sections.Triggers()
    ring: sections.Ring = sections.Ring()
    pause: sections.Pause = sections.Pause()
    storage: sections.Storage = sections.Storage()
    log: sections.Log = sections.Log()
    _old_keys: tuple[str, ...] = PrivateAttr(default=())

    @property
    def old_keys(self) -> tuple[str, ...]:
        """Settings that the host still gives by an old name."""
        return self._old_keys

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: Source, *_: Any, **__: Any
    ) -> tuple[Source, ...]:
        """Prefer the environment over the file's values."""
        return _EnvironmentSource(settings_cls), init_settings


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


def load(path: Path | None, *, needs_token: bool = True) -> Settings:
    """Load the file, if any, and the environment. Raise ConfigError.

    Discord's token may be missing if it is not needed.
    """
    source = path.name if path is not None else "settings"
    table: Mapping[str, Any] = {}
    if path is not None:
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            missing = (str(path), "is not there: copy config.example.toml to it")
            raise ConfigError(source, (missing,)) from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(source, (("(file)", f"cannot be read: {error}"),)) from error
    table = {**table}
    table.setdefault("discord", {})
    if isinstance(table["discord"], dict):
        given = {"token": "", **table["discord"]}
        if not needs_token and given["token"] in sections.EXAMPLE_VALUES:
            del given["token"]
        table["discord"] = given
    problems = list_unknown_variables(os.environ)
    if unreadable := list_unreadable_variables():
        raise ConfigError(source, (*problems, *unreadable))
    old_keys = (*find_old_keys(table), *find_old_keys(EnvSettingsSource(Settings)()))
    try:
        settings = Settings(**rename_old_keys(table))
    except ValidationError as error:
        problems += _complaints(error, old_keys)
    if problems:
        raise ConfigError(source, tuple(problems))
    settings._old_keys = tuple(dict.fromkeys(old_keys))
    return settings


def list_unknown_variables(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return a complaint for each `SWARMBOT_` variable of no section. Pydantic ignores those.

    A wrong key of a right section is left to pydantic. Values are never read.
    """
    known = {_name_variable(key): key for key in _all_keys()}
    problems = []
    for name in names:
        written = name.upper()
        section = written.removeprefix(PREFIX).partition("__")[0].lower()
        if not written.startswith(PREFIX) or section in Settings.model_fields:
            continue
        near = process.extractOne(written, known.keys(), scorer=fuzz.ratio, score_cutoff=75)
        sentence = "is not a setting"
        if near is not None:
            key = known[near[0]]
            sentence += f"; did you mean {_name_variable(RENAMED_KEYS.get(key, key))}?"
            if "__" not in name:
                sentence += " It needs two underscores after the section."
        problems.append((name, sentence))
    return problems


def list_unreadable_variables() -> list[tuple[str, str]]:
    """Return a complaint for each variable whose list or table cannot be read."""
    problems = []
    for name, value in EnvSettingsSource(Settings).env_vars.items():
        alone = EnvSettingsSource(Settings)
        alone.env_vars = {name: value}
        try:
            alone()
        except SettingsError:
            form = (
                'list such as ["draw me", "paint"]' if "__" in name else 'table such as {"day": 5}'
            )
            problems.append((name.upper(), f"must be a {form}"))
    return problems


def _all_keys() -> tuple[str, ...]:
    return (*known_keys(), *RENAMED_KEYS)


def _name_variable(key: str) -> str:
    return PREFIX + key.upper().replace(".", "__")


def _complaints(error: ValidationError, old_keys: tuple[str, ...]) -> list[tuple[str, str]]:
    problems: dict[str, str] = {}
    for one in error.errors(include_url=False, include_input=False):
        key = ".".join(str(part) for part in one["loc"][:2])
        sentence = _sentence(key, one["type"], one["msg"], one.get("ctx", {}))
        problems.setdefault(key, sentence + describe_old_key(key, old_keys))
    return list(problems.items())


def _sentence(key: str, kind: str, message: str, facts: Mapping[str, Any]) -> str:
    """Describe one problem. The value is left out, since it may be a secret."""
    match kind:
        case "extra_forbidden":
            known = _all_keys() if "." in key else tuple(Settings.model_fields)
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

"""Settings of guilds and default models of members."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, tzinfo
from enum import Enum
from sqlite3 import Connection, Row
from typing import Any, Final, TypeVar

from bot.adapters.sqlite.audit import insert_audit_row
from bot.adapters.sqlite.codec import pack_json, replace_surrogates, split_fields
from bot.adapters.sqlite.database import Database, SqliteStore, transaction
from bot.core.drawing.request import RequestContext
from bot.core.limits.quota import choose_time_zone, parse_zone
from bot.core.policy import DEFAULT_SETTINGS, GuildSettings, RoleBounds
from bot.core.settings.describe import describe_bounds, describe_difference, list_changed_fields

T = TypeVar("T", GuildSettings, RoleBounds)
_SELECT_ALL: Final = "SELECT guild, time_zone, drawing, policy FROM guild_settings"
_SELECT_ONE: Final = _SELECT_ALL + " WHERE guild = ?"
_SELECT_TIME_ZONE: Final = "SELECT time_zone FROM guild_settings WHERE guild = ?"
_SELECT_DRAWING: Final = "SELECT drawing FROM guild_settings WHERE guild = ?"
_SELECT_USUAL_MODEL: Final = "SELECT model FROM personal WHERE guild = ? AND user = ?"
_SEPARATE_COLUMNS: Final = ("time_zone", "drawing")  # columns of their own


def is_drawing_enabled(conn: Connection, guild: int) -> bool:
    """Return True if drawing is on in that guild, as this transaction sees it."""
    row = conn.execute(_SELECT_DRAWING, (guild,)).fetchone()
    return row is None or bool(row["drawing"])


def read_time_zone(conn: Connection, guild: int, default: str) -> tzinfo:
    """Return the time zone of a guild as a transaction sees it."""
    return _parse_time_zone(conn.execute(_SELECT_TIME_ZONE, (guild,)).fetchall(), default)


async def load_time_zone(db: Database, guild: int, default: str) -> tzinfo:
    """Return the time zone of a guild, read beside the writer."""
    return _parse_time_zone(await db.read_rows(_SELECT_TIME_ZONE, (guild,)), default)


def _parse_time_zone(rows: Sequence[Row], default: str) -> tzinfo:
    return choose_time_zone(rows[0]["time_zone"] if rows else "", default)


class SqliteSettingsStore(SqliteStore):
    """Settings of guilds and members. Implements the port `SettingsStore`."""

    async def load_guild_settings(self) -> Mapping[int, GuildSettings]:
        rows = await self._db.read_rows(_SELECT_ALL)
        return {row["guild"]: _read_settings(row) for row in rows}

    @transaction
    def update_guild_settings(
        self,
        conn: Connection,
        asker: RequestContext,
        edit: Callable[[GuildSettings], GuildSettings],
        now: datetime,
    ) -> tuple[GuildSettings, GuildSettings]:
        row = conn.execute(_SELECT_ONE, (asker.guild,)).fetchone()
        old = DEFAULT_SETTINGS if row is None else _read_settings(row)
        new = edit(old)
        if new == old:
            return old, old
        if new.time_zone:
            parse_zone(new.time_zone)
        # A choice that only a newer version knows is kept for it.
        stored = {} if row is None else json.loads(row["policy"])
        for name, value in split_fields(new).items():
            if name not in _SEPARATE_COLUMNS:
                stored[name] = _to_json_value(value)
        conn.execute(
            "INSERT INTO guild_settings (guild, time_zone, drawing, policy) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET time_zone = excluded.time_zone,"
            " drawing = excluded.drawing, policy = excluded.policy",
            (asker.guild, new.time_zone, new.drawing, pack_json(stored)),
        )
        for action, target, said in _list_changes(old, new, asker.guild):
            was, will = map(replace_surrogates, said)
            insert_audit_row(conn, asker, action, target, was, will, now)
        return old, new

    async def find_usual_model(self, guild: int, user: int) -> str:
        rows = await self._db.read_rows(_SELECT_USUAL_MODEL, (guild, user))
        return str(rows[0]["model"]) if rows else ""

    @transaction
    def set_usual_model(self, conn: Connection, guild: int, user: int, model: str) -> None:
        if model:
            conn.execute(
                "INSERT INTO personal (guild, user, model) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET model = excluded.model",
                (guild, user, model),
            )
        else:
            conn.execute("DELETE FROM personal WHERE guild = ? AND user = ?", (guild, user))


def _read_settings(row: Row) -> GuildSettings:
    """Convert a row that perhaps another version has written.

    Unknown choices are ignored; missing or invalid ones take the default.
    """
    stored = json.loads(row["policy"])
    return dataclasses.replace(
        _build_from_json(GuildSettings, stored, DEFAULT_SETTINGS),
        time_zone=row["time_zone"],
        drawing=bool(row["drawing"]),
    )


def _list_changes(
    old: GuildSettings, new: GuildSettings, guild: int
) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Yield the action, the target and the texts before and after of each audit row."""
    for name in list_changed_fields(old, new):
        if name == "time_zone":
            yield "settings.time_zone", f"guild:{guild}", (old.time_zone, new.time_zone)
        elif name != "roles":
            yield f"settings.{name}", f"guild:{guild}", describe_difference(old, new, name)
        else:
            before = {one.role: one for one in old.roles}
            after = {one.role: one for one in new.roles}
            for role in dict.fromkeys((*before, *after)):
                was, will = before.get(role), after.get(role)
                if was != will:
                    said = (describe_bounds(was), describe_bounds(will))
                    yield "settings.bounds", f"role:{role}", said


def _to_json_value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_to_json_value(one) for one in value]
    if isinstance(value, RoleBounds):
        return {name: _to_json_value(one) for name, one in split_fields(value).items()}
    return value


def _build_from_json(kind: type[T], stored: dict[str, Any], usual: T) -> T:
    made: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.name in stored:
            with suppress(ValueError, TypeError, AttributeError):
                made[field.name] = _read_field(field.name, stored[field.name], usual)
    return dataclasses.replace(usual, **made)


def _read_field(name: str, value: Any, usual: GuildSettings | RoleBounds) -> Any:
    if name == "roles":
        return tuple(_build_from_json(RoleBounds, one, RoleBounds(0)) for one in value)
    fallback = getattr(usual, name)
    if isinstance(fallback, Enum):
        return type(fallback)(value)
    return tuple(value) if isinstance(fallback, tuple) else value

"""Rows of `guild_settings`."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, tzinfo
from enum import Enum
from typing import Any, Final, TypeVar

from bot.adapters.sqlite.audit import insert_audit_row
from bot.adapters.sqlite.codec import replace_surrogates
from bot.adapters.sqlite.database import Database
from bot.core.drawing.request import RequestContext
from bot.core.limits.quota import (
    parse_zone,
)
from bot.core.policy import DEFAULT_SETTINGS, GuildSettings, RoleBounds
from bot.core.settings.describe import describe_bounds, describe_difference, list_changed_fields

T = TypeVar("T", GuildSettings, RoleBounds)
SELECT_SETTINGS: Final = "SELECT guild, time_zone, drawing, policy FROM guild_settings"
SELECT_GUILD_SETTINGS: Final = SELECT_SETTINGS + " WHERE guild = ?"
SEPARATE_COLUMNS: Final = ("time_zone", "drawing")  # columns of their own


def read_settings(row: sqlite3.Row) -> GuildSettings:
    """Convert a row of ALL or ONE, perhaps written by another version.

    Unknown choices are ignored; missing or invalid ones take the default.
    """
    stored = json.loads(row["policy"])
    return dataclasses.replace(
        _build_from_json(GuildSettings, stored, DEFAULT_SETTINGS),
        time_zone=row["time_zone"],
        drawing=bool(row["drawing"]),
    )


def is_drawing_enabled(conn: sqlite3.Connection, guild: int) -> bool:
    """Return True if drawing is on in that guild, as this transaction sees it."""
    row = conn.execute("SELECT drawing FROM guild_settings WHERE guild = ?", (guild,)).fetchone()
    return row is None or bool(row["drawing"])


def update_settings(
    conn: sqlite3.Connection,
    asker: RequestContext,
    edit: Callable[[GuildSettings], GuildSettings],
    now: datetime,
) -> tuple[GuildSettings, GuildSettings]:
    """Change a guild's settings and return (before, after). Errors of `edit` propagate.

    Earlier charges stay in the period they were made in. Raises ValueError for an unknown time
    zone.
    """
    row = conn.execute(SELECT_GUILD_SETTINGS, (asker.guild,)).fetchone()
    old = DEFAULT_SETTINGS if row is None else read_settings(row)
    new = edit(old)
    if new == old:
        return old, old
    if new.time_zone:
        parse_zone(new.time_zone)
    # A choice that only a newer version knows is kept for it.
    stored = {} if row is None else json.loads(row["policy"])
    stored |= {
        field.name: _to_json_value(getattr(new, field.name))
        for field in dataclasses.fields(GuildSettings)
        if field.name not in SEPARATE_COLUMNS
    }
    conn.execute(
        "INSERT INTO guild_settings (guild, time_zone, drawing, policy) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET time_zone = excluded.time_zone,"
        " drawing = excluded.drawing, policy = excluded.policy",
        (asker.guild, new.time_zone, new.drawing, json.dumps(stored, separators=(",", ":"))),
    )
    _audit_changes(conn, asker, old, new, now)
    return old, new


def _audit_changes(
    conn: sqlite3.Connection,
    asker: RequestContext,
    old: GuildSettings,
    new: GuildSettings,
    now: datetime,
) -> None:
    here = f"guild:{asker.guild}"
    for name in list_changed_fields(old, new):
        if name == "roles":
            before = {one.role: one for one in old.roles}
            after = {one.role: one for one in new.roles}
            for role in dict.fromkeys((*before, *after)):
                was, will = before.get(role), after.get(role)
                if was != will:
                    said = (
                        replace_surrogates(describe_bounds(was)),
                        replace_surrogates(describe_bounds(will)),
                    )
                    insert_audit_row(conn, asker, "settings.bounds", f"role:{role}", *said, now)
        elif name == "time_zone":
            insert_audit_row(
                conn, asker, "settings.time_zone", here, old.time_zone, new.time_zone, now
            )
        else:
            was_said, is_said = map(replace_surrogates, describe_difference(old, new, name))
            insert_audit_row(conn, asker, f"settings.{name}", here, was_said, is_said, now)


def _to_json_value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_to_json_value(one) for one in value]
    if isinstance(value, RoleBounds):
        return {
            field.name: _to_json_value(getattr(value, field.name))
            for field in dataclasses.fields(value)
        }
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


SELECT_USUAL_MODEL: Final = "SELECT model FROM personal WHERE guild = ? AND user = ?"


def set_usual_model(conn: sqlite3.Connection, guild: int, user: int, model: str) -> None:
    """Set a member's default model. "" clears it."""
    if model:
        conn.execute(
            "INSERT INTO personal (guild, user, model) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET model = excluded.model",
            (guild, user, model),
        )
    else:
        conn.execute("DELETE FROM personal WHERE guild = ? AND user = ?", (guild, user))


SELECT_TIME_ZONE: Final = "SELECT time_zone FROM guild_settings WHERE guild = ?"


def read_time_zone(conn: sqlite3.Connection, guild: int, default: str) -> tzinfo:
    """Return the time zone of a guild as a transaction sees it."""
    return _parse_time_zone(conn.execute(SELECT_TIME_ZONE, (guild,)).fetchall(), default)


async def load_time_zone(db: Database, guild: int, default: str) -> tzinfo:
    """Return the time zone of a guild, read beside the writer."""
    return _parse_time_zone(await db.read_rows(SELECT_TIME_ZONE, (guild,)), default)


def _parse_time_zone(rows: Sequence[sqlite3.Row], default: str) -> tzinfo:
    return parse_zone(str(rows[0]["time_zone"] or default) if rows else default)


class SqliteSettingsStore:
    """Settings of guilds and members. Implements the port `SettingsStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def load_guild_settings(self) -> Mapping[int, GuildSettings]:
        rows = await self._db.read_rows(SELECT_SETTINGS)
        return {row["guild"]: read_settings(row) for row in rows}

    async def update_guild_settings(
        self, asker: RequestContext, edit: Callable[[GuildSettings], GuildSettings], now: datetime
    ) -> tuple[GuildSettings, GuildSettings]:
        return await self._db.run_transaction(update_settings, asker, edit, now)

    async def find_usual_model(self, guild: int, user: int) -> str:
        rows = await self._db.read_rows(SELECT_USUAL_MODEL, (guild, user))
        return str(rows[0]["model"]) if rows else ""

    async def set_usual_model(self, guild: int, user: int, model: str) -> None:
        await self._db.run_transaction(set_usual_model, guild, user, model)

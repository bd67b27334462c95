"""Rows of the three tables of triggers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from bot.adapters.sqlite.audit import insert_audit_row
from bot.adapters.sqlite.database import Database
from bot.core.drawing.request import RequestContext
from bot.core.triggers.phrase import (
    ChannelPhrase,
    GuildTriggers,
    TriggerPhrase,
    phrase_limit_refusal,
)

SELECT_LISTS: Final = "SELECT guild FROM trigger_lists WHERE guild = coalesce(:guild, guild)"
SELECT_PHRASES: Final = (
    "SELECT guild, channel, phrase FROM trigger_phrases WHERE guild = coalesce(:guild, guild)"
    " ORDER BY channel, phrase"
)
SELECT_CHANNELS: Final = (
    "SELECT guild, channel, listens FROM trigger_channels WHERE guild = coalesce(:guild, guild)"
)
_STATE_NAMES: Final = ("off", "on")


class SqliteTriggerStore:
    """Trigger phrases and listening channels. Implements the port `TriggerStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def load_guild_triggers(self) -> Mapping[int, GuildTriggers]:
        return await self._db.run_transaction(_read_triggers, None)

    async def add_phrase(
        self,
        asker: RequestContext,
        phrase: TriggerPhrase,
        channel: int,
        host: tuple[TriggerPhrase, ...],
        most: int,
        now: datetime,
    ) -> GuildTriggers | None:
        return await self._db.run_transaction(_add_phrase, asker, phrase, channel, host, most, now)

    async def remove_phrase(
        self,
        asker: RequestContext,
        key: str,
        channel: int,
        host: tuple[TriggerPhrase, ...],
        now: datetime,
    ) -> GuildTriggers | None:
        return await self._db.run_transaction(_remove_phrase, asker, key, channel, host, now)

    async def set_channel_listening(
        self, asker: RequestContext, channel: int, listens: bool, now: datetime
    ) -> GuildTriggers:
        return await self._db.run_transaction(_set_listening, asker, channel, listens, now)


def _read_triggers(conn: sqlite3.Connection, guild: int | None) -> dict[int, GuildTriggers]:
    which = {"guild": guild}
    phrases: dict[int, list[ChannelPhrase]] = {
        row["guild"]: [] for row in conn.execute(SELECT_LISTS, which)
    }
    for row in conn.execute(SELECT_PHRASES, which):
        phrases[row["guild"]].append(ChannelPhrase(row["phrase"], row["channel"]))
    channels: dict[int, dict[int, bool]] = {}
    for row in conn.execute(SELECT_CHANNELS, which):
        channels.setdefault(row["guild"], {})[row["channel"]] = bool(row["listens"])
    return {
        one: GuildTriggers(tuple(phrases[one]) if one in phrases else None, channels.get(one, {}))
        for one in dict.fromkeys((*phrases, *channels))
    }


def _add_phrase(
    conn: sqlite3.Connection,
    asker: RequestContext,
    phrase: TriggerPhrase,
    channel: int,
    host: tuple[TriggerPhrase, ...],
    most: int,
    now: datetime,
) -> GuildTriggers | None:
    # Nobody is shown a list that was begun for nothing: what is refused leaves no row.
    known = _load_keys(conn, asker.guild, host)
    if (channel, phrase.lookup_key) in known:
        return None
    if len(known) >= most:
        raise phrase_limit_refusal(most)
    _copy_host_phrases(conn, asker.guild, host)
    _insert_phrases(conn, asker.guild, channel, (phrase,))
    insert_audit_row(
        conn, asker, "triggers.add", _format_target(asker, channel), "", phrase.text, now
    )
    return _read_triggers(conn, asker.guild)[asker.guild]


def _remove_phrase(
    conn: sqlite3.Connection,
    asker: RequestContext,
    key: str,
    channel: int,
    host: tuple[TriggerPhrase, ...],
    now: datetime,
) -> GuildTriggers | None:
    if (channel, key) not in _load_keys(conn, asker.guild, host):
        return None
    _copy_host_phrases(conn, asker.guild, host)
    (was,) = conn.execute(
        "DELETE FROM trigger_phrases WHERE guild = ? AND channel = ? AND key = ? RETURNING phrase",
        (asker.guild, channel, key),
    ).fetchone()
    insert_audit_row(conn, asker, "triggers.remove", _format_target(asker, channel), was, "", now)
    return _read_triggers(conn, asker.guild)[asker.guild]


def _set_listening(
    conn: sqlite3.Connection, asker: RequestContext, channel: int, listens: bool, now: datetime
) -> GuildTriggers:
    row = conn.execute(
        "SELECT listens FROM trigger_channels WHERE guild = ? AND channel = ?",
        (asker.guild, channel),
    ).fetchone()
    if row is None or bool(row["listens"]) != listens:
        conn.execute(
            "INSERT INTO trigger_channels (guild, channel, listens) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET listens = excluded.listens",
            (asker.guild, channel, int(listens)),
        )
        old = "" if row is None else _STATE_NAMES[row["listens"]]
        insert_audit_row(
            conn, asker, "triggers.enable", f"channel:{channel}", old, _STATE_NAMES[listens], now
        )
    return _read_triggers(conn, asker.guild)[asker.guild]


def _load_keys(
    conn: sqlite3.Connection, guild: int, host: Iterable[TriggerPhrase]
) -> set[tuple[int, str]]:
    if conn.execute(SELECT_LISTS, {"guild": guild}).fetchone() is None:
        return {(0, phrase.lookup_key) for phrase in host}
    rows = conn.execute("SELECT channel, key FROM trigger_phrases WHERE guild = ?", (guild,))
    return {(row["channel"], row["key"]) for row in rows}


def _copy_host_phrases(conn: sqlite3.Connection, guild: int, host: Iterable[TriggerPhrase]) -> None:
    """Start a guild's own list with the host's phrases, so that none is lost."""
    begun = conn.execute("INSERT INTO trigger_lists VALUES (?) ON CONFLICT DO NOTHING", (guild,))
    if begun.rowcount:
        _insert_phrases(conn, guild, 0, host)


def _insert_phrases(
    conn: sqlite3.Connection, guild: int, channel: int, phrases: Iterable[TriggerPhrase]
) -> None:
    conn.executemany(
        "INSERT INTO trigger_phrases (guild, channel, key, phrase) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        [(guild, channel, one.lookup_key, one.text) for one in phrases],
    )


def _format_target(asker: RequestContext, channel: int) -> str:
    return f"channel:{channel}" if channel else f"guild:{asker.guild}"

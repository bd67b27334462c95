"""Trigger phrases and listening channels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from sqlite3 import Connection
from typing import Final

from bot.adapters.sqlite.audit import insert_audit_row
from bot.adapters.sqlite.database import SqliteStore, transaction
from bot.core.drawing.request import RequestContext
from bot.core.triggers.phrase import (
    ChannelPhrase,
    GuildTriggers,
    TriggerPhrase,
    phrase_limit_refusal,
)

_SELECT_LISTS: Final = "SELECT guild FROM trigger_lists WHERE guild = coalesce(:guild, guild)"
_SELECT_PHRASES: Final = (
    "SELECT guild, channel, phrase FROM trigger_phrases WHERE guild = coalesce(:guild, guild)"
    " ORDER BY channel, phrase"
)
_SELECT_CHANNELS: Final = (
    "SELECT guild, channel, listens FROM trigger_channels WHERE guild = coalesce(:guild, guild)"
)
_SELECT_LISTENS: Final = "SELECT listens FROM trigger_channels WHERE guild = ? AND channel = ?"
_STATE_NAMES: Final = ("off", "on")


class SqliteTriggerStore(SqliteStore):
    """Trigger phrases and listening channels. Implements the port `TriggerStore`."""

    @transaction
    def load_guild_triggers(self, conn: Connection) -> Mapping[int, GuildTriggers]:
        return _read_triggers(conn, None)

    @transaction
    def add_phrase(
        self,
        conn: Connection,
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
        target = _format_target(asker, channel)
        insert_audit_row(conn, asker, "triggers.add", target, "", phrase.text, now)
        return _read_triggers(conn, asker.guild)[asker.guild]

    @transaction
    def remove_phrase(
        self,
        conn: Connection,
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
            "DELETE FROM trigger_phrases WHERE guild = ? AND channel = ? AND key = ?"
            " RETURNING phrase",
            (asker.guild, channel, key),
        ).fetchone()
        target = _format_target(asker, channel)
        insert_audit_row(conn, asker, "triggers.remove", target, was, "", now)
        return _read_triggers(conn, asker.guild)[asker.guild]

    @transaction
    def set_channel_listening(
        self, conn: Connection, asker: RequestContext, channel: int, listens: bool, now: datetime
    ) -> GuildTriggers:
        key = (asker.guild, channel)
        row = conn.execute(_SELECT_LISTENS, key).fetchone()
        if row is None or bool(row["listens"]) != listens:
            conn.execute(
                "INSERT INTO trigger_channels (guild, channel, listens) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET listens = excluded.listens",
                (*key, int(listens)),
            )
            old, new = "" if row is None else _STATE_NAMES[row["listens"]], _STATE_NAMES[listens]
            insert_audit_row(conn, asker, "triggers.enable", f"channel:{channel}", old, new, now)
        return _read_triggers(conn, asker.guild)[asker.guild]


def _read_triggers(conn: Connection, guild: int | None) -> dict[int, GuildTriggers]:
    which = {"guild": guild}
    phrases: dict[int, list[ChannelPhrase]] = {
        row["guild"]: [] for row in conn.execute(_SELECT_LISTS, which)
    }
    for row in conn.execute(_SELECT_PHRASES, which):
        phrases[row["guild"]].append(ChannelPhrase(row["phrase"], row["channel"]))
    channels: dict[int, dict[int, bool]] = {}
    for row in conn.execute(_SELECT_CHANNELS, which):
        channels.setdefault(row["guild"], {})[row["channel"]] = bool(row["listens"])
    return {
        one: GuildTriggers(tuple(phrases[one]) if one in phrases else None, channels.get(one, {}))
        for one in dict.fromkeys((*phrases, *channels))
    }


def _load_keys(conn: Connection, guild: int, host: Iterable[TriggerPhrase]) -> set[tuple[int, str]]:
    if conn.execute(_SELECT_LISTS, {"guild": guild}).fetchone() is None:
        return {(0, phrase.lookup_key) for phrase in host}
    rows = conn.execute("SELECT channel, key FROM trigger_phrases WHERE guild = ?", (guild,))
    return {(row["channel"], row["key"]) for row in rows}


def _copy_host_phrases(conn: Connection, guild: int, host: Iterable[TriggerPhrase]) -> None:
    """Start a guild's own list with the host's phrases, so that none is lost."""
    begun = conn.execute("INSERT INTO trigger_lists VALUES (?) ON CONFLICT DO NOTHING", (guild,))
    if begun.rowcount:
        _insert_phrases(conn, guild, 0, host)


def _insert_phrases(
    conn: Connection, guild: int, channel: int, phrases: Iterable[TriggerPhrase]
) -> None:
    conn.executemany(
        "INSERT INTO trigger_phrases (guild, channel, key, phrase) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        [(guild, channel, one.lookup_key, one.text) for one in phrases],
    )


def _format_target(asker: RequestContext, channel: int) -> str:
    return f"channel:{channel}" if channel else f"guild:{asker.guild}"

"""Messages of no job that are about to be sent."""

from __future__ import annotations

import json
from sqlite3 import Connection, Row

import structlog

from bot.adapters.sqlite.codec import from_micros, pack_json, split_fields, to_micros
from bot.adapters.sqlite.database import SqliteStore, transaction
from bot.core.ids import JobId
from bot.core.notices import Notice
from bot.core.ui.card import ButtonStyle, CardButton, CardTone, Embed, MessageCard

log = structlog.stdlib.get_logger(__name__)


def insert_notice(conn: Connection, notice: Notice) -> None:
    """Record a notice in the transaction of its cause, in place of an older one of its job."""
    conn.execute("DELETE FROM notices WHERE job = ?", (notice.job,))
    conn.execute(
        "INSERT OR REPLACE INTO notices (key, channel, card, made_at, job) VALUES (?, ?, ?, ?, ?)",
        (
            notice.key,
            notice.channel,
            _pack_card(notice.card),
            to_micros(notice.made_at),
            notice.job,
        ),
    )


class SqliteNoticeStore(SqliteStore):
    """Notices that were not sent yet. Implements the port `NoticeStore`."""

    async def list_notices(self) -> tuple[Notice, ...]:
        rows = await self._db.read_rows("SELECT * FROM notices ORDER BY made_at, key")
        notices = []
        for row in rows:
            try:
                notices.append(_read_notice(row))
            except (TypeError, KeyError, ValueError, OverflowError) as error:
                log.warning("unreadable notice deleted", notice=row["key"], why=repr(error))
                await self.delete_notice(row["key"])
        return tuple(notices)

    @transaction
    def delete_notice(self, conn: Connection, key: str) -> None:
        conn.execute("DELETE FROM notices WHERE key = ?", (key,))


def _read_notice(row: Row) -> Notice:
    return Notice(
        row["key"],
        row["channel"],
        _unpack_card(row["card"]),
        from_micros(row["made_at"]),
        JobId(row["job"]) if row["job"] else None,
    )


def _pack_card(card: MessageCard) -> str:
    """Pack the text, embed and buttons of a card. Notices have nothing else."""
    embed = None
    if card.embed is not None:
        embed = split_fields(card.embed) | {"tone": card.embed.tone.value}
    buttons = [split_fields(one) | {"style": one.style.value} for one in card.buttons]
    return pack_json({"content": card.content, "embed": embed, "buttons": buttons})


def _unpack_card(text: str) -> MessageCard:
    kept = json.loads(text)
    embed = kept["embed"]
    if embed is not None:
        embed = Embed(**embed | {"tone": CardTone(embed["tone"])})
    buttons = (CardButton(**one | {"style": ButtonStyle(one["style"])}) for one in kept["buttons"])
    return MessageCard(kept["content"], embed, tuple(buttons))

"""What a member chose for their own pictures."""

from __future__ import annotations

import sqlite3
from typing import Final

USUAL_MODEL: Final = "SELECT model FROM personal WHERE guild = ? AND user = ?"


def set_usual_model(conn: sqlite3.Connection, guild: int, user: int, model: str) -> None:
    """Choose the model that a member draws with where they name none; "" chooses none."""
    if model:
        conn.execute(
            "INSERT INTO personal (guild, user, model) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET model = excluded.model",
            (guild, user, model),
        )
    else:
        conn.execute("DELETE FROM personal WHERE guild = ? AND user = ?", (guild, user))

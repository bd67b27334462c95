"""What each table keeps of a person: how it is found, what nobody is shown, and whether it goes.

A table or a column that is not named here makes a test fail: whoever adds one says here what
becomes of it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.adapters.sqlite.codec import moment
from bot.adapters.sqlite.reports import REPORTED
from bot.core.privacy.model import ExportRow

LIMITS_HOLD: Final = "so that erasing is no way around a limit"
MONTH: Final = f"until the month is over, {LIMITS_HOLD}"
RULE: Final = f"as long as moderators want it, {LIMITS_HOLD}"


@dataclass(frozen=True, slots=True)
class Holding:
    """One table that has people in it.

    `whose` is the condition that finds the rows about `:user`. `by` are columns with the id of
    somebody who acted, `secret` those that let one act in another's name: neither is handed out.
    `stays` says how long the rows outlive an erasure, "" where they go with it.
    """

    table: str
    whose: str
    guild: str = "guild"
    people: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()
    stays: str = ""


# The many that have ended by their own index, the few that live by theirs.
_JOBS: Final = (
    "SELECT {0} FROM jobs INDEXED BY jobs_ended_of WHERE ended_at IS NOT NULL"
    " AND requester = :user AND {{here}} UNION ALL SELECT {0} FROM jobs INDEXED BY jobs_living"
    " WHERE ended_at IS NULL AND requester = :user AND {{here}}"
)
_OF_JOBS: Final = f"job IN ({_JOBS.format('id')})"
HOLDINGS: Final = (
    Holding(
        "jobs",
        f"seq IN ({_JOBS.format('seq')})",
        guild="",
        people=("requester", "requester_name"),
        secret=("session",),
    ),
    Holding("posts", _OF_JOBS, guild="", secret=("token",)),
    Holding("images", _OF_JOBS, guild=""),
    Holding("drafts", "user = :user", people=("user",)),
    Holding("personal", "user = :user", people=("user",)),
    Holding("holds", "user = :user", people=("user",)),
    Holding("charges", "user = :user", people=("user",), stays=MONTH),
    Holding("totals", "user = :user", people=("user",), stays=MONTH),
    Holding("grants", "user = :user", people=("user",), by=("given_by",), stays=MONTH),
    Holding(
        "limits",
        "scope = 'member' AND target = :user",
        people=("target",),
        by=("set_by",),
        stays=RULE,
    ),
    Holding(
        "blocks",
        "user = :user",
        people=("user",),
        by=("blocked_by",),
        stays="until a year after its end, or until a moderator lifts it",
    ),
    Holding(
        "audit",
        # Whose picture was reported must not learn of it.
        f"((target = 'member:' || :user AND action <> '{REPORTED}') OR actor = :user)",
        people=("target",),
        by=("actor",),
        stays="a year",
    ),
    Holding("erasures", "user = :user", people=("user",), stays="until nothing is owed"),
)
NOBODYS: Final[Mapping[str, str]] = {
    "guild_settings": "a server's own choices",
    "orphans": "SwarmUI's sessions, which name nobody, for a day",
    "trigger_lists": "a server's own choice",
    "trigger_phrases": "a server's phrases",
    "trigger_channels": "a server's own choice",
    "greetings": "which servers the bot has met",
    "trails": "up to which change a server's log channel was told",
    "errands": "what an erasure still owes; it goes with each step",
}
# What is JSON inside, and what is a moment.
_PACKED: Final = frozenset(("order", "wish", "roles"))
_MOMENTS: Final = frozenset(("at", "until"))
_ANOTHER: Final = "another member"


def query(holding: Holding, guild: int, what: str = "*") -> str:
    """The rows of one table about `:user`, in `:guild` where that is not 0; or their number."""
    here = "1" if guild == 0 else "guild = :guild"
    whose = holding.whose.replace("{here}", here)
    if guild and holding.guild:
        whose = f"{whose} AND {holding.guild} IN (0, :guild)"
    return f"SELECT {what} FROM {holding.table} WHERE {whose}"  # noqa: S608 -- no value of anybody's


def shown(holding: Holding, row: sqlite3.Row, user: int) -> ExportRow:
    """One row for the person it is about: times as text, JSON unpacked, nobody else's id."""
    made: dict[str, object] = {}
    for name in row.keys():  # noqa: SIM118 -- a Row iterates over its values
        value = row[name]
        if name in holding.secret:
            continue
        if name in holding.by:
            if value == user:
                made[name] = "you"
            continue
        made[name] = (
            _ANOTHER if _is_anothers(name, value, user, holding) else _readable(name, value)
        )
    return made


def _is_anothers(name: str, value: Any, user: int, holding: Holding) -> bool:
    """Whether it names another member, whom the person has acted on."""
    of_member = name in holding.people and str(value).startswith("member:")
    return of_member and value != f"member:{user}"


def _readable(name: str, value: Any) -> object:
    if name in _PACKED and isinstance(value, str):
        return json.loads(value)
    is_moment = name in _MOMENTS or name.endswith(("_at", "_until"))
    return moment(value).isoformat() if is_moment and isinstance(value, int) else value

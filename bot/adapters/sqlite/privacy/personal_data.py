"""Personal data per table, with how it is found, hidden columns and its erasure.

A test fails for a table or column that is not named here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any, Final

from bot.adapters.sqlite.codec import from_micros
from bot.adapters.sqlite.reports import REPORT_ACTION
from bot.core.privacy.model import ExportRow

LIMITS_KEPT_REASON: Final = "so that erasing is no way around a limit"
UNTIL_MONTH_END: Final = f"until the month is over, {LIMITS_KEPT_REASON}"
WHILE_LIMIT_SET: Final = f"as long as moderators want it, {LIMITS_KEPT_REASON}"


@dataclass(frozen=True, slots=True)
class UserDataTable:
    """Table with rows about people.

    `whose` is the condition that finds the rows about `:user`. `by` are columns with the id of the
    person who acted, `secret` those that allow acting in another's name; neither is exported.
    `stays` says how long the rows outlive an erasure, "" if they are deleted with it.
    """

    table: str
    row_filter: str = "user = :user"
    guild: str = "guild"
    user_columns: tuple[str, ...] = ("user",)
    actor_columns: tuple[str, ...] = ()
    secret_columns: tuple[str, ...] = ()
    retained_until: str = ""


# The many that have ended by their own index, the few that live by theirs.
_USER_JOBS: Final = (
    "SELECT {0} FROM jobs INDEXED BY jobs_ended_of WHERE ended_at IS NOT NULL"
    " AND requester = :user AND {{here}} UNION ALL SELECT {0} FROM jobs INDEXED BY jobs_living"
    " WHERE ended_at IS NULL AND requester = :user AND {{here}}"
)
_IN_USER_JOBS: Final = f"job IN ({_USER_JOBS.format('id')})"
USER_DATA_TABLES: Final = (
    UserDataTable(
        "jobs",
        f"seq IN ({_USER_JOBS.format('seq')})",
        guild="",
        user_columns=("requester", "requester_name"),
        secret_columns=("session",),
    ),
    UserDataTable("posts", _IN_USER_JOBS, guild="", user_columns=(), secret_columns=("token",)),
    UserDataTable("images", _IN_USER_JOBS, guild="", user_columns=()),
    UserDataTable("kept_files"),
    UserDataTable("drafts"),
    UserDataTable("personal"),
    UserDataTable("holds"),
    UserDataTable("charges", retained_until=UNTIL_MONTH_END),
    UserDataTable("totals", retained_until=UNTIL_MONTH_END),
    UserDataTable("grants", actor_columns=("given_by",), retained_until=UNTIL_MONTH_END),
    UserDataTable(
        "limits",
        "scope = 'member' AND target = :user",
        user_columns=("target",),
        actor_columns=("set_by",),
        retained_until=WHILE_LIMIT_SET,
    ),
    UserDataTable(
        "blocks",
        actor_columns=("blocked_by",),
        retained_until="until a year after its end, or until a moderator lifts it",
    ),
    UserDataTable(
        "audit",
        # Whose picture was reported must not learn of it.
        f"((target = 'member:' || :user AND action <> '{REPORT_ACTION}') OR actor = :user)",
        user_columns=("target",),
        actor_columns=("actor",),
        retained_until="a year",
    ),
    UserDataTable("erasures", retained_until="until nothing is owed"),
)
IMPERSONAL_TABLES: Final[Mapping[str, str]] = {
    "guild_settings": "a server's own choices",
    "orphans": "SwarmUI's sessions, which name nobody, for a day",
    "trigger_lists": "a server's own choice",
    "trigger_phrases": "a server's phrases",
    "trigger_channels": "a server's own choice",
    "pauses": "until when a server or the host draws nothing",
    "alerts": "what a log channel was told of an outage, until its end",
    "greetings": "which servers the bot has met",
    "departures": "which servers removed the bot, and when",
    "trails": "up to which change a server's log channel was told",
    "notices": "what is about to be posted, until Discord has it; a report goes with its job",
    "errands": "what an erasure still owes; it goes with each step",
}
# What is JSON inside, and what is a moment.
_JSON_COLUMNS: Final = frozenset(("order", "wish", "roles"))
_TIME_COLUMNS: Final = frozenset(("at", "until"))
_OTHER_MEMBER: Final = "another member"


def build_query(holding: UserDataTable, guild: int, what: str = "*") -> str:
    """Return SQL for a table's rows about `:user`, or their count, in one guild or all."""
    here = "1" if guild == 0 else "guild = :guild"
    whose = holding.row_filter.replace("{here}", here)
    if guild and holding.guild:
        whose = f"{whose} AND {holding.guild} IN (0, :guild)"
    return f"SELECT {what} FROM {holding.table} WHERE {whose}"  # noqa: S608 -- only constants are inserted


def build_export_row(holding: UserDataTable, row: Row, user: int) -> ExportRow:
    """Convert a row for the person, without other people's ids."""
    made: dict[str, object] = {}
    for name, value in dict(row).items():
        if name in holding.secret_columns:
            continue
        if name in holding.actor_columns:
            if value == user:
                made[name] = "you"
        elif name in holding.user_columns and str(value).startswith("member:"):
            made[name] = value if value == f"member:{user}" else _OTHER_MEMBER
        else:
            made[name] = _format_value(name, value)
    return made


def _format_value(name: str, value: Any) -> object:
    if name in _JSON_COLUMNS and isinstance(value, str):
        return json.loads(value)
    is_moment = name in _TIME_COLUMNS or name.endswith(("_at", "_until"))
    return from_micros(value).isoformat() if is_moment and isinstance(value, int) else value

"""Rules of roles that were deleted: nobody has them, and no option of Discord's names them."""

from __future__ import annotations

from collections.abc import Collection

from bot.core.card import Card
from bot.core.quota import Scope
from bot.core.request import Asker
from bot.core.words import plural
from bot.flow.limit_words import rule_of, spoken
from bot.flow.limits import LimitsDesk


async def clear_gone(
    desk: LimitsDesk, asker: Asker, roles: Collection[int], *, preview: bool = False
) -> Card:
    """Remove the rules of all roles that are not among `roles`, the ids of those that there are.

    It acts at once, or with `preview` only says what there is to remove.
    """
    if not roles:  # there is always one, @everyone: so we know of none
        return Card("I can't see this server's roles right now. Nothing was changed.")
    rows = await desk.books.limit_rows(asker.guild)
    gone = sorted(
        {row.target for row in rows if row.scope is Scope.ROLE and row.target not in roles}
    )
    if not gone:
        return Card("No deleted role has a rule here. Nothing was changed.")
    was = "\n".join(f"- {spoken(rule_of(rows, Scope.ROLE, role))}" for role in gone)
    if preview:
        said = f"{plural(len(gone), 'deleted role')} with a rule. Nothing was changed:"
        return Card(f"{said}\n{was}")
    for role in gone:
        await desk.books.clear_limit(asker, Scope.ROLE, role, desk.now())
    return Card(f"The rules of {plural(len(gone), 'deleted role')} are gone:\n{was}")

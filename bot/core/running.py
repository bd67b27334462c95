"""How many jobs of one person run while others wait, as the rules of their servers have it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

from bot.core.job import Job
from bot.core.quota import Limits, Rule, effective


class GuildRule(Rule, Protocol):
    """A rule that says in which guild it holds."""

    @property
    def guild(self) -> int: ...


def bounds(
    living: Iterable[Job], rules: Iterable[GuildRule], default: int | None
) -> Mapping[tuple[int, int], int | None]:
    """The bound of each (guild, person) of the living jobs for whom it is not the default.

    A person is judged by the roles of their youngest job: nobody asks Discord while they wait.
    """
    by_guild: defaultdict[int, list[GuildRule]] = defaultdict(list)
    for rule in rules:
        by_guild[rule.guild].append(rule)
    if not by_guild:
        return {}
    youngest: dict[tuple[int, int], Job] = {}
    for job in sorted(living, key=lambda job: job.created_at):
        if job.guild in by_guild:
            youngest[job.guild, job.requester] = job
    found = {
        person: effective(Limits(running=default), by_guild[job.guild], job.requester, job.roles)[
            0
        ].running
        for person, job in youngest.items()
    }
    return {person: bound for person, bound in found.items() if bound != default}

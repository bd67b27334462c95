"""How many jobs of one person run while others wait, as the rules of their servers have it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from bot.core.job import Job
from bot.core.quota import Limits, Rule, effective


def bounds(
    living: Iterable[Job], rules: Mapping[int, Collection[Rule]], default: int | None
) -> Mapping[tuple[int, int], int | None]:
    """The bound of each (guild, person) of the living jobs for whom it is not the default.

    `rules` are by guild. A person is judged by the roles of their youngest job: nobody asks
    Discord while they wait.
    """
    if not rules:
        return {}
    youngest: dict[tuple[int, int], Job] = {}
    for job in sorted(living, key=lambda job: job.created_at):
        if job.guild in rules:
            youngest[job.guild, job.requester] = job
    found = {
        person: effective(Limits(running=default), rules[job.guild], job.requester, job.roles)[
            0
        ].running
        for person, job in youngest.items()
    }
    return {person: bound for person, bound in found.items() if bound != default}

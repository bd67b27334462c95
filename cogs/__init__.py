"""The bot's faces, one file each: they translate between Discord and the flow, nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from discord.ext import commands

from bot.adapters.discord.answers import Answers
from bot.flow.desk import Desk
from bot.flow.ports import Board
from cogs.help import Help
from cogs.imagine import Imagine
from cogs.limits import Limits
from cogs.queue import Queue
from cogs.quota import Quota
from cogs.results import Results
from cogs.triggers import Triggers, Words

__all__ = ["Words", "all_cogs"]


def all_cogs(desk: Desk, board: Board, words: Words, answers: Answers) -> Iterable[commands.Cog]:
    """Build every cog for one client, each with no more than it uses."""
    yield Imagine(desk, answers)
    yield Results(desk, answers)
    yield Triggers(words, desk, board)
    yield Quota(desk, answers)
    yield Queue(desk, answers)
    yield Help(desk, answers)
    yield Limits(desk.limits, answers)

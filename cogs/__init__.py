"""The bot's faces, one file each: they translate between Discord and the flow, nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from discord.ext import commands

from bot.adapters.discord.answers import Answers
from bot.adapters.discord.manners import Recently
from bot.adapters.discord.replies import Replies
from bot.flow.blocking import Blocking
from bot.flow.desk import Desk
from bot.flow.gallery import Gallery
from bot.flow.greeting import Greeting
from bot.flow.history import History as Past
from bot.flow.limits import LimitsDesk
from bot.flow.phrase_desk import PhraseDesk
from bot.flow.ports import Board
from bot.flow.privacy import Privacy as PrivacyFlow
from bot.flow.reading import Reading
from bot.flow.remix import Remixing
from bot.flow.reporting import Reporting
from bot.flow.settings import SettingsDesk
from bot.flow.stopping import Stopping
from cogs.block import Block
from cogs.help import Help
from cogs.history import History
from cogs.imagine import Imagine
from cogs.limits import Limits
from cogs.messages import Messages
from cogs.models import Models
from cogs.phrases import Phrases
from cogs.privacy import Privacy
from cogs.queue import Queue
from cogs.quota import Quota
from cogs.reports import Reports
from cogs.results import Results
from cogs.settings import Settings
from cogs.triggers import Triggers, Words
from cogs.welcome import Welcome

__all__ = ["Words", "all_cogs"]


def all_cogs(
    *,
    desk: Desk,
    reading: Reading,
    past: Past,
    gallery: Gallery,
    stopping: Stopping,
    limits: LimitsDesk,
    blocking: Blocking,
    reporting: Reporting,
    privacy: PrivacyFlow,
    remixing: Remixing,
    settings: SettingsDesk,
    greeting: Greeting,
    board: Board,
    answers: Answers,
    words: Words,
    phrases: PhraseDesk,
    prompt_max: int,
) -> Iterable[commands.Cog]:
    """Build every cog for one login, each with no more than it uses.

    `prompt_max` is how many characters of a prompt the Edit form takes, 4000 at most.
    """
    yield Imagine(desk, answers)
    yield Results(desk, stopping, answers, prompt_max=prompt_max)
    accepted = Recently(words.cooldown_s, words.tick)
    yield Triggers(words, desk, stopping, Replies(desk, board), accepted)
    yield Phrases(phrases, answers, accepted)
    yield Models(gallery, desk, answers, prompt_max=prompt_max)
    yield Quota(reading, answers)
    yield Queue(reading, stopping, answers)
    yield History(past, answers)
    yield Help(reading, answers)
    yield Limits(limits, answers)
    yield Block(blocking, answers)
    yield Reports(reporting, answers)
    yield Privacy(privacy, answers)
    yield Messages(remixing, desk, answers, prompt_max=prompt_max)
    yield Settings(settings, answers)
    yield Welcome(greeting, settings, desk, answers)

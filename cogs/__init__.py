"""The bot's faces, one file each: they translate between Discord and the flow, nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from discord.ext import commands

from bot.adapters.discord.interactions.cooldown import Recently
from bot.adapters.discord.interactions.message_replies import Replies
from bot.adapters.discord.interactions.responder import Answers
from bot.flow.blocks import Blocking
from bot.flow.drawing.remix import Remixing
from bot.flow.drawing.requests import Desk
from bot.flow.history import History as Past
from bot.flow.info import Reading
from bot.flow.jobs.cancellation import Stopping
from bot.flow.limits import LimitsDesk
from bot.flow.models import Gallery
from bot.flow.onboarding import Greeting
from bot.flow.ports import Board
from bot.flow.privacy import Privacy as PrivacyFlow
from bot.flow.reports import Reporting
from bot.flow.settings.panel import SettingsDesk
from bot.flow.triggers.commands import PhraseDesk
from cogs.block import Block
from cogs.context_menus import Messages
from cogs.help import Help
from cogs.history import History
from cogs.imagine import Imagine
from cogs.limits import Limits
from cogs.models import Models
from cogs.onboarding import Welcome
from cogs.privacy import Privacy
from cogs.queue import Queue
from cogs.quota import Quota
from cogs.reports import Reports
from cogs.result_buttons import Results
from cogs.settings import Settings
from cogs.trigger_messages import Triggers, Words
from cogs.triggers import Phrases

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

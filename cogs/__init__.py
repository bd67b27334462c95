"""Cogs, one per feature, which translate between Discord and the flow."""

from __future__ import annotations

from collections.abc import Iterable

from discord.ext import commands

from bot.adapters.discord.interactions.cooldown import RecentKeys
from bot.adapters.discord.interactions.message_replies import MessageReplies
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.flow.blocks import BlockCommands
from bot.flow.drawing.remix import RemixCommands
from bot.flow.drawing.requests import DrawingRequests
from bot.flow.history import HistoryCommands as Past
from bot.flow.info import InfoCommands
from bot.flow.jobs.cancellation import Cancellation
from bot.flow.limits import LimitCommands
from bot.flow.models import ModelBrowser
from bot.flow.onboarding import WelcomeMessages
from bot.flow.ports import Messages
from bot.flow.privacy import PrivacyCommands as PrivacyFlow
from bot.flow.reports import ReportCommands
from bot.flow.settings.panel import SettingsPanel
from bot.flow.triggers.commands import TriggerCommands
from cogs.block import BlockCog
from cogs.context_menus import MessageMenuCog
from cogs.help import HelpCog
from cogs.history import HistoryCog
from cogs.imagine import ImagineCog
from cogs.limits import LimitsCog
from cogs.models import ModelsCog
from cogs.onboarding import WelcomeCog
from cogs.privacy import PrivacyCog
from cogs.queue import QueueCog
from cogs.quota import QuotaCog
from cogs.reports import ReportsCog
from cogs.result_buttons import ResultsCog
from cogs.settings import SettingsCog
from cogs.trigger_messages import TriggerConfig, TriggerMessagesCog
from cogs.triggers import TriggersCog

__all__ = ["TriggerConfig", "build_cogs"]


def build_cogs(
    *,
    desk: DrawingRequests,
    reading: InfoCommands,
    past: Past,
    gallery: ModelBrowser,
    stopping: Cancellation,
    limits: LimitCommands,
    blocking: BlockCommands,
    reporting: ReportCommands,
    privacy: PrivacyFlow,
    remixing: RemixCommands,
    settings: SettingsPanel,
    greeting: WelcomeMessages,
    board: Messages,
    answers: InteractionResponder,
    words: TriggerConfig,
    phrases: TriggerCommands,
    prompt_max: int,
) -> Iterable[commands.Cog]:
    """Build every cog for one login, each with no more than it uses.

    `prompt_max` is how many characters of a prompt the Edit form takes, 4000 at most.
    """
    yield ImagineCog(desk, answers)
    yield ResultsCog(desk, stopping, answers, prompt_max=prompt_max)
    accepted = RecentKeys(words.cooldown_s, words.tick)
    yield TriggerMessagesCog(words, desk, stopping, MessageReplies(desk, board), accepted)
    yield TriggersCog(phrases, answers, accepted)
    yield ModelsCog(gallery, desk, answers, prompt_max=prompt_max)
    yield QuotaCog(reading, answers)
    yield QueueCog(reading, stopping, answers)
    yield HistoryCog(past, answers)
    yield HelpCog(reading, answers)
    yield LimitsCog(limits, answers)
    yield BlockCog(blocking, answers)
    yield ReportsCog(reporting, answers)
    yield PrivacyCog(privacy, answers)
    yield MessageMenuCog(remixing, desk, answers, prompt_max=prompt_max)
    yield SettingsCog(settings, answers)
    yield WelcomeCog(greeting, settings, desk, answers)

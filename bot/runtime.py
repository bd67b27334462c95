"""Cogs and callbacks that the Discord client gets from the flow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from discord import app_commands

from bot.adapters.discord.client import SwarmBot
from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.command_access import CommandAccess
from bot.adapters.discord.interactions.message_replies import MessageReplies
from bot.adapters.discord.interactions.responder import ANSWER_DEADLINE_S, InteractionResponder
from bot.adapters.discord.permissions import CONTENT_OFF_TEXT, build_content_link, build_invite_link
from bot.composition import Flow
from bot.config import Settings
from bot.flow.ports import Messages
from bot.flow.runtime.tasks import TaskSupervisor
from bot.flow.triggers.cooldown import MessageCooldowns
from cogs.block import BlockCog
from cogs.context_menus import MessageMenuCog
from cogs.diagnose import DiagnoseCog
from cogs.help import HelpCog
from cogs.history import HistoryCog
from cogs.imagine import ImagineCog
from cogs.limits import LimitsCog
from cogs.models import ModelsCog
from cogs.onboarding import WelcomeCog
from cogs.pauses import PauseCog
from cogs.privacy import PrivacyCog
from cogs.queue import QueueCog
from cogs.quota import QuotaCog
from cogs.reports import ReportsCog
from cogs.result_buttons import ResultsCog
from cogs.settings import SettingsCog
from cogs.trigger_messages import TriggerMessagesCog
from cogs.triggers import TriggersCog

log = structlog.stdlib.get_logger(__name__)


def build_flow_cogs(
    flow: Flow,
    messages: Messages,
    settings: Settings,
    *,
    patience_s: float = ANSWER_DEADLINE_S,
    tick: Callable[[], float] = time.monotonic,
) -> tuple[BotCog, ...]:
    """Build every cog for one login, each with no more than it uses.

    A decision that takes longer than `patience_s` is deferred. `tick` measures cooldowns.
    """
    requests, prompt_max = flow.requests, settings.drawing.prompt_max
    responder = InteractionResponder(requests, patience_s=patience_s)
    cooldowns = MessageCooldowns(settings.triggers.cooldown_s, tick)
    access = CommandAccess()
    return (
        ImagineCog(requests, responder),
        ResultsCog(requests, flow.cancellation, responder, prompt_max=prompt_max),
        TriggerMessagesCog(
            flow.triggers, requests, flow.cancellation, MessageReplies(messages), cooldowns
        ),
        TriggersCog(flow.trigger_commands, responder, cooldowns.accepted_users),
        ModelsCog(flow.models, requests, responder, prompt_max=prompt_max),
        QuotaCog(flow.info, responder),
        QueueCog(flow.info, flow.cancellation, flow.departures, responder),
        HistoryCog(flow.history, responder),
        HelpCog(flow.info, responder),
        LimitsCog(flow.limits, responder, access),
        BlockCog(flow.blocks, responder),
        PauseCog(flow.pauses, responder),
        ReportsCog(flow.reports, responder, access),
        DiagnoseCog(flow.diagnosis, responder),
        PrivacyCog(flow.privacy, responder),
        MessageMenuCog(flow.remix, requests, responder, prompt_max=prompt_max),
        SettingsCog(flow.settings, responder, access),
        WelcomeCog(flow.onboarding, flow.settings, requests, responder, access),
    )


class _NoServices:
    """Place holder for the services of cogs that only describe their commands."""

    def __getattr__(self, name: str) -> Any:
        return self


async def build_command_tree(settings: Settings) -> app_commands.CommandTree[Any]:
    """Build the commands as `run` registers them, without any service behind them."""
    nothing: Any = _NoServices()
    client = SwarmBot(lambda: "")
    await client.add_cogs(build_flow_cogs(nothing, nothing, settings))
    return client.tree


class BotRuntime:
    """The start of the flow when the Discord client is connected."""

    def __init__(self, flow: Flow, tasks: TaskSupervisor, say: Callable[[str], None]) -> None:
        self._flow, self._tasks, self._say = flow, tasks, say

    async def start(self, client: SwarmBot) -> None:
        """Tell the host what is missing, and begin to work."""
        log.info("ready", guilds=len(client.guilds))
        if not client.guilds and client.application_id is not None:
            self._say(
                f"I'm not in any server yet. Open this: {build_invite_link(client.application_id)}"
            )
        if not client.reads_messages:
            self._say(f"{CONTENT_OFF_TEXT} {build_content_link(client.application_id)}")
        guilds = tuple(guild.id for guild in client.guilds)
        departures = partial(self._flow.departures.begin, client.is_guild_gone)
        self._tasks.run_forever(departures, "departed", asyncio.sleep)
        self._tasks.run_forever(self._work, "worker", asyncio.sleep)
        self._tasks.spawn_task(self._flow.privacy.resume_erasures(), "erasures")
        self._tasks.run_forever(self._flow.audit_log.run_forever, "trail", asyncio.sleep)
        self._tasks.spawn_task(self._flow.notices.resume(), "notices")
        is_down = self._flow.queue.down_since is not None
        self._tasks.spawn_task(self._flow.alerts.resume(is_down=is_down), "alarms")
        self._tasks.spawn_task(self._flow.onboarding.begin(guilds), "greetings")

    async def _work(self) -> None:
        """Start the flow in the program's own task, not in the client's."""
        await self._flow.recovery.resume_jobs()
        await self._flow.guild_switch.cancel_in_disabled_guilds()
        await self._flow.worker.process_queue()

"""Answers of /quota, /queue and /help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.core import blocks as block_cards
from bot.core import help as help_cards
from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.request import RequestContext
from bot.core.jobs import answers as job_answers
from bot.core.jobs.answers import QueueEntry
from bot.core.jobs.job import Job, State
from bot.core.limits import quota_cards
from bot.core.limits import refusals as limit_refusals
from bot.core.limits.changes import find_drawing_roles
from bot.core.limits.quota import Balance, can_draw
from bot.core.pauses import describe_pause
from bot.core.policy import GuildSettings
from bot.core.text import format as fmt
from bot.core.ui.card import MessageCard
from bot.flow.jobs.queue import JobQueue
from bot.flow.ports import BlockStore, LimitStore
from bot.flow.runtime.clock import Clock
from bot.flow.triggers.registry import TriggerRegistry


class InfoCommands:
    """Answers that change nothing."""

    def __init__(
        self,
        queue: JobQueue,
        triggers: TriggerRegistry,
        settings_of: Callable[[int], GuildSettings],
        limits: LimitStore,
        blocks: BlockStore,
        clock: Clock,
    ) -> None:
        self._limits, self._blocks, self._clock = limits, blocks, clock
        self._queue, self._triggers, self._settings_of = queue, triggers, settings_of

    async def quota_card(self, asker: RequestContext) -> MessageCard:
        """Show use, rest, reset and source."""
        now = self._clock.now()
        balance = await self._limits.compute_balance(asker, now)
        grants = await self._limits.list_grants(asker.guild, asker.user, now)
        roles = await self._find_drawing_roles(asker, balance)
        held = self._count_interrupted(asker)  # own started jobs that wait for SwarmUI
        running, waiting = max(0, balance.running - held), balance.waiting + held
        balance = replace(balance, running=running, waiting=waiting)
        card = quota_cards.quota_details_card(balance, grants, roles)
        if not self._settings_of(asker.guild).drawing:
            card = replace(card, content=draw_refusals.SWITCHED_OFF_SENTENCE)
        return await self._replace_if_blocked(asker, card)

    async def queue_card(self, asker: RequestContext) -> MessageCard:
        """Show own jobs with positions, the queue's length, and a moderator what they may stop."""
        queue = self._queue
        await queue.refresh_jobs()
        jobs = queue.living_jobs
        entries = [self._build_entry(job) for job in jobs if job.guild == asker.guild]
        mine = tuple(one for one in entries if one.job.requester == asker.user)
        others = tuple(
            one
            for one in entries
            if one.job.requester != asker.user and asker.can_stop_jobs_in(one.job.channel)
        )
        held = sum(job.id in queue.interrupted_jobs for job in jobs)
        waiting = sum(job.state is State.QUEUED for job in jobs) + held
        running = sum(job.state is State.RUNNING for job in jobs) - held
        return job_answers.queue_card(
            mine,
            waiting,
            running,
            others,
            next_one="" if waiting or running else await self._describe_next(asker),
            offline=queue.down_since is not None,
            pause=self._describe_pause(asker.guild),
        )

    def _describe_pause(self, guild: int) -> str:
        end = self._queue.find_pause_end(guild)
        return "" if end is None else describe_pause(end)

    def _build_entry(self, job: Job) -> QueueEntry:
        queue = self._queue
        if job.state is not State.QUEUED:
            return QueueEntry(job, 0, is_held=job.id in queue.interrupted_jobs)
        if queue.find_pause_end(job.guild) is not None:
            return QueueEntry(job, 0, is_paused=True)
        position, wait = queue.find_position(job.id), queue.estimate_wait(job.id)
        return QueueEntry(job, position, wait, is_held=queue.down_since is not None)

    def _count_interrupted(self, asker: RequestContext) -> int:
        return sum(
            job.id in self._queue.interrupted_jobs
            for job in self._queue.living_jobs
            if (job.guild, job.requester) == (asker.guild, asker.user)
        )

    async def _describe_next(self, asker: RequestContext) -> str:
        """Describe the start of the next picture, nothing to members who may not draw."""
        balance = await self._limits.compute_balance(asker, self._clock.now())
        blocked = await self._replace_if_blocked(asker, MessageCard(""))
        if blocked.content:
            return blocked.content
        if not self._settings_of(asker.guild).drawing:
            return draw_refusals.SWITCHED_OFF_SENTENCE
        if not can_draw(balance.limits) or balance.pictures_left == 0:
            roles = fmt.format_roles(await self._find_drawing_roles(asker, balance))
            return limit_refusals.quota_refusal(1, balance, roles=roles).sentence
        if self._queue.shutting_down:
            return ""
        if pause := self._describe_pause(asker.guild):
            return pause
        away = self._queue.down_since is not None
        return job_answers.BACKEND_OFFLINE if away else job_answers.STARTS_NOW

    async def help_card(self, asker: RequestContext, here: Callable[[int], bool]) -> MessageCard:
        """Show how and where to draw, and what is left.

        `here` tells whether a channel is in this guild.
        """
        settings = self._settings_of(asker.guild)
        balance = await self._limits.compute_balance(asker, self._clock.now())
        listed = self._triggers.list_phrases(asker.guild)
        phrases = tuple(phrase.text for phrase in listed if not phrase.channel)
        listening = self._triggers.list_listening_channels(asker.guild, here)
        if settings.channels:
            listening = tuple(channel for channel in listening if channel in settings.channels)
        card = help_cards.help_card(balance, phrases, listening, policy=settings)
        return await self._replace_if_blocked(asker, card)

    async def _find_drawing_roles(self, asker: RequestContext, balance: Balance) -> tuple[int, ...]:
        if can_draw(balance.limits):
            return ()
        rows = await self._limits.list_limit_rows(asker.guild)
        return find_drawing_roles(self._limits.get_default_limits(), rows)

    async def _replace_if_blocked(self, asker: RequestContext, card: MessageCard) -> MessageCard:
        now = self._clock.now()
        block = await self._blocks.find_block(asker.guild, asker.user, now)
        return card if block is None else replace(card, content=block_cards.describe_block(block))

"""Answers of /quota, /queue and /help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.core import blocks as block_cards
from bot.core import help as help_cards
from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.request import RequestContext
from bot.core.jobs import answers as job_answers
from bot.core.jobs.job import Job, State
from bot.core.limits import quota_cards
from bot.core.limits import refusals as limit_refusals
from bot.core.limits.changes import find_drawing_roles
from bot.core.limits.quota import Balance, can_draw
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
        find_settings: Callable[[int], GuildSettings],
        *,
        limits: LimitStore,
        blocks: BlockStore,
        clock: Clock,
    ) -> None:
        self._limits, self._blocks, self._clock = limits, blocks, clock
        self._queue, self._triggers = queue, triggers
        self._settings_of = find_settings

    async def quota_card(self, asker: RequestContext) -> MessageCard:
        """Show use, rest, reset and source."""
        now = self._clock.now()
        balance = await self._limits.compute_balance(asker, now)
        grants = await self._limits.list_grants(asker.guild, asker.user, now)
        drawers = await self._find_drawing_roles(asker, balance)
        held = self._count_interrupted(asker)
        balance = replace(
            balance, running=max(0, balance.running - held), waiting=balance.waiting + held
        )
        card = quota_cards.quota_details_card(balance, grants, drawers)
        if not self._settings_of(asker.guild).drawing:
            card = replace(card, content=draw_refusals.SWITCHED_OFF_SENTENCE)
        return await self._replace_if_blocked(asker, card)

    async def queue_card(self, asker: RequestContext) -> MessageCard:
        """Show own jobs with positions and the queue's length, all jobs to moderators."""
        await self._queue.refresh_jobs()
        here = [
            self._build_entry(job) for job in self._queue.living_jobs if job.guild == asker.guild
        ]
        mine = tuple(one for one in here if one.job.requester == asker.user)
        others = tuple(one for one in here if one.job.requester != asker.user)
        line = self._queue
        held = sum(job.id in line.interrupted_jobs for job in line.living_jobs)
        waiting = sum(job.state is State.QUEUED for job in line.living_jobs) + held
        running = sum(job.state is State.RUNNING for job in line.living_jobs) - held
        return job_answers.queue_card(
            mine,
            waiting,
            running,
            others if asker.moderator else (),
            next_one="" if waiting or running else await self._describe_next(asker),
            offline=line.down_since is not None,
        )

    def _build_entry(self, job: Job) -> job_answers.QueueEntry:
        line = self._queue
        if job.state is not State.QUEUED:
            return job_answers.QueueEntry(job, 0, is_held=job.id in line.interrupted_jobs)
        away = line.down_since is not None
        return job_answers.QueueEntry(
            job, line.find_position(job.id), line.estimate_wait(job.id), is_held=away
        )

    def _count_interrupted(self, asker: RequestContext) -> int:
        """Count own started jobs that wait for SwarmUI."""
        return sum(
            job.id in self._queue.interrupted_jobs
            for job in self._queue.living_jobs
            if (job.guild, job.requester) == (asker.guild, asker.user)
        )

    async def _describe_next(self, asker: RequestContext) -> str:
        """Describe the start of the next picture, nothing to members who may not draw."""
        balance = await self._limits.compute_balance(asker, self._clock.now())
        standing = await self._replace_if_blocked(asker, MessageCard(""))
        if standing.content:
            return standing.content
        if not self._settings_of(asker.guild).drawing:
            return draw_refusals.SWITCHED_OFF_SENTENCE
        if not can_draw(balance.limits) or balance.pictures_left == 0:
            roles = fmt.format_roles(await self._find_drawing_roles(asker, balance))
            return limit_refusals.quota_refusal(1, balance, roles=roles).sentence
        if self._queue.shutting_down:
            return ""
        away = self._queue.down_since is not None
        return job_answers.BACKEND_OFFLINE if away else job_answers.STARTS_NOW

    async def help_card(self, asker: RequestContext, here: Callable[[int], bool]) -> MessageCard:
        """Show how and where to draw, and what is left.

        `here` tells whether a channel is in this guild.
        """
        policy = self._settings_of(asker.guild)
        balance = await self._limits.compute_balance(asker, self._clock.now())
        phrases = tuple(
            one.text for one in self._triggers.list_phrases(asker.guild) if not one.channel
        )
        listening = self._triggers.list_listening_channels(asker.guild, here)
        if policy.channels:
            listening = tuple(one for one in listening if one in policy.channels)
        card = help_cards.help_card(balance, phrases, listening, policy=policy)
        return await self._replace_if_blocked(asker, card)

    async def _find_drawing_roles(self, asker: RequestContext, balance: Balance) -> tuple[int, ...]:
        """Return the roles that may draw, for a member who may not."""
        if can_draw(balance.limits):
            return ()
        return find_drawing_roles(
            self._limits.get_default_limits(), await self._limits.list_limit_rows(asker.guild)
        )

    async def _replace_if_blocked(self, asker: RequestContext, card: MessageCard) -> MessageCard:
        """Show a blocked member the block instead."""
        now = self._clock.now()
        block = await self._blocks.find_block(asker.guild, asker.user, now)
        return card if block is None else replace(card, content=block_cards.describe_block(block))

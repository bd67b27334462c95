"""What people can ask without wanting a picture: what is left, where they stand, how it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.core import blocks as block_cards
from bot.core import help as help_cards
from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.request import Asker
from bot.core.jobs import answers as job_answers
from bot.core.jobs.job import Job, State
from bot.core.limits import quota_cards
from bot.core.limits import refusals as limit_refusals
from bot.core.limits.changes import may_draw
from bot.core.limits.quota import Balance, draws
from bot.core.policy import Policy
from bot.core.text import format as fmt
from bot.core.ui.card import Card
from bot.flow.jobs.queue import Line
from bot.flow.runtime.services import Kit
from bot.flow.triggers.registry import Phrases


class Reading:
    """Answers that change nothing."""

    def __init__(
        self, kit: Kit, line: Line, phrases: Phrases, policy_of: Callable[[int], Policy]
    ) -> None:
        self._kit, self._line, self._phrases = kit, line, phrases
        self._policy_of = policy_of

    async def quota(self, asker: Asker) -> Card:
        """Used, left, reset, and whose rule it is."""
        books, now = self._kit.books, self._kit.clock.now()
        balance = await books.balance(asker, now)
        grants = await books.grants(asker.guild, asker.user, now)
        drawers = await self._drawers(asker, balance)
        held = self._held(asker)
        balance = replace(
            balance, running=max(0, balance.running - held), waiting=balance.waiting + held
        )
        card = quota_cards.quota(balance, grants, drawers)
        if not self._policy_of(asker.guild).drawing:
            card = replace(card, content=draw_refusals.OFF_FOR_NOW)
        return await self._unless_blocked(asker, card)

    async def queue(self, asker: Asker) -> Card:
        """My own jobs with their places, and how long the whole line is; a moderator's has all."""
        await self._line.refresh()
        here = [self._standing(job) for job in self._line.living if job.guild == asker.guild]
        mine = tuple(one for one in here if one.job.requester == asker.user)
        others = tuple(one for one in here if one.job.requester != asker.user)
        line = self._line
        held = sum(job.id in line.held for job in line.living)
        waiting = sum(job.state is State.QUEUED for job in line.living) + held
        running = sum(job.state is State.RUNNING for job in line.living) - held
        return job_answers.queue(
            mine,
            waiting,
            running,
            others if asker.moderator else (),
            next_one="" if waiting or running else await self._next_one(asker),
            offline=line.down_since is not None,
        )

    def _standing(self, job: Job) -> job_answers.Waiting:
        line = self._line
        if job.state is not State.QUEUED:
            return job_answers.Waiting(job, 0, held=job.id in line.held)
        away = line.down_since is not None
        return job_answers.Waiting(job, line.place(job.id), line.wait_s(job.id), held=away)

    def _held(self, asker: Asker) -> int:
        """How many of theirs were begun, and wait for a drawing computer that is away."""
        return sum(
            job.id in self._line.held
            for job in self._line.living
            if (job.guild, job.requester) == (asker.guild, asker.user)
        )

    async def _next_one(self, asker: Asker) -> str:
        """What somebody's next picture would meet in an empty line: nothing is promised to those
        whom the gate would not let in."""
        balance = await self._kit.books.balance(asker, self._kit.clock.now())
        standing = await self._unless_blocked(asker, Card(""))
        if standing.content:
            return standing.content
        if not self._policy_of(asker.guild).drawing:
            return draw_refusals.OFF_FOR_NOW
        if not draws(balance.limits) or balance.left == 0:
            roles = fmt.roles(await self._drawers(asker, balance))
            return limit_refusals.quota_refusal(1, balance, roles=roles).sentence
        if self._line.closing:
            return ""
        away = self._line.down_since is not None
        return job_answers.AWAY if away else job_answers.AT_ONCE

    async def help(self, asker: Asker, here: Callable[[int], bool]) -> Card:
        """How and where to draw here, and what is left.

        `here` says whether a channel is of this server.
        """
        policy = self._policy_of(asker.guild)
        balance = await self._kit.books.balance(asker, self._kit.clock.now())
        phrases = tuple(one.text for one in self._phrases.of(asker.guild) if not one.channel)
        listening = self._phrases.listening(asker.guild, here)
        if policy.channels:
            listening = tuple(one for one in listening if one in policy.channels)
        card = help_cards.help_card(balance, phrases, listening, policy=policy)
        return await self._unless_blocked(asker, card)

    async def _drawers(self, asker: Asker, balance: Balance) -> tuple[int, ...]:
        """The roles with which people may draw, for somebody who may not."""
        if draws(balance.limits):
            return ()
        books = self._kit.books
        return may_draw(books.defaults(), await books.limit_rows(asker.guild))

    async def _unless_blocked(self, asker: Asker, card: Card) -> Card:
        """Whoever is blocked reads that first, not how many pictures they would have left."""
        now = self._kit.clock.now()
        block = await self._kit.books.block_of(asker.guild, asker.user, now)
        return card if block is None else replace(card, content=block_cards.standing(block))

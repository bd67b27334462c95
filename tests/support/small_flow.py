"""A small flow in memory: the doors that the cogs call, with the real words behind them.

It keeps jobs in a dictionary and draws nothing. What a test wants to see is in its lists.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core import help as help_cards
from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.catalog import Param, Shelf
from bot.core.drawing.request import Asker, Model, Order, Wish
from bot.core.errors import Refused
from bot.core.ids import JobId, job_id
from bot.core.jobs import answers as job_answers
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job, State
from bot.core.jobs.model import Admission, Post, Purpose
from bot.core.limits import quota_cards
from bot.core.limits.quota import Balance, Limits, Scope, Window
from bot.core.ui.card import Card
from bot.flow.drawing.requests import Accepted, Answer, Declined
from bot.flow.ports import Board

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WINDOW = Window("2026-11-24", "2026-11", NOON + timedelta(hours=12), NOON + timedelta(days=6))


class Flow:
    """Desk, Reading, Stopping and LimitsDesk in one."""

    def __init__(self) -> None:
        self.board: Board | None = None
        self.jobs: dict[JobId, Job] = {}
        self.wishes: list[tuple[Wish, Asker]] = []
        self.rehearsed: list[tuple[Wish, Asker]] = []
        self.intents: list[Post] = []
        self.posts: list[tuple[Post, int]] = []
        self.cancelled: list[JobId] = []
        self.sources_gone: list[str] = []
        self.messages_gone: list[int] = []
        self.limits: list[tuple[Scope, int, str, Mapping[str, int | None], tuple[int, ...]]] = []
        self.cleared: list[tuple[Scope, int, str, tuple[int, ...], Mapping[int, str]]] = []
        self.previews: list[bool] = []
        self.shown: list[tuple[int | None, str, tuple[int, ...], Mapping[int, str]]] = []
        self.heard_in: list[int] = []
        self.catalogue: tuple[Model, ...] = ()
        self.things = Shelf()
        self.read: list[bytes] = []
        self.private_here = False
        self.again_asked: list[tuple[str, str]] = []
        self.unposted_jobs: list[JobId] = []
        self.refusal: Refused | None = None
        self.bug: Exception | None = None
        self.slowly: Callable[[], Awaitable[None]] | None = None
        self._numbers = itertools.count(1)

    async def _think(self) -> None:
        if self.slowly is not None:
            await self.slowly()

    # --- desk ---

    def models(self, asker: Asker) -> tuple[Model, ...]:
        return self.catalogue

    def shelf(self, asker: Asker) -> Shelf:
        return replace(self.things, models=self.catalogue)

    def is_private(self, wish: Wish, asker: Asker) -> bool:
        return self.private_here if wish.private is None else wish.private

    def openings(self, asker: Asker) -> tuple[Param, ...]:
        return self.things.params

    async def imagine_from(
        self, wish: Wish, read: Callable[[], Awaitable[bytes]], asker: Asker
    ) -> Answer:
        try:
            self.read.append(await read())
        except Refused as refused:
            aloud = not refused.rule.startswith("words.")
            return Declined(job_answers.refusal(refused, None), refused.rule, aloud=aloud)
        return await self.imagine(replace(wish, image="kept"), asker)

    async def imagine(self, wish: Wish, asker: Asker) -> Answer:
        await self._think()
        self.wishes.append((wish, asker))
        if self.bug is not None:
            raise self.bug
        refused = self.refusal
        if asker.missing:
            refused = draw_refusals.permission_missing(
                asker.missing, asker.channel_name, wish.prompt
            )
        if refused is not None:
            aloud = not refused.rule.startswith("words.")
            return Declined(job_answers.refusal(refused, None), refused.rule, aloud=aloud)
        for job in self.jobs.values():
            if job.source == wish.source:
                return Accepted(job, Card("again"), created=False)
        job = self.born(wish, asker)
        return Accepted(job, job_cards.queued(job, 1, None, starting=True), created=True)

    async def rehearse(self, wish: Wish, asker: Asker) -> Admission:
        await self._think()
        self.rehearsed.append((wish, asker))
        if self.refusal is not None:
            raise self.refusal
        job = self.born(wish, asker)
        del self.jobs[job.id]
        return Admission(job, created=True, balance=Balance(Limits(), 3, 3, WINDOW))

    def born(self, wish: Wish, asker: Asker) -> Job:
        """A job of that wish, without a card."""
        order = Order(
            prompt=wish.prompt,
            negative=wish.negative,
            model=wish.model or "sdxl/base",
            model_title="SDXL",
            width=1024,
            height=1024,
            images=wish.images or 1,
            seed=42 if wish.seed is None else wish.seed,
            steps=wish.steps or 20,
            cfg=wish.cfg or 7.0,
            private=self.is_private(wish, asker),
            spoiler=wish.spoiler,
        )
        number = next(self._numbers)
        job = Job(
            id=job_id(number.to_bytes(13, "little")),
            requester=asker.user,
            requester_name=asker.name,
            roles=asker.roles,
            guild=asker.guild,
            channel=asker.channel,
            source=wish.source,
            order=order,
            created_at=NOON,
        )
        self.jobs[job.id] = job
        return job

    async def again(
        self, action: str, target: JobId, asker: Asker, source: str, argument: str = ""
    ) -> Answer:
        self.again_asked.append((action, argument))
        job = self.jobs.get(target)
        if job is None:
            return Declined(job_answers.unknown_job(), "unknown")
        if action != "use" and job.requester != asker.user:
            return Declined(job_answers.not_yours(job.requester_name, target), "not-yours")
        images = int(argument) if action == "draw" else job.order.images
        private = (job.order.private and action != "use") or None
        wish = Wish(source, job.order.prompt, images=images, private=private)
        return await self.imagine(wish, asker)

    async def parameters(self, target: JobId, asker: Asker) -> Card:
        job = self.jobs.get(target)
        return job_answers.unknown_job() if job is None else job_answers.parameters(job)

    def unposted(self, job: JobId) -> None:
        self.unposted_jobs.append(job)

    async def form(self, target: JobId, asker: Asker) -> Wish | Declined:
        job = self.jobs.get(target)
        if job is None:
            return Declined(job_answers.unknown_job(), "unknown")
        if job.requester != asker.user:
            return Declined(job_answers.not_yours(job.requester_name, target), "not-yours")
        return Wish("", job.order.prompt, job.order.negative, seed=job.order.seed)

    async def edited(
        self, target: JobId, form: Wish, asker: Asker, trouble: Refused | None = None
    ) -> Answer:
        known = await self.form(target, asker)
        if isinstance(known, Declined):
            return known
        if trouble is not None:
            return Declined(job_answers.refusal(trouble, target), trouble.rule)
        return await self.imagine(form, asker)

    async def intend(
        self,
        job: Job,
        channel: int,
        *,
        purpose: Purpose = Purpose.STATUS,
        token: str | None = None,
        token_until: datetime | None = None,
        upload_limit: int | None = None,
    ) -> Post:
        post = Post(
            job.id,
            purpose,
            f"n{job.id}",
            channel,
            NOON,
            None,
            token,
            token_until,
            upload_limit,
            job.order.private,
        )
        self.intents.append(post)
        return post

    async def posted(self, post: Post, message: int, *, channel: int | None = None) -> None:
        self.posts.append((post, message))

    def heard(self, channel: int) -> None:
        self.heard_in.append(channel)

    # --- stopping ---

    async def cancel(self, target: JobId, asker: Asker) -> Card | None:
        await self._think()
        job = self.jobs.get(target)
        if job is None:
            return job_answers.unknown_job()
        if job.requester != asker.user and not asker.moderator:
            return job_answers.not_yours(job.requester_name, target)
        self.jobs[target] = replace(job, state=State.CANCELLED)
        self.cancelled.append(target)
        return None

    async def cancel_mine(self, asker: Asker) -> Card:
        mine = [job for job in self.jobs.values() if job.requester == asker.user]
        if not mine:
            return job_answers.nothing_to_cancel()
        self.cancelled += [job.id for job in mine]
        return job_answers.cancelled_all(len(mine), len(mine), 17)

    async def delete(
        self,
        target: JobId,
        asker: Asker,
        message: int,
        channel: int,
        *,
        private: bool = False,
        asked_by: int = 0,
    ) -> Card | None:
        job = self.jobs.get(target)
        if job is None and asked_by != asker.user:
            return job_answers.unknown_job()
        if job is not None and job.requester != asker.user and not asker.moderator:
            return job_answers.not_yours(job.requester_name, target)
        assert self.board is not None
        if not private:
            await self.board.delete(channel, message)
        return None

    async def message_deleted(self, message: int) -> None:
        self.messages_gone.append(message)

    async def source_gone(self, source: str) -> None:
        self.sources_gone.append(source)

    # --- reading ---

    async def quota(self, asker: Asker) -> Card:
        await self._think()
        return quota_cards.quota_card(Balance(Limits(), 3, 3, WINDOW))

    async def queue(self, asker: Asker) -> Card:
        return job_answers.queue((), 0, 0)

    async def help(self, asker: Asker, here: Callable[[int], bool]) -> Card:
        return help_cards.help_card(Balance(Limits(), 3, 3, WINDOW), ("draw me",), ())

    # --- limits ---

    async def set(
        self,
        asker: Asker,
        scope: Scope,
        target: int,
        target_name: str,
        numbers: Mapping[str, int | None],
        *,
        target_roles: tuple[int, ...] = (),
        role_names: Mapping[int, str] | None = None,
        preview: bool = False,
    ) -> Card:
        self.previews.append(preview)
        self.limits.append((scope, target, target_name, numbers, target_roles))
        return Card("It holds at once.")

    async def clear(
        self,
        asker: Asker,
        scope: Scope,
        target: int,
        target_name: str,
        *,
        target_roles: tuple[int, ...] = (),
        role_names: Mapping[int, str] | None = None,
        preview: bool = False,
    ) -> Card:
        self.previews.append(preview)
        self.cleared.append((scope, target, target_name, target_roles, role_names or {}))
        return Card("The rule is removed.")

    async def show(
        self,
        asker: Asker,
        target: int | None,
        target_name: str,
        target_roles: tuple[int, ...],
        role_names: Mapping[int, str],
    ) -> Card:
        self.shown.append((target, target_name, target_roles, role_names))
        return Card(f"Limits of {target_name}.")

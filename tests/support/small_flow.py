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
from bot.core.drawing.catalog import CatalogSnapshot, ParameterInfo
from bot.core.drawing.request import DrawRequest, GenerationParams, Model, RequestContext
from bot.core.errors import Refused
from bot.core.ids import JobId, build_job_id
from bot.core.jobs import answers as job_answers
from bot.core.jobs import cards as job_cards
from bot.core.jobs.job import Job, State
from bot.core.jobs.model import AcceptedJob, Post, Purpose
from bot.core.limits import quota_cards
from bot.core.limits.quota import Balance, Limits, LimitScope, Window
from bot.core.ui.card import MessageCard
from bot.flow.drawing.requests import AcceptedRequest, DeclinedRequest, RequestResult
from bot.flow.ports import Messages

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WINDOW = Window("2026-11-24", "2026-11", NOON + timedelta(hours=12), NOON + timedelta(days=6))


class Flow:
    """Desk, Reading, Stopping and LimitsDesk in one."""

    def __init__(self) -> None:
        self.messages: Messages | None = None
        self.jobs: dict[JobId, Job] = {}
        self.wishes: list[tuple[DrawRequest, RequestContext]] = []
        self.rehearsed: list[tuple[DrawRequest, RequestContext]] = []
        self.intents: list[Post] = []
        self.list_job_posts: list[tuple[Post, int]] = []
        self.cancelled: list[JobId] = []
        self.sources_gone: list[str] = []
        self.messages_gone: list[int] = []
        self.limits: list[
            tuple[LimitScope, int, str, Mapping[str, int | None], tuple[int, ...]]
        ] = []
        self.cleared: list[tuple[LimitScope, int, str, tuple[int, ...], Mapping[int, str]]] = []
        self.previews: list[bool] = []
        self.plain_prompt: list[tuple[int | None, str, tuple[int, ...], Mapping[int, str]]] = []
        self.get_channel_index: list[int] = []
        self.catalogue: tuple[Model, ...] = ()
        self.things = CatalogSnapshot()
        self.from_text: list[bytes] = []
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

    def list_available_models(self, asker: RequestContext) -> tuple[Model, ...]:
        return self.catalogue

    def get_member_snapshot(self, asker: RequestContext) -> CatalogSnapshot:
        return replace(self.things, models=self.catalogue)

    def is_private(self, wish: DrawRequest, asker: RequestContext) -> bool:
        return self.private_here if wish.private is None else wish.private

    def list_settable_params(self, asker: RequestContext) -> tuple[ParameterInfo, ...]:
        return self.things.params

    async def submit_with_image(
        self, wish: DrawRequest, read: Callable[[], Awaitable[bytes]], asker: RequestContext
    ) -> RequestResult:
        try:
            self.from_text.append(await read())
        except Refused as refused:
            aloud = not refused.rule.startswith("words.")
            return DeclinedRequest(
                job_answers.refusal_card(refused, None), refused.rule, is_public=aloud
            )
        return await self.submit_request(replace(wish, image="kept"), asker)

    async def submit_request(self, wish: DrawRequest, asker: RequestContext) -> RequestResult:
        await self._think()
        self.wishes.append((wish, asker))
        if self.bug is not None:
            raise self.bug
        refused = self.refusal
        if asker.missing:
            refused = draw_refusals.missing_permission_refusal(
                asker.missing, asker.channel_name, wish.prompt
            )
        if refused is not None:
            aloud = not refused.rule.startswith("words.")
            return DeclinedRequest(
                job_answers.refusal_card(refused, None), refused.rule, is_public=aloud
            )
        for job in self.jobs.values():
            if job.source == wish.source:
                return AcceptedRequest(job, MessageCard("again"), created=False)
        job = self.born(wish, asker)
        return AcceptedRequest(
            job, job_cards.queued_card(job, 1, None, starting=True), created=True
        )

    async def check_admission(self, wish: DrawRequest, asker: RequestContext) -> AcceptedJob:
        await self._think()
        self.rehearsed.append((wish, asker))
        if self.refusal is not None:
            raise self.refusal
        job = self.born(wish, asker)
        del self.jobs[job.id]
        return AcceptedJob(job, created=True, balance=Balance(Limits(), 3, 3, WINDOW))

    def born(self, wish: DrawRequest, asker: RequestContext) -> Job:
        """A job of that wish, without a card."""
        order = GenerationParams(
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
            id=build_job_id(number.to_bytes(13, "little")),
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

    async def submit_button_action(
        self, action: str, target: JobId, asker: RequestContext, source: str, argument: str = ""
    ) -> RequestResult:
        self.again_asked.append((action, argument))
        job = self.jobs.get(target)
        if job is None:
            return DeclinedRequest(job_answers.unknown_job_card(), "unknown")
        if action != "use" and job.requester != asker.user:
            return DeclinedRequest(
                job_answers.foreign_job_card(job.requester_name, target), "not-yours"
            )
        images = int(argument) if action == "draw" else job.order.images
        private = (job.order.private and action != "use") or None
        wish = DrawRequest(source, job.order.prompt, images=images, private=private)
        return await self.submit_request(wish, asker)

    async def build_parameters_card(self, target: JobId, asker: RequestContext) -> MessageCard:
        job = self.jobs.get(target)
        return job_answers.unknown_job_card() if job is None else job_answers.parameters_card(job)

    def abandon_status_message(self, job: JobId) -> None:
        self.unposted_jobs.append(job)

    async def load_edit_form(
        self, target: JobId, asker: RequestContext
    ) -> DrawRequest | DeclinedRequest:
        job = self.jobs.get(target)
        if job is None:
            return DeclinedRequest(job_answers.unknown_job_card(), "unknown")
        if job.requester != asker.user:
            return DeclinedRequest(
                job_answers.foreign_job_card(job.requester_name, target), "not-yours"
            )
        return DrawRequest("", job.order.prompt, job.order.negative, seed=job.order.seed)

    async def submit_edit_form(
        self,
        target: JobId,
        form: DrawRequest,
        asker: RequestContext,
        trouble: Refused | None = None,
    ) -> RequestResult:
        known = await self.load_edit_form(target, asker)
        if isinstance(known, DeclinedRequest):
            return known
        if trouble is not None:
            return DeclinedRequest(job_answers.refusal_card(trouble, target), trouble.rule)
        return await self.submit_request(form, asker)

    async def record_message_intent(
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

    async def track_status_message(
        self, post: Post, message: int, *, channel: int | None = None
    ) -> None:
        self.list_job_posts.append((post, message))

    def message_seen(self, channel: int) -> None:
        self.get_channel_index.append(channel)

    # --- stopping ---

    async def cancel_job(self, target: JobId, asker: RequestContext) -> MessageCard | None:
        await self._think()
        job = self.jobs.get(target)
        if job is None:
            return job_answers.unknown_job_card()
        if job.requester != asker.user and not asker.moderator:
            return job_answers.foreign_job_card(job.requester_name, target)
        self.jobs[target] = replace(job, state=State.CANCELLED)
        self.cancelled.append(target)
        return None

    async def cancel_own_jobs(self, asker: RequestContext) -> MessageCard:
        mine = [job for job in self.jobs.values() if job.requester == asker.user]
        if not mine:
            return job_answers.nothing_to_cancel_card()
        self.cancelled += [job.id for job in mine]
        return job_answers.cancelled_jobs_card(len(mine), len(mine), 17)

    async def delete_result(
        self,
        target: JobId,
        asker: RequestContext,
        message: int,
        channel: int,
        *,
        private: bool = False,
        asked_by: int = 0,
    ) -> MessageCard | None:
        job = self.jobs.get(target)
        if job is None and asked_by != asker.user:
            return job_answers.unknown_job_card()
        if job is not None and job.requester != asker.user and not asker.moderator:
            return job_answers.foreign_job_card(job.requester_name, target)
        assert self.messages is not None
        if not private:
            await self.messages.delete_message(channel, message)
        return None

    async def cancel_by_status_message(self, message: int) -> None:
        self.messages_gone.append(message)

    async def cancel_by_source(self, source: str) -> None:
        self.sources_gone.append(source)

    # --- reading ---

    async def quota_card(self, asker: RequestContext) -> MessageCard:
        await self._think()
        return quota_cards.quota_card(Balance(Limits(), 3, 3, WINDOW))

    async def queue_card(self, asker: RequestContext) -> MessageCard:
        return job_answers.queue_card((), 0, 0)

    async def help_card(self, asker: RequestContext, here: Callable[[int], bool]) -> MessageCard:
        return help_cards.help_card(Balance(Limits(), 3, 3, WINDOW), ("draw me",), ())

    # --- limits ---

    async def set_limit(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        target_name: str,
        numbers: Mapping[str, int | None],
        *,
        target_roles: tuple[int, ...] = (),
        role_names: Mapping[int, str] | None = None,
        preview: bool = False,
    ) -> MessageCard:
        self.previews.append(preview)
        self.limits.append((scope, target, target_name, numbers, target_roles))
        return MessageCard("It holds at once.")

    async def clear_rule(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        target_name: str,
        *,
        target_roles: tuple[int, ...] = (),
        role_names: Mapping[int, str] | None = None,
        preview: bool = False,
    ) -> MessageCard:
        self.previews.append(preview)
        self.cleared.append((scope, target, target_name, target_roles, role_names or {}))
        return MessageCard("The rule is removed.")

    async def show_limits(
        self,
        asker: RequestContext,
        target: int | None,
        target_name: str,
        target_roles: tuple[int, ...],
        role_names: Mapping[int, str],
    ) -> MessageCard:
        self.plain_prompt.append((target, target_name, target_roles, role_names))
        return MessageCard(f"Limits of {target_name}.")

"""Admission, the only way to create a job.

Checks run from lasting to changing reasons: the bot's permissions, shutdown, the guild's switch,
channels, bounds and access, and the prompt. The transaction that creates the job then checks the
switch again, blocks, queue and quota. Where something must be fetched or classified first, blocks
are checked before that.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Final

from bot.core import blocks as block_cards
from bot.core.drawing import model_later
from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.order import build_generation_params
from bot.core.drawing.request import DrawRequest, GenerationParams, RequestContext
from bot.core.errors import Refused
from bot.core.jobs import refusals as job_refusals
from bot.core.jobs.job import Job
from bot.core.jobs.model import AcceptedJob, NewJob
from bot.core.policy import SpoilerSetting
from bot.flow.drawing.available import AvailableModels
from bot.flow.drawing.refusal_pauses import RefusalPauses
from bot.flow.drawing.source_images import SourceImages, rebuild_request
from bot.flow.jobs.queue import JobQueue
from bot.flow.moderation.classify import check_prompt
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext
from bot.flow.settings.store import GuildSettingsCache

LONG_TEXT_MIN: Final = 1_000  # characters; shorter ones take a few milliseconds
REFUSED_PAUSE_S: Final = 2.0  # after a long text


class Admission:
    """Checks that create a job or raise Refused. A refused request costs nothing."""

    def __init__(
        self,
        queue: JobQueue,
        guild_settings: GuildSettingsCache,
        available: AvailableModels,
        source_images: SourceImages,
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._stores, self._catalog, self._context = ports.stores, ports.catalog, context
        self._classifier = ports.classifier
        self._queue, self._source_images = queue, source_images
        self._guild_settings, self._available = guild_settings, available
        self._long_texts = asyncio.Semaphore(1)
        self._pauses = RefusalPauses(
            REFUSED_PAUSE_S, "prompt.paused", draw_refusals.LONG_TEXT_PAUSED
        )

    async def admit_request(self, request: DrawRequest, asker: RequestContext) -> AcceptedJob:
        """Create a job, or return the one of the same event. Raise Refused."""
        return await self._stores.jobs.create_job(await self._build_new_job(request, asker))

    async def check_admission(self, request: DrawRequest, asker: RequestContext) -> AcceptedJob:
        """Return what `admit_request` would, without creating a job."""
        return await self._stores.jobs.check_new_job(await self._build_new_job(request, asker))

    async def _build_new_job(self, request: DrawRequest, asker: RequestContext) -> NewJob:
        self._check_place(request, asker)
        request = await self._apply_usual_model(request, asker)
        order, context = await self._build_params(request, asker), self._context
        await self._source_images.check_init_image(order, request.prompt)
        if self._classifier is not None:
            await self.check_block(order.prompt, asker)
            strict = context.host.classifier_required
            await check_prompt(order, self._classifier, request.prompt, strict=strict)
        now = context.clock.now()
        return NewJob(context.ids.new_job_id(), order, asker, request.source, now)

    async def prepare_job(self, job: Job) -> tuple[GenerationParams, bytes | None]:
        """Return a job's parameters, with a model if it was left open, and its init image.

        Raises Refused if the job cannot be drawn any more.
        """
        order = job.order if job.order.model else await self._choose_model(job)
        return order, await self._source_images.load_init_image(order, order.prompt)

    async def _choose_model(self, job: Job) -> GenerationParams:
        order = job.order
        asker = RequestContext(
            job.requester,
            job.requester_name,
            job.guild,
            job.channel,
            roles=job.roles,
            age_restricted=order.age_restricted,
        )
        request = await self._apply_usual_model(rebuild_request(order), asker)
        bounds = self._available.get_bounds(asker)
        settings = self._guild_settings.get_settings(asker.guild)
        snapshot = self._catalog.get_snapshot()
        chosen = build_generation_params(request, asker, snapshot, bounds, order.seed, settings)
        return replace(chosen, private=order.private, spoiler=order.spoiler)

    async def check_request(self, request: DrawRequest, asker: RequestContext) -> None:
        """Check what can be checked before anything is fetched. Raise Refused.

        Quota and queue may have changed when the job is created, which checks them again.
        """
        self._check_place(request, asker)
        ids, now = self._context.ids, self._context.clock.now()
        order = await self._build_params(request, asker)
        new = NewJob(ids.new_job_id(), order, asker, request.source, now)
        await self._stores.jobs.check_new_job(new)

    async def check_block(self, prompt: str, asker: RequestContext) -> None:
        """Refuse a blocked member, before the transaction checks it again."""
        now = self._context.clock.now()
        block = await self._stores.blocks.find_block(asker.guild, asker.user, now)
        if block is not None:
            raise block_cards.blocked_refusal(block, prompt)

    def is_private(self, request: DrawRequest, asker: RequestContext) -> bool:
        """As it was asked for, else as the server has it."""
        settings = self._guild_settings.get_settings(asker.guild)
        chosen = settings.private and settings.private_allowed
        return chosen if request.private is None else request.private

    def _check_place(self, request: DrawRequest, asker: RequestContext) -> None:
        if asker.missing:
            where = asker.channel_name
            raise draw_refusals.missing_permission_refusal(asker.missing, where, request.prompt)
        if self._queue.shutting_down:
            raise job_refusals.restarting_refusal(request.prompt)
        settings = self._guild_settings.get_settings(asker.guild)
        if not settings.drawing:
            raise draw_refusals.switched_off_refusal(request.prompt)
        if request.private and not settings.private_allowed:
            raise draw_refusals.private_refusal(request.prompt)
        if settings.channels and not {asker.channel, asker.parent} & set(settings.channels):
            raise draw_refusals.wrong_channel_refusal(settings.channels, request.prompt)

    async def _build_params(self, request: DrawRequest, asker: RequestContext) -> GenerationParams:
        settings = self._guild_settings.get_settings(asker.guild)
        spoiler = request.spoiler or settings.spoiler is SpoilerSetting.ALWAYS
        request = replace(request, private=self.is_private(request, asker), spoiler=spoiler)
        bounds, seed = self._available.get_bounds(asker), self._context.ids.new_seed()
        snapshot = self._catalog.get_snapshot()
        error = self._queue.down_reason
        if not snapshot.models and (error or self._catalog.get_snapshot_time() is None):
            if model_later.can_choose_model_later(request):
                return model_later.build_without_model(request, asker, bounds, seed, settings)
            if error is not None:
                raise job_refusals.unknown_models_refusal(error, request.prompt)
        build = partial(build_generation_params, request, asker, snapshot, bounds, seed, settings)
        if len(request.prompt) + len(request.negative) < LONG_TEXT_MIN:
            return build()
        async with self._long_texts:  # the word rules take a while, and others go on meanwhile
            self._pauses.check_member(asker.user, request.prompt)
            try:
                return await asyncio.to_thread(build)
            except Refused:
                self._pauses.begin_pause(asker.user)
                raise

    async def _apply_usual_model(self, request: DrawRequest, asker: RequestContext) -> DrawRequest:
        """Use the member's default model if none is named and it is open to them.

        A style's own model wins over the default.
        """
        if (request.model or "").strip() or request.style:
            return request
        usual = await self._stores.settings.find_usual_model(asker.guild, asker.user)
        models = self._available.filter_snapshot(asker).models
        known = usual and any(model.name == usual for model in models)
        return replace(request, model=usual) if known else request

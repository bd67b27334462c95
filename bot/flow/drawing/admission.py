"""Admission, the only way to create a job.

Checks run from lasting to changing reasons: the bot's permissions, shutdown, the guild's switch,
channels, bounds and access, and the prompt. The transaction that creates the job then checks the
switch again, blocks, queue and quota. Where something must be fetched or classified first, blocks
are checked before that.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core import blocks as block_cards
from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.order import build_generation_params
from bot.core.drawing.request import DrawRequest, GenerationParams, RequestContext
from bot.core.jobs import cards as job_cards
from bot.core.jobs.model import AcceptedJob, NewJob
from bot.core.policy import SpoilerSetting
from bot.flow.drawing.available import AvailableModels
from bot.flow.drawing.source_images import SourceImages
from bot.flow.jobs.queue import JobQueue
from bot.flow.moderation.classify import check_prompt
from bot.flow.ports import Catalog, Classifier, Stores
from bot.flow.runtime.context import FlowContext
from bot.flow.settings.store import GuildSettingsCache


class Admission:
    """Checks that create a job or raise Refused. A refused request costs nothing."""

    def __init__(
        self,
        queue: JobQueue,
        guild_settings: GuildSettingsCache,
        available: AvailableModels,
        source_images: SourceImages,
        *,
        stores: Stores,
        catalog: Catalog,
        context: FlowContext,
        classifier: Classifier | None,
    ) -> None:
        self._stores, self._catalog, self._context = stores, catalog, context
        self._classifier = classifier
        self._queue, self._source_images = queue, source_images
        self._guild_settings, self._available = guild_settings, available

    async def admit_request(self, wish: DrawRequest, asker: RequestContext) -> AcceptedJob:
        """Create a job, or return the one of the same event. Raise Refused."""
        return await self._stores.jobs.create_job(await self._build_new_job(wish, asker))

    async def check_admission(self, wish: DrawRequest, asker: RequestContext) -> AcceptedJob:
        """Return what `admit_request` would, without creating a job."""
        return await self._stores.jobs.check_new_job(await self._build_new_job(wish, asker))

    async def _build_new_job(self, wish: DrawRequest, asker: RequestContext) -> NewJob:
        self._check_place(wish, asker)
        wish = await self._apply_usual_model(wish, asker)
        order = self._build_params(wish, asker)
        await self._source_images.check_init_image(order, wish.prompt)
        if self._classifier is not None:
            await self.check_block(order.prompt, asker)
        await check_prompt(
            order,
            self._classifier,
            wish.prompt,
            strict=self._context.host.classifier_required,
        )
        return NewJob(
            self._context.ids.new_job_id(), order, asker, wish.source, self._context.clock.now()
        )

    async def check_request(self, wish: DrawRequest, asker: RequestContext) -> None:
        """All that can be said of a wish before anything is fetched for it. Raises Refused."""
        self._check_place(wish, asker)
        await self.check_block(self._build_params(wish, asker).prompt, asker)

    async def check_block(self, prompt: str, asker: RequestContext) -> None:
        """Refuse whoever is blocked here, in the words of the transaction, which asks again."""
        now = self._context.clock.now()
        block = await self._stores.blocks.find_block(asker.guild, asker.user, now)
        if block is not None:
            raise block_cards.blocked_refusal(block, prompt)

    def is_private(self, wish: DrawRequest, asker: RequestContext) -> bool:
        """As it was asked for, else as the server has it."""
        chosen = self._guild_settings.get_settings(asker.guild).private
        return chosen if wish.private is None else wish.private

    def _check_place(self, wish: DrawRequest, asker: RequestContext) -> None:
        if asker.missing:
            raise draw_refusals.missing_permission_refusal(
                asker.missing, asker.channel_name, wish.prompt
            )
        if self._queue.shutting_down:
            raise job_cards.restarting_refusal(wish.prompt)
        policy = self._guild_settings.get_settings(asker.guild)
        if not policy.drawing:
            raise draw_refusals.switched_off_refusal(wish.prompt)
        if policy.channels and not {asker.channel, asker.parent} & set(policy.channels):
            raise draw_refusals.wrong_channel_refusal(policy.channels, wish.prompt)

    def _build_params(self, wish: DrawRequest, asker: RequestContext) -> GenerationParams:
        policy, shelf = (
            self._guild_settings.get_settings(asker.guild),
            self._catalog.get_snapshot(),
        )
        wish = replace(
            wish,
            private=self.is_private(wish, asker),
            spoiler=wish.spoiler or policy.spoiler is SpoilerSetting.ALWAYS,
        )
        bounds, seed = self._available.get_bounds(asker), self._context.ids.new_seed()
        return build_generation_params(wish, asker, shelf, bounds, seed, policy)

    async def _apply_usual_model(self, wish: DrawRequest, asker: RequestContext) -> DrawRequest:
        """Use the member's default model if none is named and it is open to them.

        A style's own model wins over the default.
        """
        if (wish.model or "").strip() or wish.style:
            return wish
        usual = await self._stores.settings.find_usual_model(asker.guild, asker.user)
        known = usual and any(
            model.name == usual for model in self._available.filter_snapshot(asker).models
        )
        return replace(wish, model=usual) if known else wish

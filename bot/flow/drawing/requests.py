"""Drawing requests from commands, triggers, buttons and forms.

Nothing here raises a refusal. The answer is an accepted job or a private card.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import structlog

from bot.core import blocks as block_cards
from bot.core.drawing import remix_cards
from bot.core.drawing.catalog import CatalogSnapshot, ParameterInfo
from bot.core.drawing.request import PENDING_IMAGE, DrawRequest, Model, RequestContext
from bot.core.errors import Refused, RequestUnseen, StoreError
from bot.core.history.model import Draft
from bot.core.ids import JobId
from bot.core.jobs import answers as job_answers
from bot.core.jobs.job import Job
from bot.core.jobs.model import AcceptedJob, Post, Purpose
from bot.core.ui.card import MessageCard
from bot.flow.drawing.admission import LONG_TEXT_MIN, Admission
from bot.flow.drawing.available import AvailableModels
from bot.flow.drawing.source_images import SourceImages, rebuild_request, strip_private_fields
from bot.flow.jobs.cancellation import Cancellation
from bot.flow.jobs.completion_ping import CompletionPing
from bot.flow.jobs.queue import JobQueue
from bot.flow.jobs.status_message import StaleCards, StatusMessages
from bot.flow.moderation.display_filter import HIDDEN_NAME, DisplayFilter
from bot.flow.ports import FlowPorts, Reply
from bot.flow.runtime.context import FlowContext

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeclinedRequest:
    """Refusal card, private unless `is_public`. `rule` names the reason without typed text."""

    card: MessageCard
    rule: str
    is_public: bool = False


RequestResult: TypeAlias = AcceptedJob | DeclinedRequest


class DrawingRequests:
    """Service that turns requests into jobs or private cards."""

    def __init__(
        self,
        queue: JobQueue,
        status: StatusMessages,
        ping: CompletionPing,
        admission: Admission,
        available: AvailableModels,
        source_images: SourceImages,
        stale_cards: StaleCards,
        display_filter: DisplayFilter,
        cancellation: Cancellation,
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._stores, self._spool, self._context = ports.stores, ports.spool, context
        self._display_filter, self._stale_cards = display_filter, stale_cards
        self._cancellation, self._queue = cancellation, queue
        self._status, self._ping = status, ping
        self._admission, self._available, self._source_images = admission, available, source_images

    def list_available_models(self, asker: RequestContext) -> tuple[Model, ...]:
        """Return the models this member may use."""
        return self.get_member_snapshot(asker).models

    def get_member_snapshot(self, asker: RequestContext) -> CatalogSnapshot:
        """Return the catalog open to this member, as last seen."""
        return self._available.filter_snapshot(asker)

    def list_settable_params(self, asker: RequestContext) -> tuple[ParameterInfo, ...]:
        """Return further parameters that this member may set."""
        return self._available.list_settable_params(asker)

    def is_private(self, request: DrawRequest, asker: RequestContext) -> bool:
        """Return True if only the member will see the result."""
        return self._admission.is_private(request, asker)

    async def submit_with_image(
        self, request: DrawRequest, read: Callable[[], Awaitable[bytes]], asker: RequestContext
    ) -> RequestResult:
        """Submit a request with the init image that `read` fetches or refuses.

        It is fetched after the member's earlier ones, and only if everything else is well.
        """
        try:
            async with self._source_images.turns.take_turn(asker.user):
                await self._admission.check_request(replace(request, image=PENDING_IMAGE), asker)
                with_image = await self._source_images.fetch_init_image(request, read)
                result = await self.submit_request(with_image, asker)
        except Refused as refused:
            if refused.rule.startswith("input"):
                refused.prompt = request.prompt
            refused.offers = ()  # a button would draw without the image
            return await self._decline_request(refused, request, asker)
        except StoreError:
            return self._decline_store_error()
        kept = result.card.buttons if isinstance(result, DeclinedRequest) else result.created
        if not kept:
            await self._spool.delete_init_image(JobId(with_image.image))
        return result

    async def submit_request(self, request: DrawRequest, asker: RequestContext) -> RequestResult:
        """Admit a request, or return why not."""
        try:
            accepted = await self._admission.admit_request(request, asker)
        except Refused as refused:
            return await self._decline_request(refused, request, asker)
        except StoreError:
            return self._decline_store_error()
        job = accepted.job
        await self._queue.refresh_jobs()
        if accepted.created:
            self._status.expect_message(job.id)
            prompt = {"prompt": job.order.prompt} if self._context.host.log_prompts else {}
            log.info("accepted", job=job.id, guild=job.guild, images=job.order.images, **prompt)
        return accepted

    async def submit_button_action(
        self, action: str, target: JobId, asker: RequestContext, source: str, argument: str = ""
    ) -> RequestResult:
        """Submit a button that draws.

        Actions are reroll and retry, vary and upscale (of image `argument`, from 1), use (another
        member's prompt) and draw (fewer images of a draft).
        """
        found = await self._find_target(target, asker, foreign=action == "use")
        if isinstance(found, DeclinedRequest):
            return found
        request, job = replace(found[0], source=source), found[1]
        if action == "draw":
            request = replace(request, images=int(argument) if argument.isdigit() else 1)
        elif action == "reroll":
            request = replace(request, seed=None, variation_seed=None, variation=None)
        elif action == "use":
            request = strip_private_fields(request)
        elif action in ("vary", "upscale"):
            index = await self._source_images.find_image_index(job, argument)
            if job is None or index is None:
                return DeclinedRequest(job_answers.UNKNOWN_JOB_CARD, "unknown")
            bounds, images = self._available.get_bounds(asker), self._source_images
            try:
                request = images.build_variant_request(action, job, index, request, bounds)
            except Refused as refused:
                return await self._decline_request(refused, request, asker)
            if request.image == PENDING_IMAGE:
                read = partial(images.load_result_image, job, index)
                return await self.submit_with_image(request, read, asker)
        return await self.submit_request(request, asker)

    async def build_parameters_card(self, target: JobId, asker: RequestContext) -> MessageCard:
        """Show a result's parameters, of a private one to its requester only."""
        job = await self._stores.jobs.find_job(target)
        hidden = job is not None and job.order.private and job.requester != asker.user
        if job is None or job.guild != asker.guild or hidden:
            return job_answers.UNKNOWN_JOB_CARD
        if job.requester != asker.user and not self._display_filter.can_show_recipe(job, asker):
            return remix_cards.HIDDEN_METADATA_CARD
        return job_answers.parameters_card(job)

    async def load_edit_form(
        self, target: JobId, asker: RequestContext
    ) -> DrawRequest | DeclinedRequest:
        """Return the form's initial values with one indexed read."""
        found = await self._find_target(target, asker)
        return found if isinstance(found, DeclinedRequest) else found[0]

    async def submit_edit_form(
        self,
        target: JobId,
        form: DrawRequest,
        asker: RequestContext,
        trouble: Refused | None = None,
    ) -> RequestResult:
        """Submit the Edit form. Empty fields take the default.

        Options outside the form (model, LoRAs, style …) stay, except a variation, which would vary
        another image. `trouble` is what could not be read; the rest is kept for another try.
        """
        found = await self._find_target(target, asker)
        if isinstance(found, DeclinedRequest):
            return found
        request = replace(
            found[0],
            source=form.source,
            prompt=form.prompt,
            negative=form.negative,
            aspect=form.aspect,
            seed=form.seed,
            steps=form.steps,
            variation_seed=None,
            variation=None,
        )
        if trouble is not None:
            return await self._decline_request(trouble, request, asker)
        return await self.submit_request(request, asker)

    async def post_status_card(self, accepted: AcceptedJob, reply: Reply) -> None:
        """Record the intent, send a new job's card through `reply`, and record its message.

        A private job needs an interaction for its card. Otherwise its images come by direct
        message, and the reply says so.
        """
        if not accepted.created:
            return
        job, address = accepted.job, reply.address
        if job.order.private and address.token is None:
            self._status.cancel_expectation(job.id)
            await reply.send_notice(job_answers.PRIVATE_REPLY_CARD)
            return
        intent = Post(
            job.id,
            Purpose.STATUS,
            self._context.ids.new_nonce(),
            address.channel or job.channel,
            self._context.clock.now(),
            token=address.token,
            token_until=address.token_until,
            upload_limit=address.upload_limit,
            private=job.order.private,
        )
        card = self._queue.build_queued_card(job)
        intent = await self._stores.posts.record_post_intent(intent)
        try:
            post = await reply.send_card(intent, card)
        except RequestUnseen:
            await self._cancellation.withdraw_unseen_job(intent)
            post = None
        if post is not None:
            await self._stores.posts.mark_post_sent(post)
        if post is None or await self._stale_cards.remove_if_stale(post):
            self._status.cancel_expectation(job.id)
            return
        self._ping.track(job.id, post.channel)
        self._status.start_updates(post, card)
        await self._queue.refresh_jobs()

    def message_seen(self, channel: int) -> None:
        """Count a channel's message, since a result far above needs a ping."""
        self._ping.message_seen(channel)

    def _decline_store_error(self) -> DeclinedRequest:
        ref = self._context.ids.new_error_ref()
        log.exception("books closed", ref=ref)
        return DeclinedRequest(job_answers.database_down_card(ref), "books")

    async def _decline_request(
        self, refused: Refused, request: DrawRequest, asker: RequestContext
    ) -> DeclinedRequest:
        target: JobId | None = None
        if refused.offers:
            target = self._context.ids.new_job_id()
            draft = Draft(target, asker.user, asker.guild, request)
            await self._stores.history.save_draft(draft, self._context.clock.now())
        prompt = {"prompt": request.prompt} if self._context.host.log_prompts else {}
        log.info("declined", rule=refused.rule, guild=asker.guild, **prompt)
        hidden = ("words.", "prompt.long", block_cards.BLOCKED_RULE)
        public = len(refused.prompt) < LONG_TEXT_MIN and not refused.rule.startswith(hidden)
        public = public and self._display_filter.can_show_text(refused.prompt, asker)
        return DeclinedRequest(job_answers.refusal_card(refused, target), refused.rule, public)

    async def _find_target(
        self, target: JobId, asker: RequestContext, *, foreign: bool = False
    ) -> tuple[DrawRequest, Job | None] | DeclinedRequest:
        """Return the request behind a button, with its job, or a refusal.

        `foreign` allows requests of other members, too. A private one is not even confirmed. A
        refused request was visible to others only if it was a plain message.
        """
        unknown = DeclinedRequest(job_answers.UNKNOWN_JOB_CARD, "unknown")
        job = await self._stores.jobs.find_job(target)
        if job is not None and job.guild == asker.guild:
            owner, request, visible = job.requester, rebuild_request(job.order), True
            name = self._display_filter.filter_name(job.requester_name, asker)
        else:
            job, draft = None, await self._stores.history.find_draft(target)
            if draft is None or draft.guild != asker.guild:
                return unknown
            owner, request, name = draft.user, draft.request, HIDDEN_NAME
            visible = request.source.startswith("message:")
        if owner == asker.user:
            return request, job
        if request.private or not visible:
            return unknown
        if foreign:
            return request, job
        return DeclinedRequest(job_answers.foreign_job_card(name, target), "not-yours")

"""Requests that start from another message's picture, text or parameters.

A form must open within three seconds of the click, so a slow download continues behind it. A member
who submits the form earlier waits for it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import structlog

from bot.core import moderation
from bot.core.drawing import remix_cards
from bot.core.drawing.image_metadata import ImageMetadata, has_unknown_text, parse_metadata
from bot.core.drawing.request import PENDING_IMAGE, DrawRequest, RequestContext
from bot.core.drawing.tag_removal import clean_prompt
from bot.core.errors import BadPicture, Refused
from bot.core.history.model import Draft
from bot.core.ids import JobId
from bot.core.jobs import answers as job_answers
from bot.core.jobs.job import Job
from bot.core.ui.card import MessageCard
from bot.flow.drawing.admission import Admission
from bot.flow.drawing.requests import DeclinedRequest, DrawingRequests, RequestResult
from bot.flow.drawing.source_images import SourceImages
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext
from bot.flow.settings.store import GuildSettingsCache

FORM_DEADLINE_S: Final = 1.5
OPEN_FORMS_MAX: Final = 5_000
FAILED_FETCHES_MAX: Final = 1_000  # open forms whose picture could not be had
FetchAttachment: TypeAlias = Callable[[], Awaitable[bytes]]
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RemixForm:
    """Form to open, with its initial values and the draft of its answer."""

    draft: JobId
    request: DrawRequest


class RemixCommands:
    """Service behind the message context menu. It prepares the form."""

    def __init__(
        self,
        requests: DrawingRequests,
        admission: Admission,
        guild_settings: GuildSettingsCache,
        source_images: SourceImages,
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._stores, self._spool, self._context = ports.stores, ports.spool, context
        self._requests, self._admission = requests, admission
        self._guild_settings, self._source_images = guild_settings, source_images
        self._fetching_users: set[int] = set()
        self._pending_fetches: dict[JobId, asyncio.Task[DrawRequest | Refused]] = {}
        self._failed_fetches: OrderedDict[JobId, Refused] = OrderedDict()
        # Each person's last picture that is not sent off yet: nobody fills the disk by opening
        # forms.
        self._open_forms: OrderedDict[int, tuple[JobId, JobId]] = OrderedDict()

    async def start_from_text(
        self, asker: RequestContext, message: int, text: str
    ) -> RemixForm | MessageCard:
        """Start from a message's text, or from the prompt of one of the bot's cards."""
        if (job := await self._find_job(message)) is None:
            request = DrawRequest("", self._clean_prompt(text))
        else:
            request = DrawRequest("", job.order.prompt if _can_read_prompt(asker, job) else "")
        if not request.prompt:
            return remix_cards.NO_TEXT_CARD
        if (refusal := await self._check_admission(asker)) is not None:
            return refusal
        draft = self._context.ids.new_job_id()
        await self._save_draft(draft, asker, request)
        return RemixForm(draft, request)

    async def start_from_image(
        self,
        asker: RequestContext,
        message: int,
        fetch: FetchAttachment | None,
        *,
        spoiler: bool = False,
    ) -> RemixForm | MessageCard:
        """Begin from a message's picture, with the words that it was drawn with if they are known.

        `fetch` brings it, or raises Refused; None where the message has none.
        """
        if fetch is None:
            return remix_cards.NO_PICTURE_CARD
        if asker.user in self._fetching_users:
            return job_answers.ALREADY_WORKING_CARD
        # Before anything is awaited: a second click may come meanwhile.
        self._fetching_users.add(asker.user)
        try:
            refusal = await self._check_admission(asker)
        except BaseException:
            self._fetching_users.discard(asker.user)
            raise
        if refusal is not None:
            self._fetching_users.discard(asker.user)
            return refusal
        draft = self._context.ids.new_job_id()
        work = self._fetch_image(draft, asker, message, fetch, spoiler=spoiler)
        task = self._context.tasks.spawn_task(work, f"remix {draft}")
        task.add_done_callback(lambda _: self._fetching_users.discard(asker.user))
        done, _ = await asyncio.wait({task}, timeout=FORM_DEADLINE_S)
        if not done:
            self._pending_fetches[draft] = task
            task.add_done_callback(lambda _: self._finish_fetch(draft))
            return RemixForm(draft, DrawRequest("", ""))
        result = task.result()
        if isinstance(result, Refused):
            return job_answers.refusal_card(result, None)
        return RemixForm(draft, result)

    async def submit_form(
        self, draft: JobId, form: DrawRequest, asker: RequestContext, trouble: Refused | None = None
    ) -> RequestResult:
        """Submit the form as an ordinary request."""
        if (task := self._pending_fetches.get(draft)) is not None:
            await asyncio.wait({task})
            task.result()
        if (refused := self._failed_fetches.pop(draft, None)) is not None:
            refused.prompt = form.prompt
            return DeclinedRequest(job_answers.refusal_card(refused, None), refused.rule)
        if self._open_forms.get(asker.user, ("", ""))[0] == draft:
            del self._open_forms[asker.user]
        return await self._requests.submit_edit_form(draft, form, asker, trouble)

    def _finish_fetch(self, draft: JobId) -> None:
        task = self._pending_fetches.pop(draft)
        if task.cancelled() or task.exception() is not None:
            return
        if isinstance(result := task.result(), Refused):
            self._failed_fetches[draft] = result
            if len(self._failed_fetches) > FAILED_FETCHES_MAX:
                self._failed_fetches.popitem(last=False)

    async def build_parameters_card(
        self, asker: RequestContext, message: int, fetch: FetchAttachment | None
    ) -> MessageCard:
        """Show a picture's parameters, from the database or else from its metadata."""
        if (job := await self._find_job(message)) is not None:
            return await self._requests.build_parameters_card(job.id, asker)
        if fetch is None:
            return remix_cards.NO_PICTURE_CARD
        if asker.user in self._fetching_users:
            return job_answers.ALREADY_WORKING_CARD
        self._fetching_users.add(asker.user)  # one at a time: each holds up to 20 MB in memory
        try:
            async with self._source_images.turns.hold_memory():
                texts = await self._spool.read_metadata(await fetch(), of_member=True)
        except Refused as refused:
            return job_answers.refusal_card(refused, None)
        except BadPicture:
            return remix_cards.NO_PICTURE_CARD
        finally:
            self._fetching_users.discard(asker.user)
        metadata = await asyncio.to_thread(parse_metadata, texts)
        if metadata is None and has_unknown_text(texts):
            return remix_cards.UNREADABLE_METADATA_CARD
        if metadata is None:
            return remix_cards.NO_METADATA_CARD
        if not await asyncio.to_thread(self._is_presentable, metadata, asker):
            return remix_cards.HIDDEN_METADATA_CARD
        return remix_cards.metadata_card(metadata)

    async def _fetch_image(
        self,
        draft: JobId,
        asker: RequestContext,
        message: int,
        fetch: FetchAttachment,
        *,
        spoiler: bool,
    ) -> DrawRequest | Refused:
        try:
            async with self._source_images.turns.hold_memory():
                data = await fetch()
                request = await self._find_original_prompt(asker, message, data)
                request = await self._source_images.attach_init_image(request, data)
                del data
        except Refused as refused:
            return refused
        request = replace(request, spoiler=spoiler)
        if abandoned := self._open_forms.pop(asker.user, None):
            await self._spool.delete_init_image(abandoned[1])
        self._open_forms[asker.user] = (draft, JobId(request.image))
        if len(self._open_forms) > OPEN_FORMS_MAX:
            self._open_forms.popitem(last=False)
        await self._save_draft(draft, asker, request)
        return request

    async def _find_original_prompt(
        self, asker: RequestContext, message: int, data: bytes
    ) -> DrawRequest:
        unknown = DrawRequest("", "")
        if (job := await self._find_job(message)) is not None:
            known = DrawRequest("", job.order.prompt, job.order.negative)
            return known if _can_read_prompt(asker, job) else unknown
        try:
            texts = await self._spool.read_metadata(data, of_member=True)
            metadata = await asyncio.to_thread(parse_metadata, texts)
        except BadPicture:
            return unknown  # keeping it will say what is wrong with it
        if metadata is None or not await asyncio.to_thread(self._is_presentable, metadata, asker):
            return unknown
        prompt, negative = metadata.prompt, metadata.negative
        return DrawRequest("", self._clean_prompt(prompt), self._clean_prompt(negative))

    async def _find_job(self, message: int) -> Job | None:
        post = await self._stores.posts.find_post_by_message(message)
        return None if post is None else await self._stores.jobs.find_job(post.job)

    def _clean_prompt(self, text: str) -> str:
        return clean_prompt(text).text[: self._context.host.bounds.prompt_max].strip()

    def _is_presentable(self, metadata: ImageMetadata, asker: RequestContext) -> bool:
        settings = self._guild_settings.get_settings(asker.guild)
        text = " ".join((metadata.prompt, *(part for fact in metadata.facts for part in fact)))
        if not moderation.can_show(text, settings, adult_ok=asker.age_restricted):
            return False
        return moderation.can_show_negative(metadata.negative, settings)

    async def _check_admission(self, asker: RequestContext) -> MessageCard | None:
        try:
            await self._admission.check_request(DrawRequest("", PENDING_IMAGE), asker)
        except Refused as refused:
            refused.prompt = ""
            return job_answers.refusal_card(refused, None)
        return None

    async def _save_draft(self, draft: JobId, asker: RequestContext, request: DrawRequest) -> None:
        kept = Draft(draft, asker.user, asker.guild, request)
        await self._stores.history.save_draft(kept, self._context.clock.now())


def _can_read_prompt(asker: RequestContext, job: Job) -> bool:
    return job.guild == asker.guild and (not job.order.private or job.requester == asker.user)

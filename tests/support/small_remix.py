"""What the message menus call, in memory: forms over the small flow's desk, real cards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot.core.drawing import remix_cards
from bot.core.drawing.image_metadata import ImageMetadata
from bot.core.drawing.request import DrawRequest, RequestContext
from bot.core.errors import Refused
from bot.core.ids import JobId, build_job_id
from bot.core.jobs import answers as job_answers
from bot.core.ui.card import MessageCard
from bot.flow.drawing.remix import RemixForm
from bot.flow.drawing.requests import DeclinedRequest, RequestResult
from tests.support.small_flow import Flow


@dataclass
class Remixes:
    """Keeps drafts in a dictionary. `recipe` is what every picture has written in it."""

    flow: Flow
    drafts: dict[JobId, tuple[int, DrawRequest]] = field(default_factory=dict)
    fetched: list[bytes] = field(default_factory=list)
    asked_of: list[int] = field(default_factory=list)
    recipe: ImageMetadata | None = None
    refusal: Refused | None = None

    def _draft(self, asker: RequestContext, wish: DrawRequest) -> RemixForm | MessageCard:
        if self.refusal is not None:
            return job_answers.refusal_card(self.refusal, None)
        draft = build_job_id((700 + len(self.drafts)).to_bytes(13, "little"))
        self.drafts[draft] = asker.user, wish
        return RemixForm(draft, wish)

    async def start_from_text(
        self, asker: RequestContext, message: int, text: str
    ) -> RemixForm | MessageCard:
        self.asked_of.append(message)
        if not text.strip():
            return remix_cards.no_text_card()
        return self._draft(asker, DrawRequest("", text.strip()))

    async def start_from_image(
        self,
        asker: RequestContext,
        message: int,
        bring: Callable[[], Awaitable[bytes]] | None,
        *,
        spoiler: bool = False,
    ) -> RemixForm | MessageCard:
        self.asked_of.append(message)
        if bring is None:
            return remix_cards.no_picture_card()
        try:
            self.fetched.append(await bring())
        except Refused as refused:
            return job_answers.refusal_card(refused, None)
        prompt = "" if self.recipe is None else self.recipe.prompt
        return self._draft(asker, DrawRequest("", prompt, image="kept", spoiler=spoiler))

    async def submit_form(
        self, draft: JobId, form: DrawRequest, asker: RequestContext, trouble: Refused | None = None
    ) -> RequestResult:
        user, wish = self.drafts.get(draft, (0, DrawRequest("", "")))
        if user != asker.user:
            return DeclinedRequest(job_answers.unknown_job_card(), "unknown")
        if trouble is not None:
            return DeclinedRequest(job_answers.refusal_card(trouble, draft), trouble.rule)
        return await self.flow.submit_request(
            replace(wish, source=form.source, prompt=form.prompt, seed=form.seed), asker
        )

    async def build_parameters_card(
        self, asker: RequestContext, message: int, bring: Callable[[], Awaitable[bytes]] | None
    ) -> MessageCard:
        self.asked_of.append(message)
        if bring is None:
            return remix_cards.no_picture_card()
        self.fetched.append(await bring())
        if self.recipe is None:
            return remix_cards.no_metadata_card()
        return remix_cards.metadata_card(self.recipe)

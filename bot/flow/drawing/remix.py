"""What begins at somebody's message: its picture, its words, or what is written in the picture.

A form must open within three seconds of the click, so a picture is fetched behind it where that
takes longer; whoever sends the form off sooner waits for it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import structlog

from bot.core import moderation
from bot.core.drawing import remix_cards
from bot.core.drawing.image_metadata import Recipe, read
from bot.core.drawing.request import Asker, Wish
from bot.core.drawing.sanitize import clean
from bot.core.errors import BadPicture, Refused
from bot.core.history.model import Draft
from bot.core.ids import JobId
from bot.core.jobs import answers as job_answers
from bot.core.jobs.job import Job
from bot.core.ui.card import Card
from bot.flow.drawing.admission import Gate
from bot.flow.drawing.requests import PENDING, Answer, Declined, Desk
from bot.flow.drawing.source_images import Beginnings
from bot.flow.runtime.services import Kit
from bot.flow.settings.store import Policies

PATIENCE_S: Final = 1.5
PEOPLE: Final = 5_000
UNTOLD: Final = 1_000  # forms over a picture that could not be had, which may still come back
Read: TypeAlias = Callable[[], Awaitable[bytes]]
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opening:
    """A form to open: what it shows at first, and the draft that its answer belongs to."""

    draft: JobId
    wish: Wish


class Remixing:
    """Everything goes on at the desk: this only fills in the form that leads there."""

    def __init__(
        self, kit: Kit, desk: Desk, gate: Gate, policies: Policies, begun: Beginnings
    ) -> None:
        self._kit, self._desk, self._gate = kit, desk, gate
        self._policies, self._begun = policies, begun
        self._fetching: set[int] = set()
        self._coming: dict[JobId, asyncio.Task[Wish | Refused]] = {}
        self._untold: OrderedDict[JobId, Refused] = OrderedDict()
        # Each person's last picture that is not sent off yet: nobody fills the disk by opening
        # forms.
        self._open: OrderedDict[int, tuple[JobId, JobId]] = OrderedDict()

    async def words(self, asker: Asker, message: int, text: str) -> Opening | Card:
        """Begin from a message's words; from its prompt alone where it is a card of ours."""
        job = await self._job_of(message)
        if job is None:
            wish = Wish("", self._prompt(text))
        else:
            wish = Wish("", job.order.prompt if _may_read(asker, job) else "")
        if not wish.prompt:
            return remix_cards.no_words()
        if (refusal := await self._refusal(asker)) is not None:
            return refusal
        draft = self._kit.fresh.job_id()
        await self._keep(draft, asker, wish)
        return Opening(draft, wish)

    async def picture(
        self, asker: Asker, message: int, bring: Read | None, *, spoiler: bool = False
    ) -> Opening | Card:
        """Begin from a message's picture, with the words that it was drawn with if they are known.

        `bring` is what fetches it, or raises Refused; None where the message has none.
        """
        if bring is None:
            return remix_cards.no_picture()
        if (refusal := await self._refusal(asker)) is not None:
            return refusal
        if asker.user in self._fetching:
            return job_answers.under_way()
        draft = self._kit.fresh.job_id()
        # Not by the task itself: a second click may come before that has begun.
        self._fetching.add(asker.user)
        bringing = self._kit.crew.spawn(
            self._bring(draft, asker, message, bring, spoiler=spoiler), f"remix {draft}"
        )
        bringing.add_done_callback(lambda _: self._fetching.discard(asker.user))
        done, _ = await asyncio.wait({bringing}, timeout=PATIENCE_S)
        if not done:
            self._coming[draft] = bringing
            bringing.add_done_callback(lambda _: self._came(draft))
            return Opening(draft, Wish("", ""))
        brought = bringing.result()
        if isinstance(brought, Refused):
            return job_answers.refusal(brought, None)
        return Opening(draft, brought)

    async def sent(
        self, draft: JobId, form: Wish, asker: Asker, trouble: Refused | None = None
    ) -> Answer:
        """The form came back. From here on it is a wish like any other."""
        if (bringing := self._coming.get(draft)) is not None:
            await asyncio.wait({bringing})
            bringing.result()
        if (refused := self._untold.pop(draft, None)) is not None:
            refused.prompt = form.prompt
            return Declined(job_answers.refusal(refused, None), refused.rule)
        if self._open.get(asker.user, ("", ""))[0] == draft:
            del self._open[asker.user]
        return await self._desk.edited(draft, form, asker, trouble)

    def _came(self, draft: JobId) -> None:
        """The picture is here, or the form that is open has none to begin from: it is told then."""
        bringing = self._coming.pop(draft)
        if bringing.cancelled() or bringing.exception() is not None:
            return
        if isinstance(brought := bringing.result(), Refused):
            self._untold[draft] = brought
            if len(self._untold) > UNTOLD:
                self._untold.popitem(last=False)

    async def parameters(self, asker: Asker, message: int, bring: Read | None) -> Card:
        """What a message's picture was drawn with: from the books where it is ours, else from what
        is written in it."""
        if (job := await self._job_of(message)) is not None:
            return await self._desk.parameters(job.id, asker)
        if bring is None:
            return remix_cards.no_picture()
        if asker.user in self._fetching:
            return job_answers.under_way()
        try:
            with self._fetches(asker):
                recipe = await self._recipe(await bring())
        except Refused as refused:
            return job_answers.refusal(refused, None)
        except BadPicture:
            return remix_cards.no_picture()
        if recipe is None:
            return remix_cards.no_parameters()
        return (
            remix_cards.parameters(recipe) if self._fits(recipe, asker) else remix_cards.not_here()
        )

    async def _bring(
        self, draft: JobId, asker: Asker, message: int, bring: Read, *, spoiler: bool
    ) -> Wish | Refused:
        try:
            data = await bring()
            wish = await self._begun.keep(await self._began_as(asker, message, data), data)
        except Refused as refused:
            return refused
        wish = replace(wish, spoiler=spoiler)
        await self._forget_open(asker.user)
        self._open[asker.user] = (draft, JobId(wish.image))
        if len(self._open) > PEOPLE:
            self._open.popitem(last=False)
        await self._keep(draft, asker, wish)
        return wish

    @contextmanager
    def _fetches(self, asker: Asker) -> Iterator[None]:
        """One picture at a time for each person: up to 20 MB of it are held in memory."""
        self._fetching.add(asker.user)
        try:
            yield
        finally:
            self._fetching.discard(asker.user)

    async def _began_as(self, asker: Asker, message: int, data: bytes) -> Wish:
        """The words that the picture was drawn with, as far as this person may read them."""
        if (job := await self._job_of(message)) is not None:
            seen = _may_read(asker, job)
            return Wish("", job.order.prompt, job.order.negative) if seen else Wish("", "")
        try:
            recipe = await self._recipe(data)
        except BadPicture:
            return Wish("", "")  # keeping it will say what is wrong with it
        if recipe is None or not self._fits(recipe, asker):
            return Wish("", "")
        return Wish("", self._prompt(recipe.prompt), self._prompt(recipe.negative))

    async def _job_of(self, message: int) -> Job | None:
        """The job whose card a message is, if it is one of ours that we still know."""
        post = await self._kit.books.post_of_message(message)
        return None if post is None else await self._kit.books.job(post.job)

    async def _recipe(self, data: bytes) -> Recipe | None:
        return read(await self._kit.spool.written(data))

    def _prompt(self, text: str) -> str:
        """Without anybody's tags or mentions, and no longer than the form takes."""
        return clean(text).text[: self._kit.house.bounds.prompt_max].strip()

    def _fits(self, recipe: Recipe, asker: Asker) -> bool:
        """What we show passes the rules that a prompt passes."""
        policy = self._policies.of(asker.guild)
        facts = " ".join(value for _, value in recipe.facts)
        said = f"{recipe.prompt} {facts}"
        return moderation.fits(
            said, policy, adult_ok=asker.age_restricted
        ) and moderation.fits_left_out(recipe.negative, policy)

    async def _refusal(self, asker: Asker) -> Card | None:
        """What the gate would say to any wish of theirs, before they fill in a form."""
        try:
            await self._gate.check(Wish("", PENDING), asker)
        except Refused as refused:
            refused.prompt = ""
            return job_answers.refusal(refused, None)
        return None

    async def _keep(self, draft: JobId, asker: Asker, wish: Wish) -> None:
        kept = Draft(draft, asker.user, asker.guild, wish)
        await self._kit.books.keep_draft(kept, self._kit.clock.now())

    async def _forget_open(self, user: int) -> None:
        if user in self._open:
            _, image = self._open.pop(user)
            await self._kit.spool.drop_input(image)


def _may_read(asker: Asker, job: Job) -> bool:
    return job.guild == asker.guild and (not job.order.private or job.requester == asker.user)

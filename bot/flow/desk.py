"""The desk: one gate for every way in, be it a command, a trigger, a button or a form.

Nothing here raises a refusal: the answer is a value, a job that lives or a private card.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

import structlog

from bot.core import answer_cards, words
from bot.core.card import Card
from bot.core.errors import BooksError, Refused
from bot.core.ids import JobId
from bot.core.job import Job
from bot.core.request import Asker, Model, Order, Wish
from bot.core.wish import order_from
from bot.flow.kit import Kit
from bot.flow.late import is_too_late
from bot.flow.line import Line
from bot.flow.ports import Draft, NewJob, Post, Purpose
from bot.flow.ring import Bell
from bot.flow.status import Status

NAMELESS = "somebody else"  # a refused wish does not say whose it was

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A job lives. `created` is False when its source was seen before: it has a card already."""

    job: Job
    card: Card
    created: bool


@dataclass(frozen=True, slots=True)
class Declined:
    """A private card; nothing is owed. `rule` names the reason without the person's words."""

    card: Card
    rule: str


Answer: TypeAlias = Accepted | Declined


@dataclass(frozen=True, slots=True)
class _Base:
    """What a button points to: a job's order or a refused draft, as a wish again."""

    owner: int
    owner_name: str
    wish: Wish


class Desk:
    """Wishes in; jobs or private cards out."""

    def __init__(self, kit: Kit, line: Line, status: Status, bell: Bell) -> None:
        self._kit, self._line, self._status, self._bell = kit, line, status, bell

    def models(self) -> tuple[Model, ...]:
        """What can be drawn with, as last seen."""
        return self._kit.catalog.models()

    async def imagine(self, wish: Wish, asker: Asker) -> Answer:
        """Check a wish and let it in, or say why not."""
        try:
            if asker.missing:
                raise words.permission_missing(asker.missing, asker.channel_name, wish.prompt)
            order = order_from(
                wish, asker, self.models(), self._kit.house.bounds, self._kit.fresh.seed()
            )
            admission = await self._kit.books.submit(
                NewJob(self._kit.fresh.job_id(), order, asker, wish.source, self._kit.clock.now())
            )
        except Refused as refused:
            return await self._decline(refused, wish, asker)
        except BooksError:
            ref = self._kit.fresh.ref()
            log.exception("books closed", ref=ref)
            return Declined(answer_cards.books_closed(ref), "books")
        job = admission.job
        await self._line.refresh()
        card = self._line.card(job)
        if admission.created:
            self._status.expect(job.id, card)
            words_too = {"prompt": order.prompt} if self._kit.house.log_prompts else {}
            log.info("accepted", job=job.id, guild=job.guild, images=order.images, **words_too)
        return Accepted(job, card, admission.created)

    async def again(
        self, action: str, target: JobId, asker: Asker, source: str, argument: str = ""
    ) -> Answer:
        """A button that draws: reroll, retry, use (anybody's prompt) or draw (fewer of a draft)."""
        base = await self._base(target, asker)
        if isinstance(base, Declined):
            return base
        if action != "use" and base.owner != asker.user:
            return Declined(answer_cards.not_yours(base.owner_name, target), "not-yours")
        wish = replace(base.wish, source=source)
        if action == "draw":
            wish = replace(wish, images=int(argument) if argument.isdigit() else 1)
        elif action == "reroll":
            wish = replace(wish, seed=None)
        elif action == "use":
            wish = replace(wish, seed=None, images=1)
        return await self.imagine(wish, asker)

    async def form(self, target: JobId, asker: Asker) -> Wish | Declined:
        """What the Edit form shows at first. One indexed read: a form opens at once or never."""
        base = await self._base(target, asker)
        if isinstance(base, Declined):
            return base
        if base.owner != asker.user:
            return Declined(answer_cards.not_yours(base.owner_name, target), "not-yours")
        return base.wish

    async def edited(
        self, target: JobId, form: Wish, asker: Asker, trouble: Refused | None = None
    ) -> Answer:
        """The Edit form came back: its fields count as they are, empty ones as "the usual".

        What the form does not show (model, pictures, CFG) stays. `trouble` is what could not be
        read of it; the rest is kept for another try.
        """
        base = await self._base(target, asker)
        if isinstance(base, Declined):
            return base
        if base.owner != asker.user:
            return Declined(answer_cards.not_yours(base.owner_name, target), "not-yours")
        old = base.wish
        wish = replace(form, model=old.model, images=old.images, cfg=old.cfg)
        if trouble is not None:
            return await self._decline(trouble, wish, asker)
        return await self.imagine(wish, asker)

    async def intend(
        self,
        job: Job,
        channel: int,
        *,
        purpose: Purpose = Purpose.STATUS,
        token: str | None = None,
        token_until: datetime | None = None,
    ) -> Post:
        """Write down that a card is about to be posted, before it is."""
        return await self._kit.books.intend(
            Post(
                job.id,
                purpose,
                self._kit.fresh.nonce(),
                channel,
                self._kit.clock.now(),
                token=token,
                token_until=token_until,
            )
        )

    async def posted(self, post: Post, message: int, *, channel: int | None = None) -> None:
        """Write down where the card came to be; from here on it is kept current."""
        post = replace(post, message=message, channel=channel or post.channel)
        await self._kit.books.posted(post)
        if await is_too_late(self._kit, self._status, post):
            self._status.give_up(post.job)
            return
        self._bell.hang(post.job, post.channel)
        self._status.open(post)
        await self._line.refresh()

    def heard(self, channel: int) -> None:
        """Somebody said something there: a result far above rings at its end."""
        self._bell.heard(channel)

    async def _decline(self, refused: Refused, wish: Wish, asker: Asker) -> Declined:
        target: JobId | None = None
        if refused.offers:
            target = self._kit.fresh.job_id()
            draft = Draft(target, asker.user, asker.guild, wish)
            await self._kit.books.keep_draft(draft, self._kit.clock.now())
        return Declined(answer_cards.refusal(refused, target), refused.rule)

    async def _base(self, target: JobId, asker: Asker) -> _Base | Declined:
        job = await self._kit.books.job(target)
        if job is not None and job.guild == asker.guild:
            return _Base(job.requester, job.requester_name, wish_of(job.order))
        draft = await self._kit.books.draft(target)
        if draft is not None and draft.guild == asker.guild:
            return _Base(draft.user, NAMELESS, draft.wish)
        return Declined(answer_cards.unknown_job(), "unknown")


def wish_of(order: Order) -> Wish:
    """The wish that would make this order again, seed included."""
    return Wish(
        source="",
        prompt=order.prompt,
        negative=order.negative,
        model=order.model,
        aspect=order.aspect,
        images=order.images,
        seed=order.seed,
        steps=order.steps,
        cfg=order.cfg,
    )

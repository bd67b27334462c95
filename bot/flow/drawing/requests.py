"""The desk: one gate for every way in, be it a command, a trigger, a button or a form.

Nothing here raises a refusal: the answer is a value, a job that lives or a private card.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

import structlog

from bot.core import blocks as block_cards
from bot.core.drawing import advanced, remix_cards
from bot.core.drawing.catalog import Param, Shelf
from bot.core.drawing.request import Asker, Model, Wish
from bot.core.errors import BooksError, Refused
from bot.core.history.model import Draft
from bot.core.ids import JobId
from bot.core.jobs import answers as job_answers
from bot.core.jobs.job import Job
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import Card
from bot.flow.drawing.admission import Gate
from bot.flow.drawing.available import Reach
from bot.flow.drawing.source_images import Beginnings, anybodys, wish_of
from bot.flow.jobs.completion_ping import Bell
from bot.flow.jobs.queue import Line
from bot.flow.jobs.stale_card import is_too_late
from bot.flow.jobs.status_message import Status
from bot.flow.moderation.display_filter import NAMELESS
from bot.flow.runtime.services import Kit

PENDING = "pending"  # for the checks before a picture is fetched
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A job lives. `created` is False when its source was seen before: it has a card already."""

    job: Job
    card: Card
    created: bool


@dataclass(frozen=True, slots=True)
class Declined:
    """A private card; nothing is owed. `rule` names the reason without the person's words.

    `aloud` is whether all of the card, their words included, may be said before everybody.
    """

    card: Card
    rule: str
    aloud: bool = False


Answer: TypeAlias = Accepted | Declined


@dataclass(frozen=True, slots=True)
class _Base:
    """What a button points to: a job's order or a refused draft, as a wish again."""

    owner: int
    owner_name: str
    wish: Wish
    job: Job | None = None


class Desk:
    """Wishes in; jobs or private cards out."""

    def __init__(
        self,
        kit: Kit,
        line: Line,
        status: Status,
        bell: Bell,
        gate: Gate,
        reach: Reach,
        begun: Beginnings,
    ) -> None:
        self._kit, self._line, self._status, self._bell = kit, line, status, bell
        self._gate, self._reach, self._begun = gate, reach, begun

    def models(self, asker: Asker) -> tuple[Model, ...]:
        """What this person may draw with here, as last seen."""
        return self.shelf(asker).models

    def shelf(self, asker: Asker) -> Shelf:
        """All that there is for this person to choose from, as last seen."""
        return self._reach.shelf(asker)

    def openings(self, asker: Asker) -> tuple[Param, ...]:
        """Which further parameters this person may set, as far as the server has them."""
        bounds = self._kit.house.bounds
        roles = bounds.advanced_roles
        if roles is not None and set(asker.roles).isdisjoint(roles):
            return ()
        opened = {advanced.folded(one) for one in bounds.advanced}
        params = self.shelf(asker).params
        return tuple(one for one in params if one.id in opened and advanced.openable(one))

    def is_private(self, wish: Wish, asker: Asker) -> bool:
        """Whether only the asker will see what comes of it, if it is let in."""
        return self._gate.is_private(wish, asker)

    async def imagine_from(
        self, wish: Wish, read: Callable[[], Awaitable[bytes]], asker: Asker
    ) -> Answer:
        """As `imagine`, beginning from the picture that `read` brings, or refuses to bring.

        It is asked for only once everything else is well.
        """
        try:
            await self._gate.check(replace(wish, image=PENDING), asker)
            begun = await self._begun.keep(wish, await read())
        except Refused as refused:
            if refused.rule.startswith("input"):
                refused.prompt = wish.prompt
            return await self._decline(refused, wish, asker)
        except BooksError:
            return self._closed()
        answer = await self.imagine(begun, asker)
        unwanted = not answer.card.buttons if isinstance(answer, Declined) else not answer.created
        if unwanted:
            await self._kit.spool.drop_input(JobId(begun.image))
        return answer

    async def imagine(self, wish: Wish, asker: Asker) -> Answer:
        """Check a wish and let it in, or say why not."""
        try:
            admission = await self._gate.admit(wish, asker)
        except Refused as refused:
            return await self._decline(refused, wish, asker)
        except BooksError:
            return self._closed()
        job = admission.job
        await self._line.refresh()
        card = self._line.card(job)
        if admission.created:
            self._status.expect(job.id, card)
            words_too = {"prompt": job.order.prompt} if self._kit.house.log_prompts else {}
            log.info("accepted", job=job.id, guild=job.guild, images=job.order.images, **words_too)
        return Accepted(job, card, admission.created)

    async def again(
        self, action: str, target: JobId, asker: Asker, source: str, argument: str = ""
    ) -> Answer:
        """A button that draws.

        Reroll and retry, vary and upscale (one picture of a result, `argument` counts from 1), use
        (anybody's words), draw (fewer of a draft).
        """
        base = await self._base(target, asker)
        if isinstance(base, Declined):
            return base
        turned_away = _turned_away(base, target, asker)
        if turned_away is not None and (action != "use" or turned_away.rule != "not-yours"):
            return turned_away
        wish = replace(base.wish, source=source)
        if action == "draw":
            wish = replace(wish, images=int(argument) if argument.isdigit() else 1)
        elif action == "reroll":
            wish = replace(wish, seed=None, variation_seed=None, variation=None)
        elif action == "use":
            wish = anybodys(wish)
        elif action in ("vary", "upscale"):
            number = int(argument) if argument.isdigit() else 1
            if base.job is None or not 1 <= number <= base.job.ready:
                return Declined(job_answers.unknown_job(), "unknown")
            try:
                await self._gate.check_block(wish.prompt, asker)
                bounds = self._reach.bounds(asker)
                wish = await self._begun.from_picture(action, base.job, number - 1, wish, bounds)
            except Refused as refused:
                return await self._decline(refused, wish, asker)
        return await self.imagine(wish, asker)

    async def parameters(self, target: JobId, asker: Asker) -> Card:
        """Everything that a picture was drawn with; of a private one for its requester alone."""
        job = await self._kit.books.job(target)
        hidden = job is not None and job.order.private and job.requester != asker.user
        if job is None or job.guild != asker.guild or hidden:
            return job_answers.unknown_job()
        if job.requester != asker.user and not self._kit.showing.recipe(job, asker):
            return remix_cards.not_here()
        return job_answers.parameters(job)

    async def form(self, target: JobId, asker: Asker) -> Wish | Declined:
        """What the Edit form shows at first. One indexed read: a form opens at once or never."""
        base = await self._base(target, asker)
        if isinstance(base, Declined):
            return base
        if (turned_away := _turned_away(base, target, asker)) is not None:
            return turned_away
        return base.wish

    async def edited(
        self, target: JobId, form: Wish, asker: Asker, trouble: Refused | None = None
    ) -> Answer:
        """The Edit form came back: its fields count as they are, empty ones as "the usual".

        What the form does not show (model, pictures, LoRAs, style …) stays, but for a variation:
        with other words it would vary something else. `trouble` is what could not be read of the
        form; the rest is kept for another try.
        """
        base = await self._base(target, asker)
        if isinstance(base, Declined):
            return base
        if (turned_away := _turned_away(base, target, asker)) is not None:
            return turned_away
        wish = replace(
            base.wish,
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
        upload_limit: int | None = None,
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
                upload_limit=upload_limit,
                private=job.order.private,
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

    def unposted(self, job: JobId) -> None:
        """Its card could not be sent by the only way there was: nobody need wait for it."""
        self._status.give_up(job)

    def heard(self, channel: int) -> None:
        """Somebody said something there: a result far above rings at its end."""
        self._bell.heard(channel)

    def _closed(self) -> Declined:
        """The answer to an error of the books, in its `except`."""
        ref = self._kit.fresh.ref()
        log.exception("books closed", ref=ref)
        return Declined(job_answers.books_closed(ref), "books")

    async def _decline(self, refused: Refused, wish: Wish, asker: Asker) -> Declined:
        target: JobId | None = None
        if refused.offers:
            target = self._kit.fresh.job_id()
            draft = Draft(target, asker.user, asker.guild, wish)
            await self._kit.books.keep_draft(draft, self._kit.clock.now())
        words_too = {"prompt": wish.prompt} if self._kit.house.log_prompts else {}
        log.info("declined", rule=refused.rule, guild=asker.guild, **words_too)
        theirs = refused.rule.startswith("words.") or refused.rule == block_cards.BLOCKED
        aloud = not theirs and self._kit.showing.fits(refused.prompt, asker)
        return Declined(job_answers.refusal(refused, target), refused.rule, aloud=aloud)

    async def _base(self, target: JobId, asker: Asker) -> _Base | Declined:
        job = await self._kit.books.job(target)
        if job is not None and job.guild == asker.guild:
            name = self._kit.showing.name(job.requester_name, asker)
            return _Base(job.requester, name, wish_of(job.order), job)
        draft = await self._kit.books.draft(target)
        if draft is not None and draft.guild == asker.guild:
            return _Base(draft.user, NAMELESS, draft.wish)  # it does not say whose it was
        return Declined(job_answers.unknown_job(), "unknown")


def _turned_away(base: _Base, target: JobId, asker: Asker) -> Declined | None:
    """The answer to anybody but the owner. What only the owner has seen is not even there.

    A refused wish was seen by others only if it was a plain message.
    """
    if base.owner == asker.user:
        return None
    seen = base.job is not None or base.wish.source.startswith("message:")
    if base.wish.private or not seen:
        return Declined(job_answers.unknown_job(), "unknown")
    return Declined(job_answers.not_yours(base.owner_name, target), "not-yours")

"""What the message menus call, in memory: forms over the small flow's desk, real cards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot.core.drawing import remix_cards
from bot.core.drawing.image_metadata import Recipe
from bot.core.drawing.request import Asker, Wish
from bot.core.errors import Refused
from bot.core.ids import JobId, job_id
from bot.core.jobs import answers as job_answers
from bot.core.ui.card import Card
from bot.flow.drawing.remix import Opening
from bot.flow.drawing.requests import Answer, Declined
from tests.support.small_flow import Flow


@dataclass
class Remixes:
    """Keeps drafts in a dictionary. `recipe` is what every picture has written in it."""

    flow: Flow
    drafts: dict[JobId, tuple[int, Wish]] = field(default_factory=dict)
    fetched: list[bytes] = field(default_factory=list)
    asked_of: list[int] = field(default_factory=list)
    recipe: Recipe | None = None
    refusal: Refused | None = None

    def _draft(self, asker: Asker, wish: Wish) -> Opening | Card:
        if self.refusal is not None:
            return job_answers.refusal(self.refusal, None)
        draft = job_id((700 + len(self.drafts)).to_bytes(13, "little"))
        self.drafts[draft] = asker.user, wish
        return Opening(draft, wish)

    async def words(self, asker: Asker, message: int, text: str) -> Opening | Card:
        self.asked_of.append(message)
        if not text.strip():
            return remix_cards.no_words()
        return self._draft(asker, Wish("", text.strip()))

    async def picture(
        self,
        asker: Asker,
        message: int,
        bring: Callable[[], Awaitable[bytes]] | None,
        *,
        spoiler: bool = False,
    ) -> Opening | Card:
        self.asked_of.append(message)
        if bring is None:
            return remix_cards.no_picture()
        try:
            self.fetched.append(await bring())
        except Refused as refused:
            return job_answers.refusal(refused, None)
        prompt = "" if self.recipe is None else self.recipe.prompt
        return self._draft(asker, Wish("", prompt, image="kept", spoiler=spoiler))

    async def sent(
        self, draft: JobId, form: Wish, asker: Asker, trouble: Refused | None = None
    ) -> Answer:
        user, wish = self.drafts.get(draft, (0, Wish("", "")))
        if user != asker.user:
            return Declined(job_answers.unknown_job(), "unknown")
        if trouble is not None:
            return Declined(job_answers.refusal(trouble, draft), trouble.rule)
        return await self.flow.imagine(
            replace(wish, source=form.source, prompt=form.prompt, seed=form.seed), asker
        )

    async def parameters(
        self, asker: Asker, message: int, bring: Callable[[], Awaitable[bytes]] | None
    ) -> Card:
        self.asked_of.append(message)
        if bring is None:
            return remix_cards.no_picture()
        self.fetched.append(await bring())
        if self.recipe is None:
            return remix_cards.no_parameters()
        return remix_cards.parameters(self.recipe)

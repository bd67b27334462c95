"""The one gate: every wish passes here, by whatever way it came, and nothing else makes a job.

In this order, what cannot change soon first: the bot's own rights, whether it is being stopped,
the server's switch, its channels, how far this person may go and with what, the words, and then,
in the transaction that makes the job, the switch once more, blocks, the queue and the quota. Where
something is fetched or classified before that, blocks are asked first: nobody works for them.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core import blocks as block_cards
from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.order import order_from
from bot.core.drawing.request import Asker, Order, Wish
from bot.core.jobs import cards as job_cards
from bot.core.jobs.model import Admission, NewJob
from bot.core.policy import Spoiler
from bot.flow.drawing.available import Reach
from bot.flow.drawing.source_images import Beginnings
from bot.flow.jobs.queue import Line
from bot.flow.moderation.classify import heard_on
from bot.flow.runtime.services import Kit
from bot.flow.settings.store import Policies


class Gate:
    """Lets wishes in, or raises Refused; nothing is owed for what was refused."""

    def __init__(
        self, kit: Kit, line: Line, policies: Policies, reach: Reach, begun: Beginnings
    ) -> None:
        self._kit, self._line, self._begun = kit, line, begun
        self._policies, self._reach = policies, reach

    async def admit(self, wish: Wish, asker: Asker) -> Admission:
        """Let a wish in: a job is born, or was by the same event before. Raises Refused."""
        return await self._kit.books.submit(await self._new(wish, asker))

    async def rehearse(self, wish: Wish, asker: Asker) -> Admission:
        """What `admit` would say, by the same checks; no job is born, nothing is held."""
        return await self._kit.books.rehearse(await self._new(wish, asker))

    async def _new(self, wish: Wish, asker: Asker) -> NewJob:
        self._check_place(wish, asker)
        wish = await self._with_usual(wish, asker)
        order = self._order(wish, asker)
        await self._begun.check(order, wish.prompt)
        if self._kit.classifier is not None:
            await self.check_block(order.prompt, asker)
        await heard_on(order, self._kit.classifier, wish.prompt, strict=self._kit.house.strict)
        return NewJob(self._kit.fresh.job_id(), order, asker, wish.source, self._kit.clock.now())

    async def check(self, wish: Wish, asker: Asker) -> None:
        """All that can be said of a wish before anything is fetched for it. Raises Refused."""
        self._check_place(wish, asker)
        await self.check_block(self._order(wish, asker).prompt, asker)

    async def check_block(self, prompt: str, asker: Asker) -> None:
        """Refuse whoever is blocked here, in the words of the transaction, which asks again."""
        now = self._kit.clock.now()
        block = await self._kit.books.block_of(asker.guild, asker.user, now)
        if block is not None:
            raise block_cards.refusal(block, prompt)

    def is_private(self, wish: Wish, asker: Asker) -> bool:
        """As it was asked for, else as the server has it."""
        chosen = self._policies.of(asker.guild).private
        return chosen if wish.private is None else wish.private

    def _check_place(self, wish: Wish, asker: Asker) -> None:
        if asker.missing:
            raise draw_refusals.permission_missing(asker.missing, asker.channel_name, wish.prompt)
        if self._line.closing:
            raise job_cards.restarting(wish.prompt)
        policy = self._policies.of(asker.guild)
        if not policy.drawing:
            raise draw_refusals.switched_off(wish.prompt)
        if policy.channels and not {asker.channel, asker.parent} & set(policy.channels):
            raise draw_refusals.wrong_place(policy.channels, wish.prompt)

    def _order(self, wish: Wish, asker: Asker) -> Order:
        policy, shelf = self._policies.of(asker.guild), self._kit.catalog.shelf()
        wish = replace(
            wish,
            private=self.is_private(wish, asker),
            spoiler=wish.spoiler or policy.spoiler is Spoiler.ALWAYS,
        )
        bounds, seed = self._reach.bounds(asker), self._kit.fresh.seed()
        return order_from(wish, asker, shelf, bounds, seed, policy)

    async def _with_usual(self, wish: Wish, asker: Asker) -> Wish:
        """Where no model is named: the one of the asker's choice, if it is still open to them.

        A style may bring a model of its own, which nobody's habit should override.
        """
        if (wish.model or "").strip() or wish.style:
            return wish
        usual = await self._kit.books.usual_model(asker.guild, asker.user)
        known = usual and any(model.name == usual for model in self._reach.shelf(asker).models)
        return replace(wish, model=usual) if known else wish

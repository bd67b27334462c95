"""Buttons under a job's message, and the Edit form that one of them opens."""

from __future__ import annotations

from typing import Final

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import (
    BotInteraction,
    build_context,
    find_requester,
    is_private,
)
from bot.adapters.discord.interactions.double_click import DoubleClickGuard
from bot.adapters.discord.interactions.forms import edit_modal, read_draw_form
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.interactions.router import (
    JOB_PATTERN,
    ComponentEvent,
    ComponentHandler,
    ComponentRoute,
)
from bot.core.drawing.request import DrawRequest, RequestContext
from bot.core.jobs.answers import ALREADY_WORKING_CARD, GUILDS_ONLY_CARD
from bot.flow.drawing.requests import DeclinedRequest, DrawingRequests
from bot.flow.jobs.cancellation import Cancellation

DRAWING_ACTIONS: Final = ("reroll", "retry", "vary", "upscale", "use", "draw")


class ResultsCog(BotCog):
    """Buttons of results and refusals. The flow knows whose they are."""

    def __init__(
        self,
        requests: DrawingRequests,
        cancellation: Cancellation,
        responder: InteractionResponder,
        *,
        prompt_max: int,
    ) -> None:
        self._requests, self._cancellation, self._responder = requests, cancellation, responder
        self._prompt_max = prompt_max
        self._click_guard = DoubleClickGuard()
        in_guild = self._guilds_only
        self.routes = (
            ComponentRoute(("edit",), JOB_PATTERN, in_guild(self._open_form)),
            ComponentRoute(("cancel",), JOB_PATTERN, in_guild(self._cancel_job)),
            ComponentRoute(("parameters",), JOB_PATTERN, in_guild(self._show_parameters)),
            ComponentRoute(("delete",), JOB_PATTERN, self._delete_result),
            ComponentRoute(DRAWING_ACTIONS, JOB_PATTERN, in_guild(self._submit_action)),
            ComponentRoute(("edit",), JOB_PATTERN, self._submit_form, form=True),
        )

    def _guilds_only(self, handler: ComponentHandler) -> ComponentHandler:
        async def handle(interaction: BotInteraction, press: ComponentEvent) -> None:
            if interaction.guild_id is None:
                await self._responder.send_private(interaction, GUILDS_ONLY_CARD)
            else:
                await handler(interaction, press)

        return handle

    async def _cancel_job(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        asker = build_context(interaction)
        await self._responder.answer_privately(
            interaction, self._cancellation.cancel_job(press.target, asker)
        )

    async def _show_parameters(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        asker = build_context(interaction)
        await self._responder.answer_privately(
            interaction, self._requests.build_parameters_card(press.target, asker)
        )

    async def _submit_form(self, interaction: BotInteraction, form: ComponentEvent) -> None:
        source = f"interaction:{interaction.id}"
        wish, trouble = read_draw_form(source, form.fields or {})
        asker = build_context(interaction)
        await self._responder.answer_job(
            interaction,
            self._requests.submit_edit_form(form.target, wish, asker, trouble),
            private=self._is_private(interaction, wish, asker),
        )

    async def _submit_action(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        asker = build_context(interaction)
        with self._click_guard.guard_click(asker.user, press.custom_id) as first:
            if not first:
                await self._responder.send_private(interaction, ALREADY_WORKING_CARD)
                return
            source = f"interaction:{interaction.id}"
            private = self._is_private(interaction, DrawRequest(source, ""), asker)
            await self._responder.answer_job(
                interaction,
                self._requests.submit_button_action(
                    press.action, press.target, asker, source, press.argument
                ),
                private=private,
            )

    def _is_private(
        self, interaction: BotInteraction, wish: DrawRequest, asker: RequestContext
    ) -> bool:
        return is_private(interaction) or self._requests.is_private(wish, asker)

    async def _delete_result(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        """Delete a result. Only the press itself can remove a private message."""
        assert interaction.message is not None
        asker, private = build_context(interaction), is_private(interaction)
        said = await self._responder.answer_privately(
            interaction,
            self._cancellation.delete_result(
                press.target,
                asker,
                interaction.message.id,
                asker.channel,
                private=private,
                asked_by=find_requester(interaction.message),
            ),
        )
        if private and not said:
            await self._responder.delete_answer(interaction)

    async def _open_form(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        """Open a form as the first answer, because it cannot be deferred."""
        wish = await self._requests.load_edit_form(press.target, build_context(interaction))
        if isinstance(wish, DeclinedRequest):
            await self._responder.send_private(interaction, wish.card)
        else:
            form = edit_modal(press.target, wish, prompt_max=self._prompt_max)
            await self._responder.open_form(interaction, form)

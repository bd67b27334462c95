"""The buttons under a job's message, and the Edit form that one of them opens."""

from __future__ import annotations

from discord.ext import commands

from bot.adapters.discord.interactions.context import (
    BotInteraction,
    context_of_interaction,
    find_requester,
    is_private,
)
from bot.adapters.discord.interactions.double_click import DoubleClickGuard
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.interactions.result_buttons import REPORTS, Press, form_target, read_form
from bot.adapters.discord.render.message import edit_modal
from bot.core.drawing.request import DrawRequest, RequestContext
from bot.core.jobs.answers import already_working_card, guilds_only_card
from bot.flow.drawing.requests import DeclinedRequest, DrawingRequests
from bot.flow.jobs.cancellation import Cancellation


class ResultsCog(commands.Cog):
    """Which button does what. Whose it is, the desk knows."""

    def __init__(
        self,
        desk: DrawingRequests,
        stopping: Cancellation,
        answers: InteractionResponder,
        *,
        prompt_max: int,
    ) -> None:
        self._requests, self._cancellation, self._responder = desk, stopping, answers
        self._prompt_max = prompt_max
        self._click_guard = DoubleClickGuard()

    @commands.Cog.listener()
    async def on_press(self, interaction: BotInteraction, press: Press) -> None:
        """A button of ours was pressed, perhaps months after it was sent."""
        if press.action in REPORTS:  # another cog's
            return
        if interaction.guild_id is None and press.action != "delete":
            await self._responder.send_private(interaction, guilds_only_card())
            return
        asker = context_of_interaction(interaction)
        match press.action:
            case "edit":
                await self._open_form(interaction, press)
            case "cancel":
                await self._responder.answer_privately(
                    interaction, self._cancellation.cancel_job(press.target, asker)
                )
            case "parameters":
                await self._responder.answer_privately(
                    interaction, self._requests.build_parameters_card(press.target, asker)
                )
            case "delete":
                await self._delete_result(interaction, press)
            case _:
                await self._submit_action(interaction, press)
        interaction.client.dispatch("answered", interaction)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: BotInteraction) -> None:
        """The one place where the form is answered: it may have been opened before a restart."""
        if (target := form_target(interaction)) is None:
            return
        wish, trouble = read_form(interaction)
        asker = context_of_interaction(interaction)
        await self._responder.answer_job(
            interaction,
            self._requests.submit_edit_form(target, wish, asker, trouble),
            private=self._is_private(interaction, wish, asker),
        )
        interaction.client.dispatch("answered", interaction)

    async def _submit_action(self, interaction: BotInteraction, press: Press) -> None:
        asker = context_of_interaction(interaction)
        with self._click_guard.guard_click(asker.user, press.custom_id) as first:
            if not first:
                await self._responder.send_private(interaction, already_working_card())
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
        """Return whether the answer is private before the decision."""
        return is_private(interaction) or self._requests.is_private(wish, asker)

    async def _delete_result(self, interaction: BotInteraction, press: Press) -> None:
        """Only the press itself has power over a message that one person sees."""
        assert interaction.message is not None
        asker, private = context_of_interaction(interaction), is_private(interaction)
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

    async def _open_form(self, interaction: BotInteraction, press: Press) -> None:
        """Open a form as the first answer, because it cannot be deferred."""
        wish = await self._requests.load_edit_form(
            press.target, context_of_interaction(interaction)
        )
        if isinstance(wish, DeclinedRequest):
            await self._responder.send_private(interaction, wish.card)
        else:
            form = edit_modal(press.target, wish, prompt_max=self._prompt_max)
            await self._responder.open_form(interaction, form)

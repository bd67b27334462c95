"""The buttons under a job's message, and the Edit form that one of them opens."""

from __future__ import annotations

from discord.ext import commands

from bot.adapters.discord.interactions.context import (
    Gear,
    asked_by,
    asker_of_interaction,
    is_private,
)
from bot.adapters.discord.interactions.double_click import Presses
from bot.adapters.discord.interactions.responder import Answers
from bot.adapters.discord.interactions.result_buttons import REPORTS, Press, form_target, read_form
from bot.adapters.discord.render.message import edit_modal
from bot.core.drawing.request import DrawRequest, RequestContext
from bot.core.jobs.answers import already_working_card, guilds_only_card
from bot.flow.drawing.requests import DeclinedRequest, DrawingRequests
from bot.flow.jobs.cancellation import Cancellation


class ResultsCog(commands.Cog):
    """Which button does what. Whose it is, the desk knows."""

    def __init__(
        self, desk: DrawingRequests, stopping: Cancellation, answers: Answers, *, prompt_max: int
    ) -> None:
        self._requests, self._cancellation, self._responder = desk, stopping, answers
        self._prompt_max = prompt_max
        self._click_guard = Presses()

    @commands.Cog.listener()
    async def on_press(self, interaction: Gear, press: Press) -> None:
        """A button of ours was pressed, perhaps months after it was sent."""
        if press.action in REPORTS:  # another cog's
            return
        if interaction.guild_id is None and press.action != "delete":
            await self._responder.tell(interaction, guilds_only_card())
            return
        asker = asker_of_interaction(interaction)
        match press.action:
            case "edit":
                await self._open_form(interaction, press)
            case "cancel":
                await self._responder.private(
                    interaction, self._cancellation.cancel_job(press.target, asker)
                )
            case "parameters":
                await self._responder.private(
                    interaction, self._requests.build_parameters_card(press.target, asker)
                )
            case "delete":
                await self._delete_result(interaction, press)
            case _:
                await self._submit_action(interaction, press)
        interaction.client.dispatch("answered", interaction)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Gear) -> None:
        """The one place where the form is answered: it may have been opened before a restart."""
        if (target := form_target(interaction)) is None:
            return
        wish, trouble = read_form(interaction)
        asker = asker_of_interaction(interaction)
        await self._responder.job(
            interaction,
            self._requests.submit_edit_form(target, wish, asker, trouble),
            private=self._is_private(interaction, wish, asker),
        )
        interaction.client.dispatch("answered", interaction)

    async def _submit_action(self, interaction: Gear, press: Press) -> None:
        asker = asker_of_interaction(interaction)
        with self._click_guard.once(asker.user, press.custom_id) as first:
            if not first:
                await self._responder.tell(interaction, already_working_card())
                return
            source = f"interaction:{interaction.id}"
            private = self._is_private(interaction, DrawRequest(source, ""), asker)
            await self._responder.job(
                interaction,
                self._requests.submit_button_action(
                    press.action, press.target, asker, source, press.argument
                ),
                private=private,
            )

    def _is_private(self, interaction: Gear, wish: DrawRequest, asker: RequestContext) -> bool:
        """Who sees the answer while nothing is decided: as it was, else as the server has it."""
        return is_private(interaction) or self._requests.is_private(wish, asker)

    async def _delete_result(self, interaction: Gear, press: Press) -> None:
        """Only the press itself has power over a message that one person sees."""
        assert interaction.message is not None
        asker, private = asker_of_interaction(interaction), is_private(interaction)
        said = await self._responder.private(
            interaction,
            self._cancellation.delete_result(
                press.target,
                asker,
                interaction.message.id,
                asker.channel,
                private=private,
                asked_by=asked_by(interaction.message),
            ),
        )
        if private and not said:
            await self._responder.vanish(interaction)

    async def _open_form(self, interaction: Gear, press: Press) -> None:
        """A form opens as the first answer or never: it cannot be deferred."""
        wish = await self._requests.load_edit_form(press.target, asker_of_interaction(interaction))
        if isinstance(wish, DeclinedRequest):
            await self._responder.tell(interaction, wish.card)
        else:
            form = edit_modal(press.target, wish, prompt_max=self._prompt_max)
            await self._responder.open(interaction, form)

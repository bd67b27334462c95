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
from bot.core.drawing.request import Asker, Wish
from bot.core.jobs.answers import only_in_servers, under_way
from bot.flow.drawing.requests import Declined, Desk
from bot.flow.jobs.cancellation import Stopping


class Results(commands.Cog):
    """Which button does what. Whose it is, the desk knows."""

    def __init__(
        self, desk: Desk, stopping: Stopping, answers: Answers, *, prompt_max: int
    ) -> None:
        self._desk, self._stopping, self._answers = desk, stopping, answers
        self._prompt_max = prompt_max
        self._presses = Presses()

    @commands.Cog.listener()
    async def on_press(self, interaction: Gear, press: Press) -> None:
        """A button of ours was pressed, perhaps months after it was sent."""
        if press.action in REPORTS:  # another cog's
            return
        if interaction.guild_id is None and press.action != "delete":
            await self._answers.tell(interaction, only_in_servers())
            return
        asker = asker_of_interaction(interaction)
        match press.action:
            case "edit":
                await self._open_form(interaction, press)
            case "cancel":
                await self._answers.private(interaction, self._stopping.cancel(press.target, asker))
            case "parameters":
                await self._answers.private(interaction, self._desk.parameters(press.target, asker))
            case "delete":
                await self._delete(interaction, press)
            case _:
                await self._draw(interaction, press)
        interaction.client.dispatch("answered", interaction)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Gear) -> None:
        """The one place where the form is answered: it may have been opened before a restart."""
        if (target := form_target(interaction)) is None:
            return
        wish, trouble = read_form(interaction)
        asker = asker_of_interaction(interaction)
        await self._answers.job(
            interaction,
            self._desk.edited(target, wish, asker, trouble),
            private=self._is_private(interaction, wish, asker),
        )
        interaction.client.dispatch("answered", interaction)

    async def _draw(self, interaction: Gear, press: Press) -> None:
        asker = asker_of_interaction(interaction)
        with self._presses.once(asker.user, press.custom_id) as first:
            if not first:
                await self._answers.tell(interaction, under_way())
                return
            source = f"interaction:{interaction.id}"
            private = self._is_private(interaction, Wish(source, ""), asker)
            await self._answers.job(
                interaction,
                self._desk.again(press.action, press.target, asker, source, press.argument),
                private=private,
            )

    def _is_private(self, interaction: Gear, wish: Wish, asker: Asker) -> bool:
        """Who sees the answer while nothing is decided: as it was, else as the server has it."""
        return is_private(interaction) or self._desk.is_private(wish, asker)

    async def _delete(self, interaction: Gear, press: Press) -> None:
        """Only the press itself has power over a message that one person sees."""
        assert interaction.message is not None
        asker, private = asker_of_interaction(interaction), is_private(interaction)
        said = await self._answers.private(
            interaction,
            self._stopping.delete(
                press.target,
                asker,
                interaction.message.id,
                asker.channel,
                private=private,
                asked_by=asked_by(interaction.message),
            ),
        )
        if private and not said:
            await self._answers.vanish(interaction)

    async def _open_form(self, interaction: Gear, press: Press) -> None:
        """A form opens as the first answer or never: it cannot be deferred."""
        wish = await self._desk.form(press.target, asker_of_interaction(interaction))
        if isinstance(wish, Declined):
            await self._answers.tell(interaction, wish.card)
        else:
            form = edit_modal(press.target, wish, prompt_max=self._prompt_max)
            await self._answers.open(interaction, form)

"""/privacy: what is kept of me, and away with it."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.answers import Answers
from bot.adapters.discord.inbound import Gear, asker_of_interaction
from bot.adapters.discord.leaves import hand_over, turn
from bot.adapters.discord.privacy_presses import PrivacyPress
from bot.core import privacy_cards
from bot.core.card import Card
from bot.flow.privacy import Privacy as Flow


class Privacy(
    commands.GroupCog, group_name="privacy", group_description="What is kept of you, and its end"
):
    """Everybody asks for themselves, and reads the answer alone."""

    def __init__(self, privacy: Flow, answers: Answers) -> None:
        self._privacy, self._answers = privacy, answers

    @app_commands.command(description="Get all that I keep of you, as a file, for you alone")
    @app_commands.describe(everywhere="From all servers where you used me, not only this one")
    async def export(self, interaction: Gear, everywhere: bool = False) -> None:
        """Reading may take a while, and the file comes by a message of its own."""
        asker = asker_of_interaction(interaction)
        await hand_over(
            interaction,
            lambda send: self._privacy.export(
                asker, interaction.filesize_limit, send, everywhere=everywhere
            ),
        )

    @app_commands.command(description="Have all that I keep of you erased; I ask once more first")
    @app_commands.describe(everywhere="In all servers where you used me, not only this one")
    async def erase(self, interaction: Gear, everywhere: bool = False) -> None:
        """Nothing goes before a button is pressed."""
        asker = asker_of_interaction(interaction)
        await self._answers.private(
            interaction, self._privacy.confirm(asker, everywhere=everywhere)
        )

    @commands.Cog.listener()
    async def on_privacy_press(self, interaction: Gear, press: PrivacyPress) -> None:
        """The answer takes the question's place, buttons and all."""
        asker = asker_of_interaction(interaction)
        if press.user != asker.user or interaction.guild_id is None:
            await self._answers.tell(interaction, privacy_cards.not_yours())
            return
        asking = (
            _kept()
            if press.action == "keep"
            else self._privacy.erase(
                asker, everywhere=press.everywhere, messages=press.action == "purge"
            )
        )
        await turn(interaction, asking, patience_s=self._answers.patience_s)


async def _kept() -> Card:
    return privacy_cards.kept()

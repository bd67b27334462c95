"""The menu of a message: Remix, Show parameters, Imagine this text."""

from __future__ import annotations

from typing import Final

import discord
from discord import app_commands

from bot.adapters.discord.cog_bases import MenuCog
from bot.adapters.discord.interactions.attachments import picture_of, reader
from bot.adapters.discord.interactions.context import Gear, asker_of_interaction
from bot.adapters.discord.interactions.responder import Answers
from bot.adapters.discord.interactions.result_buttons import read_form, remix_target
from bot.adapters.discord.render.message import edit_modal
from bot.core.jobs.answers import only_in_servers
from bot.core.ui.card import Card
from bot.flow.drawing.remix import Opening, Remixing
from bot.flow.drawing.requests import Desk

REMIX: Final = "Remix"
PARAMETERS: Final = "Show parameters"
IMAGINE: Final = "Imagine this text"


class Messages(MenuCog):
    """Discord brings the message along: nothing is fetched but its picture."""

    def __init__(
        self, remixing: Remixing, desk: Desk, answers: Answers, *, prompt_max: int
    ) -> None:
        self._remixing, self._desk, self._answers = remixing, desk, answers
        self._prompt_max = prompt_max
        self.menus = (
            app_commands.ContextMenu(name=REMIX, callback=self._remix),
            app_commands.ContextMenu(name=PARAMETERS, callback=self._show_parameters),
            app_commands.ContextMenu(name=IMAGINE, callback=self._imagine_text),
        )

    async def _remix(self, interaction: Gear, message: discord.Message) -> None:
        picture = _picture(message)
        opening = await self._remixing.picture(
            asker_of_interaction(interaction),
            message.id,
            None if picture is None else reader(picture),
            spoiler=picture is not None and picture.is_spoiler(),
        )
        await self._open(interaction, opening, "Remix this picture")

    async def _show_parameters(self, interaction: Gear, message: discord.Message) -> None:
        picture = _picture(message)
        await self._answers.private(
            interaction,
            self._remixing.parameters(
                asker_of_interaction(interaction),
                message.id,
                None if picture is None else reader(picture),
            ),
        )

    async def _imagine_text(self, interaction: Gear, message: discord.Message) -> None:
        asker = asker_of_interaction(interaction)
        text = "\n".join((message.content, *(one.content for one in message.message_snapshots)))
        opening = await self._remixing.words(asker, message.id, text)
        await self._open(interaction, opening, "Imagine this text")

    async def _open(self, interaction: Gear, opening: Opening | Card, title: str) -> None:
        if isinstance(opening, Card):
            await self._answers.tell(interaction, opening)
            return
        form = edit_modal(
            opening.draft,
            opening.wish,
            prompt_max=self._prompt_max,
            action="remix",
            title=title,
        )
        await self._answers.open(interaction, form)

    @MenuCog.listener()
    async def on_interaction(self, interaction: Gear) -> None:
        """The form came back."""
        if (target := remix_target(interaction)) is None:
            return
        if interaction.guild_id is None:
            await self._answers.tell(interaction, only_in_servers())
            return
        wish, trouble = read_form(interaction)
        asker = asker_of_interaction(interaction)
        await self._answers.job(
            interaction,
            self._remixing.sent(target, wish, asker, trouble),
            private=self._desk.is_private(wish, asker),
        )


def _picture(message: discord.Message) -> discord.Attachment | None:
    """The first picture of a message, or of what it forwards."""
    return picture_of(
        (
            *message.attachments,
            *(file for one in message.message_snapshots for file in one.attachments),
        )
    )

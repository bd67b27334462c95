"""Message context menu with Remix, Show parameters and Imagine this text."""

from __future__ import annotations

from typing import Final

import discord
from discord import app_commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions import router
from bot.adapters.discord.interactions.attachments import find_message_image, make_reader
from bot.adapters.discord.interactions.context import BotInteraction, build_context
from bot.adapters.discord.interactions.forms import edit_modal, read_draw_form
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.core.jobs.answers import GUILDS_ONLY_CARD
from bot.core.ui.card import MessageCard
from bot.flow.drawing.remix import RemixCommands, RemixForm
from bot.flow.drawing.requests import DrawingRequests

REMIX_MENU: Final = "Remix"
PARAMETERS_MENU: Final = "Show parameters"
IMAGINE_MENU: Final = "Imagine this text"


class MessageMenuCog(BotCog):
    """Message menu. Discord sends the message. Only its picture is fetched."""

    def __init__(
        self,
        remix: RemixCommands,
        requests: DrawingRequests,
        responder: InteractionResponder,
        *,
        prompt_max: int,
    ) -> None:
        self._remix, self._requests, self._responder = remix, requests, responder
        self._prompt_max = prompt_max
        self.routes = (
            router.ComponentRoute(("remix",), router.JOB_PATTERN, self._submit_form, form=True),
        )
        self.menus = (
            app_commands.ContextMenu(name=REMIX_MENU, callback=self._remix_message),
            app_commands.ContextMenu(name=PARAMETERS_MENU, callback=self._show_parameters),
            app_commands.ContextMenu(name=IMAGINE_MENU, callback=self._imagine_text),
        )

    async def _remix_message(self, interaction: BotInteraction, message: discord.Message) -> None:
        picture = find_message_image(message)
        opening = await self._remix.start_from_image(
            build_context(interaction),
            message.id,
            None if picture is None else make_reader(picture),
            spoiler=picture is not None and picture.is_spoiler(),
        )
        await self._open_form(interaction, opening, "Remix this picture")

    async def _show_parameters(self, interaction: BotInteraction, message: discord.Message) -> None:
        picture = find_message_image(message)
        await self._responder.answer_privately(
            interaction,
            self._remix.build_parameters_card(
                build_context(interaction),
                message.id,
                None if picture is None else make_reader(picture, decoded=False),
            ),
        )

    async def _imagine_text(self, interaction: BotInteraction, message: discord.Message) -> None:
        asker = build_context(interaction)
        text = "\n".join((message.content, *(one.content for one in message.message_snapshots)))
        opening = await self._remix.start_from_text(asker, message.id, text)
        await self._open_form(interaction, opening, "Imagine this text")

    async def _open_form(
        self, interaction: BotInteraction, opening: RemixForm | MessageCard, title: str
    ) -> None:
        if isinstance(opening, MessageCard):
            await self._responder.send_private(interaction, opening)
            return
        form = edit_modal(
            opening.draft, opening.request, prompt_max=self._prompt_max, action="remix", title=title
        )
        await self._responder.open_form(interaction, form)

    async def _submit_form(self, interaction: BotInteraction, form: router.ComponentEvent) -> None:
        if interaction.guild_id is None:
            await self._responder.send_private(interaction, GUILDS_ONLY_CARD)
            return
        wish, trouble = read_draw_form(f"interaction:{interaction.id}", form.fields or {})
        asker = build_context(interaction)
        await self._responder.answer_job(
            interaction,
            self._remix.submit_form(form.target, wish, asker, trouble),
            private=self._requests.is_private(wish, asker),
        )

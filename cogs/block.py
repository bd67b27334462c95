"""/block, /unblock and /blocked, which bar a member from drawing."""

from __future__ import annotations

from typing import Final

import discord
from discord import app_commands

from bot.adapters.discord.channels import DeletableChannels
from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, build_context
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.core import blocks as block_cards
from bot.flow.blocks import BlockCommands

PERMANENT: Final = 0
SPAN_CHOICES: Final = (
    app_commands.Choice(name="1 hour", value=1),
    app_commands.Choice(name="1 day", value=24),
    app_commands.Choice(name="1 week", value=24 * 7),
    app_commands.Choice(name="30 days", value=24 * 30),
    app_commands.Choice(name="For good", value=PERMANENT),
)


class BlockCog(BotCog):
    """Block commands. Discord's Integrations settings decide who may use them."""

    def __init__(self, blocks: BlockCommands, responder: InteractionResponder) -> None:
        self._blocks, self._responder = blocks, responder

    @app_commands.command(description="Block a member from drawing")
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(
        member="The member to block",
        span="How long (default: 1 day)",
        reason="Reason, shown to the member when they try to draw",
        clear="Also cancel their queue and delete their last hour's pictures where you can",
    )
    @app_commands.choices(span=list(SPAN_CHOICES))
    async def block(
        self,
        interaction: BotInteraction,
        member: discord.User,
        span: int = 24,
        reason: str = "",
        clear: bool = False,
    ) -> None:
        """Block a member at once, in every way to ask for a picture."""
        if member.bot:
            await self._responder.send_private(interaction, block_cards.BOT_TARGET_CARD)
            return
        await self._responder.answer_privately(
            interaction,
            self._blocks.block_member(
                build_context(interaction),
                member.id,
                member.display_name,
                None if span == PERMANENT else span,
                reason,
                DeletableChannels(interaction) if clear else None,
            ),
        )

    @app_commands.command(description="Unblock a member")
    @app_commands.default_permissions(moderate_members=True)
    @app_commands.describe(member="The member to unblock")
    async def unblock(self, interaction: BotInteraction, member: discord.User) -> None:
        """Before its time is over."""
        asker = build_context(interaction)
        await self._responder.answer_privately(
            interaction, self._blocks.unblock_member(asker, member.id, member.display_name)
        )

    @app_commands.command(description="List blocked members")
    @app_commands.default_permissions(moderate_members=True)
    async def blocked(self, interaction: BotInteraction) -> None:
        """List the present blocks."""
        await self._responder.answer_privately(
            interaction, self._blocks.list_blocks(build_context(interaction))
        )

"""/limits commands for moderators."""

from __future__ import annotations

from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.channels import list_role_names
from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import (
    BotInteraction,
    context_of_interaction,
    list_role_ids,
)
from bot.adapters.discord.interactions.forms import grant_modal
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.interactions.router import ComponentEvent, ComponentRoute
from bot.core.blocks import bot_target_card
from bot.core.drawing.request import RequestContext
from bot.core.limits.cards import moderators_only_card
from bot.core.limits.quota import LimitScope
from bot.core.ui.card import MessageCard
from bot.flow.limits import LimitCommands, clear_deleted_roles

TARGET_CONFLICT_CARD = MessageCard(
    content="Name a member or a role, not both. Nothing was changed."
)

MEMBER_PATTERN: Final = r"(?P<user>[0-9]{1,18}|[1-8][0-9]{18})"
"""A Discord id of 63 bits; the database could not keep a longer one."""
NonNegativeInt = app_commands.Range[int, 0]


@app_commands.default_permissions(manage_messages=True)
class LimitsCog(
    BotCog, commands.GroupCog, group_name="limits", group_description="How much people can draw"
):
    """Limit commands. Discord's Integrations settings decide who may use them."""

    def __init__(self, limits: LimitCommands, responder: InteractionResponder) -> None:
        self._limit_commands, self._responder = limits, responder
        self.routes = (
            ComponentRoute(("grant",), MEMBER_PATTERN, self._open_grant_form),
            ComponentRoute(("grant",), MEMBER_PATTERN, self._submit_grant_form, form=True),
        )

    async def _resolve_target(
        self, interaction: BotInteraction, member: discord.User | None, role: discord.Role | None
    ) -> tuple[RequestContext, LimitScope, int, str] | None:
        """Return the asker and target, None with an answer if both were named."""
        if member is not None and role is not None:
            await self._responder.send_private(interaction, TARGET_CONFLICT_CARD)
            return None
        asker = context_of_interaction(interaction)
        return (asker, *_limit_target(interaction, asker, member, role))

    async def _refuse_bot(self, interaction: BotInteraction, member: discord.User | None) -> bool:
        """Return True if the member is a bot and was refused."""
        if member is None or not member.bot:
            return False
        await self._responder.send_private(interaction, bot_target_card())
        return True

    @app_commands.command(name="set", description="Set a limit for the server, a role or a member")
    @app_commands.describe(
        member="Only this member",
        role="Everyone with this role (leave both empty: whole server)",
        day="Pictures per day (0 = none)",
        month="Pictures per month (0 = none)",
        per_job="Pictures per request",
        waiting="Requests that can wait in the queue",
        running=(
            "Requests drawn at once while others wait (with nobody waiting, any free slot is used)"
        ),
        preview="Preview the change without applying it",
    )
    async def set_limit(
        self,
        interaction: BotInteraction,
        member: discord.User | None = None,
        role: discord.Role | None = None,
        day: NonNegativeInt | None = None,
        month: NonNegativeInt | None = None,
        per_job: NonNegativeInt | None = None,
        waiting: NonNegativeInt | None = None,
        running: NonNegativeInt | None = None,
        preview: bool = False,
    ) -> None:
        """Set the named numbers. The others stay."""
        if await self._refuse_bot(interaction, member):
            return
        if (whose := await self._resolve_target(interaction, member, role)) is None:
            return
        named = {
            "day": day,
            "month": month,
            "per_job": per_job,
            "waiting": waiting,
            "running": running,
        }
        numbers: dict[str, int | None] = {k: n for k, n in named.items() if n is not None}
        await self._responder.answer_privately(
            interaction,
            self._limit_commands.set_limit(
                *whose,
                numbers,
                target_roles=() if member is None else list_role_ids(member),
                role_names=list_role_names(interaction),
                preview=preview,
            ),
        )

    @app_commands.command(description="Remove the limits of the server, a role or a member")
    @app_commands.describe(
        member="Only this member's limits",
        role="Only this role's limits (leave both empty: the server's)",
        deleted_roles="Only remove the limits of roles that no longer exist",
        preview="Preview the change without applying it",
    )
    async def clear(
        self,
        interaction: BotInteraction,
        member: discord.User | None = None,
        role: discord.Role | None = None,
        deleted_roles: bool = False,
        preview: bool = False,
    ) -> None:
        """Remove the whole rule, so that the next one in order counts again."""
        if deleted_roles:
            asker, roles = context_of_interaction(interaction), list_role_names(interaction)
            asking = clear_deleted_roles(self._limit_commands, asker, roles, preview=preview)
            await self._responder.answer_privately(interaction, asking)
            return
        if (whose := await self._resolve_target(interaction, member, role)) is None:
            return
        await self._responder.answer_privately(
            interaction,
            self._limit_commands.clear_rule(
                *whose,
                target_roles=() if member is None else list_role_ids(member),
                role_names=list_role_names(interaction),
                preview=preview,
            ),
        )

    @app_commands.command(description="Give a member extra pictures for one or more days")
    @app_commands.describe(
        member="The member who gets them",
        pictures="Extra pictures per day",
        days="Number of days, starting today (default: today only)",
    )
    async def grant(
        self,
        interaction: BotInteraction,
        member: discord.User,
        pictures: NonNegativeInt,
        days: NonNegativeInt = 1,
    ) -> None:
        """On top of whatever limit they have."""
        if await self._refuse_bot(interaction, member):
            return
        asker = context_of_interaction(interaction)
        await self._responder.answer_privately(
            interaction,
            self._limit_commands.grant_images(
                asker, member.id, member.display_name, list_role_ids(member), pictures, days
            ),
        )

    @app_commands.command(description="Reset what a member has used today")
    @app_commands.describe(member="The member whose usage is reset")
    async def reset(self, interaction: BotInteraction, member: discord.User) -> None:
        """Refund today's use. Unfinished jobs still count."""
        if await self._refuse_bot(interaction, member):
            return
        asker = context_of_interaction(interaction)
        await self._responder.answer_privately(
            interaction,
            self._limit_commands.reset_usage(
                asker, member.id, member.display_name, list_role_ids(member)
            ),
        )

    @app_commands.command(description="Remove all limits for a member, a role or the server")
    @app_commands.describe(
        member="Only this member",
        role="Everyone with this role (leave both empty: whole server)",
        on="False applies the limits again",
    )
    async def exempt(
        self,
        interaction: BotInteraction,
        member: discord.User | None = None,
        role: discord.Role | None = None,
        on: bool = True,
    ) -> None:
        """Exempt a member or role from all limits."""
        if await self._refuse_bot(interaction, member):
            return
        if (whose := await self._resolve_target(interaction, member, role)) is None:
            return
        await self._responder.answer_privately(
            interaction,
            self._limit_commands.set_exemption(
                *whose,
                on,
                target_roles=() if member is None else list_role_ids(member),
                role_names=list_role_names(interaction),
            ),
        )

    @app_commands.command(description="See who changed which limits, and when")
    @app_commands.describe(
        member="Only changes about this member",
        page="Page number (newest changes first)",
    )
    async def log(
        self,
        interaction: BotInteraction,
        member: discord.User | None = None,
        page: NonNegativeInt = 1,
    ) -> None:
        """Show the audit log."""
        asker = context_of_interaction(interaction)
        target = None if member is None else member.id
        name = "" if member is None else member.display_name
        await self._responder.answer_privately(
            interaction, self._limit_commands.show_audit_log(asker, target, name, page)
        )

    @app_commands.command(
        description="Download the change log, the limits and this month's usage as CSV"
    )
    async def export(self, interaction: BotInteraction) -> None:
        """For a spreadsheet, privately."""
        asker = context_of_interaction(interaction)
        await self._responder.send_files(
            interaction, lambda send: self._limit_commands.export_files(asker, send)
        )

    @app_commands.command(description="Show the limits of the server or of a member")
    @app_commands.describe(member="The member (leave empty: the server)")
    async def show(self, interaction: BotInteraction, member: discord.User | None = None) -> None:
        """Say which rule decides, what is used and when it resets."""
        asker = context_of_interaction(interaction)
        target = None if member is None else member.id
        name = _guild_name(interaction) if member is None else member.display_name
        roles = () if member is None else list_role_ids(member)
        await self._responder.answer_privately(
            interaction,
            self._limit_commands.show_limits(
                asker, target, name, roles, list_role_names(interaction)
            ),
        )

    async def _open_grant_form(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        if context_of_interaction(interaction).moderator:
            form = grant_modal(int(press.arguments["user"]))
            await self._responder.open_form(interaction, form)
        else:
            await self._responder.send_private(interaction, moderators_only_card())

    async def _submit_grant_form(self, interaction: BotInteraction, form: ComponentEvent) -> None:
        asker, fields = context_of_interaction(interaction), form.fields or {}
        await self._responder.answer_privately(
            interaction,
            self._limit_commands.grant_from_form(
                asker,
                int(form.arguments["user"]),
                fields.get("pictures", ""),
                fields.get("days", ""),
            ),
        )


def _limit_target(
    interaction: BotInteraction,
    asker: RequestContext,
    member: discord.User | None,
    role: discord.Role | None,
) -> tuple[LimitScope, int, str]:
    if member is not None:
        return LimitScope.MEMBER, member.id, member.display_name
    if role is not None:
        return LimitScope.ROLE, role.id, role.name
    return LimitScope.GUILD, asker.guild, _guild_name(interaction)


def _guild_name(interaction: BotInteraction) -> str:
    return interaction.guild.name if interaction.guild is not None else "this server"

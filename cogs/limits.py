"""/limits commands for moderators."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.command_access import CommandAccess
from bot.adapters.discord.interactions.context import (
    BotInteraction,
    build_context,
    list_role_ids,
    list_role_names,
)
from bot.adapters.discord.interactions.forms import grant_modal
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.interactions.router import ComponentEvent, ComponentRoute
from bot.core.blocks import BOT_TARGET_CARD
from bot.core.drawing.request import RequestContext
from bot.core.limits.changes import UNSET, LimitChange, LimitTarget
from bot.core.limits.quota import LimitScope
from bot.core.ui.card import MessageCard
from bot.flow.limits import LimitCommands

TARGET_CONFLICT_CARD = MessageCard("Name a member or a role, not both. Nothing was changed.")

MEMBER_PATTERN: Final = r"(?P<user>[0-9]{1,18}|[1-8][0-9]{18})"
"""A Discord id of 63 bits; the database could not keep a longer one."""
NonNegativeInt = app_commands.Range[int, 0]


@app_commands.default_permissions(manage_guild=True)
class LimitsCog(
    BotCog, commands.GroupCog, group_name="limits", group_description="How much people can draw"
):
    """Limit commands. Discord's Integrations settings decide who may use them and their button."""

    def __init__(
        self, limits: LimitCommands, responder: InteractionResponder, access: CommandAccess
    ) -> None:
        self._limits, self._responder, self._access = limits, responder, access
        self.routes = (
            ComponentRoute(("grant",), MEMBER_PATTERN, self._open_grant_form),
            ComponentRoute(("grant",), MEMBER_PATTERN, self._submit_grant_form, form=True),
        )

    async def _resolve_target(
        self,
        interaction: BotInteraction,
        member: discord.User | None,
        role: discord.Role | None = None,
        *,
        allow_bot: bool = False,
    ) -> LimitTarget | None:
        if member is not None and member.bot and not allow_bot:
            await self._responder.send_private(interaction, BOT_TARGET_CARD)
            return None
        if member is not None and role is not None:
            await self._responder.send_private(interaction, TARGET_CONFLICT_CARD)
            return None
        return _limit_target(interaction, member, role)

    async def _answer(
        self,
        interaction: BotInteraction,
        target: LimitTarget | None,
        run: Callable[[RequestContext, LimitTarget], Coroutine[Any, Any, MessageCard]],
    ) -> None:
        if target is not None:
            asker = build_context(interaction)
            await self._responder.answer_privately(interaction, run(asker, target))

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
        numbers = (day, month, per_job, waiting, running)
        named = (UNSET if number is None else number for number in numbers)
        change = LimitChange(*named, preview=preview)
        target = await self._resolve_target(interaction, member, role)
        await self._answer(interaction, target, partial(self._limits.set_limit, change=change))

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
        """Remove a whole rule, so that the next one in order applies."""
        limits = self._limits
        if deleted_roles:
            asker, roles = build_context(interaction), list_role_names(interaction)
            asking = limits.clear_deleted_roles(asker, roles, preview=preview)
            await self._responder.answer_privately(interaction, asking)
            return
        target = await self._resolve_target(interaction, member, role, allow_bot=True)
        await self._answer(interaction, target, partial(limits.clear_rule, preview=preview))

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
        """Grant images on top of any limit."""
        grant = partial(self._limits.grant_images, pictures=pictures, days=days)
        await self._answer(interaction, await self._resolve_target(interaction, member), grant)

    @app_commands.command(description="Reset what a member has used today")
    @app_commands.describe(member="The member whose usage is reset")
    async def reset(self, interaction: BotInteraction, member: discord.User) -> None:
        """Refund today's use. Unfinished jobs still count."""
        target = await self._resolve_target(interaction, member)
        await self._answer(interaction, target, self._limits.reset_usage)

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
        target = await self._resolve_target(interaction, member, role)
        await self._answer(interaction, target, partial(self._limits.set_exemption, on=on))

    @app_commands.command(description="See who changed which limits, and when")
    @app_commands.describe(
        member="Only changes about this member", page="Page number (newest changes first)"
    )
    async def log(
        self,
        interaction: BotInteraction,
        member: discord.User | None = None,
        page: NonNegativeInt = 1,
    ) -> None:
        """Show the audit log."""
        asker = build_context(interaction)
        target = None if member is None else _limit_target(interaction, member)
        asking = self._limits.show_audit_log(asker, target, page)
        await self._responder.answer_privately(interaction, asking)

    @app_commands.command(
        description="Download the change log, the limits and this month's usage as CSV"
    )
    async def export(self, interaction: BotInteraction) -> None:
        """Send the files for a spreadsheet, privately."""
        asker = build_context(interaction)
        await self._responder.send_files(
            interaction, lambda send: self._limits.export_files(asker, send)
        )

    @app_commands.command(description="Show the limits of the server or of a member")
    @app_commands.describe(member="The member (leave empty: the server)")
    async def show(self, interaction: BotInteraction, member: discord.User | None = None) -> None:
        """Show limits with their sources, the use and the reset."""
        target = _limit_target(interaction, member)
        await self._answer(interaction, target, self._limits.show_limits)

    async def _open_grant_form(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        if denial := await self._access.find_denial(interaction, "limits"):
            await self._responder.send_private(interaction, denial)
        else:
            form = grant_modal(int(press.arguments["user"]))
            await self._responder.open_form(interaction, form)

    async def _submit_grant_form(self, interaction: BotInteraction, form: ComponentEvent) -> None:
        asker, fields = build_context(interaction), form.fields or {}
        user, pictures = int(form.arguments["user"]), fields.get("pictures", "")
        days = fields.get("days", "")
        grant = partial(self._limits.grant_from_form, asker, user, pictures, days)
        await self._responder.answer_privately(
            interaction, self._access.answer_if_allowed(interaction, "limits", grant)
        )


def _limit_target(
    interaction: BotInteraction, member: discord.User | None, role: discord.Role | None = None
) -> LimitTarget:
    names = list_role_names(interaction)
    if member is not None:
        roles = list_role_ids(member)
        return LimitTarget(LimitScope.MEMBER, member.id, member.display_name, roles, names)
    if role is not None:
        return LimitTarget(LimitScope.ROLE, role.id, role.name, (), names)
    guild = build_context(interaction).guild
    name = interaction.guild.name if interaction.guild is not None else "this server"
    return LimitTarget(LimitScope.GUILD, guild, name, (), names)

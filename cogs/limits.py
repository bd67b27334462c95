"""/limits: how much people may draw, set by those who moderate."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.adapters.discord.channels import role_names
from bot.adapters.discord.interactions.context import Gear, asker_of_interaction, role_ids
from bot.adapters.discord.interactions.grant_buttons import grant_form, read_grant
from bot.adapters.discord.interactions.history_buttons import hand_over
from bot.adapters.discord.interactions.responder import Answers
from bot.core.blocks import a_bot
from bot.core.drawing.request import Asker
from bot.core.limits.cards import not_for_you
from bot.core.limits.quota import Scope
from bot.core.ui.card import Card
from bot.flow.limits import LimitsDesk, clear_gone

ONE_OF_BOTH = Card(content="Name a member or a role, not both. Nothing was changed.")

Count = app_commands.Range[int, 0]


@app_commands.default_permissions(manage_messages=True)
class Limits(commands.GroupCog, group_name="limits", group_description="How much people may draw"):
    """Who may use it is Discord's to say (Server Settings, Integrations): it is not asked again."""

    def __init__(self, limits: LimitsDesk, answers: Answers) -> None:
        self._limits, self._answers = limits, answers

    async def _whose(
        self, interaction: Gear, member: discord.User | None, role: discord.Role | None
    ) -> tuple[Asker, Scope, int, str] | None:
        """Who asks, and whom a rule is for; None, with a word, where both were named."""
        if member is not None and role is not None:
            await self._answers.tell(interaction, ONE_OF_BOTH)
            return None
        asker = asker_of_interaction(interaction)
        return (asker, *_whose(interaction, asker, member, role))

    async def _is_bot(self, interaction: Gear, member: discord.User | None) -> bool:
        """Whether the member is a bot, also ourselves, and was refused with a word."""
        if member is None or not member.bot:
            return False
        await self._answers.tell(interaction, a_bot())
        return True

    @app_commands.command(
        name="set", description="Set a limit for the server, for a role or for a member"
    )
    @app_commands.describe(
        member="For this member",
        role="For everyone who has this role; with neither, for the whole server",
        day="Pictures a day; 0: may not draw",
        month="Pictures a month; 0: may not draw",
        per_job="Pictures in one go",
        waiting="Requests that may wait in line at once",
        running="Requests drawn at once while others wait; alone, a member uses what is free",
        preview="Only say what it would mean, and change nothing",
    )
    async def set_(
        self,
        interaction: Gear,
        member: discord.User | None = None,
        role: discord.Role | None = None,
        day: Count | None = None,
        month: Count | None = None,
        per_job: Count | None = None,
        waiting: Count | None = None,
        running: Count | None = None,
        preview: bool = False,
    ) -> None:
        """Change the numbers that were named; the others stay."""
        if await self._is_bot(interaction, member):
            return
        if (whose := await self._whose(interaction, member, role)) is None:
            return
        named = {
            "day": day,
            "month": month,
            "per_job": per_job,
            "waiting": waiting,
            "running": running,
        }
        numbers: dict[str, int | None] = {k: n for k, n in named.items() if n is not None}
        await self._answers.private(
            interaction,
            self._limits.set(
                *whose,
                numbers,
                target_roles=() if member is None else role_ids(member),
                role_names=role_names(interaction),
                preview=preview,
            ),
        )

    @app_commands.command(
        description="Remove what was set for the server, for a role or for a member"
    )
    @app_commands.describe(
        member="Remove this member's rule",
        role="Remove this role's rule; with neither, the whole server's",
        deleted_roles="Remove the rules of roles that were deleted, and nothing else",
        preview="Only say what it would mean, and change nothing",
    )
    async def clear(
        self,
        interaction: Gear,
        member: discord.User | None = None,
        role: discord.Role | None = None,
        deleted_roles: bool = False,
        preview: bool = False,
    ) -> None:
        """Remove the whole rule, so that the next one in order counts again."""
        if deleted_roles:
            asker, roles = asker_of_interaction(interaction), role_names(interaction)
            asking = clear_gone(self._limits, asker, roles, preview=preview)
            await self._answers.private(interaction, asking)
            return
        if (whose := await self._whose(interaction, member, role)) is None:
            return
        await self._answers.private(
            interaction,
            self._limits.clear(
                *whose,
                target_roles=() if member is None else role_ids(member),
                role_names=role_names(interaction),
                preview=preview,
            ),
        )

    @app_commands.command(description="Give a member more pictures, for today or for some days")
    @app_commands.describe(
        member="Who gets them",
        pictures="How many more, on each of the days",
        days="For how many days, today being the first; only today if you leave this out",
    )
    async def grant(
        self, interaction: Gear, member: discord.User, pictures: Count, days: Count = 1
    ) -> None:
        """On top of whatever limit they have."""
        if await self._is_bot(interaction, member):
            return
        asker = asker_of_interaction(interaction)
        await self._answers.private(
            interaction,
            self._limits.grant(
                asker, member.id, member.display_name, role_ids(member), pictures, days
            ),
        )

    @app_commands.command(description="Give back what a member has used today")
    @app_commands.describe(member="Who starts today anew")
    async def reset(self, interaction: Gear, member: discord.User) -> None:
        """What is still to be drawn goes on counting."""
        if await self._is_bot(interaction, member):
            return
        asker = asker_of_interaction(interaction)
        await self._answers.private(
            interaction,
            self._limits.reset(asker, member.id, member.display_name, role_ids(member)),
        )

    @app_commands.command(description="Lift all limits of a member, a role or the server")
    @app_commands.describe(
        member="This member",
        role="Everyone who has this role; with neither, the whole server",
        on="False takes it back",
    )
    async def exempt(
        self,
        interaction: Gear,
        member: discord.User | None = None,
        role: discord.Role | None = None,
        on: bool = True,
    ) -> None:
        """Whoever is exempt has no limit, whatever the other rules say."""
        if await self._is_bot(interaction, member):
            return
        if (whose := await self._whose(interaction, member, role)) is None:
            return
        await self._answers.private(
            interaction,
            self._limits.exempt(
                *whose,
                on,
                target_roles=() if member is None else role_ids(member),
                role_names=role_names(interaction),
            ),
        )

    @app_commands.command(description="See who changed which limit, and when")
    @app_commands.describe(
        member="Only what was changed about this member",
        page="Which page; the newest changes are on the first",
    )
    async def log(
        self, interaction: Gear, member: discord.User | None = None, page: Count = 1
    ) -> None:
        """The record that nobody can change."""
        asker = asker_of_interaction(interaction)
        target = None if member is None else member.id
        name = "" if member is None else member.display_name
        await self._answers.private(interaction, self._limits.log(asker, target, name, page))

    @app_commands.command(
        description="Get the record of changes, the rules and this month's use as CSV files"
    )
    async def export(self, interaction: Gear) -> None:
        """For a spreadsheet, privately."""
        asker = asker_of_interaction(interaction)
        await hand_over(interaction, lambda send: self._limits.export(asker, send))

    @app_commands.command(description="Show the limits of the server, or of one member")
    @app_commands.describe(member="Whose limits; without one, the server's")
    async def show(self, interaction: Gear, member: discord.User | None = None) -> None:
        """Say which rule decides, what is used and when it resets."""
        asker = asker_of_interaction(interaction)
        target = None if member is None else member.id
        name = _guild_name(interaction) if member is None else member.display_name
        roles = () if member is None else role_ids(member)
        await self._answers.private(
            interaction, self._limits.show(asker, target, name, roles, role_names(interaction))
        )

    @commands.Cog.listener()
    async def on_grant_press(self, interaction: Gear, user: int) -> None:
        """The button under a warning. A form opens as the first answer or never."""
        asker = asker_of_interaction(interaction)
        if asker.moderator:
            await self._answers.open(interaction, grant_form(user))
        else:
            await self._answers.tell(interaction, not_for_you())

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Gear) -> None:
        """The form came back, perhaps after a restart."""
        if (form := read_grant(interaction)) is not None:
            asker = asker_of_interaction(interaction)
            await self._answers.private(
                interaction,
                self._limits.grant_by_form(asker, form.user, form.pictures, form.days),
            )


def _whose(
    interaction: Gear, asker: Asker, member: discord.User | None, role: discord.Role | None
) -> tuple[Scope, int, str]:
    if member is not None:
        return Scope.MEMBER, member.id, member.display_name
    if role is not None:
        return Scope.ROLE, role.id, role.name
    return Scope.GUILD, asker.guild, _guild_name(interaction)


def _guild_name(interaction: Gear) -> str:
    return interaction.guild.name if interaction.guild is not None else "this server"

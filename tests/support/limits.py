"""Short ways to use the commands of /limits in tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.core.drawing.request import RequestContext
from bot.core.limits.changes import LimitChange, LimitTarget
from bot.core.limits.quota import LimitScope
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.limits import LimitCommands


class LimitDesk:
    """The commands, with their targets and numbers spelled out one by one."""

    def __init__(self, commands: LimitCommands) -> None:
        self.commands = commands

    async def set_limit(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        name: str,
        numbers: Mapping[str, int | None],
        *,
        target_roles: tuple[int, ...] = (),
        role_names: Mapping[int, str] | None = None,
        preview: bool = False,
    ) -> MessageCard:
        whose = LimitTarget(scope, target, name, target_roles, role_names or {})
        change = LimitChange(**numbers, preview=preview)
        return await self.commands.set_limit(asker, whose, change)

    async def clear_rule(
        self,
        asker: RequestContext,
        scope: LimitScope,
        target: int,
        name: str,
        *,
        target_roles: tuple[int, ...] = (),
        role_names: Mapping[int, str] | None = None,
        preview: bool = False,
    ) -> MessageCard:
        whose = LimitTarget(scope, target, name, target_roles, role_names or {})
        return await self.commands.clear_rule(asker, whose, preview=preview)

    async def show_limits(
        self,
        asker: RequestContext,
        user: int | None,
        name: str,
        roles: tuple[int, ...],
        role_names: Mapping[int, str],
    ) -> MessageCard:
        scope = LimitScope.GUILD if user is None else LimitScope.MEMBER
        whose = LimitTarget(scope, user or asker.guild, name, roles, role_names)
        return await self.commands.show_limits(asker, whose)

    async def grant_images(
        self,
        asker: RequestContext,
        user: int,
        name: str,
        roles: tuple[int, ...],
        pictures: int,
        days: int,
    ) -> MessageCard:
        whose = LimitTarget(LimitScope.MEMBER, user, name, roles)
        return await self.commands.grant_images(asker, whose, pictures, days)

    async def reset_usage(
        self, asker: RequestContext, user: int, name: str, roles: tuple[int, ...]
    ) -> MessageCard:
        return await self.commands.reset_usage(
            asker, LimitTarget(LimitScope.MEMBER, user, name, roles)
        )

    async def set_exemption(
        self, asker: RequestContext, scope: LimitScope, target: int, name: str, on: bool
    ) -> MessageCard:
        return await self.commands.set_exemption(asker, LimitTarget(scope, target, name), on)

    async def show_audit_log(
        self, asker: RequestContext, user: int | None, name: str, page: int
    ) -> MessageCard:
        whose = None if user is None else LimitTarget(LimitScope.MEMBER, user, name)
        return await self.commands.show_audit_log(asker, whose, page)

    async def grant_from_form(
        self, asker: RequestContext, user: int, pictures: str, days: str
    ) -> MessageCard:
        return await self.commands.grant_from_form(asker, user, pictures, days)

    async def export_files(
        self, asker: RequestContext, send: Callable[[MessageContent], Awaitable[None]]
    ) -> MessageCard | None:
        return await self.commands.export_files(asker, send)

"""Checks of the application's page in Discord's developer portal, and of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import discord

from bot.adapters.discord import permissions
from bot.core.check_result import CheckResult

SKEW_MAX: Final = timedelta(seconds=20)
"""Messages are searched for from 30 seconds before their time on, so clocks may differ by less."""
GUILD_INSTALL: Final = "0"


def check_clock(now: datetime, discords: datetime | None) -> CheckResult:
    """Compare the computer's clock with the date of Discord's answer."""
    if discords is None:
        return CheckResult("clock", True, "Discord didn't tell the time, so I can't compare.")
    aware = discords if discords.tzinfo is not None else discords.replace(tzinfo=UTC)
    if abs(now - aware) <= SKEW_MAX:
        return CheckResult("clock", True, "This computer's clock agrees with Discord's.")
    seconds = (now - aware).total_seconds()
    direction = "ahead of" if seconds > 0 else "behind"
    return CheckResult(
        "clock",
        False,
        f"This computer's clock is {abs(seconds):.0f} seconds {direction} Discord's, so I can't "
        "find my messages again after a crash.",
        "Turn on automatic time: `timedatectl set-ntp true` on Linux, Settings, Time and language "
        "on Windows.",
    )


def check_intents(application: dict[str, Any]) -> CheckResult:
    """Check the message-content intent. Without it the bot works, but phrases sleep."""
    flags = discord.ApplicationFlags._from_value(int(application.get("flags") or 0))
    if flags.gateway_message_content or flags.gateway_message_content_limited:
        return CheckResult("intent", True, "Message Content is on: trigger phrases work.")
    link = permissions.build_content_link(int(application["id"]))
    return CheckResult("intent", False, permissions.CONTENT_OFF_TEXT, link)


def check_endpoint(application: dict[str, Any]) -> CheckResult:
    """Check that commands and buttons come over the gateway."""
    if not application.get("interactions_endpoint_url"):
        return CheckResult("interactions", True, "Discord sends commands and buttons to me.")
    page = f"{permissions.PORTAL_URL}/{application['id']}/information"
    return CheckResult(
        "interactions",
        False,
        "An Interactions Endpoint URL is set, so Discord sends commands and buttons there, and "
        "none to me.",
        f"Empty the field Interactions Endpoint URL here: {page}",
    )


def check_invitation(application: dict[str, Any]) -> CheckResult:
    """Check that the invite link works, and show it."""
    link = permissions.build_invite_link(int(application["id"]))
    page = f"{permissions.PORTAL_URL}/{application['id']}"
    if application.get("bot_require_code_grant"):
        return CheckResult(
            "invite",
            False,
            "Requires OAuth2 Code Grant is on, so the invite link fails.",
            f"Turn it off here: {page}/bot",
        )
    installs = application.get("integration_types_config")
    if isinstance(installs, dict) and installs and GUILD_INSTALL not in installs:
        return CheckResult(
            "invite",
            False,
            "Guild Install is off, so nobody can invite me into a server.",
            f"Turn it on here: {page}/installation",
        )
    return CheckResult("invite", True, f"This link invites me: {link}")

"""Log entry and apology for an unexpected exception, both with the same reference."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any

import aiohttp
import discord
import structlog

from bot.adapters.discord.interactions.sending import send_follow_up, send_private
from bot.core.errors import StoreError
from bot.core.jobs.answers import database_down_card, internal_error_card

log = structlog.stdlib.get_logger(__name__)


class FailureReporter:
    """Reporter of errors that no command, button or form expected."""

    def __init__(self, new_error_ref: Callable[[], str]) -> None:
        self._new_error_ref = new_error_ref

    async def report_failure(
        self,
        interaction: discord.Interaction[Any] | None,
        error: BaseException | None,
        *,
        where: str,
    ) -> None:
        """Log the traceback and send the person a sentence with the same reference.

        With `error` None, the error being handled is reported. The error's own text is never sent.
        """
        ref = self._new_error_ref()
        log.error("broken", where=where, ref=ref, exc_info=error or True)
        if interaction is None or interaction.type is discord.InteractionType.autocomplete:
            return
        cause = error or sys.exception()
        build_card = database_down_card if isinstance(cause, StoreError) else internal_error_card
        send = send_follow_up if interaction.response.is_done() else send_private
        # A session that was closed meanwhile is a RuntimeError to aiohttp.
        with contextlib.suppress(discord.HTTPException, aiohttp.ClientError, OSError, RuntimeError):
            await send(interaction, build_card(ref))

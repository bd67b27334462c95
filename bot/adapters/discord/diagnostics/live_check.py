"""`swarmbot check --live`, which tries every kind of edit on the real Discord.

It posts a few messages into one channel and deletes them again. Edits by interaction need a person
who presses a button within a minute; otherwise that part is skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
import discord

from bot.adapters.discord.diagnostics.channel_checks import CHANNEL_ID_FIX
from bot.adapters.discord.network_errors import NETWORK_FIX, describe_network_error
from bot.adapters.discord.rest.messages import DiscordMessages
from bot.adapters.discord.rest.rate_limit_headers import trace_config
from bot.adapters.discord.rest.request_queue import RequestQueue
from bot.core.check_result import CheckResult
from bot.core.errors import MessageError, MessageGone
from bot.core.ids import build_job_id
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import CardButton, CardTone, Embed, FileUpload, MessageCard, MessageContent

PRESS_WITHIN_S: Final = 60.0
BUTTON: Final = "swarmbot-check"
READY_WITHIN_S: Final = 60.0
PERMISSIONS_FIX: Final = (
    "Allow me View Channel, Send Messages, Attach Files, Embed Links and Read Message History in "
    "that channel."
)
HISTORY_FIX: Final = "Allow Read Message History for my role in that channel."
TEST_MESSAGE: Final = MessageContent(MessageCard("swarmbot check: one moment."))


class _PressListener(discord.Client):
    """Client that listens to one button."""

    def __init__(self, turns: RequestQueue) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            guild_ready_timeout=0.05,  # it needs to know no guild
            http_trace=trace_config(turns),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        loop = asyncio.get_running_loop()
        self.pressed: asyncio.Future[discord.Interaction] = loop.create_future()

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        data: Any = interaction.data
        if data and data.get("custom_id") == BUTTON and not self.pressed.done():
            self.pressed.set_result(interaction)


async def run_live_check(
    token: str, channel: int, preview: bytes, picture: bytes
) -> AsyncGenerator[CheckResult, None]:
    """Post, edit and check messages. `preview` is a JPEG, `picture` a PNG. Never raises."""
    try:
        async for finding in _connect_and_run(token, channel, preview, picture):
            yield finding
    except discord.Forbidden as error:
        yield CheckResult("live", False, f"Discord refuses a step ({error.text}).", PERMISSIONS_FIX)
    except (TimeoutError, discord.DiscordException, aiohttp.ClientError, OSError) as error:
        unknown = f"The connection to Discord failed ({type(error).__name__}).", NETWORK_FIX
        yield CheckResult("live", False, *(describe_network_error(error) or unknown))
    except MessageError as error:
        yield CheckResult("live", False, f"A step failed: {error}.", PERMISSIONS_FIX)


async def _connect_and_run(
    token: str, channel: int, preview: bytes, picture: bytes
) -> AsyncGenerator[CheckResult, None]:
    turns = RequestQueue()
    client = _PressListener(turns)
    async with client:
        running = asyncio.create_task(client.start(token), name="rehearsal")
        ready = asyncio.create_task(client.wait_until_ready(), name="ready")
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            board = DiscordMessages(client, turns)
            async for finding in _run_scenario(client, board, channel, preview, picture):
                yield finding
            await board.close()
        finally:
            ready.cancel()
            running.cancel()
            await asyncio.gather(ready, running, return_exceptions=True)


async def _run_scenario(
    client: _PressListener, board: DiscordMessages, channel: int, preview: bytes, picture: bytes
) -> AsyncGenerator[CheckResult, None]:
    post = _send_test(channel)
    try:
        message = await board.send_message(post, TEST_MESSAGE)
    except MessageGone:
        yield CheckResult("post", False, f"There is no channel {channel}.", CHANNEL_ID_FIX)
        return
    except MessageError as error:
        yield CheckResult("post", False, f"Posting there fails: {error}.", PERMISSIONS_FIX)
        return
    yield CheckResult("post", True, "A message was posted.")
    post = _format_time(post, message)
    try:
        again = await board.send_message(post, TEST_MESSAGE)
        yield CheckResult(
            "nonce",
            again == message,
            "The same nonce gave the same message."
            if again == message
            else "The same nonce made a second message.",
            "" if again == message else "A crash at the wrong moment could double a card.",
        )
        if again != message:
            await board.delete_message(channel, again)
        yield await _check_edits(client, board, post, preview, picture, by_token=False)
        async for finding in _check_token_edits(client, board, channel, preview, picture):
            yield finding
    finally:
        with contextlib.suppress(MessageError):  # what failed before is told
            await board.delete_message(channel, message)


async def _check_edits(
    client: discord.Client,
    board: DiscordMessages,
    post: Post,
    preview: bytes,
    picture: bytes,
    *,
    by_token: bool,
) -> CheckResult:
    """Edit in a preview embed, then the final picture as the only attachment, and new buttons."""
    way = "edit by interaction token" if by_token else "edit by bot token"
    working = MessageContent(
        MessageCard("Drawing.", Embed("Drawing", "▰▰▰▱▱▱", CardTone.BUSY, image="preview.jpg")),
        (FileUpload("preview.jpg", preview),),
    )
    upload = FileUpload("picture.png", picture, "A test picture")
    button = CardButton(BUTTON, "A test button", post.job, disabled=True)
    final = MessageContent(MessageCard("Done.", buttons=(button,)), (upload,))
    try:
        await board.edit_message(post, lambda: working, final=False, by_token=by_token)
        await board.edit_message(post, lambda: final, final=True, by_token=by_token)
    except MessageError as error:
        return CheckResult(way, False, f"It fails: {error}.", "Results will come as new messages.")
    assert post.message is not None
    place = client.get_partial_messageable(post.channel)
    try:
        seen = await place.fetch_message(post.message)
    except discord.Forbidden:
        return CheckResult(way, False, "I may not read the edited message again.", HISTORY_FIX)
    names = [file.filename for file in seen.attachments]
    same = len(seen.attachments) == 1 and await seen.attachments[0].read() == picture
    if not (names == ["picture.png"] and not seen.embeds and same):
        what = f"It left {names} there."
    elif _list_buttons(seen) != [button.custom_id]:
        what = "The picture came, but its button did not."
    else:
        return CheckResult(way, True, "The preview became the picture, byte by byte.")
    return CheckResult(way, False, what, "Please report this with the line above.")


def _list_buttons(message: discord.Message) -> list[str | None]:
    rows = (row for row in message.components if isinstance(row, discord.ActionRow))
    return [one.custom_id for row in rows for one in row.children]


async def _check_token_edits(
    client: _PressListener, board: DiscordMessages, channel: int, preview: bytes, picture: bytes
) -> AsyncGenerator[CheckResult, None]:
    view = discord.ui.View(timeout=PRESS_WITHIN_S)
    view.add_item(discord.ui.Button(label="Press me within a minute", custom_id=BUTTON))
    asked = await client.get_partial_messageable(channel).send("swarmbot check:", view=view)
    view.stop()
    try:
        async with asyncio.timeout(PRESS_WITHIN_S):
            pressed = await client.pressed
    except TimeoutError:
        yield CheckResult(
            "edit by interaction token",
            True,
            "Not tried: nobody pressed the button in the channel within a minute.",
        )
        return
    finally:
        with contextlib.suppress(discord.HTTPException):
            await asked.delete()
    answer = await pressed.response.send_message("swarmbot check: thank you.")
    assert answer.message_id is not None
    post = _format_time(_send_test(channel, pressed.token), answer.message_id)
    yield await _check_edits(client, board, post, preview, picture, by_token=True)
    await board.delete_message(channel, answer.message_id)


def _send_test(channel: int, token: str | None = None) -> Post:
    now = datetime.now(UTC)
    return Post(
        build_job_id(secrets.token_bytes(13)),
        Purpose.STATUS,
        secrets.token_hex(10),
        channel,
        now,
        token=token,
        token_until=now + timedelta(minutes=15) if token else None,
    )


def _format_time(post: Post, message: int) -> Post:
    return replace(post, message=message)

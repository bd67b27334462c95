"""Private parts of discord.py 2.7 that the bot depends on, each behind one function.

discord.py is pinned below 2.8. An upgrade has to check this module and its tests only.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import MultipartParameters, Route, handle_message_parameters
from discord.webhook.async_ import async_context

Json: TypeAlias = Any
MISSING: Any = discord.utils.MISSING


def set_discord_urls(api_base: str, gateway_url: str, cdn_url: str) -> None:
    """Set the three addresses of Discord for this process, before any client is made."""
    Route.BASE = api_base.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    discord.Asset.BASE = cdn_url.rstrip("/")


def get_api_base() -> str:
    """Return the address below which all REST paths lie."""
    return Route.BASE


def get_role_ids(member: discord.Member) -> tuple[int, ...]:
    """Return the role ids of the payload, also those of roles that are not cached."""
    return tuple(member._roles)


def forget_connector(client: discord.Client) -> None:
    """Drop the connector that was closed with the session, so that a login makes another."""
    client.http.connector = MISSING


def get_bot_token(client: discord.Client) -> str:
    """Return the token that the client has logged in with."""
    return str(client.http.token)


def encode_message(**arguments: Any) -> MultipartParameters:
    """Encode a message's arguments. Use it as a context manager, which closes its files."""
    return handle_message_parameters(**arguments)


async def send_message(client: discord.Client, channel: int, params: MultipartParameters) -> Json:
    """Post a message by channel id."""
    return await client.http.send_message(channel, params=params)


async def edit_message(
    client: discord.Client, channel: int, message: int, params: MultipartParameters
) -> Json:
    """Edit a message of the bot by its ids."""
    return await client.http.edit_message(channel, message, params=params)


async def edit_by_token(
    client: discord.Client, token: str, message: int | None, params: MultipartParameters
) -> Json:
    """Edit a message with an interaction's token, or the first answer if `message` is None."""
    application = client.application_id
    assert application is not None
    hook = discord.Webhook.partial(application, token, client=client)
    request: dict[str, Any] = {
        "session": hook.session,
        "proxy": hook.proxy,
        "proxy_auth": hook.proxy_auth,
        "payload": params.payload,
        "multipart": params.multipart,
        "files": params.files,
    }
    adapter = async_context.get()
    if message is None:
        return await adapter.edit_original_interaction_response(application, token, **request)
    return await adapter.edit_webhook_message(application, token, message, **request)

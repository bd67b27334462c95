"""A person begins an interaction: it gets its token, the bot its event, and three seconds run."""

import asyncio
import secrets
from dataclasses import dataclass

from bot.sandbox.discord import answers, messageviews, views
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import FIRST_ANSWER_S, Channel, Interaction, Json, Message, User
from bot.sandbox.discord.permissions import APP_IN_DM, permissions_in
from bot.sandbox.discord.rest.call import TIER_LIMIT


@dataclass(frozen=True, slots=True)
class Act:
    """What is done where; `data` is what the interaction's event carries.

    `type` is Discord's: 2 command, 3 component, 4 autocomplete, 5 modal. `source` is the message of
    the component, also for a modal that a component opened.
    """

    user: User
    channel: Channel
    type: int
    data: Json
    name: str | None = None
    source: Message | None = None
    opener_id: str | None = None
    menu: bool = False


def begin(hub: Hub, act: Act) -> Interaction:
    """Store the interaction. A failure is told as soon as it is certain."""
    interaction = Interaction(
        hub.new_id(),
        secrets.token_urlsafe(96),
        act.type,
        act.user.id,
        act.channel.id,
        hub.now(),
        act.name,
        act.source.id if act.source else None,
        act.opener_id,
        act.menu,
    )
    answers.store(hub, interaction)
    payload = _payload(hub, interaction, act)
    if not hub.world.portal.get("interactions_endpoint_url"):  # else all go there by HTTP
        hub.sessions.tell(act.channel.guild_id, 0, "INTERACTION_CREATE", payload)
    if act.type != 4:
        loop = asyncio.get_running_loop()
        loop.call_later(FIRST_ANSWER_S + 0.05, _tell_failure, hub, interaction.id)
    return interaction


def _tell_failure(hub: Hub, interaction_id: str) -> None:
    now = hub.world.interactions[interaction_id]
    seen = answers.seen(hub, now)
    if seen["state"] == "failed":
        hub.watchers.tell(now.user_id, "interaction", seen)


def _payload(hub: Hub, interaction: Interaction, act: Act) -> Json:
    world, place = hub.world, act.channel
    who = views.user(act.user)
    payload: Json = {
        "id": interaction.id,
        "application_id": world.application_id,
        "type": act.type,
        "token": interaction.token,
        "version": 1,
        "data": act.data,
        "channel_id": place.id,
        "channel": views.partial_channel(world, place, act.user.id),
        "app_permissions": str(
            permissions_in(world, world.bot_id, place) if place.guild_id else APP_IN_DM
        ),
        "locale": "en-US",
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": messageviews.owners(world, place.id),
        "context": 0 if place.guild_id else 1,
        "attachment_size_limit": TIER_LIMIT[0],
    }
    if act.source is not None:
        payload["message"] = messageviews.message(world, hub.links, act.source, world.bot_id)
    if place.guild_id is None:
        return payload | {"user": who}
    guild = world.guilds[place.guild_id]
    member = views.member(world, world.members[guild.id, act.user.id])
    member["permissions"] = str(permissions_in(world, act.user.id, place))
    return payload | {
        "attachment_size_limit": TIER_LIMIT[guild.premium_tier],
        "guild_id": guild.id,
        "guild": {"id": guild.id, "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "member": member,
    }

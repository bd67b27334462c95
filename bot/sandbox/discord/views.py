"""How people, roles, channels and guilds look on the wire."""

from datetime import UTC, datetime

from bot.sandbox.discord.model import DM, Channel, Guild, Json, Member, Role, User, World
from bot.sandbox.discord.permissions import permissions_in
from bot.sandbox.discord.snowflakes import made_at

# Limited message content: what an unverified application gets in the developer portal.
INTENT_FLAGS = {"presence": 1 << 13, "members": 1 << 15, "message_content": 1 << 19}


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def user(value: User) -> Json:
    return {
        "id": value.id,
        "username": value.username,
        "discriminator": "0",
        "global_name": value.global_name,
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "accent_color": None,
        "collectibles": None,
        "clan": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
    } | ({"bot": True} if value.bot else {})


def own_user(value: User) -> Json:
    return user(value) | {
        "mfa_enabled": True,
        "locale": "en-US",
        "verified": True,
        "email": None,
        "premium_type": 0,
    }


def role(value: Role) -> Json:
    colors = {"primary_color": value.color, "secondary_color": None, "tertiary_color": None}
    return {
        "id": value.id,
        "name": value.name,
        "description": None,
        "permissions": str(value.permissions),
        "position": value.position,
        "color": value.color,
        "colors": colors,
        "hoist": False,
        "managed": value.managed,
        "mentionable": value.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    } | ({"tags": {"bot_id": value.bot_id}} if value.bot_id else {})


def member(world: World, value: Member, *, with_user: bool = True) -> Json:
    return {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": moment(value.joined_at),
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": list(value.roles),
        "mute": False,
        "deaf": False,
    } | ({"user": user(world.users[value.user_id])} if with_user else {})


def last_message(world: World, channel: Channel) -> str | None:
    return next(
        (m.id for m in reversed(world.messages.get(channel.id, {}).values()) if not m.viewer), None
    )


def channel(world: World, value: Channel) -> Json:
    common: Json = {
        "id": value.id,
        "type": value.type,
        "flags": 0,
        "last_message_id": last_message(world, value),
    }
    if value.type == DM:
        return common | {"recipients": [user(world.users[value.recipient_id or ""])]}
    common |= {
        "guild_id": value.guild_id,
        "name": value.name,
        "parent_id": value.parent_id,
        "rate_limit_per_user": 0,
    }
    if value.is_thread:
        messages = len(world.messages.get(value.id, {}))
        return common | {
            "owner_id": value.owner_id,
            "thread_metadata": {
                "archived": value.archived,
                "archive_timestamp": moment(made_at(value.id)),
                "auto_archive_duration": 1440,
                "locked": value.locked,
                "create_timestamp": moment(made_at(value.id)),
            },
            "message_count": messages,
            "member_count": 2,
            "total_message_sent": messages,
        }
    return common | {
        "position": value.position,
        "nsfw": value.nsfw,
        "topic": None,
        "permission_overwrites": [
            {"id": o.id, "type": o.kind, "allow": str(o.allow), "deny": str(o.deny)}
            for o in value.overwrites
        ],
    }


def partial_channel(world: World, value: Channel, user_id: str) -> Json:
    """As in an interaction's `channel` and `resolved`: with this person's permissions there."""
    bits = permissions_in(world, user_id, value)
    seen = channel(world, value)
    seen.pop("permission_overwrites", None)
    return seen | {"permissions": str(bits)}


def guild(world: World, value: Guild) -> Json:
    """As `GET /guilds/{id}` says it, counts included."""
    return {
        "id": value.id,
        "name": value.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": value.owner_id,
        "application_id": None,
        "region": "us-east",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": value.system_channel_id,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role(r) for r in world.roles.values() if r.guild_id == value.id],
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": value.premium_tier,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "rules_channel_id": value.rules_channel_id,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
        "approximate_member_count": members_of(world, value.id),
        "approximate_presence_count": members_of(world, value.id),
    }


def members_of(world: World, guild_id: str) -> int:
    return sum(guild == guild_id for guild, _ in world.members)


def guild_create(world: World, value: Guild) -> Json:
    """As the gateway tells it: only the bot's own member, as without the members intent."""
    rooms = [c for c in world.channels.values() if c.guild_id == value.id]
    mine = world.members[value.id, world.bot_id]
    seen = guild(world, value)
    return seen | {
        "joined_at": moment(mine.joined_at),
        "large": False,
        "unavailable": False,
        "member_count": members_of(world, value.id),
        "voice_states": [],
        "members": [member(world, mine)],
        "channels": [channel(world, c) for c in rooms if not c.is_thread],
        "threads": [channel(world, c) for c in rooms if c.is_thread and not c.archived],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def application(world: World) -> Json:
    """With the flags that say which privileged intents are granted."""
    flags = sum(INTENT_FLAGS[name] for name in world.granted)
    owner = next(u for u in world.users.values() if u.username == "host")
    return {
        "id": world.application_id,
        "name": world.users[world.bot_id].username,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user(world.users[world.bot_id]),
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": flags,
        "flags_new": str(flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(owner),
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
        "integration_types_config": {"0": {}},
    } | world.portal

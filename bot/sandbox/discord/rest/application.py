"""The bot itself: who it is, where the gateway is, and its commands."""

from typing import Any

from bot.sandbox.discord import integrations, views
from bot.sandbox.discord.errors import no
from bot.sandbox.discord.membership import has_bot
from bot.sandbox.discord.model import Json
from bot.sandbox.discord.rest.call import Call, Route
from bot.sandbox.discord.validate import check_commands

KINDS = {1: "CHAT_INPUT", 2: "USER", 3: "MESSAGE"}


def gateway_bot(call: Call) -> Any:
    starts = call.hub.starts
    return {
        "url": call.hub.gateway_url,
        "shards": starts.shards,
        "session_start_limit": starts.as_json(),
    }


def me(call: Call) -> Any:
    return views.own_user(call.world.users[call.world.bot_id])


def guilds(call: Call) -> Any:
    """One page, by rising ids; `before` takes the last ones before it."""
    limit, after = call.number("limit", 200, 1, 200), int(call.query.get("after", "0"))
    before = int(call.query.get("before", "0"))
    found = (guild for guild in call.world.guilds.values() if has_bot(call.world, guild.id))
    page = sorted(found, key=lambda guild: int(guild.id))
    page = [guild for guild in page if int(guild.id) > after]
    if before:
        page = [guild for guild in page if int(guild.id) < before][-limit:]
    return [
        {
            "id": guild.id,
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(call.world.roles[guild.id].permissions),
            "features": [],
        }
        for guild in page[:limit]
    ]


def user(call: Call) -> Any:
    found = call.world.users.get(call.params["user_id"])
    if found is None:
        raise no(10013)
    return views.user(found)


def open_dm(call: Call) -> Any:
    wanted = str(call.body.get("recipient_id"))
    found = next((c for c in call.world.channels.values() if c.recipient_id == wanted), None)
    if found is None:
        raise no(10013) if wanted not in call.world.users else no(50007)
    return views.channel(call.world, found)


def application(call: Call) -> Any:
    return views.application(call.world)


def _here(call: Call) -> tuple[str | None, list[Json]]:
    """Return the guild of the path, if any, and the commands registered there."""
    guild_id = call.params.get("guild_id")
    if guild_id is not None:
        call.guild()
    if (
        call.params["application_id"] != call.world.application_id
        or guild_id in call.world.without_commands
    ):
        raise no(50001)
    return guild_id, [c for c in call.world.commands.values() if c.get("guild_id") == guild_id]


def commands(call: Call) -> Any:
    return _here(call)[1]


def one_command(call: Call) -> Any:
    _, here = _here(call)
    for command in here:
        if command["id"] == call.params["command_id"]:
            return command
    raise no(10063)


def replace_commands(call: Call) -> Any:
    """All at once; a command of the same kind and name keeps its id."""
    guild_id, here = _here(call)
    check_commands(call.items)
    if any(c["type"] == 4 for c in here) and all(raw.get("type") != 4 for raw in call.items):
        raise no(50240)
    kept = {(c["type"], c["name"]): c["id"] for c in here}
    for command in here:
        del call.world.commands[command["id"]]
    return [_store(call, guild_id, raw, kept) for raw in call.items]


def add_command(call: Call) -> Any:
    guild_id, here = _here(call)
    check_commands([call.body])
    kept = {(c["type"], c["name"]): c["id"] for c in here}
    kind = call.body.get("type") or 1
    if (kind, call.body["name"]) not in kept and sum(c["type"] == kind for c in here) >= 100:
        raise no(30032)
    return _store(call, guild_id, call.body, kept)


def change_command(call: Call) -> Any:
    old = one_command(call)
    merged = {**old, **call.body}
    check_commands([merged])
    return _store(call, old.get("guild_id"), merged, {(old["type"], merged["name"]): old["id"]})


def remove_command(call: Call) -> Any:
    del call.world.commands[one_command(call)["id"]]
    call.hub.changed()


def command_permissions(call: Call) -> Any:
    guild_id, _ = _here(call)
    return [
        integrations.view(call.world, guild, target)
        for guild, target in call.world.overrides
        if guild == guild_id
    ]


def one_permission(call: Call) -> Any:
    guild_id, target = str(_here(call)[0]), call.params["command_id"]
    if (guild_id, target) not in call.world.overrides:
        raise no(10066)
    return integrations.view(call.world, guild_id, target)


def _store(call: Call, guild_id: str | None, raw: Json, kept: dict[tuple[int, str], str]) -> Json:
    kind = raw.get("type") or 1
    command: Json = {
        "id": kept.get((kind, raw["name"])) or call.hub.new_id(),
        "application_id": call.world.application_id,
        "version": call.hub.new_id(),
        "type": kind,
        "name": raw["name"],
        "name_localizations": raw.get("name_localizations"),
        "description": raw.get("description") or "",
        "description_localizations": raw.get("description_localizations"),
        "default_member_permissions": _text(raw.get("default_member_permissions")),
        "nsfw": bool(raw.get("nsfw")),
        "integration_types": raw.get("integration_types") or [0],
        "contexts": raw.get("contexts"),
    }
    if raw.get("dm_permission") is not None and guild_id is None:
        command["dm_permission"] = raw["dm_permission"]
    if kind == 4:
        command["handler"] = raw.get("handler") or 2
    if raw.get("options"):
        command["options"] = [_option(option) for option in raw["options"]]
    if guild_id is not None:
        command["guild_id"] = guild_id
    call.world.commands[command["id"]] = command
    call.hub.changed()
    return command


def _option(raw: Json) -> Json:
    """Leave out what says no more than the default, as Discord does."""
    kept = {k: v for k, v in raw.items() if v is not None and v is not False and v != []}
    if raw.get("options"):
        kept["options"] = [_option(option) for option in raw["options"]]
    return kept


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


GLOBAL = "/applications/{application_id}/commands"
LOCAL = "/applications/{application_id}/guilds/{guild_id}/commands"

ROUTES = (
    Route("GET", "/gateway", lambda call: {"url": call.hub.gateway_url}, token=True),
    Route("GET", "/gateway/bot", gateway_bot),
    Route("GET", "/users/@me", me),
    Route("GET", "/users/@me/guilds", guilds),
    Route("POST", "/users/@me/channels", open_dm),
    Route("GET", "/users/{user_id}", user),
    Route("GET", "/applications/@me", application),
    Route("GET", "/oauth2/applications/@me", application),
    *(
        Route(method, base + tail, handler, status=status)
        for base in (GLOBAL, LOCAL)
        for method, tail, handler, status in (
            ("GET", "", commands, 200),
            ("PUT", "", replace_commands, 200),
            ("POST", "", add_command, 201),
            ("GET", "/{command_id}", one_command, 200),
            ("PATCH", "/{command_id}", change_command, 200),
            ("DELETE", "/{command_id}", remove_command, 200),
        )
    ),
    Route("GET", LOCAL + "/permissions", command_permissions),
    Route("GET", LOCAL + "/{command_id}/permissions", one_permission),
)

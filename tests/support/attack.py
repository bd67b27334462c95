"""What no Discord client lets people do: a second server, forged presses, and odd events.

Everything goes through the sandbox's own gateway, so the bot meets it as it would meet a real one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bot.sandbox.discord import interacting, messageviews, views
from bot.sandbox.discord import permissions as may
from bot.sandbox.discord.doors import commands
from bot.sandbox.discord.model import (
    DM,
    TEXT,
    Channel,
    Guild,
    Interaction,
    Member,
    Message,
    Overwrite,
    Role,
    User,
)
from tests.support.town import Json, Town

QUIET: Final = "[ring]\nafter_s = 86400\nafter_messages = 1000000\n"
"""No job rings, however slow the machine is: whatever is a live mention then should not be."""

BUTTON: Final = 2
SELECT: Final = 3


@dataclass
class Attacker:
    """Hands that reach behind the doors of a town."""

    here: Town
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    # --- another server ----------------------------------------------------------------------

    def found_elsewhere(self) -> str:
        """A second server, before the bot starts: otto moderates it, mia and theo are there too.

        Its channels are `lounge` and `imagine-too`; returns its id.
        """
        world, new_id = self.here.discord.world, self.here.discord.hub.new_id
        guild, otto = new_id(), User(new_id(), "otto", "Otto")
        world.users[otto.id] = otto
        boss = Role(new_id(), guild, "Bosses", may.MODERATOR, 1)
        own = Role(new_id(), guild, "swarmbot", may.INVITE, 2, managed=True, bot_id=world.bot_id)
        for role in (Role(guild, guild, "@everyone", may.EVERYONE), boss, own):
            world.roles[role.id] = role
        mia, theo, host = (self._id(name) for name in ("mia", "theo", "host"))
        theirs = ((otto.id, boss.id), (world.bot_id, own.id), (mia, ""), (theo, ""), (host, ""))
        for user, role_id in theirs:
            world.members[guild, user] = Member(guild, user, (role_id,) if role_id else ())
        lounge = Channel(new_id(), TEXT, "lounge", guild, 0)
        world.channels[lounge.id] = lounge
        second = Channel(new_id(), TEXT, "imagine-too", guild, 1)
        world.channels[second.id] = second
        dm = Channel(new_id(), DM, recipient_id=otto.id)
        world.channels[dm.id] = dm
        world.guilds[guild] = Guild(guild, "Elsewhere", host, lounge.id)
        return guild

    def member(self, name: str) -> Member:
        """Somebody as a member of the first server."""
        return self.here.discord.world.members[self.guild, self._id(name)]

    @property
    def guild(self) -> str:
        """The first server's id."""
        return next(iter(self.here.discord.world.guilds))

    # --- forgeries ---------------------------------------------------------------------------

    def press(
        self,
        who: str,
        custom_id: str,
        *,
        channel: str = "imagine",
        values: list[str] | None = None,
        on: str = "",
        private: bool = False,
    ) -> str:
        """A press of a component that hangs nowhere; returns the interaction's id.

        `on` is the message under which it is said to hang, a made-up one if empty; with `values`
        it is a select.
        """
        kind = BUTTON if values is None else SELECT
        one: Json = {"type": kind, "id": 2, "custom_id": custom_id}
        one |= {"style": 2, "label": "x"} if kind == BUTTON else {"options": []}
        row: Json = {"type": 1, "id": 1, "components": [one]}
        place, world = self._place(channel), self.here.discord.world
        found = world.message(on) if on else None
        source = found or Message(self.here.discord.hub.new_id(), place.id, world.bot_id)
        source = replace(source, components=(row,), flags=64 if private else source.flags)
        data: Json = {"custom_id": custom_id, "component_type": kind, "id": 2}
        if values is not None:
            data["values"] = values
        act = interacting.Act(self._user(who), place, 3, data, source=source)
        return self._begin(act)

    def form(
        self, who: str, custom_id: str, fields: dict[str, Any], *, channel: str = "imagine"
    ) -> str:
        """A form that nobody opened, sent off."""
        rows = [
            {"type": 18, "id": 10 + n, "component": _field(name, value, 30 + n)}
            for n, (name, value) in enumerate(fields.items())
        ]
        data: Json = {"custom_id": custom_id, "components": rows}
        return self._begin(interacting.Act(self._user(who), self._place(channel), 5, data))

    def command(
        self,
        who: str,
        name: str,
        options: list[Json],
        *,
        channel: str = "imagine",
        about: str = "",
    ) -> str:
        """A slash command with whatever options; `about` is the member whom one of them names.

        Nobody looks whether they may: so it comes where a server's own page lets them in.
        """
        world = self.here.discord.world
        known = next(c for c in world.commands.values() if c["name"] == name)
        data: Json = {"id": known["id"], "name": name, "type": 1, "options": options}
        place = self._place(channel)
        if about:
            resolved: Json = {}
            commands.resolve_user(self.here.discord.hub, place, self._user(about), resolved)
            data["resolved"] = resolved
        return self._begin(interacting.Act(self._user(who), place, 2, data, name))

    def menu(
        self, who: str, name: str, target: str, *, channel: str = "imagine", found: str = ""
    ) -> str:
        """A context menu of a message that lies anywhere, another server's included."""
        hub = self.here.discord.hub
        known = next(c for c in hub.world.commands.values() if c["name"] == name)
        message = hub.world.message(found or target)
        assert message is not None
        seen = messageviews.message(hub.world, hub.links, message, hub.world.bot_id)
        data: Json = {"id": known["id"], "name": name, "type": 3, "target_id": target}
        data["resolved"] = {"messages": {target: seen | {"id": target}}}
        place, user = self._place(channel), self._user(who)
        return self._begin(interacting.Act(user, place, 2, data, name, menu=True))

    # --- what Discord says -------------------------------------------------------------------

    def event(self, name: str, data: Json, guild: str = "") -> None:
        """A dispatch of the gateway, as it is."""
        self.here.discord.hub.sessions.tell(guild or self.guild, 0, name, data)

    def raw_message(self, odd: Callable[[Json], Json], *, content: str) -> str:
        """A message's event as `odd` makes it of a good one of mia's; returns its id."""
        hub = self.here.discord.hub
        message = Message(hub.new_id(), self._place("imagine").id, self._id("mia"), content=content)
        seen = messageviews.message(hub.world, hub.links, message, hub.world.bot_id)
        mine = views.member(hub.world, self.member("mia"), with_user=False)
        self.event("MESSAGE_CREATE", odd(seen | {"guild_id": self.guild, "member": mine}))
        return message.id

    def change_role(self, role: str, **fields: Any) -> None:
        """A role of the first server is changed, and the bot hears of it."""
        world = self.here.discord.world
        world.roles[role] = replace(world.roles[role], **fields)
        said = {"guild_id": self.guild, "role": views.role(world.roles[role])}
        self.event("GUILD_ROLE_UPDATE", said)

    def delete_role(self, role: str) -> None:
        """A role goes, from everybody who had it too."""
        world = self.here.discord.world
        del world.roles[role]
        for key, member in world.members.items():
            left = tuple(one for one in member.roles if one != role)
            world.members[key] = replace(member, roles=left)
        self.event("GUILD_ROLE_DELETE", {"guild_id": self.guild, "role_id": role})

    def new_role(self, name: str, *people: str, permissions: int = 0) -> str:
        """A new role of the first server, with its people."""
        world = self.here.discord.world
        role = Role(self.here.discord.hub.new_id(), self.guild, name, permissions, 1)
        world.roles[role.id] = role
        for who in people:
            self.set_roles(who, *self.member(who).roles, role.id)
        said = {"guild_id": self.guild, "role": views.role(role)}
        self.event("GUILD_ROLE_CREATE", said)
        return role.id

    def set_roles(self, who: str, *roles: str) -> None:
        """From now on they have these roles; without the members intent the bot hears nothing."""
        world, key = self.here.discord.world, (self.guild, self._id(who))
        world.members[key] = replace(world.members[key], roles=roles)

    def rename(self, who: str, name: str) -> None:
        """Somebody takes another name."""
        world, user = self.here.discord.world, self._user(who)
        world.users[user.id] = replace(user, global_name=name)

    def rename_channel(self, channel: str, **fields: Any) -> None:
        """A channel is renamed or changed otherwise; the bot hears of it."""
        world, place = self.here.discord.world, self._place(channel)
        world.channels[place.id] = replace(place, **fields)
        self.event("CHANNEL_UPDATE", views.channel(world, world.channels[place.id]))

    def silenced(self) -> tuple[Overwrite, ...]:
        """A channel's overwrites with which the bot may attach nothing there."""
        return (Overwrite(self.here.discord.world.bot_id, 1, deny=may.ATTACH_FILES),)

    def new_person(self, name: str) -> str:
        """Somebody more, in the first server."""
        world, user = self.here.discord.world, User(self.here.discord.hub.new_id(), name)
        world.users[user.id] = user
        world.members[self.guild, user.id] = Member(self.guild, user.id)
        return user.id

    def leaves(self, who: str) -> None:
        """Somebody leaves the first server; they still see nothing of it, and take no message."""
        world, user = self.here.discord.world, self._user(who)
        del world.members[self.guild, user.id]
        said = {"guild_id": self.guild, "user": views.user(user)}
        self.event("GUILD_MEMBER_REMOVE", said)

    # --- helpers -----------------------------------------------------------------------------

    async def settled(self) -> None:
        """Wait until the bot has had what was sent before: it answers what was asked after.

        A search is written down, so what was to be written before it has been.
        """
        for name, options in (("history", {"search": "x"}), ("quota", {})):
            state = await self.here.command("mona", name, "general", **options)
            assert state["state"] == "answered"

    def _begin(self, act: interacting.Act) -> str:
        made: Interaction = interacting.begin(self.here.discord.hub, act)
        return made.id

    def _user(self, who: str) -> User:
        users = self.here.discord.world.users.values()
        return next(user for user in users if who in (user.username, user.id))

    def _id(self, who: str) -> str:
        return self._user(who).id

    def _place(self, channel: str) -> Channel:
        channels = self.here.discord.world.channels.values()
        return next(one for one in channels if channel in (one.id, one.name))


def _field(name: str, value: Any, number: int) -> Json:
    if isinstance(value, list):
        return {"type": SELECT, "id": number, "custom_id": name, "values": value}
    return {"type": 4, "id": number, "custom_id": name, "value": value}


def text_of(message: Json) -> str:
    """Everything that a message says."""
    parts = [message.get("content", "")]
    for embed in message.get("embeds", ()):
        parts += [embed.get("title") or "", embed.get("description") or ""]
        parts += [(embed.get("footer") or {}).get("text") or ""]
        for one in embed.get("fields", ()):
            parts += [one["name"], one["value"]]
    stack = list(message.get("components", ()))
    while stack:
        part = stack.pop()
        parts += [str(part[key]) for key in ("content", "label", "placeholder") if part.get(key)]
        parts += [option["label"] for option in part.get("options", ())]
        stack += [
            *part.get("components", ()),
            *([part["accessory"]] if "accessory" in part else ()),
        ]
    return "\n".join(parts)

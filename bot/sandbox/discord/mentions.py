"""Whom a message calls: Discord's reading of the text, cut down by `allowed_mentions`.

Without `allowed_mentions` everything in the text is live. Code spans call nobody, embeds neither;
the text displays of a components-V2 message do.
"""

import re
from dataclasses import dataclass

from bot.sandbox.discord.model import EPHEMERAL, Channel, Json, Message, World
from bot.sandbox.discord.parts import walk
from bot.sandbox.discord.permissions import MENTION_EVERYONE, VIEW, permissions_in

CODE = re.compile(r"```.*?```|``.*?``|`[^`]*`", re.DOTALL)
USER, ROLE = re.compile(r"<@!?(\d{1,20})>"), re.compile(r"<@&(\d{1,20})>")
EVERYONE = re.compile(r"@(everyone|here)\b")


@dataclass(frozen=True, slots=True)
class Called:
    """`users` and `roles` are live mentions; `people` are those whose phone a new message rings."""

    users: tuple[str, ...]
    roles: tuple[str, ...]
    everyone: bool
    people: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.users) + len(self.roles) + self.everyone


def called_by(world: World, message: Message, allowed: Json | None) -> Called:
    """Return who is notified under the request's `allowed_mentions`, None if absent."""
    channel = world.channels[message.channel_id]
    displays = (str(part["content"]) for part in walk(message.components) if part["type"] == 10)
    raw = "\n".join([message.content, *displays])
    text = CODE.sub(" ", raw)
    author = permissions_in(world, message.author_id, channel)
    loud = bool(author & MENTION_EVERYONE)
    users = [u for u in dict.fromkeys(USER.findall(text)) if u in world.users]
    roles = [
        r
        for r in dict.fromkeys(ROLE.findall(text))
        if r in world.roles and (world.roles[r].mentionable or loud)
    ]
    everyone = bool(EVERYONE.search(text)) and loud and channel.guild_id is not None
    if allowed is not None:
        parse = allowed.get("parse") or []
        if "users" not in parse:
            users = [u for u in users if u in map(str, allowed.get("users") or [])]
        if "roles" not in parse:
            roles = [r for r in roles if r in map(str, allowed.get("roles") or [])]
        everyone = everyone and "everyone" in parse
    answered = world.message(message.reply_to)
    replied = allowed is None or bool(allowed.get("replied_user", False))
    if answered and replied and message.interaction_id is None and answered.author_id not in users:
        users.append(answered.author_id)
    people = _people(world, channel, users, roles, everyone)
    people += [u for u in _who_hears_all(world, channel) if u not in people]
    quiet = message.flags & EPHEMERAL and message.viewer is not None
    rung = tuple(p for p in people if p != message.author_id and (not quiet or p == message.viewer))
    return Called(tuple(users), tuple(roles), everyone, rung)


def _who_hears_all(world: World, channel: Channel) -> list[str]:
    return [
        user.id
        for user in world.users.values()
        if user.all_messages and permissions_in(world, user.id, channel) & VIEW
    ]


def _people(
    world: World, channel: Channel, users: list[str], roles: list[str], everyone: bool
) -> list[str]:
    present = [
        user
        for user in world.users
        if permissions_in(world, user, channel) & VIEW and not world.users[user].bot
    ]
    if everyone:
        return present
    of_roles = {
        member.user_id
        for (guild, _), member in world.members.items()
        if guild == channel.guild_id and set(member.roles) & set(roles)
    }
    return [user for user in present if user in users or user in of_roles]

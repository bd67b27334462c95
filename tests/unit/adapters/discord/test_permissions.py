from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from bot.adapters.discord.interactions.context import (
    NEEDED_PERMISSIONS,
    THREAD_PERMISSIONS,
    find_missing_permission,
)
from bot.adapters.discord.permissions import build_invite_link

ALL = discord.Permissions.all_channel()


def test_the_link_asks_for_exactly_what_is_used() -> None:
    asked = parse_qs(urlsplit(build_invite_link(42)).query)

    assert asked["client_id"] == ["42"]
    assert asked["scope"] == ["bot applications.commands"]
    assert (
        int(asked["permissions"][0])
        == discord.Permissions(
            view_channel=True,
            send_messages=True,
            send_messages_in_threads=True,
            attach_files=True,
            embed_links=True,
            read_message_history=True,
            add_reactions=True,
        ).value
    )


@pytest.mark.parametrize(("name", "shown"), NEEDED_PERMISSIONS)
def test_each_missing_right_is_named_as_discord_shows_it(name: str, shown: str) -> None:
    rights = discord.Permissions(ALL.value)
    rights.update(**{name: False})

    assert find_missing_permission(rights) == shown


def test_nothing_is_missing_with_all_of_them() -> None:
    assert find_missing_permission(ALL) == ""
    assert find_missing_permission(ALL, thread=True) == ""


def test_the_first_one_is_named() -> None:
    assert find_missing_permission(discord.Permissions.none()) == "View Channel"


def test_a_thread_has_a_right_of_its_own_to_send() -> None:
    rights = discord.Permissions(ALL.value)
    rights.update(send_messages=False)
    assert find_missing_permission(rights, thread=True) == ""

    rights.update(send_messages=True, send_messages_in_threads=False)
    assert find_missing_permission(rights) == ""
    assert find_missing_permission(rights, thread=True) == THREAD_PERMISSIONS[1]

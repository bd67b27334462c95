"""Who may use a command where, by its default right and a server's Integrations page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.command_access import (
    CHANNEL_TARGET,
    ROLE_TARGET,
    USER_TARGET,
    AccessVerdict,
    CommandRule,
    CommandUse,
    Overrides,
    access_denied_card,
    judge_access,
)

GUILD, CHANNEL, USER, ROLE, OTHER = 7, 70, 101, 20, 21
TIMEOUT = 1 << 40
MEMBER = CommandUse(GUILD, CHANNEL, USER, (ROLE, OTHER), 0)
MODERATOR = replace(MEMBER, rights=TIMEOUT)
EVERYWHERE, HERE = (CHANNEL_TARGET, GUILD - 1), (CHANNEL_TARGET, CHANNEL)
EVERYONE, MINE, THEIRS = (ROLE_TARGET, GUILD), (ROLE_TARGET, ROLE), (ROLE_TARGET, OTHER)
ME = (USER_TARGET, USER)
YES, NO_RIGHT, DENIED = AccessVerdict.ALLOWED, AccessVerdict.NO_RIGHT, AccessVerdict.DENIED


@pytest.mark.parametrize(
    ("own", "general", "member", "moderator"),
    [
        ({}, {}, NO_RIGHT, YES),
        ({EVERYONE: True}, {}, YES, YES),
        ({EVERYONE: False}, {}, DENIED, DENIED),
        ({MINE: True}, {}, YES, YES),
        ({MINE: True, EVERYONE: False}, {}, YES, YES),
        ({MINE: False, THEIRS: True}, {}, YES, YES),
        ({MINE: False}, {}, DENIED, DENIED),
        ({ME: False, MINE: True}, {}, DENIED, DENIED),
        ({ME: True, MINE: False}, {}, YES, YES),
        ({EVERYWHERE: False}, {}, DENIED, DENIED),
        ({EVERYWHERE: False, HERE: True}, {}, NO_RIGHT, YES),
        ({HERE: False, ME: True}, {}, DENIED, DENIED),
        ({}, {HERE: False}, DENIED, DENIED),
        ({HERE: True}, {HERE: False}, NO_RIGHT, YES),
        ({EVERYWHERE: True}, {HERE: False}, NO_RIGHT, YES),
        ({}, {EVERYONE: False}, DENIED, DENIED),
        ({MINE: True}, {EVERYONE: False}, YES, YES),
        ({}, {ME: True}, NO_RIGHT, YES),
        ({(USER_TARGET, ROLE): True, (ROLE_TARGET, USER): True}, {}, NO_RIGHT, YES),
    ],
)
def test_the_rules_are_discords(
    own: Overrides, general: Overrides, member: AccessVerdict, moderator: AccessVerdict
) -> None:
    rule = CommandRule(TIMEOUT, own)
    assert judge_access(rule, general, MEMBER) is member
    assert judge_access(rule, general, MODERATOR) is moderator


@pytest.mark.parametrize(
    ("default", "rights", "verdict"),
    [(None, 0, YES), (0, TIMEOUT, NO_RIGHT), (3, 1, NO_RIGHT), (3, 7, YES)],
)
def test_the_default_right_is_all_of_its_bits_and_zero_is_for_administrators(
    default: int | None, rights: int, verdict: AccessVerdict
) -> None:
    use = replace(MEMBER, rights=rights)
    assert judge_access(CommandRule(default, {}), {}, use) is verdict


def test_each_denial_has_its_own_words_and_names_the_command() -> None:
    verdicts = (NO_RIGHT, DENIED, AccessVerdict.UNKNOWN)
    said = [access_denied_card("block", verdict).content for verdict in verdicts]
    assert len(set(said)) == 3
    assert all("`/block`" in one and one.endswith("Nothing was changed.") for one in said)
    assert "*Timeout Members*" in said[0]
    assert "*Manage Server*" in access_denied_card("limits", NO_RIGHT).content

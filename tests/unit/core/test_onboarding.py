"""What the bot says when it comes into a server."""

from __future__ import annotations

import pytest

from bot.core import onboarding


@pytest.mark.parametrize(("day", "said"), [(1, "1 picture"), (20, "20 pictures"), (None, "")])
def test_the_welcome_says_how_much_everybody_has(day: int | None, said: str) -> None:
    card = onboarding.welcome_card(day)
    assert said in card.content
    assert ("picture a day" in card.content or "pictures a day" in card.content) is bool(said)


def test_the_welcome_names_the_commands_and_mentions_nobody() -> None:
    card = onboarding.welcome_card(20)
    for command in ("`/imagine`", "`/quota`", "`/help`", "`/limits set`"):
        assert command in card.content
    assert "<@" not in card.content
    assert card.embed is None, "some servers forbid panels"
    assert len(card.content) <= 2000


def test_its_buttons_draw_one_and_set_up() -> None:
    assert [one.custom_id for one in onboarding.welcome_card(None).buttons] == [
        "welcome:draw",
        "welcome:setup",
    ]
    assert onboarding.SETUP_DENIED_CARD.buttons == ()

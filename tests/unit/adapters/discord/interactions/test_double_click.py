"""A nervous finger is one wish; a second wish is a second one."""

from __future__ import annotations

from bot.adapters.discord.interactions.double_click import DOUBLE_CLICK_S, DoubleClickGuard


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_same_press_counts_again_after_a_while() -> None:
    clock = Clock()
    presses = DoubleClickGuard(clock)
    with presses.guard_click(1, "reroll:x") as first:
        assert first
    clock.now = DOUBLE_CLICK_S / 2
    with presses.guard_click(1, "reroll:x") as again:
        assert not again
    clock.now = DOUBLE_CLICK_S
    with presses.guard_click(1, "reroll:x") as later:
        assert later


def test_another_person_and_another_button_are_no_repetition() -> None:
    presses = DoubleClickGuard(Clock())
    for user, custom_id in ((1, "vary:1:x"), (2, "vary:1:x"), (1, "vary:2:x"), (1, "vary:1:y")):
        with presses.guard_click(user, custom_id) as first:
            assert first


def test_a_press_that_is_still_being_answered_is_under_way_however_long() -> None:
    clock = Clock()
    presses = DoubleClickGuard(clock)
    with presses.guard_click(1, "reroll:x") as first:
        assert first
        clock.now = 60.0
        with presses.guard_click(1, "reroll:x") as again:
            assert not again
    with presses.guard_click(1, "reroll:x") as later:
        assert later

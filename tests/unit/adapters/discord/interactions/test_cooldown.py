from bot.adapters.discord.interactions.cooldown import Recently


class Ticks:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_key_counts_for_its_time_and_no_longer() -> None:
    ticks = Ticks()
    lately = Recently(5, ticks)

    assert lately.first("mia")
    ticks.now = 4.999
    assert not lately.first("mia")
    assert lately.first("theo")
    ticks.now = 5.0
    assert lately.first("mia")


def test_asking_again_does_not_lengthen_it() -> None:
    ticks = Ticks()
    lately = Recently(5, ticks)
    lately.note("mia")
    ticks.now = 3
    assert not lately.first("mia")
    ticks.now = 6
    assert "mia" not in lately


def test_noting_again_does() -> None:
    ticks = Ticks()
    lately = Recently(5, ticks)
    lately.note("mia")
    lately.note("theo")
    ticks.now = 3
    lately.note("mia")
    ticks.now = 6
    assert "mia" in lately
    assert "theo" not in lately


def test_what_did_not_happen_after_all_is_forgotten() -> None:
    lately = Recently(5, Ticks())
    lately.note("mia")
    lately.forget("mia")
    lately.forget("nobody")

    assert "mia" not in lately


def test_it_keeps_no_more_than_it_may() -> None:
    lately = Recently(5, Ticks(), most=3)
    for number in range(10):
        lately.note(number)

    assert [number in lately for number in range(10)] == [False] * 7 + [True] * 3

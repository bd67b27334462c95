from bot.flow.triggers.cooldown import RecentKeys


class Ticks:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_key_counts_for_its_time_and_no_longer() -> None:
    ticks = Ticks()
    lately = RecentKeys(5, ticks)

    assert lately.claim_key("mia")
    ticks.now = 4.999
    assert not lately.claim_key("mia")
    assert lately.claim_key("theo")
    ticks.now = 5.0
    assert lately.claim_key("mia")


def test_asking_again_does_not_lengthen_it() -> None:
    ticks = Ticks()
    lately = RecentKeys(5, ticks)
    lately.record_key("mia")
    ticks.now = 3
    assert not lately.claim_key("mia")
    ticks.now = 6
    assert "mia" not in lately


def test_noting_again_does() -> None:
    ticks = Ticks()
    lately = RecentKeys(5, ticks)
    lately.record_key("mia")
    lately.record_key("theo")
    ticks.now = 3
    lately.record_key("mia")
    ticks.now = 6
    assert "mia" in lately
    assert "theo" not in lately


def test_what_did_not_happen_after_all_is_forgotten() -> None:
    lately = RecentKeys(5, Ticks())
    lately.record_key("mia")
    lately.forget_key("mia")
    lately.forget_key("nobody")

    assert "mia" not in lately


def test_it_keeps_no_more_than_it_may() -> None:
    lately = RecentKeys(5, Ticks(), most=3)
    for number in range(10):
        lately.record_key(number)

    assert [number in lately for number in range(10)] == [False] * 7 + [True] * 3

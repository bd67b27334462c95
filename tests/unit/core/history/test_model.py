"""Values of the history: the words that the database holds."""

from __future__ import annotations

from bot.core.history.model import DeliveryPlace, StoredImage
from tests.unit.core.make import an_id


def test_the_stored_word_of_each_place_stays() -> None:
    """A database of an earlier version has these words in it."""
    assert {place.name: place.value for place in DeliveryPlace} == {
        "CHANNEL": "channel",
        "PRIVATE": "private",
        "DIRECT": "direct",
        "UNCOLLECTED": "waiting",
        "DELETED": "gone",
        "REMOVED": "removed",
    }


def test_a_picture_is_in_a_channel_unless_another_place_is_named() -> None:
    assert StoredImage(an_id(1), 0, "", 42, 1000).place is DeliveryPlace.CHANNEL

"""Refusals after the host's classifier said no or did not answer."""

from __future__ import annotations

from typing import Final

from bot.core.errors import Refused

PICTURE_REJECTED_REASON: Final = (
    "The finished picture did not pass the check that pictures go through here."
)
PICTURE_UNCHECKED_REASON: Final = "The finished picture could not be checked, so it is not shown."


def rejected_words_refusal(prompt: str) -> Refused:
    """Refuse a prompt that the classifier rejected."""
    return Refused(
        "words.classifier",
        "I can't draw that here (it did not pass the check that words go through). "
        "Nothing was charged. Reword it, or ask a moderator.",
        prompt=prompt,
        offers=(("edit", "Edit"),),
    )


def unchecked_words_refusal(prompt: str) -> Refused:
    """Refuse a prompt that the classifier could not check."""
    return Refused(
        "words.unchecked",
        "Words are checked here before I draw them, and the check does not answer just now. "
        "Nothing was charged; try again in a minute.",
        prompt=prompt,
        offers=(("retry", "Try again"),),
    )

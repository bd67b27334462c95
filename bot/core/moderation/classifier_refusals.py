"""Refusals after the host's classifier said no or did not answer."""

from __future__ import annotations

from typing import Final

from bot.core.errors import Refused

PICTURE_REJECTED_REASON: Final = "The finished picture didn't pass this server's picture check."
PICTURE_UNCHECKED_REASON: Final = "The finished picture couldn't be checked, so it isn't shown."


def rejected_words_refusal(prompt: str) -> Refused:
    """Refuse a prompt that the classifier rejected."""
    return Refused(
        "words.classifier",
        "I can't draw that here, because it didn't pass the word check. Nothing was "
        "charged. Change it, or ask a moderator.",
        prompt=prompt,
        offers=(("edit", "Edit"),),
    )


def unchecked_words_refusal(prompt: str) -> Refused:
    """Refuse a prompt that the classifier could not check."""
    return Refused(
        "words.unchecked",
        "Prompts are checked here before I draw them, and the check isn't "
        "responding. Nothing was charged. Try again in a minute.",
        prompt=prompt,
        offers=(("retry", "Try again"),),
    )

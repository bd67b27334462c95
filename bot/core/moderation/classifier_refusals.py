"""Refusals after the host's classifier said no or did not answer."""

from __future__ import annotations

from typing import Final

from bot.core.errors import Refused

PICTURE_REJECTED_REASON: Final = "The finished picture didn't pass this server's picture check."
PICTURE_UNCHECKED_REASON: Final = "The finished picture couldn't be checked, so it isn't shown."


def rejected_words_refusal(prompt: str) -> Refused:
    """Refuse a prompt that the classifier rejected."""
    why = "I can't draw that here, because it didn't pass the word check."
    sentence = f"{why} Nothing was charged. Change it, or ask a moderator."
    return Refused("words.classifier", sentence, prompt=prompt, offers=(("edit", "Edit"),))


def unchecked_words_refusal(prompt: str) -> Refused:
    """Refuse a prompt that the classifier could not check."""
    why = "Prompts are checked here before I draw them, and the check isn't responding."
    sentence = f"{why} Nothing was charged. Try again in a minute."
    return Refused("words.unchecked", sentence, prompt=prompt, offers=(("retry", "Try again"),))

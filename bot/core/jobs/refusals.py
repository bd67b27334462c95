"""Refusals of requests that no job can be made of, and reasons of failed jobs."""

from __future__ import annotations

from typing import Final

from bot.core.errors import BackendError, Refused

# Reasons that a job may carry to its last card.
RESTARTED_REASON: Final = "I was restarted and couldn't finish this."
OUTAGE_REASON: Final = "It didn't come back in time."
INTERNAL_ERROR_REASON: Final = "Something went wrong on our side."


def restarting_refusal(prompt: str) -> Refused:
    """Refuse because the bot is shutting down."""
    sentence = "I'm restarting; try again in a minute. Nothing was charged."
    return Refused("restarting", sentence, prompt=prompt)


def unknown_models_refusal(error: BackendError, prompt: str) -> Refused:
    """Refuse because SwarmUI has never been seen, so that no model is known to draw with."""
    sentence = (
        f"{error.sentence} Nothing was charged. I don't know its models yet, so try again when it "
        "is back."
    )
    return Refused("models-unknown", sentence, prompt=prompt)

"""Reasons that a failed job carries to its last card."""

from __future__ import annotations

from typing import Final

# Reasons that a job may carry to its last card.
RESTARTED_REASON: Final = "I was restarted and couldn't finish this."
OUTAGE_REASON: Final = "It didn't come back in time."
INTERNAL_ERROR_REASON: Final = "Something went wrong on our side."

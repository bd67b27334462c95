"""Reasons that a failed job carries to its last card."""

from __future__ import annotations

from typing import Final

# Reasons that a job may carry to its last card.
RESTARTED: Final = "I was restarted and couldn't finish this."
NOT_BACK_IN_TIME: Final = "It did not come back in time."
OUR_FAULT: Final = "That went wrong. It is our fault."

"""What people read while the bot is being stopped: nothing is lost, and nothing new begins."""

from __future__ import annotations

from bot.core.card import Button, Card, Panel, Tone
from bot.core.errors import Refused
from bot.core.job import Job
from bot.core.prompt import echo

PROMPT_SHOWN = 300


def restarting(prompt: str) -> Refused:
    """Somebody asks meanwhile."""
    sentence = "I'm restarting; try again in a minute. Nothing was charged."
    return Refused("restarting", sentence, prompt=prompt)


def kept(job: Job) -> Card:
    """The card of a job that waits: the next start takes it up again."""
    panel = Panel("Waiting", f"*{echo(job.order.prompt, PROMPT_SHOWN)}*", Tone.CALM)
    button = Button("cancel", "Cancel", job.id)
    return Card("I'm restarting; your place is kept.", panel, (button,))

"""Buttons and forms that outlive a restart: all that they know is in their `custom_id`.

A press becomes the event `press`, a submitted form is found by its `custom_id`: both go the way of
every other event, so a failure in them ends in `SwarmBot.on_error` like any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import discord

from bot.adapters.discord.interactions.durable_buttons import LastingButton
from bot.core.drawing.request import DrawRequest
from bot.core.errors import Refused
from bot.core.ids import ID_PATTERN, JobId

REPORTS: Final = ("report", "remove", "block")
"""What is pressed to report a picture, and by moderators below a report."""
ACTIONS: Final = (
    "cancel",
    "reroll",
    "retry",
    "vary",
    "upscale",
    "edit",
    "use",
    "parameters",
    "delete",
    "draw",
    *REPORTS,
)
TEMPLATE: Final = rf"(?P<action>{'|'.join(ACTIONS)})(:(?P<arg>[0-9]+))?:(?P<target>{ID_PATTERN})"
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,25}")
FORM: Final = re.compile(rf"edit:(?P<target>{ID_PATTERN})")
REMIX: Final = re.compile(rf"remix:(?P<target>{ID_PATTERN})")


@dataclass(frozen=True, slots=True)
class Press:
    """A button was pressed. Who may is for the desk to say, against the stored job."""

    action: str
    target: JobId
    argument: str = ""

    @property
    def custom_id(self) -> str:
        """The button's own id again."""
        return ":".join(part for part in (self.action, self.argument, self.target) if part)


class JobButton(LastingButton[Press], template=TEMPLATE):
    """Any button under a card of ours."""

    event = "press"

    @staticmethod
    def read(match: re.Match[str]) -> Press:
        """The action, its argument and the job or draft that it is about."""
        return Press(match["action"], JobId(match["target"]), match["arg"] or "")


def form_target(interaction: discord.Interaction[Any]) -> JobId | None:
    """The job that a submitted Edit form is about, or None for any other interaction."""
    return _target(interaction, FORM)


def remix_target(interaction: discord.Interaction[Any]) -> JobId | None:
    """The draft that a submitted form of a message's menu is about, None for anything else."""
    return _target(interaction, REMIX)


def _target(interaction: discord.Interaction[Any], form: re.Pattern[str]) -> JobId | None:
    if interaction.type is not discord.InteractionType.modal_submit or interaction.data is None:
        return None
    found = form.fullmatch(str(interaction.data.get("custom_id", "")))
    return None if found is None else JobId(found["target"])


def read_form(interaction: discord.Interaction[Any]) -> tuple[DrawRequest, Refused | None]:
    """The wish of a submitted form, an empty field being None, and what could not be read."""
    fields = fields_of(interaction)
    prompt = fields.get("prompt", "")
    numbers: dict[str, int | None] = {}
    trouble: Refused | None = None
    for name in ("seed", "steps"):
        text = fields.get(name, "").strip()
        if text and not _NUMBER.fullmatch(text):
            trouble = trouble or Refused(
                "form.number",
                f"{name.title()} takes a whole number, or nothing. Nothing was charged.",
                prompt=prompt,
                offers=(("edit", "Edit"),),
            )
            text = ""
        numbers[name] = int(text) if text else None
    wish = DrawRequest(
        source=f"interaction:{interaction.id}",
        prompt=prompt,
        negative=fields.get("negative", ""),
        aspect=fields.get("aspect", "").strip() or None,
        seed=numbers["seed"],
        steps=numbers["steps"],
    )
    return wish, trouble


def fields_of(interaction: discord.Interaction[Any]) -> dict[str, str]:
    """What was filled in, by `custom_id`. Fields sit in rows or, newer, each in a label."""
    data: Mapping[str, Any] = interaction.data or {}
    fields: dict[str, str] = {}
    stack = list(data.get("components", ()))
    while stack:
        component = stack.pop()
        stack.extend(component.get("components", ()))
        if "component" in component:
            stack.append(component["component"])
        if "custom_id" in component:
            fields[component["custom_id"]] = str(component.get("value") or "")
    return fields

"""The button under a warning that gives a member more, and the form that it opens.

Both know only the member's id, in their `custom_id`: they work after a restart. Whoever presses
is asked for their rights each time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import discord

from bot.adapters.discord.interactions.durable_buttons import LastingButton
from bot.adapters.discord.interactions.result_buttons import fields_of

TEMPLATE: Final = r"grant:(?P<user>[0-9]{1,18}|[1-8][0-9]{18})"
"""An id of Discord's, of 63 bits: what is longer is none, and the books could not keep it."""
_FORM: Final = re.compile(TEMPLATE)


@dataclass(frozen=True, slots=True)
class GrantForm:
    """A form came back: for whom, and what was typed."""

    user: int
    pictures: str
    days: str


class GrantButton(LastingButton[int], template=TEMPLATE):
    """The button under any such warning."""

    event = "grant_press"

    @staticmethod
    def read(match: re.Match[str]) -> int:
        """For whom: the id of a user."""
        return int(match["user"])


def grant_form(user: int) -> discord.ui.Modal:
    """Make the form, finished already: its submission is found by its `custom_id`."""
    form = discord.ui.Modal(title="Give more pictures", custom_id=f"grant:{user}")
    for name, label, value in (
        ("pictures", "How many more, on each of the days", None),
        ("days", "For how many days, today being the first", "1"),
    ):
        entry: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
            custom_id=name, default=value, required=True, max_length=9
        )
        form.add_item(discord.ui.Label(text=label, component=entry))
    form.stop()
    return form


def read_grant(interaction: discord.Interaction[Any]) -> GrantForm | None:
    """What was typed into such a form, or None for any other interaction."""
    if interaction.type is not discord.InteractionType.modal_submit or interaction.data is None:
        return None
    found = _FORM.fullmatch(str(interaction.data.get("custom_id", "")))
    if found is None:
        return None
    fields = fields_of(interaction)
    return GrantForm(int(found["user"]), fields.get("pictures", ""), fields.get("days", ""))

"""The button under a warning that gives a member more, and the form that it opens.

Both know only the member's id, in their `custom_id`: they work after a restart. Whoever presses
is asked for their rights each time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import discord

from bot.adapters.discord.buttons import fields_of

TEMPLATE: Final = r"grant:(?P<user>[0-9]{1,18}|[1-8][0-9]{18})"
"""An id of Discord's, of 63 bits: what is longer is none, and the books could not keep it."""
_FORM: Final = re.compile(TEMPLATE)

AnyButton: TypeAlias = discord.ui.Button[discord.ui.View]


@dataclass(frozen=True, slots=True)
class GrantForm:
    """A form came back: for whom, and what was typed."""

    user: int
    pictures: str
    days: str


class GrantButton(discord.ui.DynamicItem[AnyButton], template=TEMPLATE):
    """Any such button, whenever it was sent; it only recognises what comes back."""

    def __init__(self, button: AnyButton, user: int) -> None:
        super().__init__(button)
        self.user = user

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> GrantButton:
        """Read for whom it is back out of the `custom_id`."""
        assert isinstance(item, discord.ui.Button)
        return cls(item, int(match["user"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Pass it on as an event: what is raised in here would only be logged."""
        interaction.client.dispatch("grant_press", interaction, self.user)


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

"""Conversion of cards into what discord.py sends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, TypedDict

import discord

from bot.core.ui.card import ButtonStyle, CardButton, CardTone, Embed, MessageCard, MessageContent

# Each has a contrast of about 3:1 or more on Discord's dark card as well as on its white one.
COLOURS: Final[dict[CardTone, int]] = {
    CardTone.CALM: 0x7E8A9E,
    CardTone.BUSY: 0x5B82D8,
    CardTone.GOOD: 0x3E9B6E,
    CardTone.BAD: 0xC8605C,
}
STYLES: Final[dict[ButtonStyle, discord.ButtonStyle]] = {
    ButtonStyle.PRIMARY: discord.ButtonStyle.primary,
    ButtonStyle.SECONDARY: discord.ButtonStyle.secondary,
    ButtonStyle.SUCCESS: discord.ButtonStyle.success,
    ButtonStyle.DANGER: discord.ButtonStyle.danger,
}
ALT_MAX: Final = 1024  # Discord's limit of an attachment's description


class SendArguments(TypedDict):
    """Keyword arguments of every call that sends a new message, interaction answers included."""

    content: str | None
    embeds: list[discord.Embed]
    files: list[discord.File]
    view: discord.ui.View
    allowed_mentions: discord.AllowedMentions


class EditArguments(TypedDict):
    """Keyword arguments of every call that edits a message."""

    content: str | None
    embeds: list[discord.Embed]
    attachments: list[discord.File]
    view: discord.ui.View
    allowed_mentions: discord.AllowedMentions


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """Complete message in discord.py's objects, for one request only."""

    content: str | None
    embeds: tuple[discord.Embed, ...]
    files: tuple[discord.File, ...]
    view: discord.ui.View
    allowed_mentions: discord.AllowedMentions

    def to_send(self) -> SendArguments:
        """Return the arguments of a new message."""
        return SendArguments(
            content=self.content,
            embeds=list(self.embeds),
            files=list(self.files),
            view=self.view,
            allowed_mentions=self.allowed_mentions,
        )

    def to_edit(self) -> EditArguments:
        """Return edit arguments that replace text, embed, buttons and all files."""
        return EditArguments(
            content=self.content,
            embeds=list(self.embeds),
            attachments=list(self.files),
            view=self.view,
            allowed_mentions=self.allowed_mentions,
        )


def render_content(shown: MessageContent) -> RenderedMessage:
    """Make the message of a card with its files.

    Its view is finished already: discord.py would otherwise remember every message that we ever
    sent. Clicks are recognised by their `custom_id`.
    """
    card = shown.card
    files = tuple(
        discord.File(
            BytesIO(upload.data),
            filename=upload.name,
            spoiler=upload.spoiler,
            description=upload.alt_text[:ALT_MAX] or None,
        )
        for upload in shown.files
    )
    # A picture inside a panel cannot be hidden: a spoiler hangs below it.
    open_ones = frozenset(upload.name for upload in shown.files if not upload.spoiler)
    return RenderedMessage(
        content=card.content or None,
        embeds=() if card.embed is None else (render_embed(card.embed, open_ones),),
        files=files,
        view=render_view(card.buttons),
        allowed_mentions=allowed_mentions(card.ping_user),
    )


def render_card(card: MessageCard) -> RenderedMessage:
    """Make the message of a card that has no files."""
    return render_content(MessageContent(card))


def render_embed(panel: Embed, names: frozenset[str]) -> discord.Embed:
    """Make a panel's embed. `names` are those of the files sent along that anybody may see.

    An image that does not come along is left out, for Discord would show a broken frame.
    """
    made = discord.Embed(
        title=panel.title or None, description=panel.body or None, colour=COLOURS[panel.tone]
    )
    if panel.image in names:
        made.set_image(url=f"attachment://{panel.image}")
    if panel.footer:
        made.set_footer(text=panel.footer)
    return made


def render_view(buttons: Iterable[CardButton]) -> discord.ui.View:
    """Build a finished view. One without buttons removes the old ones."""
    made = discord.ui.View(timeout=None)
    for button in buttons:
        made.add_item(render_button(button))
    made.stop()
    return made


def render_button(button: CardButton) -> discord.ui.Button[Any]:
    """Build a button. A press is recognised by its `custom_id`."""
    return discord.ui.Button(
        label=button.label,
        custom_id=button.custom_id,
        style=STYLES[button.style],
        disabled=button.disabled,
        row=button.row,
    )


def allowed_mentions(ring: int | None) -> discord.AllowedMentions:
    """Allow a mention of nobody, or of exactly one user, never of the replied-to author."""
    users: bool | list[discord.Object] = False if ring is None else [discord.Object(ring)]
    return discord.AllowedMentions(everyone=False, roles=False, users=users, replied_user=False)

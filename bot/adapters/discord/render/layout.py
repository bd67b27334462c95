"""Rendering of layouts and forms in Discord's Components V2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import discord

from bot.adapters.discord.render.message import COLOURS, allowed_mentions, render_button
from bot.core.ui import layout

_Kind = discord.ChannelType
WRITABLE_TYPES: Final = [
    _Kind.text,
    _Kind.news,
    _Kind.voice,
    _Kind.stage_voice,
    _Kind.public_thread,
    _Kind.private_thread,
    _Kind.news_thread,
]
CHANNEL_TYPES: Final = [
    *WRITABLE_TYPES,
    _Kind.forum,
]  # Discord's description has no media channels here


@dataclass(frozen=True, slots=True)
class RenderedLayout:
    """Layout in discord.py's arguments. It has no content and no files."""

    view: discord.ui.LayoutView

    def to_send(self) -> dict[str, Any]:
        """Return the arguments of a new message or an edit, which are the same."""
        return {"view": self.view, "allowed_mentions": allowed_mentions(None)}

    to_edit = to_send


def render_layout(sheet: layout.Layout) -> RenderedLayout:
    """Build the message of a layout, one container with everything in it."""
    view = discord.ui.LayoutView(timeout=None)
    parts = (_render_part(part) for part in sheet.parts)
    view.add_item(discord.ui.Container(*parts, accent_colour=COLOURS[sheet.tone]))
    view.stop()
    return RenderedLayout(view)


def render_modal(form: layout.ModalForm) -> discord.ui.Modal:
    """Build a modal. Its submission arrives under its `custom_id`."""
    made = discord.ui.Modal(title=form.title, custom_id=form.custom_id)
    for one in form.fields:
        entry: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
            custom_id=one.custom_id,
            style=discord.TextStyle.paragraph if one.multiline else discord.TextStyle.short,
            placeholder=one.placeholder or None,
            default=one.value or None,
            required=one.required,
            max_length=one.max_length,
        )
        hint = one.description or None
        made.add_item(discord.ui.Label(text=one.label, description=hint, component=entry))
    made.stop()
    return made


def _render_part(part: layout.LayoutPart) -> discord.ui.Item[Any]:
    match part:
        case layout.TextBlock(words, None):
            return discord.ui.TextDisplay(words)
        case layout.TextBlock(words, beside):
            assert beside is not None
            return discord.ui.Section(words, accessory=render_button(beside))
        case layout.ButtonRow(buttons):
            return discord.ui.ActionRow(*(render_button(one) for one in buttons))
        case layout.Separator():
            return discord.ui.Separator()
        case layout.SelectMenu():
            return discord.ui.ActionRow(_render_menu(part))


def _render_menu(menu: layout.SelectMenu) -> discord.ui.Item[Any]:
    common: dict[str, Any] = {
        "custom_id": menu.custom_id,
        "placeholder": menu.placeholder,
        "min_values": menu.min_values,
        "max_values": menu.max_values,
    }
    chosen = [discord.Object(one) for one in menu.chosen]
    match menu.kind:
        case layout.SelectKind.ROLES:
            return discord.ui.RoleSelect(**common, default_values=chosen)
        case layout.SelectKind.CHANNELS | layout.SelectKind.WRITABLE:
            all_kinds = menu.kind is layout.SelectKind.CHANNELS
            kinds = CHANNEL_TYPES if all_kinds else WRITABLE_TYPES
            return discord.ui.ChannelSelect(**common, default_values=chosen, channel_types=kinds)
        case layout.SelectKind.OPTIONS:
            options = [
                discord.SelectOption(
                    label=one.label,
                    value=one.value,
                    description=one.description or None,
                    default=one.chosen,
                )
                for one in menu.options
            ]
            return discord.ui.Select(**common, options=options)

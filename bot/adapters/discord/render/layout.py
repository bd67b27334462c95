"""From sheets and forms to Discord's newer components, and back from a press to what was pressed.

Everything is finished when it is sent, so the library keeps none of it: a press is known by its
`custom_id`, after a restart as well.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final

import discord
import structlog

from bot.adapters.discord.interactions.context import BotInteraction
from bot.adapters.discord.interactions.responder import ANSWER_DEADLINE_S, DEAD_CODES
from bot.adapters.discord.interactions.result_buttons import fields_of
from bot.adapters.discord.render.message import COLOURS, STYLES, allowed_mentions
from bot.core.settings.view import SettingsView
from bot.core.ui.card import CardButton
from bot.core.ui.layout import (
    ButtonRow,
    Layout,
    LayoutPart,
    ModalForm,
    SelectKind,
    SelectMenu,
    Separator,
    TextBlock,
)

_PRESS: Final = re.compile(
    r"settings:(?P<verb>go|set|pick|form|send):(?P<view>[a-z]+(?:\.[0-9]{1,20})?)"
    r":(?P<argument>[^:]*):(?P<stamp>[^:]*)"
)
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
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pressed:
    """What was pressed in a panel: `values` of a menu, `fields` of a form that came back."""

    verb: str
    view: SettingsView
    argument: str
    stamp: str
    values: tuple[str, ...] = ()
    fields: Mapping[str, str] | None = None


def pressed(interaction: discord.Interaction[Any]) -> Pressed | None:
    """The press or form of a settings panel, however old; None for any other interaction."""
    kinds = discord.InteractionType
    if interaction.type not in (kinds.component, kinds.modal_submit):
        return None
    data: Any = interaction.data or {}
    found = _PRESS.fullmatch(str(data.get("custom_id", "")))
    if found is None:
        return None
    sent = interaction.type is kinds.modal_submit
    if sent != (found["verb"] == "send"):
        return None
    return Pressed(
        found["verb"],
        SettingsView.from_text(found["view"]),
        found["argument"],
        found["stamp"],
        tuple(str(value) for value in data.get("values") or ()),
        fields_of(interaction) if sent else None,
    )


async def present(
    interaction: BotInteraction,
    asking: Coroutine[Any, Any, Layout],
    *,
    anew: bool = False,
    patience_s: float = ANSWER_DEADLINE_S,
) -> None:
    """Answer with a panel: within Discord's three seconds, or acknowledged and then.

    A press changes the panel that it stands in; a command, and a press with `anew`, opens one of
    its own for this person alone.
    """
    making = asyncio.create_task(asking, name="a settings panel")
    in_place = interaction.message is not None and not anew
    try:
        done, _ = await asyncio.wait({making}, timeout=patience_s)
        if not done:
            if in_place:
                await interaction.response.defer()
            else:
                await interaction.response.defer(ephemeral=True, thinking=True)
            made = render_layout(await making)
            await interaction.edit_original_response(
                view=made, allowed_mentions=allowed_mentions(None)
            )
        elif in_place:
            made = render_layout(making.result())
            await interaction.response.edit_message(
                view=made, allowed_mentions=allowed_mentions(None)
            )
        else:
            made = render_layout(making.result())
            await interaction.response.send_message(
                view=made, allowed_mentions=allowed_mentions(None), ephemeral=True
            )
    except discord.HTTPException as error:
        if error.code not in DEAD_CODES:
            raise
        log.warning("answer came too late", interaction=interaction.id, code=error.code)
    finally:
        making.cancel()


def render_layout(sheet: Layout) -> discord.ui.LayoutView:
    """Build the message of a layout, one container with everything in it."""
    view = discord.ui.LayoutView(timeout=None)
    parts = (_render_part(part) for part in sheet.parts)
    view.add_item(discord.ui.Container(*parts, accent_colour=COLOURS[sheet.tone]))
    view.stop()
    return view


def render_modal(form: ModalForm) -> discord.ui.Modal:
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
        made.add_item(
            discord.ui.Label(text=one.label, description=one.description or None, component=entry)
        )
    made.stop()
    return made


def _render_part(part: LayoutPart) -> discord.ui.Item[Any]:
    match part:
        case TextBlock(words, None):
            return discord.ui.TextDisplay(words)
        case TextBlock(words, beside):
            assert beside is not None
            return discord.ui.Section(words, accessory=_render_button(beside))
        case ButtonRow(buttons):
            return discord.ui.ActionRow(*(_render_button(one) for one in buttons))
        case Separator():
            return discord.ui.Separator()
        case SelectMenu():
            return discord.ui.ActionRow(_render_menu(part))


def _render_button(button: CardButton) -> discord.ui.Button[Any]:
    return discord.ui.Button(
        label=button.label,
        custom_id=button.custom_id,
        style=STYLES[button.style],
        disabled=button.disabled,
    )


def _render_menu(menu: SelectMenu) -> discord.ui.Item[Any]:
    common: dict[str, Any] = {
        "custom_id": menu.custom_id,
        "placeholder": menu.placeholder,
        "min_values": menu.min_values,
        "max_values": menu.max_values,
    }
    chosen = [discord.Object(one) for one in menu.chosen]
    match menu.kind:
        case SelectKind.ROLES:
            return discord.ui.RoleSelect(**common, default_values=chosen)
        case SelectKind.CHANNELS:
            return discord.ui.ChannelSelect(
                **common, default_values=chosen, channel_types=CHANNEL_TYPES
            )
        case SelectKind.WRITABLE:
            return discord.ui.ChannelSelect(
                **common, default_values=chosen, channel_types=WRITABLE_TYPES
            )
        case SelectKind.OPTIONS:
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

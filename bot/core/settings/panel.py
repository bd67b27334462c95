"""Panel of /settings with its pages Where, Who and Safety.

Every component's id holds its meaning (see `bot.core.settings.view`), so nothing is kept in memory
between presses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeVar

from bot.core.policy import AdultSetting, PingSetting, SpoilerSetting
from bot.core.settings import panel_text
from bot.core.settings.page_access import list_parts, role_parts, who_parts
from bot.core.settings.panel_text import WORD_LISTS
from bot.core.settings.view import SAFETY_VIEW, WHERE_VIEW, WHO_VIEW, PanelState, SettingsView
from bot.core.text import format as fmt
from bot.core.ui import layout as ui
from bot.core.ui.card import ButtonStyle, CardTone

Choice = TypeVar("Choice", AdultSetting, PingSetting, SpoilerSetting)
PAGE_TITLES: Final = (("where", "Where"), ("who", "Who"), ("safety", "Safety"))


def _describe_log_channel(seen: PanelState) -> str:
    if seen.policy.log_channel and seen.log_channel_lost:
        return (
            "⚠ I can't write there, or it is gone. Let me in or choose another; "
            "what was missed is said then."
        )
    return "For reports, changes of settings and limits, and trouble."


def build_panel(seen: PanelState, view: SettingsView) -> ui.Layout:
    """Build the panel of a view."""
    match view.name:
        case "who":
            parts = who_parts(seen)
        case "safety":
            parts = _safety_parts(seen)
        case "role":
            parts = role_parts(seen, view)
        case "models" | "loras":
            parts = list_parts(seen, view)
        case _:
            parts = _where_parts(seen)
    head: list[ui.LayoutPart] = [ui.TextBlock(f"### Settings · {_format_title(view)}")]
    if seen.notice:
        again = seen.button("Correct it", "form", view, seen.retry_form)
        head.append(ui.TextBlock(seen.notice, again if seen.retry_form else None))
    head.append(ui.Separator())
    tone = CardTone.BAD if seen.is_error else CardTone.GOOD if seen.notice else CardTone.CALM
    return ui.Layout((*head, *parts, ui.Separator(), _page_buttons(seen, view)), tone)


def _format_title(view: SettingsView) -> str:
    if view.name in ("models", "loras"):
        what = "Models" if view.name == "models" else "LoRAs"
        return f"{what} of <@&{view.role}>" if view.role else f"{what} for everybody"
    return f"<@&{view.role}>" if view.name == "role" else dict(PAGE_TITLES)[view.name]


# --- Where ---------------------------------------------------------------------------------------


def _where_parts(seen: PanelState) -> list[ui.LayoutPart]:
    policy = seen.policy
    if policy.drawing:
        waits = f"{fmt.format_count(seen.waiting, 'picture')} in line now" if seen.waiting else ""
        off = f"Switched off, what waits is returned{f' ({waits})' if waits else ''}."
        drawing = ui.TextBlock(
            f"**Drawing is on.**\n-# {off}",
            seen.button("Switch off", "set", WHERE_VIEW, "drawing=off", ButtonStyle.DANGER),
        )
    else:
        drawing = ui.TextBlock(
            "**Drawing is off.**\n-# Whoever asks is told so; nothing is charged.",
            seen.button("Switch on", "set", WHERE_VIEW, "drawing=on", ButtonStyle.SUCCESS),
        )
    where = fmt.format_channels(policy.channels) or "wherever I may post"
    post = f"<#{policy.log_channel}>" if policy.log_channel else "none"
    zone = policy.time_zone or f"{seen.host_zone} (the host's)"
    parts: list[ui.LayoutPart] = [
        drawing,
        ui.Separator(),
        ui.TextBlock(f"**Channels:** {where}\n-# A channel counts with its threads."),
        ui.SelectMenu(
            seen.part_id("pick", WHERE_VIEW, "channels"),
            "Everywhere: choose channels to narrow it",
            ui.SelectKind.CHANNELS,
            chosen=policy.channels[: ui.OPTIONS_MAX],
            min_values=0,
            max_values=ui.OPTIONS_MAX,
        ),
        ui.TextBlock(f"**Log channel:** {post}\n-# {_describe_log_channel(seen)}"),
        ui.SelectMenu(
            seen.part_id("pick", WHERE_VIEW, "log_channel"),
            "None: choose a channel",
            ui.SelectKind.WRITABLE,
            chosen=(policy.log_channel,) if policy.log_channel else (),
            min_values=0,
        ),
        ui.Separator(),
        ui.TextBlock(
            f"**Time zone:** {zone}\n-# A new day begins at midnight there.",
            seen.button("Change", "form", WHERE_VIEW, "zone"),
        ),
    ]
    if seen.search_results:
        parts.append(
            ui.SelectMenu(
                seen.part_id("pick", WHERE_VIEW, "zone"),
                "Which one?",
                options=tuple(
                    ui.MenuOption(zone, zone) for zone in seen.search_results[: ui.OPTIONS_MAX]
                ),
            )
        )
    rings = panel_text.describe_ping_policies(seen.ring_after_s)
    parts += [
        ui.TextBlock("**A finished picture calls whoever asked:**"),
        _label_menu(seen, WHERE_VIEW, "ring", "When?", rings),
        ui.TextBlock("-# Language: English; I speak no other yet."),
    ]
    return parts


def _label_menu(
    seen: PanelState, view: SettingsView, name: str, hint: str, labels: Mapping[Choice, str]
) -> ui.SelectMenu:
    chosen = getattr(seen.policy, name)
    options = (ui.MenuOption(o.value, label, chosen=o is chosen) for o, label in labels.items())
    return ui.SelectMenu(seen.part_id("pick", view, name), hint, options=tuple(options))


# --- Safety --------------------------------------------------------------------------------------


def _safety_parts(seen: PanelState) -> list[ui.LayoutPart]:
    policy = seen.policy
    if policy.private:
        private, about = "on", "Only whoever asked sees the answers, unless they choose otherwise."
        switch = seen.button("Switch off", "set", SAFETY_VIEW, "private=off")
    else:
        private = "off"
        about = "Answers are for everybody, unless somebody asks for a private one."
        switch = seen.button("Switch on", "set", SAFETY_VIEW, "private=on")
    lists = (
        (name, f"{label} · {len(getattr(policy, name))}") for name, label in WORD_LISTS.items()
    )
    return [
        ui.TextBlock("**Spoilers:**"),
        _label_menu(seen, SAFETY_VIEW, "spoiler", "Spoilers", panel_text.SPOILER_LABELS),
        ui.TextBlock("**Words for adults are drawn:**"),
        _label_menu(seen, SAFETY_VIEW, "adult", "Words for adults", panel_text.ADULT_LABELS),
        ui.TextBlock(f"**Private by default:** {private}\n-# {about}", switch),
        ui.Separator(),
        ui.TextBlock(
            "**Word lists:** one word or phrase a line; `troll*` has *trolls* too.\n"
            "-# *Never drawn* holds everywhere, *age-restricted only* holds outside of "
            "age-restricted channels, and *drawn after all* lifts both. "
            f"{panel_text.MINORS_NOTE}"
        ),
        ui.ButtonRow(tuple(seen.button(label, "form", SAFETY_VIEW, name) for name, label in lists)),
    ]


# --- what all of them have -----------------------------------------------------------------------


def _page_buttons(seen: PanelState, view: SettingsView) -> ui.ButtonRow:
    buttons = []
    if view.name in ("models", "loras", "role"):
        back = SettingsView("role", view.role) if view.role and view.name != "role" else WHO_VIEW
        buttons.append(seen.button("Back", "go", back, "back"))
    for name, label in PAGE_TITLES:
        here = name == view.name
        style = ButtonStyle.PRIMARY if here else ButtonStyle.SECONDARY
        page = seen.button(label, "go", SettingsView(name), "", style)
        buttons.append(replace(page, disabled=here))
    return ui.ButtonRow(tuple(buttons))

"""Panel of /settings with its pages Where, Who and Safety."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeVar

from bot.core.policy import AdultSetting, PingSetting, SpoilerSetting
from bot.core.settings import panel_text
from bot.core.settings.page_who import list_parts, role_parts, who_parts
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
            "⚠ I can't write there, or it no longer exists. Give me access or choose "
            "another channel, and I'll post what was missed."
        )
    return "Reports, changes and outages are posted here."


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
        again = seen.button("Fix it", "form", view, seen.retry_form)
        head.append(ui.TextBlock(seen.notice, again if seen.retry_form else None))
    head.append(ui.Separator())
    tone = CardTone.BAD if seen.is_error else CardTone.GOOD if seen.notice else CardTone.CALM
    return ui.Layout((*head, *parts, ui.Separator(), _page_buttons(seen, view)), tone)


def _format_title(view: SettingsView) -> str:
    if view.name in ("models", "loras"):
        what = "Models" if view.name == "models" else "LoRAs"
        return f"{what} of <@&{view.role}>" if view.role else f"{what} for everyone"
    return f"<@&{view.role}>" if view.name == "role" else dict(PAGE_TITLES)[view.name]


# --- Where ---------------------------------------------------------------------------------------


def _where_parts(seen: PanelState) -> list[ui.LayoutPart]:
    policy = seen.policy
    if policy.drawing:
        waits = f"{fmt.format_count(seen.waiting, 'picture')} waiting" if seen.waiting else ""
        off = f"Turning it off returns everything in the queue{f' ({waits})' if waits else ''}."
        drawing = ui.TextBlock(
            f"**Drawing is on.**\n-# {off}",
            seen.button("Turn off", "set", WHERE_VIEW, "drawing=off", ButtonStyle.DANGER),
        )
    else:
        drawing = ui.TextBlock(
            "**Drawing is off.**\n-# People who ask are told so, and nothing is charged.",
            seen.button("Turn on", "set", WHERE_VIEW, "drawing=on", ButtonStyle.SUCCESS),
        )
    where = fmt.format_channels(policy.channels) or "all"
    post = f"<#{policy.log_channel}>" if policy.log_channel else "none"
    zone = policy.time_zone or f"{seen.host_zone} (set by the host)"
    parts: list[ui.LayoutPart] = [
        drawing,
        ui.Separator(),
        ui.TextBlock(f"**Channels:** {where}\n-# Threads are included."),
        ui.SelectMenu(
            seen.part_id("pick", WHERE_VIEW, "channels"),
            "Limit to certain channels",
            ui.SelectKind.CHANNELS,
            chosen=policy.channels[: ui.OPTIONS_MAX],
            min_values=0,
            max_values=ui.OPTIONS_MAX,
        ),
        ui.TextBlock(f"**Log channel:** {post}\n-# {_describe_log_channel(seen)}"),
        ui.SelectMenu(
            seen.part_id("pick", WHERE_VIEW, "log_channel"),
            "Choose a channel",
            ui.SelectKind.WRITABLE,
            chosen=(policy.log_channel,) if policy.log_channel else (),
            min_values=0,
        ),
        ui.Separator(),
        ui.TextBlock(
            f"**Time zone:** {zone}\n-# Daily limits reset at midnight there.",
            seen.button("Change", "form", WHERE_VIEW, "zone"),
        ),
    ]
    if seen.search_results:
        zones = tuple(ui.MenuOption(zone, zone) for zone in seen.search_results[: ui.OPTIONS_MAX])
        target = seen.part_id("pick", WHERE_VIEW, "zone")
        parts.append(ui.SelectMenu(target, "Which one?", options=zones))
    rings = panel_text.describe_ping_policies(seen.ring_after_s)
    parts += [
        ui.TextBlock("**Mention people when their picture is ready:**"),
        _label_menu(seen, WHERE_VIEW, "ring", "When?", rings),
        ui.TextBlock("-# Language: English (the only one so far)."),
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
    counts = {name: len(getattr(policy, name)) for name in WORD_LISTS}
    lists = ((name, f"{label} · {counts[name]}") for name, label in WORD_LISTS.items())
    return [
        ui.TextBlock("**Spoilers:**"),
        _label_menu(seen, SAFETY_VIEW, "spoiler", "Spoilers", panel_text.SPOILER_LABELS),
        ui.TextBlock("**Adult content:**"),
        _label_menu(seen, SAFETY_VIEW, "adult", "Adult content", panel_text.ADULT_LABELS),
        *_private_parts(seen),
        ui.Separator(),
        ui.TextBlock(
            "**Word lists:** one word or phrase per line; `troll*` also matches "
            "*trolls*.\n-# *Blocked* words are never drawn, *age-restricted only* "
            "words are drawn only in age-restricted channels, and *exceptions* "
            f"override both lists. {panel_text.MINORS_NOTE}"
        ),
        ui.ButtonRow(tuple(seen.button(label, "form", SAFETY_VIEW, name) for name, label in lists)),
    ]


def _private_parts(seen: PanelState) -> list[ui.LayoutPart]:
    def block(title: str, state: str, about: str, label: str, change: str) -> ui.TextBlock:
        switch = seen.button(label, "set", SAFETY_VIEW, change)
        return ui.TextBlock(f"**{title}:** {state}\n-# {about}", switch)

    if not seen.policy.private_allowed:
        about = "Members who ask for one are told so, and nothing is drawn."
        return [block("Private pictures", "not allowed", about, "Allow", "private_allowed=on")]
    about = "Moderators don't see them."
    parts = [block("Private pictures", "allowed", about, "Forbid", "private_allowed=off")]
    title = "Private by default"
    if seen.policy.private:
        about = "Pictures are private unless the member chooses otherwise."
        return [*parts, block(title, "on", about, "Turn off", "private=off")]
    about = "Pictures are public unless the member asks for a private one."
    return [*parts, block(title, "off", about, "Turn on", "private=on")]


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

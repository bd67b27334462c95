"""Panel of /settings with its pages Where, Who and Safety.

Every component's id holds its meaning (see `bot.core.settings.view`), so nothing is kept in memory
between presses.
"""

from __future__ import annotations

from typing import Final

from bot.core.policy import AdultSetting, PingSetting, SpoilerSetting
from bot.core.settings import panel_text
from bot.core.settings.page_access import list_parts, role_parts, who_parts
from bot.core.settings.panel_text import WORD_LISTS
from bot.core.settings.view import (
    SAFETY_VIEW,
    WHERE_VIEW,
    WHO_VIEW,
    PanelState,
    SettingsView,
    action_button,
    build_part_id,
)
from bot.core.text import format as fmt
from bot.core.ui.card import ButtonStyle, CardButton, CardTone
from bot.core.ui.layout import (
    OPTIONS_MAX,
    ButtonRow,
    Layout,
    LayoutPart,
    MenuOption,
    SelectKind,
    SelectMenu,
    Separator,
    TextBlock,
)

PAGE_TITLES: Final = (("where", "Where"), ("who", "Who"), ("safety", "Safety"))


def _describe_log_channel(seen: PanelState) -> str:
    if seen.policy.log_channel and seen.log_channel_lost:
        return (
            "⚠ I can't write there, or it no longer exists. Give me access or choose "
            "another channel, and I'll post what was missed."
        )
    return "Reports, changes and outages are posted here."


def build_panel(seen: PanelState, view: SettingsView) -> Layout:
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
    head: list[LayoutPart] = [TextBlock(f"### Settings · {_format_title(view)}")]
    if seen.notice:
        again = (
            action_button("Fix it", "form", view, seen.retry_form, seen)
            if seen.retry_form
            else None
        )
        head.append(TextBlock(seen.notice, again))
    head.append(Separator())
    tone = CardTone.BAD if seen.is_error else CardTone.GOOD if seen.notice else CardTone.CALM
    return Layout((*head, *parts, Separator(), _page_buttons(seen, view)), tone)


def _format_title(view: SettingsView) -> str:
    if view.name in ("models", "loras"):
        what = "Models" if view.name == "models" else "LoRAs"
        return f"{what} of <@&{view.role}>" if view.role else f"{what} for everyone"
    return f"<@&{view.role}>" if view.name == "role" else dict(PAGE_TITLES)[view.name]


# --- Where ---------------------------------------------------------------------------------------


def _where_parts(seen: PanelState) -> list[LayoutPart]:
    policy = seen.policy
    if policy.drawing:
        waits = f"{fmt.format_count(seen.waiting, 'picture')} waiting" if seen.waiting else ""
        off = f"Turning it off returns everything in the queue{f' ({waits})' if waits else ''}."
        drawing = TextBlock(
            f"**Drawing is on.**\n-# {off}",
            action_button("Turn off", "set", WHERE_VIEW, "drawing=off", seen, ButtonStyle.DANGER),
        )
    else:
        drawing = TextBlock(
            "**Drawing is off.**\n-# People who ask are told so, and nothing is charged.",
            action_button("Turn on", "set", WHERE_VIEW, "drawing=on", seen, ButtonStyle.SUCCESS),
        )
    where = panel_text.format_channels(policy.channels) or "all"
    post = f"<#{policy.log_channel}>" if policy.log_channel else "none"
    zone = policy.time_zone or f"{seen.host_zone} (set by the host)"
    parts: list[LayoutPart] = [
        drawing,
        Separator(),
        TextBlock(f"**Channels:** {where}\n-# Threads are included."),
        SelectMenu(
            build_part_id("pick", WHERE_VIEW, "channels", seen),
            "Limit to certain channels",
            SelectKind.CHANNELS,
            chosen=policy.channels[:OPTIONS_MAX],
            min_values=0,
            max_values=OPTIONS_MAX,
        ),
        TextBlock(f"**Log channel:** {post}\n-# {_describe_log_channel(seen)}"),
        SelectMenu(
            build_part_id("pick", WHERE_VIEW, "log_channel", seen),
            "Choose a channel",
            SelectKind.WRITABLE,
            chosen=(policy.log_channel,) if policy.log_channel else (),
            min_values=0,
        ),
        Separator(),
        TextBlock(
            f"**Time zone:** {zone}\n-# Daily limits reset at midnight there.",
            action_button("Change", "form", WHERE_VIEW, "zone", seen),
        ),
    ]
    if seen.search_results:
        parts.append(
            SelectMenu(
                build_part_id("pick", WHERE_VIEW, "zone", seen),
                "Which one?",
                options=tuple(MenuOption(zone, zone) for zone in seen.search_results[:OPTIONS_MAX]),
            )
        )
    rings = panel_text.describe_ping_policies(seen.ring_after_s)
    parts += [
        TextBlock("**Mention people when their picture is ready:**"),
        SelectMenu(
            build_part_id("pick", WHERE_VIEW, "ring", seen),
            "When?",
            options=tuple(
                MenuOption(one.value, rings[one], chosen=one is policy.ring) for one in PingSetting
            ),
        ),
        TextBlock("-# Language: English (the only one so far)."),
    ]
    return parts


# --- Safety --------------------------------------------------------------------------------------


def _safety_parts(seen: PanelState) -> list[LayoutPart]:
    policy = seen.policy
    private = "on" if policy.private else "off"
    about = (
        "Pictures are private unless the member chooses otherwise."
        if policy.private
        else "Pictures are public unless the member asks for a private one."
    )
    return [
        TextBlock("**Spoilers:**"),
        SelectMenu(
            build_part_id("pick", SAFETY_VIEW, "spoiler", seen),
            "Spoilers",
            options=tuple(
                MenuOption(one.value, panel_text.SPOILER_LABELS[one], chosen=one is policy.spoiler)
                for one in SpoilerSetting
            ),
        ),
        TextBlock("**Adult content:**"),
        SelectMenu(
            build_part_id("pick", SAFETY_VIEW, "adult", seen),
            "Adult content",
            options=tuple(
                MenuOption(one.value, panel_text.ADULT_LABELS[one], chosen=one is policy.adult)
                for one in AdultSetting
            ),
        ),
        TextBlock(
            f"**Private by default:** {private}\n-# {about}",
            action_button("Turn off", "set", SAFETY_VIEW, "private=off", seen)
            if policy.private
            else action_button("Turn on", "set", SAFETY_VIEW, "private=on", seen),
        ),
        Separator(),
        TextBlock(
            "**Word lists:** one word or phrase per line; `troll*` also matches "
            "*trolls*.\n-# *Blocked* words are never drawn, *age-restricted only* "
            "words are drawn only in age-restricted channels, and *exceptions* "
            f"override both lists. {panel_text.MINORS_NOTE}"
        ),
        ButtonRow(
            tuple(
                action_button(
                    f"{label} · {len(getattr(policy, name))}", "form", SAFETY_VIEW, name, seen
                )
                for name, label in WORD_LISTS.items()
            )
        ),
    ]


# --- what all of them have -----------------------------------------------------------------------


def _page_buttons(seen: PanelState, view: SettingsView) -> ButtonRow:
    buttons = []
    if view.name in ("models", "loras", "role"):
        back = SettingsView("role", view.role) if view.role and view.name != "role" else WHO_VIEW
        buttons.append(CardButton("", "Back", build_part_id("go", back, "back", seen)))
    for name, label in PAGE_TITLES:
        here = name == view.name
        style = ButtonStyle.PRIMARY if here else ButtonStyle.SECONDARY
        buttons.append(
            CardButton(
                "",
                label,
                build_part_id("go", SettingsView(name), "", seen),
                style=style,
                disabled=here,
            )
        )
    return ButtonRow(tuple(buttons))

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
            "⚠ I can't write there, or it is gone. Let me in or choose another; "
            "what was missed is said then."
        )
    return "For reports, changes of settings and limits, and trouble."


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
            action_button("Correct it", "form", view, seen.retry_form, seen)
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
        return f"{what} of <@&{view.role}>" if view.role else f"{what} for everybody"
    return f"<@&{view.role}>" if view.name == "role" else dict(PAGE_TITLES)[view.name]


# --- Where ---------------------------------------------------------------------------------------


def _where_parts(seen: PanelState) -> list[LayoutPart]:
    policy = seen.policy
    if policy.drawing:
        waits = f"{fmt.format_count(seen.waiting, 'picture')} in line now" if seen.waiting else ""
        off = f"Switched off, what waits is returned{f' ({waits})' if waits else ''}."
        drawing = TextBlock(
            f"**Drawing is on.**\n-# {off}",
            action_button("Switch off", "set", WHERE_VIEW, "drawing=off", seen, ButtonStyle.DANGER),
        )
    else:
        drawing = TextBlock(
            "**Drawing is off.**\n-# Whoever asks is told so; nothing is charged.",
            action_button("Switch on", "set", WHERE_VIEW, "drawing=on", seen, ButtonStyle.SUCCESS),
        )
    where = fmt.format_channels(policy.channels) or "wherever I may post"
    post = f"<#{policy.log_channel}>" if policy.log_channel else "none"
    zone = policy.time_zone or f"{seen.host_zone} (the host's)"
    parts: list[LayoutPart] = [
        drawing,
        Separator(),
        TextBlock(f"**Channels:** {where}\n-# A channel counts with its threads."),
        SelectMenu(
            build_part_id("pick", WHERE_VIEW, "channels", seen),
            "Everywhere: choose channels to narrow it",
            SelectKind.CHANNELS,
            chosen=policy.channels[:OPTIONS_MAX],
            min_values=0,
            max_values=OPTIONS_MAX,
        ),
        TextBlock(f"**Log channel:** {post}\n-# {_describe_log_channel(seen)}"),
        SelectMenu(
            build_part_id("pick", WHERE_VIEW, "log_channel", seen),
            "None: choose a channel",
            SelectKind.WRITABLE,
            chosen=(policy.log_channel,) if policy.log_channel else (),
            min_values=0,
        ),
        Separator(),
        TextBlock(
            f"**Time zone:** {zone}\n-# A new day begins at midnight there.",
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
        TextBlock("**A finished picture calls whoever asked:**"),
        SelectMenu(
            build_part_id("pick", WHERE_VIEW, "ring", seen),
            "When?",
            options=tuple(
                MenuOption(one.value, rings[one], chosen=one is policy.ring) for one in PingSetting
            ),
        ),
        TextBlock("-# Language: English; I speak no other yet."),
    ]
    return parts


# --- Safety --------------------------------------------------------------------------------------


def _safety_parts(seen: PanelState) -> list[LayoutPart]:
    policy = seen.policy
    private = "on" if policy.private else "off"
    about = (
        "Only whoever asked sees the answers, unless they choose otherwise."
        if policy.private
        else "Answers are for everybody, unless somebody asks for a private one."
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
        TextBlock("**Words for adults are drawn:**"),
        SelectMenu(
            build_part_id("pick", SAFETY_VIEW, "adult", seen),
            "Words for adults",
            options=tuple(
                MenuOption(one.value, panel_text.ADULT_LABELS[one], chosen=one is policy.adult)
                for one in AdultSetting
            ),
        ),
        TextBlock(
            f"**Private by default:** {private}\n-# {about}",
            action_button("Switch off", "set", SAFETY_VIEW, "private=off", seen)
            if policy.private
            else action_button("Switch on", "set", SAFETY_VIEW, "private=on", seen),
        ),
        Separator(),
        TextBlock(
            "**Word lists:** one word or phrase a line; `troll*` has *trolls* too.\n"
            "-# *Never drawn* holds everywhere, *age-restricted only* holds outside of "
            "age-restricted channels, and *drawn after all* lifts both. "
            f"{panel_text.MINORS_NOTE}"
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

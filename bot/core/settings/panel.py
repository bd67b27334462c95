"""/settings: three pages (Where, Who, Safety) and what opens from them, as values.

Every button, menu and form knows what it is for (see `bot.core.settings.view`): nothing is kept in
memory between two presses.
"""

from __future__ import annotations

from typing import Final

from bot.core.policy import Adult, RingPolicy, Spoiler
from bot.core.settings import panel_text
from bot.core.settings.page_access import listing, role, who
from bot.core.settings.panel_text import LISTS
from bot.core.settings.view import SAFETY, WHERE, WHO, Seen, View, part_id, press
from bot.core.text import format as fmt
from bot.core.ui.card import Button, Style, Tone
from bot.core.ui.layout import OPTIONS_MAX, Among, Menu, Option, Part, Row, Rule, Sheet, Text

PAGES: Final = (("where", "Where"), ("who", "Who"), ("safety", "Safety"))


def _log_channel(seen: Seen) -> str:
    if seen.policy.log_channel and seen.log_lost:
        return (
            "⚠ I can't write there, or it is gone. Let me in or choose another; "
            "what was missed is said then."
        )
    return "For reports, changes of settings and limits, and trouble."


def panel(seen: Seen, view: View) -> Sheet:
    """The panel at a view."""
    match view.name:
        case "who":
            parts = who(seen)
        case "safety":
            parts = _safety(seen)
        case "role":
            parts = role(seen, view)
        case "models" | "loras":
            parts = listing(seen, view)
        case _:
            parts = _where(seen)
    head: list[Part] = [Text(f"### Settings · {_title(view)}")]
    if seen.told:
        again = press("Correct it", "form", view, seen.correct, seen) if seen.correct else None
        head.append(Text(seen.told, again))
    head.append(Rule())
    tone = Tone.BAD if seen.bad else Tone.GOOD if seen.told else Tone.CALM
    return Sheet((*head, *parts, Rule(), _turning(seen, view)), tone)


def _title(view: View) -> str:
    if view.name in ("models", "loras"):
        what = "Models" if view.name == "models" else "LoRAs"
        return f"{what} of <@&{view.role}>" if view.role else f"{what} for everybody"
    return f"<@&{view.role}>" if view.name == "role" else dict(PAGES)[view.name]


# --- Where ---------------------------------------------------------------------------------------


def _where(seen: Seen) -> list[Part]:
    policy = seen.policy
    if policy.drawing:
        waits = f"{fmt.plural(seen.waiting, 'picture')} in line now" if seen.waiting else ""
        off = f"Switched off, what waits is returned{f' ({waits})' if waits else ''}."
        drawing = Text(
            f"**Drawing is on.**\n-# {off}",
            press("Switch off", "set", WHERE, "drawing=off", seen, Style.DANGER),
        )
    else:
        drawing = Text(
            "**Drawing is off.**\n-# Whoever asks is told so; nothing is charged.",
            press("Switch on", "set", WHERE, "drawing=on", seen, Style.SUCCESS),
        )
    where = panel_text.places(policy.channels) or "wherever I may post"
    post = f"<#{policy.log_channel}>" if policy.log_channel else "none"
    zone = policy.time_zone or f"{seen.host_zone} (the host's)"
    parts: list[Part] = [
        drawing,
        Rule(),
        Text(f"**Channels:** {where}\n-# A channel counts with its threads."),
        Menu(
            part_id("pick", WHERE, "channels", seen),
            "Everywhere: choose channels to narrow it",
            Among.CHANNELS,
            chosen=policy.channels[:OPTIONS_MAX],
            least=0,
            most=OPTIONS_MAX,
        ),
        Text(f"**Log channel:** {post}\n-# {_log_channel(seen)}"),
        Menu(
            part_id("pick", WHERE, "log_channel", seen),
            "None: choose a channel",
            Among.WRITABLE,
            chosen=(policy.log_channel,) if policy.log_channel else (),
            least=0,
        ),
        Rule(),
        Text(
            f"**Time zone:** {zone}\n-# A new day begins at midnight there.",
            press("Change", "form", WHERE, "zone", seen),
        ),
    ]
    if seen.near:
        parts.append(
            Menu(
                part_id("pick", WHERE, "zone", seen),
                "Which one?",
                options=tuple(Option(zone, zone) for zone in seen.near[:OPTIONS_MAX]),
            )
        )
    rings = panel_text.rings(seen.ring_after_s)
    parts += [
        Text("**A finished picture calls whoever asked:**"),
        Menu(
            part_id("pick", WHERE, "ring", seen),
            "When?",
            options=tuple(
                Option(one.value, rings[one], chosen=one is policy.ring) for one in RingPolicy
            ),
        ),
        Text("-# Language: English; I speak no other yet."),
    ]
    return parts


# --- Safety --------------------------------------------------------------------------------------


def _safety(seen: Seen) -> list[Part]:
    policy = seen.policy
    private = "on" if policy.private else "off"
    about = (
        "Only whoever asked sees the answers, unless they choose otherwise."
        if policy.private
        else "Answers are for everybody, unless somebody asks for a private one."
    )
    return [
        Text("**Spoilers:**"),
        Menu(
            part_id("pick", SAFETY, "spoiler", seen),
            "Spoilers",
            options=tuple(
                Option(one.value, panel_text.SPOILERS[one], chosen=one is policy.spoiler)
                for one in Spoiler
            ),
        ),
        Text("**Words for adults are drawn:**"),
        Menu(
            part_id("pick", SAFETY, "adult", seen),
            "Words for adults",
            options=tuple(
                Option(one.value, panel_text.ADULTS[one], chosen=one is policy.adult)
                for one in Adult
            ),
        ),
        Text(
            f"**Private by default:** {private}\n-# {about}",
            press("Switch off", "set", SAFETY, "private=off", seen)
            if policy.private
            else press("Switch on", "set", SAFETY, "private=on", seen),
        ),
        Rule(),
        Text(
            "**Word lists:** one word or phrase a line; `troll*` has *trolls* too.\n"
            "-# *Never drawn* holds everywhere, *age-restricted only* holds outside of "
            "age-restricted channels, and *drawn after all* lifts both. "
            f"{panel_text.RULED}"
        ),
        Row(
            tuple(
                press(f"{label} · {len(getattr(policy, name))}", "form", SAFETY, name, seen)
                for name, label in LISTS.items()
            )
        ),
    ]


# --- what all of them have -----------------------------------------------------------------------


def _turning(seen: Seen, view: View) -> Row:
    buttons = []
    if view.name in ("models", "loras", "role"):
        back = View("role", view.role) if view.role and view.name != "role" else WHO
        buttons.append(Button("", "Back", part_id("go", back, "back", seen)))
    for name, label in PAGES:
        here = name == view.name
        style = Style.PRIMARY if here else Style.SECONDARY
        buttons.append(
            Button("", label, part_id("go", View(name), "", seen), style=style, disabled=here)
        )
    return Row(tuple(buttons))

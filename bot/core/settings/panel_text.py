"""Texts of /settings for current values, changes and errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.core.drawing.request import DrawingBounds
from bot.core.policy import (
    BOUND_NAMES,
    AdultSetting,
    GuildSettings,
    PingSetting,
    RoleBounds,
    SpoilerSetting,
)
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text
from bot.core.ui.layout import OPTIONS_MAX

NAMES_SHOWN: Final = 8
TITLE_SHOWN: Final = 60
SPOILER_LABELS: Final = {
    SpoilerSetting.CHOICE: "Members choose",
    SpoilerSetting.ALWAYS: "Every picture is a spoiler",
}
ADULT_LABELS: Final = {
    AdultSetting.RESTRICTED: "Age-restricted channels only",
    AdultSetting.NEVER: "Not allowed",
}
WORD_LISTS: Final = {
    "words": "Blocked",
    "age_words": "Age-restricted only",
    "allowed_words": "Exceptions",
}
MINORS_NOTE: Final = "Words about sexualised minors are always blocked. No list can change that."
EVERYONE_NOTE: Final = "This page is for everyone. Other roles can have more or less."
STALE_FORM: Final = (
    "Someone else changed this while you were writing, so your change was not saved. "
    "Check the new text, then send yours again if it still fits."
)
_RETURNED_NOTE: Final = "Queued pictures are returned. Pictures in progress will still arrive."
_TIME_SUFFIX: Final = re.compile(r" (?:from now on|any more|again|now)\.$")


def describe_ping_policies(after_s: float) -> dict[PingSetting, str]:
    """Describe each ping setting. `after_s` is the host's threshold."""
    long = fmt.format_duration(after_s)
    return {
        PingSetting.HOST: f"Only if it took over {long} or many messages came after it",
        PingSetting.ALWAYS: "For every picture",
        PingSetting.NEVER: "Never",
    }


def format_megapixels(value: float) -> str:
    """Format a size, such as "1.5 megapixels"."""
    return f"{value:g} megapixel" if value == 1 else f"{value:g} megapixels"


def describe_effective_bounds(policy: GuildSettings, host: DrawingBounds) -> str:
    """Describe what everyone may request, within the host's bounds."""
    own = ((getattr(policy, name), getattr(host, name)) for name in BOUND_NAMES)
    return _format_bounds(*(most if chosen is None else min(chosen, most) for chosen, most in own))


def describe_everyone_bounds(policy: GuildSettings, host: DrawingBounds) -> str:
    """Describe the same as a sentence."""
    return f"Everyone can ask for at most {describe_effective_bounds(policy, host)}."


def describe_host_bounds(host: DrawingBounds) -> str:
    """Describe the host's bounds."""
    return _format_bounds(host.images_max, host.steps_max, host.megapixels_max)


def describe_role_bounds(bounds: RoleBounds) -> str:
    """Describe a role's own bounds, or ""."""
    images, steps, size = bounds.images_max, bounds.steps_max, bounds.megapixels_max
    parts = (
        None if images is None else fmt.format_count(images, "picture"),
        None if steps is None else fmt.format_count(steps, "step"),
        None if size is None else format_megapixels(size),
        fmt.format_count(len(bounds.models), "model") if bounds.models else None,
        fmt.format_count(len(bounds.loras), "LoRA") if bounds.loras else None,
    )
    return ", ".join(filter(None, parts))


def _format_bounds(images: float, steps: float, size: float) -> str:
    pictures = fmt.format_count(int(images), "picture")
    steps_text = fmt.format_count(int(steps), "step")
    return f"{pictures} at once, {steps_text}, {format_megapixels(size)}"


def format_names(names: Sequence[str], titles: Mapping[str, str]) -> str:
    """Format the titles of a list, the first few of many."""
    return fmt.join_first(names, NAMES_SHOWN, lambda n: escape_text(titles.get(n, n), TITLE_SHOWN))


def describe_change(
    field: str, policy: GuildSettings, titles: Mapping[str, str], after_s: float
) -> str:
    """One line on what holds since the field was changed."""
    match field:
        case "drawing":
            if policy.drawing:
                return "Drawing is on."
            return f"Drawing is off. {_RETURNED_NOTE}"
        case "channels":
            if not policy.channels:
                return "People can draw in every channel where I can post."
            return f"People can draw only in {fmt.format_channels(policy.channels)}."
        case "log_channel":
            if not policy.log_channel:
                return "There is no log channel any more."
            where = f"<#{policy.log_channel}>"
            return f"Reports, changes and outages are posted in {where} from now on."
        case "time_zone":
            where = f"in {policy.time_zone}" if policy.time_zone else "in the host's time zone"
            return f"Daily limits reset at midnight {where}."
        case "ring":
            if policy.ring is PingSetting.NEVER:
                return "No mentions when a picture is ready."
            when = describe_ping_policies(after_s)[policy.ring]
            return f"Mentions when a picture is ready: {_lower_first(when)}."
        case "model":
            if not policy.model:
                return "The host's default model is used again."
            title = escape_text(titles.get(policy.model, policy.model), TITLE_SHOWN)
            return f"The default model is {title}."
        case "spoiler":
            return f"Spoilers: {_lower_first(SPOILER_LABELS[policy.spoiler])}."
        case "adult":
            return f"Adult content: {_lower_first(ADULT_LABELS[policy.adult])}."
        case "private":
            if policy.private:
                return "Pictures are private unless the member chooses otherwise."
            return "Pictures are public unless the member asks for a private one."
        case "private_allowed":
            if policy.private_allowed:
                return "Members can ask for private pictures."
            return "Private pictures are not allowed."
        case "words" | "age_words" | "allowed_words":
            count = len(getattr(policy, field))
            return f"{WORD_LISTS[field]}: {fmt.format_count(count, 'line')} now."
        case _:
            return "Saved."


def describe_no_change(said: str) -> str:
    """Turn a line about a change into one about no change."""
    still = _TIME_SUFFIX.sub(".", said.removesuffix(f" {_RETURNED_NOTE}"))
    return f"No change: {_lower_first(still)}"


def describe_role_change(role: int, bounds: RoleBounds | None) -> str:
    """One line on what a role has since it was changed."""
    own = "" if bounds is None else describe_role_bounds(bounds)
    return f"<@&{role}>: {own or 'no special rules'} now."


def describe_list_change(
    what: str, role: int, chosen: Sequence[str], titles: Mapping[str, str]
) -> str:
    """One line on which models or LoRAs are for whom since that was changed."""
    kind, names = "models" if what == "models" else "LoRAs", format_names(chosen, titles)
    if role:
        return f"Only for <@&{role}>: {names or f'no {kind}'}."
    return f"Everyone can use: {names or f'all {kind}'}."


def describe_no_match(kind: str, typed: str, near: Sequence[str]) -> str:
    """Say that a search found nothing."""
    said = f"There's no {kind} called “{escape_text(typed, 60)}”."
    return f"{said} {fmt.suggest_names(near, 60)}" if near else said


def describe_matches(kind: str, typed: str, count: int) -> str:
    """Say how many matches a search has. The menu shows the first ones."""
    said = f"{fmt.format_count(count, kind)} with “{escape_text(typed, 60)}” in the name"
    if count < OPTIONS_MAX:
        return f"{said}: choose below."
    return f"{said}. The menu shows the first ones."


def describe_unknown_zone(typed: str, alike: bool) -> str:
    """Say that a time zone is unknown. `alike` are suggestions."""
    hint = "Enter a large city near you, such as Berlin or New York."
    if alike:
        hint = "Did you mean one of these?"
    return f"“{escape_text(typed, 60)}” isn't a time zone. {hint} Nothing was changed."


def describe_zone_matches(typed: str, count: int) -> str:
    """Say that several zones match. A menu shows the first ones."""
    said = f"{count} time zones have “{escape_text(typed, 60)}” in their name"
    if count > OPTIONS_MAX:
        return f"{said}. Choose one of the first, or type more of the name."
    return f"{said}. Choose one below."


def describe_bad_number(label: str, typed: str) -> str:
    """Say that a number field holds something else."""
    return (
        f"{label} must be a number, or blank for the default. "
        f"“{escape_text(typed, 30)}” isn't a number. Nothing was changed."
    )


def describe_missing(what: str) -> str:
    """Say that the choice is no longer on the server."""
    return f"That {what} no longer exists. Nothing was changed."


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]

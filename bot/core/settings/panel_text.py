"""Texts of /settings for current values, changes and errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.core.drawing.request import DrawingBounds
from bot.core.policy import AdultSetting, GuildSettings, PingSetting, RoleBounds, SpoilerSetting
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text
from bot.core.ui.layout import OPTIONS_MAX

NAMES_SHOWN: Final = 8
NAME_MAX: Final = 60
SPOILER_LABELS: Final = {
    SpoilerSetting.CHOICE: "Whoever asks decides",
    SpoilerSetting.ALWAYS: "Every picture is a spoiler",
}
ADULT_LABELS: Final = {
    AdultSetting.RESTRICTED: "In age-restricted channels only",
    AdultSetting.NEVER: "Nowhere",
}
WORD_LISTS: Final = {
    "words": "Never drawn",
    "age_words": "Age-restricted only",
    "allowed_words": "Drawn after all",
}
MINORS_NOTE: Final = "Words about sexualised minors are never drawn: no list lifts that."
ACCESS_LOST: Final = (
    "This panel isn't yours to use any more: it needs *Manage Server*, or what let you open it. "
    "Nothing was changed."
)
EVERYONE_NOTE: Final = "What is for everybody is on this page; other roles can have more, or less."
STALE_FORM: Final = (
    "Somebody changed this while you were writing. Nothing was changed by you: look again, then "
    "send yours if it still fits."
)
_RETURNED_NOTE: Final = "What waited is returned; what is being drawn still arrives."
_TIME_SUFFIX: Final = re.compile(r" (?:from now on|any more|again|now)\.$")
PANEL_EXPIRED: Final = (
    "This panel is too old. Open a new one with `/settings`. Nothing was changed."
)


def describe_ping_policies(after_s: float) -> dict[PingSetting, str]:
    """Describe each ping setting. `after_s` is the host's threshold."""
    long = f"{fmt.format_duration(after_s)}, or many messages came after"
    return {
        PingSetting.HOST: f"Once, if it took long ({long})",
        PingSetting.ALWAYS: "Once, for every picture",
        PingSetting.NEVER: "Never",
    }


def format_megapixels(value: float) -> str:
    """Format a size, such as "1.5 megapixels"."""
    return f"{value:g} megapixel" if value == 1 else f"{value:g} megapixels"


def describe_effective_bounds(policy: GuildSettings, host: DrawingBounds) -> str:
    """Describe what everyone may request, within the host's bounds."""
    return _format_bounds(
        _cap_value(policy.images_max, host.images_max),
        _cap_value(policy.steps_max, host.steps_max),
        _cap_value(policy.megapixels_max, host.megapixels_max),
    )


def describe_everyone_bounds(policy: GuildSettings, host: DrawingBounds) -> str:
    """Describe the same as a sentence."""
    return f"Everybody may ask for at most {describe_effective_bounds(policy, host)}."


def describe_host_bounds(host: DrawingBounds) -> str:
    """Describe the host's bounds."""
    return _format_bounds(host.images_max, host.steps_max, host.megapixels_max)


def describe_role_bounds(bounds: RoleBounds) -> str:
    """Describe a role's own bounds, or ""."""
    said = []
    if bounds.images_max is not None:
        said.append(fmt.format_count(bounds.images_max, "picture"))
    if bounds.steps_max is not None:
        said.append(fmt.format_count(bounds.steps_max, "step"))
    if bounds.megapixels_max is not None:
        said.append(format_megapixels(bounds.megapixels_max))
    if bounds.models:
        said.append(fmt.format_count(len(bounds.models), "model"))
    if bounds.loras:
        said.append(fmt.format_count(len(bounds.loras), "LoRA"))
    return ", ".join(said)


def _cap_value(chosen: float | None, host: float) -> float:
    return host if chosen is None else min(chosen, host)


def _format_bounds(images: float, steps: float, size: float) -> str:
    pictures = fmt.format_count(int(images), "picture")
    steps_text = fmt.format_count(int(steps), "step")
    return f"{pictures} at once, {steps_text}, {format_megapixels(size)}"


def format_names(names: Sequence[str], titles: Mapping[str, str]) -> str:
    """Format the titles of a list, the first few of many."""
    return fmt.join_first(names, NAMES_SHOWN, lambda n: escape_text(titles.get(n, n), NAME_MAX))


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
                return "People may draw wherever I may post."
            return f"People may draw in {fmt.format_channels(policy.channels)}, and nowhere else."
        case "log_channel":
            if not policy.log_channel:
                return "There is no log channel any more."
            where = f"<#{policy.log_channel}>"
            return f"Reports, changes and trouble are posted in {where} from now on."
        case "time_zone":
            where = f"in {policy.time_zone}" if policy.time_zone else "on the host's clocks"
            return f"Days begin at midnight {where} from now on."
        case "ring":
            if policy.ring is PingSetting.NEVER:
                return "A finished picture calls nobody."
            when = describe_ping_policies(after_s)[policy.ring]
            return f"A finished picture calls: {_lower_first(when)}."
        case "model":
            if not policy.model:
                return "The host's default model counts again."
            title = escape_text(titles.get(policy.model, policy.model), NAME_MAX)
            return f"Where nobody names a model, {title} draws."
        case "spoiler":
            return f"Spoilers: {_lower_first(SPOILER_LABELS[policy.spoiler])}."
        case "adult":
            return f"Words for adults: {_lower_first(ADULT_LABELS[policy.adult])}."
        case "private":
            if policy.private:
                return "Only whoever asked sees the answers, unless they choose otherwise."
            return "Pictures are for everybody again, unless somebody asks for a private one."
        case "words" | "age_words" | "allowed_words":
            count = len(getattr(policy, field))
            return f"{WORD_LISTS[field]}: {fmt.format_count(count, 'line')} now."
        case _:
            return "That holds at once."


def describe_no_change(said: str) -> str:
    """Turn a line about a change into one about no change."""
    still = _TIME_SUFFIX.sub(".", said.removesuffix(f" {_RETURNED_NOTE}"))
    return f"Nothing was changed: {_lower_first(still)}"


def describe_role_change(role: int, bounds: RoleBounds | None) -> str:
    """One line on what a role has since it was changed."""
    own = "" if bounds is None else describe_role_bounds(bounds)
    return f"<@&{role}>: {own or 'nothing of its own'} now."


def describe_list_change(
    what: str, role: int, chosen: Sequence[str], titles: Mapping[str, str]
) -> str:
    """One line on which models or LoRAs are for whom since that was changed."""
    kind, names = "models" if what == "models" else "LoRAs", format_names(chosen, titles)
    if role:
        return f"<@&{role}> alone may use: {names or f'no {kind} of its own'}."
    return f"Everybody may use: {names or f'all {kind}'}."


def describe_no_match(kind: str, typed: str, near: Sequence[str]) -> str:
    """Say that a search found nothing."""
    said = f"No {kind} is called “{escape_text(typed, 60)}”."
    return f"{said} {fmt.suggest_names(near, 60)}" if near else said


def describe_matches(kind: str, typed: str, count: int) -> str:
    """Say how many matches a search has. The menu shows the first ones."""
    said = f"{fmt.format_count(count, kind)} with “{escape_text(typed, 60)}” in the name"
    if count < OPTIONS_MAX:
        return f"{said}: choose below."
    return f"{said}; the menu has the first."


def describe_unknown_zone(typed: str, alike: bool) -> str:
    """Say that a time zone is unknown. `alike` are suggestions."""
    hint = "Type a large city near you, such as Berlin or New York."
    if alike:
        hint = "Did you mean one of those below?"
    return f"I know no time zone “{escape_text(typed, 60)}”. {hint} Nothing was changed."


def describe_zone_matches(typed: str, count: int) -> str:
    """Say that several zones match. A menu shows the first ones."""
    said = f"{count} time zones have “{escape_text(typed, 60)}” in their name"
    if count > OPTIONS_MAX:
        return f"{said}. Choose one of the first, or type more of it."
    return f"{said}. Choose one of them below."


def describe_bad_number(label: str, typed: str) -> str:
    """Say that a number field holds something else."""
    return (
        f"{label} takes a number, or nothing for the usual; “{escape_text(typed, 30)}” is none. "
        "Nothing was changed."
    )


def describe_missing(what: str) -> str:
    """Say that the choice is no longer on the server."""
    return f"That {what} isn't there any more. Nothing was changed."


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]

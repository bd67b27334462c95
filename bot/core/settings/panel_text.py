"""The words of /settings: what is in force, what has just changed, and what was wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.core.drawing.request import Bounds
from bot.core.policy import Adult, Policy, RingPolicy, RoleBounds, Spoiler
from bot.core.text import format as fmt
from bot.core.text.escape import echo
from bot.core.ui.layout import OPTIONS_MAX

NAMES_SHOWN: Final = 8
NAME_MAX: Final = 60
PLACES_SHOWN: Final = 10
SPOILERS: Final = {
    Spoiler.CHOICE: "Whoever asks decides",
    Spoiler.ALWAYS: "Every picture is a spoiler",
}
ADULTS: Final = {
    Adult.RESTRICTED: "In age-restricted channels only",
    Adult.NEVER: "Nowhere",
}
LISTS: Final = {
    "words": "Never drawn",
    "age_words": "Age-restricted only",
    "allowed_words": "Drawn after all",
}
RULED: Final = "Words about sexualised minors are never drawn: no list lifts that."
NO_LONGER: Final = (
    "This panel isn't yours to use any more: it needs *Manage Server*, or what let you open it. "
    "Nothing was changed."
)
EVERYBODY: Final = "What is for everybody is on this page; other roles can have more, or less."
STALE: Final = (
    "Somebody changed this while you were writing. Nothing was changed by you: look again, then "
    "send yours if it still fits."
)
_GIVEN_BACK: Final = "What waited is returned; what is being drawn still arrives."
_SINCE: Final = re.compile(r" (?:from now on|any more|again|now)\.$")
OPEN_ANEW: Final = "This panel is too old. Open a new one with `/settings`. Nothing was changed."


def rings(after_s: float) -> dict[RingPolicy, str]:
    """When a finished picture calls its requester; `after_s` is the host's patience."""
    return {
        RingPolicy.HOST: (
            f"Once, if it took long ({fmt.duration(after_s)}, or many messages came after)"
        ),
        RingPolicy.ALWAYS: "Once, for every picture",
        RingPolicy.NEVER: "Never",
    }


def megapixels(value: float) -> str:
    """A size as people write it: "1 megapixel", "1.5 megapixels"."""
    return f"{value:g} megapixel" if value == 1 else f"{value:g} megapixels"


def in_force(policy: Policy, host: Bounds) -> str:
    """What everybody may ask for, the host's bounds included."""
    return _bounds(
        _least(policy.images_max, host.images_max),
        _least(policy.steps_max, host.steps_max),
        _least(policy.megapixels_max, host.megapixels_max),
    )


def for_everybody(policy: Policy, host: Bounds) -> str:
    """The same as a sentence."""
    return f"Everybody may ask for at most {in_force(policy, host)}."


def of_host(host: Bounds) -> str:
    """What the host lets anybody ask for."""
    return _bounds(host.images_max, host.steps_max, host.megapixels_max)


def of_role(bounds: RoleBounds) -> str:
    """What a role has of its own, or ""."""
    said = []
    if bounds.images_max is not None:
        said.append(fmt.plural(bounds.images_max, "picture"))
    if bounds.steps_max is not None:
        said.append(fmt.plural(bounds.steps_max, "step"))
    if bounds.megapixels_max is not None:
        said.append(megapixels(bounds.megapixels_max))
    if bounds.models:
        said.append(fmt.plural(len(bounds.models), "model"))
    if bounds.loras:
        said.append(fmt.plural(len(bounds.loras), "LoRA"))
    return ", ".join(said)


def _least(chosen: float | None, host: float) -> float:
    return host if chosen is None else min(chosen, host)


def _bounds(images: float, steps: float, size: float) -> str:
    return (
        f"{fmt.plural(int(images), 'picture')} at once, {fmt.plural(int(steps), 'step')}, "
        f"{megapixels(size)}"
    )


def names(all_of_them: Sequence[str], titles: Mapping[str, str]) -> str:
    """The titles of what is listed, the first few of many."""
    shown = tuple(echo(titles.get(name, name), NAME_MAX) for name in all_of_them[:NAMES_SHOWN])
    if len(all_of_them) > NAMES_SHOWN:
        return f"{', '.join(shown)} and {len(all_of_them) - NAMES_SHOWN} more"
    return fmt.and_list(shown)


def places(channels: Sequence[int]) -> str:
    """Channels as Discord shows them, the first few of many."""
    shown = tuple(f"<#{channel}>" for channel in channels[:PLACES_SHOWN])
    if len(channels) > PLACES_SHOWN:
        return f"{', '.join(shown)} and {len(channels) - PLACES_SHOWN} more"
    return fmt.and_list(shown)


def changed(field: str, policy: Policy, titles: Mapping[str, str], after_s: float) -> str:
    """One line on what holds since the field was changed."""
    match field:
        case "drawing":
            if policy.drawing:
                return "Drawing is on."
            return f"Drawing is off. {_GIVEN_BACK}"
        case "channels":
            if not policy.channels:
                return "People may draw wherever I may post."
            return f"People may draw in {places(policy.channels)}, and nowhere else."
        case "log_channel":
            if not policy.log_channel:
                return "There is no log channel any more."
            where = f"<#{policy.log_channel}>"
            return f"Reports, changes and trouble are posted in {where} from now on."
        case "time_zone":
            where = f"in {policy.time_zone}" if policy.time_zone else "on the host's clocks"
            return f"Days begin at midnight {where} from now on."
        case "ring":
            if policy.ring is RingPolicy.NEVER:
                return "A finished picture calls nobody."
            return f"A finished picture calls: {_low(rings(after_s)[policy.ring])}."
        case "model":
            if not policy.model:
                return "The host's default model counts again."
            title = echo(titles.get(policy.model, policy.model), NAME_MAX)
            return f"Where nobody names a model, {title} draws."
        case "spoiler":
            return f"Spoilers: {_low(SPOILERS[policy.spoiler])}."
        case "adult":
            return f"Words for adults: {_low(ADULTS[policy.adult])}."
        case "private":
            if policy.private:
                return "Only whoever asked sees the answers, unless they choose otherwise."
            return "Pictures are for everybody again, unless somebody asks for a private one."
        case "words" | "age_words" | "allowed_words":
            count = len(getattr(policy, field))
            return f"{LISTS[field]}: {fmt.plural(count, 'line')} now."
        case _:
            return "That holds at once."


def unchanged(said: str) -> str:
    """The same line where it held before; `said` is one of the three that say what was changed."""
    still = _SINCE.sub(".", said.removesuffix(f" {_GIVEN_BACK}"))
    return f"Nothing was changed: {_low(still)}"


def role_changed(role: int, bounds: RoleBounds | None) -> str:
    """One line on what a role has since it was changed."""
    own = "" if bounds is None else of_role(bounds)
    return f"<@&{role}>: {own or 'nothing of its own'} now."


def list_changed(what: str, role: int, chosen: Sequence[str], titles: Mapping[str, str]) -> str:
    """One line on which models or LoRAs are for whom since that was changed."""
    kind = "models" if what == "models" else "LoRAs"
    if role:
        return f"<@&{role}> alone may use: {names(chosen, titles) or f'no {kind} of its own'}."
    return f"Everybody may use: {names(chosen, titles) or f'all {kind}'}."


def not_found(kind: str, typed: str, near: Sequence[str]) -> str:
    """A search that found nothing."""
    said = f"No {kind} is called “{echo(typed, 60)}”."
    if not near:
        return said
    return f"{said} Did you mean {fmt.and_list(tuple(echo(n, 60) for n in near), 'or')}?"


def found(kind: str, typed: str, count: int) -> str:
    """A search that found something; the menu shows the first of it."""
    said = f"{fmt.plural(count, kind)} with “{echo(typed, 60)}” in the name"
    if count < OPTIONS_MAX:
        return f"{said}: choose below."
    return f"{said}; the menu has the first."


def zone_unknown(typed: str, alike: bool) -> str:
    """No zone has what was typed in its name; `alike`: some that are written alike are offered."""
    hint = (
        "Did you mean one of those below?"
        if alike
        else "Type a large city near you, such as Berlin or New York."
    )
    return f"I know no time zone “{echo(typed, 60)}”. {hint} Nothing was changed."


def zone_several(typed: str, count: int) -> str:
    """More than one zone has what was typed in its name; a menu shows the first of them."""
    said = f"{count} time zones have “{echo(typed, 60)}” in their name"
    if count > OPTIONS_MAX:
        return f"{said}. Choose one of the first, or type more of it."
    return f"{said}. Choose one of them below."


def not_a_number(label: str, typed: str) -> str:
    """A field for a number took something else."""
    return (
        f"{label} takes a number, or nothing for the usual; “{echo(typed, 30)}” is none. "
        "Nothing was changed."
    )


def gone(what: str) -> str:
    """What was chosen is not on the server any more."""
    return f"That {what} isn't there any more. Nothing was changed."


def _low(text: str) -> str:
    return text[:1].lower() + text[1:]

"""/settings: three pages (Where, Who, Safety) and what opens from them, as values.

Every button, menu and form knows what it is for: `settings:<verb>:<view>:<argument>:<pass>`. They
work after a restart, and two panels side by side each change only what was pressed. What the pass
is, the adapter knows: it says under which right the panel was opened.

    go     to another view          set    one field to the argument     pick   from a menu
    form   opens a form             send   brings it back
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.core import settings_words, words
from bot.core.card import Button, Style, Tone
from bot.core.model_cards import key_of
from bot.core.policy import Adult, Policy, RingPolicy, RoleBounds, Spoiler
from bot.core.prompt import echo, plain
from bot.core.request import Bounds
from bot.core.settings_words import LISTS, NAME_MAX
from bot.core.sheet import OPTIONS_MAX, Among, Menu, Option, Part, Row, Rule, Sheet, Text

HOSTS: Final = "host"  # the menu's value for "whatever the host says"
ROLES_SHOWN: Final = 10
PAGES: Final = (("where", "Where"), ("who", "Who"), ("safety", "Safety"))


@dataclass(frozen=True, slots=True)
class View:
    """What of the panel is seen: a page, or a part of Who, perhaps of one role (0: everybody)."""

    name: str
    role: int = 0

    def __str__(self) -> str:
        return f"{self.name}.{self.role}" if self.role else self.name

    @classmethod
    def read(cls, text: str) -> View:
        """What `str` made; the first page for what it cannot have made."""
        name, _, role = text.partition(".")
        if name not in NAMES or (role and not role.isdecimal()):
            return WHERE
        return cls(name, int(role or 0))


WHERE: Final = View("where")
WHO: Final = View("who")
SAFETY: Final = View("safety")
NAMES: Final = ("where", "who", "safety", "role", "models", "loras")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a panel is made of. `stamp` is its pass; `told` is what just happened, said first.

    `models` and `loras` are (name, title) as the server lists them now. `waiting` are this
    server's pictures in line, `role_names` its roles. `near` are time zones or names that a search
    found; `correct` is the form, with the draft that keeps what was typed, that a refused one can
    be opened as again.
    """

    policy: Policy
    host: Bounds
    stamp: str
    host_zone: str = "UTC"
    ring_after_s: float = 60.0
    models: tuple[tuple[str, str], ...] = ()
    loras: tuple[tuple[str, str], ...] = ()
    waiting: int = 0
    told: str = ""
    bad: bool = False
    near: tuple[str, ...] = ()
    correct: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    role_names: Mapping[int, str] = field(default_factory=dict)


def panel(seen: Seen, view: View) -> Sheet:
    """The panel at a view."""
    match view.name:
        case "who":
            parts = _who(seen)
        case "safety":
            parts = _safety(seen)
        case "role":
            parts = _role(seen, view)
        case "models" | "loras":
            parts = _listing(seen, view)
        case _:
            parts = _where(seen)
    head: list[Part] = [Text(f"### Settings · {_title(view)}")]
    if seen.told:
        again = _press("Correct it", "form", view, seen.correct, seen) if seen.correct else None
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
        waits = f"{words.plural(seen.waiting, 'picture')} in line now" if seen.waiting else ""
        off = f"Switched off, what waits is returned{f' ({waits})' if waits else ''}."
        drawing = Text(
            f"**Drawing is on.**\n-# {off}",
            _press("Switch off", "set", WHERE, "drawing=off", seen, Style.DANGER),
        )
    else:
        drawing = Text(
            "**Drawing is off.**\n-# Whoever asks is told so; nothing is charged.",
            _press("Switch on", "set", WHERE, "drawing=on", seen, Style.SUCCESS),
        )
    where = settings_words.places(policy.channels) or "wherever I may post"
    post = f"<#{policy.log_channel}>" if policy.log_channel else "none"
    zone = policy.time_zone or f"{seen.host_zone} (the host's)"
    parts: list[Part] = [
        drawing,
        Rule(),
        Text(f"**Channels:** {where}\n-# A channel counts with its threads."),
        Menu(
            _id("pick", WHERE, "channels", seen),
            "Everywhere: choose channels to narrow it",
            Among.CHANNELS,
            chosen=policy.channels[:OPTIONS_MAX],
            least=0,
            most=OPTIONS_MAX,
        ),
        Text(f"**Log channel:** {post}\n-# For changes of settings and limits, and for trouble."),
        Menu(
            _id("pick", WHERE, "log_channel", seen),
            "None: choose a channel",
            Among.WRITABLE,
            chosen=(policy.log_channel,) if policy.log_channel else (),
            least=0,
        ),
        Rule(),
        Text(
            f"**Time zone:** {zone}\n-# A new day begins at midnight there.",
            _press("Change", "form", WHERE, "zone", seen),
        ),
    ]
    if seen.near:
        parts.append(
            Menu(
                _id("pick", WHERE, "zone", seen),
                "Which one?",
                options=tuple(Option(zone, zone) for zone in seen.near[:OPTIONS_MAX]),
            )
        )
    rings = settings_words.rings(seen.ring_after_s)
    parts += [
        Text("**A finished picture calls whoever asked:**"),
        Menu(
            _id("pick", WHERE, "ring", seen),
            "When?",
            options=tuple(
                Option(one.value, rings[one], chosen=one is policy.ring) for one in RingPolicy
            ),
        ),
        Text("-# Language: English; I speak no other yet."),
    ]
    return parts


# --- Who -----------------------------------------------------------------------------------------


def _who(seen: Seen) -> list[Part]:
    policy, host = seen.policy, seen.host
    parts: list[Part] = [
        Text(f"**Default model:** {_default(seen)}", _search(seen, WHO, seen.models)),
    ]
    if options := _default_options(seen):
        hint = "Where nobody names a model"
        parts.append(Menu(_id("pick", WHO, "model", seen), hint, options=options))
    parts += [
        Text(
            f"**Models for everybody:** {_allowed(policy.models, seen)}",
            _press("Choose", "go", View("models"), "", seen),
        ),
        Text(
            f"**LoRAs for everybody:** {_allowed(policy.loras, seen)}",
            _press("Choose", "go", View("loras"), "", seen),
        ),
        Text(
            f"**At most:** {settings_words.in_force(policy, host)}\n"
            f"-# The host allows {settings_words.of_host(host)}.",
            _press("Change", "form", WHO, "bounds", seen),
        ),
        Rule(),
        Text(f"**Roles:**{_roles(policy.roles)}"),
        Menu(_id("pick", WHO, "role", seen), "Choose a role to give it more", Among.ROLES),
    ]
    if policy.roles:
        parts.append(_ruled_roles(seen))
    return parts


def _ruled_roles(seen: Seen) -> Menu:
    """Roles with something of their own; a deleted one is in no other menu."""
    options = tuple(
        Option(
            str(one.role),
            plain(seen.role_names.get(one.role, ""), 90) or f"A deleted role ({one.role})",
            settings_words.of_role(one),
        )
        for one in seen.policy.roles[:OPTIONS_MAX]
    )
    return Menu(_id("pick", WHO, "ruled", seen), "Look at what a role has", options=options)


def _default(seen: Seen) -> str:
    name = seen.policy.model
    if not name:
        return "the host's"
    known = dict(seen.models)
    if name in known:
        return echo(known[name], NAME_MAX)
    return f"{echo(name, NAME_MAX)}, which isn't there now: the host's counts"


def _default_options(seen: Seen) -> tuple[Option, ...]:
    """The host's, then what the search found, else the first ones, with the chosen one."""
    chosen, found = seen.policy.model, seen.models
    if seen.near:
        found = tuple(one for one in found if one[0] in seen.near)
    shown = found[: OPTIONS_MAX - 1]
    if chosen and not seen.near and all(name != chosen for name, _ in shown):
        shown = (*(one for one in seen.models if one[0] == chosen), *shown[:-1])
    if not shown:
        return ()
    return (
        Option(HOSTS, "The host's default", chosen=not chosen),
        *(_option(name, title, chosen=name == chosen) for name, title in shown),
    )


def _option(name: str, title: str, *, chosen: bool = False) -> Option:
    label = plain(title or name, 90) or "?"
    return Option(key_of(name), label, plain(name, 90) if name != title else "", chosen)


def _allowed(chosen: tuple[str, ...], seen: Seen) -> str:
    return settings_words.names(chosen, seen.titles) if chosen else "all"


def _roles(roles: tuple[RoleBounds, ...]) -> str:
    if not roles:
        return " none has anything of its own"
    lines = [
        f"- <@&{one.role}>: {settings_words.of_role(one) or 'nothing of its own'}"
        for one in roles[:ROLES_SHOWN]
    ]
    if len(roles) > ROLES_SHOWN:
        lines.append(f"- and {len(roles) - ROLES_SHOWN} more")
    return "\n" + "\n".join(lines)


def of_role(policy: Policy, role: int) -> RoleBounds:
    """What a role has, or an empty one."""
    return next((one for one in policy.roles if one.role == role), RoleBounds(role))


def _role(seen: Seen, view: View) -> list[Part]:
    own = of_role(seen.policy, view.role)
    numbers = settings_words.of_role(RoleBounds(own.role, *_numbers(own)))
    models, loras = View("models", view.role), View("loras", view.role)
    parts: list[Part] = [
        Text(
            f"**At most:** {numbers or 'as everybody'}\n"
            f"-# Everybody: {settings_words.in_force(seen.policy, seen.host)}. "
            "The best of somebody's roles counts, and never more than the host allows: "
            f"{settings_words.of_host(seen.host)}.",
            _press("Change", "form", view, "bounds", seen),
        ),
        Text(
            f"**Models for this role alone:** {_own(own.models, seen)}",
            _press("Choose", "go", models, "", seen),
        ),
        Text(
            f"**LoRAs for this role alone:** {_own(own.loras, seen)}",
            _press("Choose", "go", loras, "", seen),
        ),
    ]
    if settings_words.of_role(own):
        parts.append(
            Row((_press("Take it all back", "set", view, "role=", seen, Style.DANGER),)),
        )
    return parts


def _own(chosen: tuple[str, ...], seen: Seen) -> str:
    return settings_words.names(chosen, seen.titles) if chosen else "none"


def _numbers(own: RoleBounds) -> tuple[int | None, int | None, float | None]:
    return own.images_max, own.steps_max, own.megapixels_max


def chosen_of(policy: Policy, view: View) -> tuple[str, ...]:
    """The models or LoRAs that a listing is about."""
    of = of_role(policy, view.role) if view.role else policy
    return of.models if view.name == "models" else of.loras


def _listing(seen: Seen, view: View) -> list[Part]:
    """What is allowed, with a menu to add to it and one to take away."""
    listed = seen.models if view.name == "models" else seen.loras
    chosen = chosen_of(seen.policy, view)
    one = "model" if view.name == "models" else "LoRA"
    if view.role:
        said = f"This role alone may also use: {_own(chosen, seen)}."
        note = f"A {one} that is named for a role is shut for everybody else."
    else:
        said = f"Everybody may use: {_allowed(chosen, seen)}."
        note = f"The first {one} that you add shuts all others."
    parts: list[Part] = [Text(f"{said}\n-# {note}", _search(seen, view, listed))]
    free = [(name, title) for name, title in listed if name not in chosen]
    if seen.near:
        free = [(name, title) for name, title in free if name in seen.near]
    if free:
        parts.append(_several(seen, view, "add", f"Add a {one}", free))
    elif not listed:
        parts.append(Text(f"The drawing computer has shown me no {one} yet."))
    if chosen:
        named = [(name, seen.titles.get(name, name)) for name in chosen]
        parts.append(_several(seen, view, "remove", f"Take a {one} away", named))
        label = "None" if view.role else "All for everybody"
        parts.append(Row((_press(label, "set", view, "list=", seen),)))
    return parts


def _several(
    seen: Seen, view: View, verb: str, hint: str, shown: Sequence[tuple[str, str]]
) -> Menu:
    options = tuple(_option(name, title) for name, title in shown[:OPTIONS_MAX])
    return Menu(_id("pick", view, verb, seen), hint, options=options, most=len(options))


def _search(seen: Seen, view: View, listed: Sequence[object]) -> Button | None:
    """Where a menu cannot hold all."""
    if len(listed) < OPTIONS_MAX:
        return None
    return _press("Search", "form", view, "search", seen)


# --- Safety --------------------------------------------------------------------------------------


def _safety(seen: Seen) -> list[Part]:
    policy = seen.policy
    private = "on" if policy.private else "off"
    about = (
        "Answers are seen by whoever asked alone."
        if policy.private
        else "On: answers are seen by whoever asked alone."
    )
    return [
        Text("**Spoilers:**"),
        Menu(
            _id("pick", SAFETY, "spoiler", seen),
            "Spoilers",
            options=tuple(
                Option(one.value, settings_words.SPOILERS[one], chosen=one is policy.spoiler)
                for one in Spoiler
            ),
        ),
        Text("**Words for adults are drawn:**"),
        Menu(
            _id("pick", SAFETY, "adult", seen),
            "Words for adults",
            options=tuple(
                Option(one.value, settings_words.ADULTS[one], chosen=one is policy.adult)
                for one in Adult
            ),
        ),
        Text(
            f"**Private by default:** {private}\n-# {about}",
            _press("Switch off", "set", SAFETY, "private=off", seen)
            if policy.private
            else _press("Switch on", "set", SAFETY, "private=on", seen),
        ),
        Rule(),
        Text(
            "**Word lists:** one word or phrase a line; `troll*` has *trolls* too.\n"
            "-# *Never drawn* holds everywhere, *age-restricted only* elsewhere than in such "
            f"channels, and *drawn after all* lifts both. {settings_words.RULED}"
        ),
        Row(
            tuple(
                _press(f"{label} · {len(getattr(policy, name))}", "form", SAFETY, name, seen)
                for name, label in LISTS.items()
            )
        ),
    ]


# --- what all of them have -----------------------------------------------------------------------


def _turning(seen: Seen, view: View) -> Row:
    buttons = []
    if view.name in ("models", "loras", "role"):
        back = View("role", view.role) if view.role and view.name != "role" else WHO
        buttons.append(Button("", "Back", _id("go", back, "back", seen)))
    for name, label in PAGES:
        here = name == view.name
        style = Style.PRIMARY if here else Style.SECONDARY
        buttons.append(
            Button("", label, _id("go", View(name), "", seen), style=style, disabled=here)
        )
    return Row(tuple(buttons))


def _press(
    label: str, verb: str, view: View, argument: str, seen: Seen, style: Style = Style.SECONDARY
) -> Button:
    return Button("", label, _id(verb, view, argument, seen), style=style)


def _id(verb: str, view: View, argument: str, seen: Seen) -> str:
    return f"settings:{verb}:{view}:{argument}:{seen.stamp}"

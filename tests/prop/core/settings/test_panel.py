"""Whatever a server has chosen: every view and form of /settings is one that Discord takes."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.discord.render.layout import layout, modal
from bot.core.drawing.request import Bounds
from bot.core.policy import Adult, Policy, RingPolicy, RoleBounds, Spoiler
from bot.core.settings import forms as settings_forms
from bot.core.settings import panel as settings_cards
from bot.core.settings import panel_text
from bot.core.settings.panel_text import LISTS
from bot.core.settings.view import SAFETY, WHERE, WHO, Seen, View
from bot.sandbox.discord.model import V2
from bot.sandbox.discord.validate.answers import _modal
from bot.sandbox.discord.validate.form import Form
from bot.sandbox.discord.validate.messages import check_message

FLAKES = st.integers(1, 2**63 - 1)
NAMES = st.text(min_size=1, max_size=200)
NUMBERS = st.none() | st.integers(1, 50)
MANY = st.lists(NAMES, unique=True, max_size=60).map(tuple)
WORDS = st.lists(
    st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=100),
    unique=True,
    max_size=60,
).map(tuple)
ROLES = st.lists(
    st.builds(RoleBounds, FLAKES, NUMBERS, NUMBERS, st.none() | st.floats(0.25, 64), MANY, MANY),
    max_size=20,
    unique_by=lambda one: one.role,
).map(tuple)
POLICIES = st.builds(
    Policy,
    drawing=st.booleans(),
    channels=st.lists(FLAKES, unique=True, max_size=60).map(tuple),
    model=st.just("") | NAMES,
    models=MANY,
    loras=MANY,
    roles=ROLES,
    images_max=NUMBERS,
    spoiler=st.sampled_from(Spoiler),
    adult=st.sampled_from(Adult),
    private=st.booleans(),
    ring=st.sampled_from(RingPolicy),
    words=WORDS,
    age_words=WORDS,
    log_channel=st.just(0) | FLAKES,
    time_zone=st.sampled_from(("", "UTC", "America/Argentina/ComodRivadavia")),
)
VIEWS = st.sampled_from((WHERE, WHO, SAFETY, View("models"), View("loras"))) | st.builds(
    View, st.sampled_from(("role", "models", "loras")), FLAKES
)
LISTED = st.lists(st.tuples(NAMES, NAMES), max_size=60, unique_by=lambda one: one[0]).map(tuple)
STAMPS = st.sampled_from(("m", "fffffffff.0123456789abcdef"))
SEEN = st.builds(
    lambda listed, loras, near, **rest: Seen(
        models=listed, loras=loras, titles=dict((*listed, *loras)), near=near, **rest
    ),
    LISTED,
    LISTED,
    MANY,
    policy=POLICIES,
    host=st.just(Bounds()),
    stamp=STAMPS,
    told=st.just("") | st.text(min_size=1, max_size=500),
    bad=st.booleans(),
    waiting=st.integers(0, 10_000),
    correct=st.sampled_from(("", f"allowed_words.{'a' * 20}")),
)


def titles(policy: Policy) -> dict[str, str]:
    return {name: name.upper() for name in (*policy.models, *policy.loras)}


@settings(max_examples=60, deadline=None)
@given(SEEN, VIEWS)
def test_discord_takes_every_view(seen: Seen, view: View) -> None:
    sheet = settings_cards.panel(seen, view)
    made: Any = layout(sheet)
    body: dict[str, Any] = {"components": made.to_components(), "flags": V2}
    check_message(body, (), 0)
    buttons, menus = tuple(sheet.buttons()), tuple(sheet.menus())
    for custom_id in (*(one.custom_id for one in buttons), *(one.custom_id for one in menus)):
        assert len(custom_id) <= 100
        _, verb, at, argument, stamp = custom_id.split(":")
        assert (verb in ("go", "set", "pick", "form"), stamp) == (True, seen.stamp)
        assert str(View.read(at)) == at
        assert argument or verb == "go"


@settings(max_examples=60, deadline=None)
@given(SEEN, VIEWS, st.sampled_from(("zone", "search", "bounds", *LISTS)))
def test_discord_takes_every_form_and_it_comes_back_as_it_was(
    seen: Seen, view: View, kind: str
) -> None:
    form = settings_forms.form(seen, view, kind)
    made = modal(form)
    checked = Form()
    _modal(checked, made.to_dict())
    checked.done()
    fields = {entry.custom_id: entry.value for entry in form.entries}
    if kind in LISTS:
        assert settings_forms.lines(settings_forms.typed(kind, fields)) == getattr(
            seen.policy, kind
        )


@settings(deadline=None)
@given(POLICIES, st.sampled_from(tuple(Policy.__dataclass_fields__)))
def test_every_change_is_one_line(policy: Policy, field: str) -> None:
    said = panel_text.changed(field, policy, titles(policy), 60)
    assert said.endswith(".")
    assert "\n" not in said
    assert len(said) < 2000

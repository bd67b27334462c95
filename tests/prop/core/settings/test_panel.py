"""Whatever a server has chosen: every view and form of /settings is one that Discord takes."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.discord.render.layout import render_layout, render_modal
from bot.core.drawing.request import DrawingBounds
from bot.core.policy import AdultSetting, GuildSettings, PingSetting, RoleBounds, SpoilerSetting
from bot.core.settings import forms as settings_forms
from bot.core.settings import panel as settings_cards
from bot.core.settings import panel_text
from bot.core.settings.panel_text import WORD_LISTS
from bot.core.settings.view import SAFETY_VIEW, WHERE_VIEW, WHO_VIEW, PanelState, SettingsView
from bot.sandbox.discord.model import V2
from bot.sandbox.discord.validate.answers import _modal
from bot.sandbox.discord.validate.form import Form
from bot.sandbox.discord.validate.messages import check_message
from tests.support.layout import find_menus, iter_buttons

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
    GuildSettings,
    drawing=st.booleans(),
    channels=st.lists(FLAKES, unique=True, max_size=60).map(tuple),
    model=st.just("") | NAMES,
    models=MANY,
    loras=MANY,
    roles=ROLES,
    images_max=NUMBERS,
    spoiler=st.sampled_from(SpoilerSetting),
    adult=st.sampled_from(AdultSetting),
    private=st.booleans(),
    ring=st.sampled_from(PingSetting),
    words=WORDS,
    age_words=WORDS,
    log_channel=st.just(0) | FLAKES,
    time_zone=st.sampled_from(("", "UTC", "America/Argentina/ComodRivadavia")),
)
VIEWS = st.sampled_from(
    (WHERE_VIEW, WHO_VIEW, SAFETY_VIEW, SettingsView("models"), SettingsView("loras"))
) | st.builds(SettingsView, st.sampled_from(("role", "models", "loras")), FLAKES)
LISTED = st.lists(st.tuples(NAMES, NAMES), max_size=60, unique_by=lambda one: one[0]).map(tuple)
SEEN = st.builds(
    lambda listed, loras, near, **rest: PanelState(
        models=listed, loras=loras, titles=dict((*listed, *loras)), search_results=near, **rest
    ),
    LISTED,
    LISTED,
    MANY,
    policy=POLICIES,
    host=st.just(DrawingBounds()),
    notice=st.just("") | st.text(min_size=1, max_size=500),
    is_error=st.booleans(),
    waiting=st.integers(0, 10_000),
    retry_form=st.sampled_from(("", f"allowed_words.{'a' * 20}")),
)


def titles(policy: GuildSettings) -> dict[str, str]:
    return {name: name.upper() for name in (*policy.models, *policy.loras)}


@settings(max_examples=60, deadline=None)
@given(SEEN, VIEWS)
def test_discord_takes_every_view(seen: PanelState, view: SettingsView) -> None:
    sheet = settings_cards.build_panel(seen, view)
    made: Any = render_layout(sheet).view
    body: dict[str, Any] = {"components": made.to_components(), "flags": V2}
    check_message(body, (), 0)
    buttons, menus = tuple(iter_buttons(sheet.parts)), find_menus(sheet.parts)
    for custom_id in (*(one.custom_id for one in buttons), *(one.custom_id for one in menus)):
        assert len(custom_id) <= 100
        _, verb, at, argument = custom_id.split(":")
        assert verb in ("go", "set", "pick", "form")
        assert str(SettingsView.from_text(at)) == at
        assert argument or verb == "go"


@settings(max_examples=60, deadline=None)
@given(SEEN, VIEWS, st.sampled_from(("zone", "search", "bounds", *WORD_LISTS)))
def test_discord_takes_every_form_and_it_comes_back_as_it_was(
    seen: PanelState, view: SettingsView, kind: str
) -> None:
    form = settings_forms.build_form(seen, view, kind)
    made = render_modal(form)
    checked = Form()
    _modal(checked, made.to_dict())
    checked.done()
    fields = {entry.custom_id: entry.value for entry in form.fields}
    if kind in WORD_LISTS:
        assert settings_forms.split_lines(settings_forms.join_fields(kind, fields)) == getattr(
            seen.policy, kind
        )


@settings(deadline=None)
@given(POLICIES, st.sampled_from(tuple(GuildSettings.__dataclass_fields__)))
def test_every_change_is_one_line(policy: GuildSettings, field: str) -> None:
    said = panel_text.describe_change(field, policy, titles(policy), 60)
    assert said.endswith(".")
    assert "\n" not in said
    assert len(said) < 2000

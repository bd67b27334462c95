"""No choice of a server goes beyond the host's bounds, or opens what is closed to somebody."""

from __future__ import annotations

from dataclasses import fields

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.drawing.access import Access
from bot.core.drawing.catalog import CatalogSnapshot, Lora
from bot.core.drawing.order import build_generation_params
from bot.core.drawing.request import DrawingBounds, DrawRequest, Model, RequestContext
from bot.core.errors import Refused
from bot.core.policy import BOUND_NAMES, GuildSettings, RoleBounds

NAMES = ("a", "b", "c", "d")
SHELF = CatalogSnapshot(
    models=tuple(Model(name, name.upper(), width=1024, height=1024) for name in NAMES),
    loras=tuple(Lora(name, name.upper()) for name in NAMES),
)
names = st.lists(st.sampled_from((*NAMES, "gone")), max_size=4, unique=True).map(tuple)
whole = st.none() | st.integers(0, 6) | st.integers(0, 10**6)
real = st.none() | st.floats(0.25, 3) | st.floats(0.25, 1e6)
bounds = st.builds(
    DrawingBounds,
    images_max=st.integers(1, 9),
    steps_max=st.integers(1, 200),
    megapixels_max=st.floats(0.25, 16),
    upscaled_megapixels_max=st.floats(0.25, 64),
)
role_bounds = st.builds(RoleBounds, st.integers(1, 4), whole, whole, real, names, names)
policies = st.builds(
    GuildSettings,
    model=st.sampled_from(("", *NAMES, "gone")),
    models=names,
    loras=names,
    roles=st.lists(role_bounds, max_size=4, unique_by=lambda one: one.role).map(tuple),
    images_max=whole,
    steps_max=whole,
    megapixels_max=real,
)
roles = st.sets(st.integers(1, 5)).map(tuple)


@settings(deadline=None)
@given(policy=policies, host=bounds, mine=roles)
def test_no_policy_widens_the_hosts_bounds(
    policy: GuildSettings, host: DrawingBounds, mine: tuple[int, ...]
) -> None:
    """Not one of them; and what a policy knows nothing of stays as it is."""
    theirs = Access(policy, mine).narrow_bounds(host)
    for name in (*BOUND_NAMES, "upscaled_megapixels_max"):
        assert getattr(theirs, name) <= getattr(host, name)
    chosen = {*BOUND_NAMES, "upscaled_megapixels_max", "default_model"}
    for field in fields(DrawingBounds):
        if field.name not in chosen:
            assert getattr(theirs, field.name) == getattr(host, field.name)


@settings(deadline=None)
@given(policy=policies, mine=roles, more=roles)
@example(policy=GuildSettings(roles=(RoleBounds(1, 2), RoleBounds(2, 3))), mine=(2,), more=(1,))
def test_another_role_never_takes_a_number_away(
    policy: GuildSettings, mine: tuple[int, ...], more: tuple[int, ...]
) -> None:
    """Once a role of theirs says something of it, a further one can only better it."""
    host = DrawingBounds()
    before, after = (
        Access(policy, some).narrow_bounds(host) for some in (mine, tuple({*mine, *more}))
    )
    for name in BOUND_NAMES:
        if any(one.role in mine and getattr(one, name) is not None for one in policy.roles):
            assert getattr(after, name) >= getattr(before, name)


@settings(deadline=None)
@given(policy=policies, mine=roles)
def test_the_shelf_has_exactly_what_may_be_drawn_with(
    policy: GuildSettings, mine: tuple[int, ...]
) -> None:
    """Ten thousand names are sifted at once; each by itself says the same."""
    access = Access(policy, mine)
    shelf = access.filter_snapshot(SHELF)
    assert shelf.models == tuple(one for one in SHELF.models if access.can_use_model(one.name))
    assert shelf.loras == tuple(one for one in SHELF.loras if access.can_use_lora(one.name))


@settings(deadline=None)
@given(
    policy=policies,
    mine=roles,
    model=st.none() | st.sampled_from(NAMES),
    lora=st.sampled_from(("", *NAMES)),
    images=st.none() | st.integers(1, 9),
)
def test_an_order_never_has_what_is_closed_to_its_asker(
    policy: GuildSettings, mine: tuple[int, ...], model: str | None, lora: str, images: int | None
) -> None:
    """Whatever was named or left out: an order that comes out of it keeps within all of it."""
    asker = RequestContext(1, "Mia", 7, 70, roles=mine)
    access = Access(policy, mine)
    theirs = access.narrow_bounds(DrawingBounds())
    wish = DrawRequest("interaction:1", "a fox", model=model, lora=lora, images=images)
    try:
        order = build_generation_params(wish, asker, SHELF, theirs, 42, policy)
    except Refused:
        return
    for one in policy.roles:
        if order.model in one.models:
            assert set(mine) & {two.role for two in policy.roles if order.model in two.models}
        for name, _ in order.loras:
            if name in one.loras:
                assert set(mine) & {two.role for two in policy.roles if name in two.loras}
    reserved = {name for one in policy.roles for name in one.models}
    assert order.model in reserved or not policy.models or order.model in policy.models
    assert order.images <= theirs.images_max
    assert order.steps <= theirs.steps_max
    assert order.width * order.height <= theirs.megapixels_max * 2**20

"""`--name value`: kind, range and choices as the server lists them; the rest stays shut."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.drawing.advanced import (
    DEFAULT_PARAMETERS,
    FORBIDDEN_PARAMETERS,
    OPTION_NAMES,
    can_open_id,
)
from bot.core.drawing.catalog import ParameterInfo
from bot.core.drawing.request import DrawingBounds
from bot.core.errors import Refused
from tests.support.shelf import ARTIST, HOST, SHELF, ordered


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", ()),
        ("--sampler DPM_2 --scheduler Karras", (("sampler", "dpm_2"), ("scheduler", "karras"))),
        ('--Sampler "dpm_2"', (("sampler", "dpm_2"),)),
        ("\u2014sampler \u201cdpm_2\u201d", (("sampler", "dpm_2"),)),
        ("--sampler=dpm_2", (("sampler", "dpm_2"),)),
        ("--clip-stop-at-layer -2", (("clipstopatlayer", "-2"),)),
        ("--sigma_shift 2,50", (("sigmashift", "2.5"),)),
        ("--zeronegative", (("zeronegative", "true"),)),
        ("--zeronegative off", (("zeronegative", "false"),)),
        ("--sampler euler", (("sampler", "euler"),)),
        ("--sigmashift 3", (("sigmashift", "3"),)),
        ("--vae sdxl_vae", (("vae", "sdxl_vae.ckpt"),)),
        ("--sampler euler --sampler dpm_2", (("sampler", "dpm_2"),)),
    ],
)
def test_values_are_sent_as_the_server_writes_them(
    typed: str, asked: tuple[tuple[str, str], ...]
) -> None:
    assert ordered(advanced=typed).extras == asked


def test_flux_has_its_own_scale_in_one_place() -> None:
    made = ordered(advanced="--fluxguidancescale 2", model="flux dev")
    assert (made.guidance, made.extras) == (2.0, ())


@pytest.mark.parametrize(
    ("typed", "rule", "word"),
    [
        ("sampler euler", "advanced.form", "--sampler euler"),
        ("-- euler", "advanced.form", "--sampler euler"),
        ("--sampler dpm_3", "advanced.choice", "Did you mean dpm_2"),
        ("--sampler", "advanced.choice", "Choose euler or dpm_2"),
        ("--sampler qqqq", "advanced.choice", "Choose euler or dpm_2"),
        ("--clipstopatlayer 3", "advanced.range", "from -24 to -1"),
        ("--clipstopatlayer -1.5", "advanced.value", "a whole number from -24 to -1"),
        ("--sigmashift nan", "advanced.value", "a number from 0 to 100"),
        ("--sigmashift 1e999", "advanced.value", "a number"),
        ("--zeronegative maybe", "advanced.value", "true or false"),
        ("--refinersteps 51", "advanced.range", "from 1 to 50"),
        ("--samplr euler", "advanced.unknown", "Did you mean sampler?"),
        ("--donotsave", "advanced.shut", "isn't available here"),
        ("--batchsize 9", "advanced.shut", "isn't available here"),
        ("--unsamplerprompt x", "advanced.shut", "isn't available here"),
        ("--overrideoutpathformat raw/x", "advanced.shut", "isn't available here"),
        ("--seamlesstileable true", "advanced.absent", "right now"),
        ("--steps 500", "advanced.option", "option `steps`"),
        ("--init-image raw/x", "advanced.option", "option `image`"),
    ],
)
def test_each_mistake_has_a_sentence(typed: str, rule: str, word: str) -> None:
    with pytest.raises(Refused) as caught:
        ordered(advanced=typed)
    assert caught.value.rule == rule
    assert word in caught.value.sentence.replace("\\", "")
    assert caught.value.sentence.endswith((".", "?"))


def test_it_is_shut_until_the_host_opens_it_to_a_role() -> None:
    shut = replace(HOST, advanced_roles=())
    with pytest.raises(Refused, match="You can't use `advanced` on this server"):
        ordered(advanced="--sampler dpm_2", bounds=shut)
    artists = replace(HOST, advanced_roles=(77,))
    assert ordered(advanced="--sampler dpm_2", bounds=artists, asker=ARTIST).extras
    with pytest.raises(Refused):
        ordered(advanced="--sampler dpm_2", bounds=artists)
    assert ordered(bounds=shut).extras == ()
    assert DrawingBounds().advanced_roles == (), "closed by itself"


@pytest.mark.parametrize(
    "name",
    [*sorted(FORBIDDEN_PARAMETERS), *sorted(OPTION_NAMES), "controlnettwomodel", "videoframes"],
)
def test_what_is_never_open_stays_shut_even_where_the_host_lists_it(name: str) -> None:
    assert not can_open_id(name)
    open_wide = replace(HOST, advanced=(name,))
    shelf = replace(SHELF, params=(ParameterInfo(name, name, "integer", least=0, most=9),))
    with pytest.raises(Refused):
        ordered(advanced=f"--{name} 1", bounds=open_wide, shelf=shelf)


def test_the_usual_list_is_open() -> None:
    assert all(can_open_id(name) for name in DEFAULT_PARAMETERS)


def test_what_was_typed_comes_back_as_the_same() -> None:
    made = ordered(advanced='--scheduler "karras" --clipstopatlayer=-3 --sampler euler')
    again = ordered(advanced=made.advanced)
    assert (again.extras, again.advanced) == (made.extras, made.advanced)


def test_what_no_back_end_can_do_is_said_and_left_out_of_a_style() -> None:
    needy = replace(SHELF.params[0], feature="comfyui")
    poor = replace(SHELF, params=(needy,), features=frozenset(("autowebui",)))
    with pytest.raises(Refused, match="can't do Sampler right now"):
        ordered(advanced="--sampler dpm_2", shelf=poor)
    assert ordered(style="Oil", shelf=poor).extras == ()
    for features in (frozenset[str](), frozenset(("comfyui",))):
        able = replace(poor, features=features)
        assert ordered(advanced="--sampler dpm_2", shelf=able).extras == (("sampler", "dpm_2"),)

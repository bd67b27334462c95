"""Frames to events, orders to parameters."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from bot.adapters.swarmui.protocol import (
    PREVIEW_MAX,
    CloseFrame,
    ErrorFrame,
    KeepAlive,
    build_parameters,
    decode_data_url,
    decode_frame,
)
from bot.core.errors import ProtocolError, SessionForgotten
from bot.core.jobs.progress import ImageReady, PreviewFrame, RequestEnded, SamplingStep, StatusFrame
from tests.support.drawing import FOLDER, order

JPEG = "data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8jpeg").decode()


def progress(**fields: Any) -> dict[str, Any]:
    return {"gen_progress": {"batch_index": "0", "request_id": "1001", **fields}}


def test_a_status_gives_its_counters_and_no_negative_one() -> None:
    frame = {
        "status": {
            "waiting_gens": 1,
            "loading_models": 2,
            "waiting_backends": -1,
            "live_gens": "NaN",
        },
        "supported_features": [],
    }
    assert decode_frame(frame) == (StatusFrame(waiting=1, loading=2, waiting_backends=0, live=0),)


def test_the_bar_is_the_sampling_not_the_nodes() -> None:
    assert decode_frame(progress(overall_percent=0.63, current_percent=0.25)) == (
        SamplingStep(0, 0.25),
    )


@pytest.mark.parametrize(
    ("said", "fraction"),
    [(1.0000001, 1.0), (-0.5, 0.0), (1, 1.0), pytest.param(10**400, 1.0, id="huge")],
)
def test_a_fraction_stays_within_its_bounds(said: float, fraction: float) -> None:
    assert decode_frame(progress(current_percent=said)) == (SamplingStep(0, fraction),)


@pytest.mark.parametrize("said", ["NaN", None, True, float("nan"), [], {}])
def test_a_strange_fraction_is_no_step(said: object) -> None:
    assert decode_frame(progress(current_percent=said)) == ()


def test_a_preview_is_its_bytes_and_no_step_of_its_own() -> None:
    frame = progress(batch_index=2, preview=JPEG, current_percent=0.1)
    assert decode_frame(frame) == (PreviewFrame(2, b"\xff\xd8jpeg"),)


@pytest.mark.parametrize(
    "preview", ["", "data:image/jpeg;base64,%%%", "View/x.png", "data:,x", 7, "é" * 9]
)
def test_a_strange_preview_is_left_out(preview: object) -> None:
    assert decode_frame(progress(preview=preview)) == ()


def test_an_animation_too_large_for_a_message_is_left_out() -> None:
    huge = "data:image/webp;base64," + "A" * PREVIEW_MAX
    assert decode_frame(progress(preview=huge)) == ()


@pytest.mark.parametrize(
    ("said", "index"),
    [
        ("0", 0),
        ("3", 3),
        (3, 3),
        (3.0, 3),
        ("-11", -11),
        ("00", -1),
        ("1_0", -1),
        (" 1", -1),
        ("٣", -1),
        (True, -1),
        (None, -1),
        (1e300, -1),
        pytest.param(10**5000, -1, id="huge"),
        ("9" * 5000, -1),
        (0.5, -1),
    ],
)
def test_an_index_is_read_exactly(said: object, index: int) -> None:
    frame = {"image": "View/local/raw/a b.png", "batch_index": said, "metadata": None}
    assert decode_frame(frame) == (ImageReady(index, "View/local/raw/a b.png"),)


def test_a_finished_picture_keeps_its_metadata() -> None:
    frame = {"image": "data:image/png;base64,AA==", "batch_index": "1", "metadata": "{}"}
    assert decode_frame(frame) == (ImageReady(1, "data:image/png;base64,AA==", "{}"),)


def test_the_documented_nested_image_is_not_what_servers_send() -> None:
    assert decode_frame({"image": {"image": "x", "batch_index": "0"}}) == ()


def test_an_error_is_ours_and_a_forgotten_session_is_told_apart() -> None:
    (trouble,) = decode_frame({"error": "No such thing", "error_id": "invalid_session_id"})
    assert isinstance(trouble, ErrorFrame)
    assert isinstance(trouble.error, SessionForgotten)
    (other,) = decode_frame('{"error": 7}')
    assert isinstance(other, ErrorFrame)


def test_the_small_frames() -> None:
    assert decode_frame('{"keep_alive": true}') == (KeepAlive(),)
    assert decode_frame(b'{"discard_indices": []}') == (RequestEnded(),)
    assert decode_frame('{"socket_intention": "close"}') == (CloseFrame(),)
    assert decode_frame('{"socket_intention": "stay"}') == ()
    assert decode_frame('{"raw_backend_data": {"type": "x"}}') == ()


@pytest.mark.parametrize(
    "frame", ["", "null", "[1]", "{", "<html>", b"\xff\xfe\x00", "[" * 100_000, '"x"', "1e999"]
)
def test_what_is_no_object_is_a_protocol_error(frame: str | bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_frame(frame)


def test_data_urls_of_any_type() -> None:
    assert decode_data_url("data:;base64,AAAA") == b"\0\0\0"
    assert decode_data_url("data:image/png;base64,AAA") == b""
    assert decode_data_url("https://example.org/,x") == b""


def test_an_order_is_asked_with_explicit_values_and_nothing_else() -> None:
    assert build_parameters(order(), FOLDER, previews=True) == {
        "images": 1,
        "prompt": "a red fox in the snow",
        "model": "stub.safetensors",
        "width": 128,
        "height": 128,
        "steps": 4,
        "cfgscale": 7.0,
        "seed": 42,
        "overrideoutpathformat": f"raw/{FOLDER}",
    }


def test_what_is_optional_is_sent_only_when_it_says_something() -> None:
    asked = build_parameters(order(negative="fog", guidance=3.5, cfg=1.0), FOLDER, previews=False)
    assert asked["negativeprompt"] == "fog"
    assert asked["fluxguidancescale"] == 3.5
    assert asked["nopreviews"] is True
    assert None not in asked.values()


def test_no_tag_passes_the_last_wall_and_look_alikes_are_left_alone() -> None:
    wanted = order(prompt="<lora:x> \uff1cfox\uff1e", negative="a<b>c", model="m<x>")
    asked = build_parameters(wanted, "swarmbot/<d>/1", previews=True)
    for value in asked.values():
        assert not isinstance(value, str) or not set(value) & set("<>")
    assert "\uff1cfox\uff1e" in asked["prompt"]


def test_every_part_of_an_order_has_its_parameter() -> None:
    wanted = order(
        loras=(("detail/a", 0.8), ("b", -1.0)),
        image="p1",
        creativity=0.0,
        variation_seed=9,
        variation=0.5,
        upscale=1.5,
        extras=(("sampler", "dpm_2"), ("seed", "1"), ("refinermethod", "StepSwap")),
        sent=("a ", ("random", "", (("red",), ("blue",))), " fox <lora:x>"),
    )
    asked = build_parameters(wanted, FOLDER, previews=True)
    plain = build_parameters(order(), FOLDER, previews=True)
    assert {key: value for key, value in asked.items() if plain.get(key) != value} == {
        "prompt": "a <random:red|blue> fox \u2039lora:x\u203a",
        "loras": ["detail/a", "b"],
        "loraweights": ["0.8", "-1"],
        "initimagecreativity": 0.0,
        "variationseed": 9,
        "variationseedstrength": 0.5,
        "refinerupscale": 1.5,
        "refinercontrolpercentage": 0.2,
        "refinermethod": "StepSwap",
        "refinerupscalemethod": "pixel-lanczos",
        "sampler": "dpm_2",
    }


def test_a_refiner_model_is_sent_with_what_it_needs() -> None:
    def sent(*extras: tuple[str, str]) -> dict[str, object]:
        asked = build_parameters(order(extras=extras), FOLDER, previews=True)
        return {key: value for key, value in asked.items() if key.startswith("refiner")}

    model = ("refinermodel", "xl/refiner")
    needed = {"refinermodel": "xl/refiner", "refinermethod": "PostApply"}
    assert sent(model) == needed | {"refinercontrolpercentage": 0.2}
    own = ("refinercontrolpercentage", "0.4")
    assert sent(own, model) == needed | {"refinercontrolpercentage": "0.4"}
    assert sent(own) == {"refinercontrolpercentage": "0.4"}


def test_an_extra_never_takes_the_place_of_what_was_checked() -> None:
    spoilt = order(
        extras=(("prompt", "<lora:x>"), ("images", "99"), ("overrideoutpathformat", "raw/<x>")),
        loras=(("<param[steps]:9>", 1.0),),
    )
    asked = build_parameters(spoilt, FOLDER, previews=True)
    assert (asked["prompt"], asked["images"]) == ("a red fox in the snow", 1)
    assert asked["overrideoutpathformat"] == f"raw/{FOLDER}"
    assert asked["loras"] == ["\u2039param[steps]:9\u203a"]
    assert "initimagecreativity" not in build_parameters(
        order(creativity=0.5), FOLDER, previews=True
    )

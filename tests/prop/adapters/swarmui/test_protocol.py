"""Whatever comes over the wire, the decoder answers with events or with one of our errors."""

from __future__ import annotations

import json
import string
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.swarmui.error_messages import SENTENCE_MAX, format_complaint, parse_error
from bot.adapters.swarmui.protocol import ErrorFrame, build_parameters, decode_frame
from bot.core.errors import BackendError, ProtocolError
from bot.core.jobs.progress import ImageReady, PreviewFrame, SamplingStep, StatusFrame
from tests.support.drawing import order

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just("NaN"))
# The machine may be busy; how long one example takes is no property of the decoder.
unhurried = settings(deadline=None)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KEYS = (
    *("status", "gen_progress", "image", "error", "error_id", "discard_indices"),
    *("socket_intention", "keep_alive", "batch_index", "metadata", "current_percent", "preview"),
    *("waiting_gens", "loading_models", "live_gens"),
)
# Real keys with unreal values, nested as the real ones are: what a decoder stumbles over.
FRAMES = st.dictionaries(
    st.sampled_from(KEYS), JSON | st.dictionaries(st.sampled_from(KEYS), JSON), max_size=6
)


def check(frame: Any) -> None:
    try:
        heard = decode_frame(frame)
    except ProtocolError:
        return
    for word in heard:
        match word:
            case SamplingStep(index=index, fraction=fraction):
                assert index >= 0
                assert 0.0 <= fraction <= 1.0
            case StatusFrame():
                assert min(word.waiting, word.loading, word.waiting_backends, word.live) >= 0
            case ImageReady():
                assert word.ref
            case PreviewFrame():
                assert word.index >= 0
                assert word.data
            case ErrorFrame(error=error):
                assert isinstance(error, BackendError)
                assert 0 < len(error.sentence) <= SENTENCE_MAX


@given(FRAMES)
@unhurried
def test_odd_values_under_known_keys(frame: dict[str, Any]) -> None:
    check(frame)
    check(json.dumps(frame))


@given(JSON)
@unhurried
def test_any_json(value: Any) -> None:
    check(json.dumps(value))


@given(st.text() | st.binary())
@unhurried
def test_any_text_and_any_bytes(frame: str | bytes) -> None:
    check(frame)


@given(st.sampled_from("[{"), st.integers(1, 20_000))
@unhurried
def test_deep_nesting(opening: str, depth: int) -> None:
    check(opening * depth)
    check('{"status":' * depth)


@given(JSON, JSON)
@unhurried
def test_any_complaint_is_one_of_our_errors(text: Any, error_id: Any) -> None:
    error = parse_error(text, error_id)
    assert isinstance(error, BackendError)
    assert 0 < len(error.sentence) <= SENTENCE_MAX


PATHS = st.lists(
    st.text(string.ascii_lowercase + string.digits + "_-", min_size=3, max_size=8),
    min_size=2,
    max_size=6,
)


@given(PATHS, st.sampled_from(["/", "C:\\", "\\\\", "~/"]), st.text(string.ascii_letters + " "))
@settings(max_examples=200, deadline=None)
def test_no_path_comes_through(parts: list[str], root: str, around: str) -> None:
    slash = "\\" if "\\" in root else "/"
    path = root + slash.join(parts) + ".safetensors"
    said = format_complaint(f"{around} near {path}")
    assert path not in said
    assert slash not in said
    assert "safetensors" not in said


@given(st.text(), st.text(), st.text())
@unhurried
def test_no_tag_leaves(prompt: str, negative: str, model: str) -> None:
    wanted = order(prompt=prompt + "<", negative=negative + ">", model=model)
    asked = build_parameters(wanted, "swarmbot/d/j/1", previews=True)
    for value in asked.values():
        assert value is not None
        if isinstance(value, str):
            assert not set(value) & {"<", ">"}
    assert len(asked["prompt"]) == len(prompt) + 1

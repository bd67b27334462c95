"""SwarmUI's own texts, as people may read them."""

from __future__ import annotations

import pytest

from bot.adapters.swarmui.error_messages import (
    DETAIL_MAX,
    SENTENCE_MAX,
    format_complaint,
    parse_error,
)
from bot.core.errors import (
    BackendError,
    GenerationInterrupted,
    LoadFailed,
    LoginRequired,
    ModelGone,
    NoBackend,
    NoPicture,
    NotAllowed,
    ProtocolError,
    RequestRejected,
    SessionForgotten,
)
from bot.sandbox.swarmui.gone_files import write_refusal

GONE = write_refusal("model", "sdxl/base")
LOAD = (
    "All available backends failed to load the model "
    "'/srv/swarm/Models/Stable-Diffusion/stub.safetensors'.\n\nPossible reason: System.X: no."
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "ComfyUI execution error: CUDA out of memory. Tried to allocate 20.00 GiB",
            "The GPU ran out of memory.",
        ),
        (
            "ComfyUI execution error: [enforce fail at alloc_cpu.cpp:117] err == 0. "
            "DefaultCPUAllocator: can't allocate memory: you tried to allocate 5242880000 bytes. "
            "Error code 12 (Cannot allocate memory)",
            "The GPU ran out of memory.",
        ),
        (LOAD, "The image server couldn't load this model."),
        (GONE, "That model is gone from the image server."),
        (GONE.replace("\n", "\r\n"), "That model is gone from the image server."),
        (LOAD.replace("System.X: no.", GONE), "That model is gone from the image server."),
        (write_refusal("loras", "ink"), "That LoRA is gone from the image server."),
        (write_refusal("vae", "x"), "That VAE is gone from the image server."),
        (
            GONE.replace("ckpt_name", "sampler_name"),
            "The image server no longer has something that this request needs.",
        ),
        ("Model failed to load.", "The image server couldn't load this model."),
        ("No backends available!", "The image server has no backend running."),
        (
            "Invalid value for parameter Width: Invalid integer value for param Width - '32'"
            " - must be between 64 and 16384",
            "Width must be between 64 and 16384.",
        ),
        (
            "Invalid value for parameter Init Image: Invalid IMAGE value for param Init Image - "
            "'data:image/png;base64,abc' - must be a valid base64 string - got 'abc'",
            "The image server doesn't accept this value for Init Image.",
        ),
        (
            "Invalid value for parameter Model: Invalid model value for param Model - 'x' - "
            "are you sure that model name is correct?",
            "The image server doesn't have this model.",
        ),
        (
            "You do not have permission to use parameter Exact Backend ID.",
            "My account on the image server isn't allowed to use Exact Backend ID.",
        ),
        ("Something odd", "The image server says: Something odd"),
        ("", BackendError.default),
        ("/srv/x", BackendError.default),
    ],
)
def test_known_texts_have_sentences(text: str, sentence: str) -> None:
    assert format_complaint(text) == sentence


@pytest.mark.parametrize(
    "secret",
    [
        "/srv/swarm/Models/Stable-Diffusion/stub.safetensors",
        "'/srv/My Models/a b/stub.safetensors'",
        "C:\\Users\\Ada\\swarm\\stub.safetensors",
        "\\\\nas\\share\\stub.safetensors",
        "http://10.0.0.7:8188/prompt?token=abc",
        "data:image/png;base64," + "iVBORw0KGgo" * 90_000,
        "QUJD" * 30,
        "0690a98bb285e041eeb8e082d9ecedc963da8d0c",
        "x\n   at Swarm.Foo() in /src/Foo.cs:line 12",
    ],
)
def test_nothing_that_is_nobodys_business_comes_through(secret: str) -> None:
    said = format_complaint(f"It broke near {secret} just now")
    assert said.startswith("The image server says: It broke near")
    assert len(said) <= SENTENCE_MAX
    for part in ("srv", "Models", "Users", "Ada", "nas", "10.0.0.7", "token", "iVBOR", "QUJDQUJD"):
        assert part not in said
    assert "0690a98bb285e041" not in said
    assert "Foo" not in said
    assert "\n" not in said


def test_a_long_text_is_cut() -> None:
    said = format_complaint("word " * 1000)
    assert len(said) <= SENTENCE_MAX
    assert said.endswith("…")


@pytest.mark.parametrize(
    ("text", "error_id", "kind"),
    [
        ("Invalid session ID. You may need to refresh.", "invalid_session_id", SessionForgotten),
        ("Invalid or unauthorized.", "", LoginRequired),
        ("You lack permissions for this route.", "bad_permissions", NotAllowed),
        ("invalid or unauthorized", "invalid_user", LoginRequired),
        ("Generation session interrupted.", None, GenerationInterrupted),
        ("No backends available!", None, NoBackend),
        ("Timeout! All backends are occupied with other tasks.", None, RequestRejected),
        (LOAD, None, LoadFailed),
        ("No images were generated (all refused, or failed).", None, NoPicture),
        ("404, path not found.", None, NoPicture),
        ("Unknown API route", "bad_route", ProtocolError),
        ("An internal error occurred", "internal_error", RequestRejected),
        ("Anything else", "never_heard_of", RequestRejected),
        (None, None, RequestRejected),
        (["x"], {"y": 1}, RequestRejected),
    ],
)
def test_each_complaint_is_one_of_our_errors(
    text: object, error_id: object, kind: type[BackendError]
) -> None:
    assert type(parse_error(text, error_id)) is kind


def test_a_model_that_is_gone_is_an_error_of_its_own() -> None:
    stale = "Invalid model value for param Model - 'x' - are you sure that model name is correct?"
    texts = (GONE, LOAD.replace("System.X: no.", GONE), write_refusal("loras", "ink"), stale)
    assert {type(parse_error(text)) for text in texts} == {ModelGone}


@pytest.mark.parametrize(
    "name",
    [
        "ComfyUI execution error: Allocation on device ",
        "CUDA out of memory. Tried to allocate 20.00 GiB",
        "HIP out of memory. Tried to allocate 2.00 GiB",
        "MPS backend out of memory (MPS allocated: 17.00 GB)",
        "torch.OutOfMemoryError",
        "UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY",
        "VK_ERROR_OUT_OF_DEVICE_MEMORY",
        "ErrorOutOfDeviceMemory",
        "CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate",
        "CUDNN_STATUS_ALLOC_FAILED",
        "std::bad_alloc",
        "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes",
        "RuntimeError: [enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory",
        "Could not allocate tensor with 2 bytes. There is not enough GPU video memory available!",
        "Cannot allocate memory",
        "Unable to allocate 3.2 GiB for an array",
        "The paging file is too small for this operation to complete. (os error 1455)",
        "MemoryError",
    ],
)
def test_all_names_of_too_little_memory_are_one_sentence(name: str) -> None:
    assert parse_error(name).sentence == "The GPU ran out of memory."


@pytest.mark.parametrize("text", ["The word memory stands in the prompt", "a room allocated"])
def test_the_word_memory_alone_is_none_of_them(text: str) -> None:
    assert parse_error(text).sentence != "The GPU ran out of memory."


MATCH = (
    "No backends match the settings of the request given! Backends refused for the following "
    "reason(s):\n- "
)


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (
            "Request requires model 'sdxl/a.safetensors' but the backend does not have that model",
            "No backend of the image server has this model.",
        ),
        (
            "Request requires LoRA 'a/b' but the backend does not have that LoRA",
            "No backend of the image server has this LoRA.",
        ),
        (
            "Request requires embedding 'x' but the backend does not have that embedding",
            "No backend of the image server has this embedding.",
        ),
        (
            "Request requires flag 'video' which is not present on the backend",
            "No backend of the image server has a feature that this needs.",
        ),
        ("something new", "No backend of the image server can draw this request."),
    ],
)
def test_the_reasons_why_no_backend_matches_are_told_apart(reason: str, sentence: str) -> None:
    """As BackendHandler.cs and T2IEngine.cs of SwarmUI write them."""
    error = parse_error(MATCH + reason)
    assert error.sentence == sentence
    assert error.fix
    assert reason in error.detail, "the host's log has all of it"


def test_the_detail_has_paths_but_no_base64_and_an_end() -> None:
    error = parse_error(LOAD + " data:image/png;base64," + "iVBORw0KGgo" * 90_000)
    assert "/srv/swarm/Models" in error.detail
    assert "iVBOR" not in error.detail
    assert "/srv" not in error.sentence
    assert len(parse_error("x" * 5000).detail) == DETAIL_MAX

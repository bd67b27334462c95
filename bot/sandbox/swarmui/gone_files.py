"""What ComfyUI says about a file that was deleted since SwarmUI last looked at its folders."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

_EXTENSION: Final = ".safetensors"
# The node and the input that ComfyUI finds each kind of file in.
_NODES: Final = {
    "model": ("CheckpointLoaderSimple", "ckpt_name"),
    "vae": ("VAELoader", "vae_name"),
    "loras": ("LoraLoader", "lora_name"),
}


def is_gone(name: str, gone: Collection[str]) -> bool:
    """Return True if the file of that name was deleted. Extensions do not count."""
    return name.removesuffix(_EXTENSION) in {one.removesuffix(_EXTENSION) for one in gone}


def find_refusal(params: Mapping[str, Any], gone: Collection[str]) -> str | None:
    """Return the refusal of a request that needs a deleted file, or None."""
    for key in _NODES:
        for name in _list_names(params.get(key)):
            if is_gone(name, gone):
                return write_refusal(key, name)
    return None


def write_refusal(key: str, name: str) -> str:
    """Return ComfyUI's answer over several lines, with the words that SwarmUI puts before it."""
    node, field = _NODES[key]
    details = f"{field}: '{name.removesuffix(_EXTENSION)}{_EXTENSION}' not in (list of length 23)"
    one = {
        "type": "value_not_in_list",
        "message": "Value not in list",
        "details": details,
        "extra_info": {"input_name": field, "input_config": None, "received_value": name},
    }
    error = {
        "type": "prompt_outputs_failed_validation",
        "message": "Prompt outputs failed validation",
        "details": "",
        "extra_info": {},
    }
    nodes = {"4": {"errors": [one], "dependent_outputs": ["9"], "class_type": node}}
    return f"ComfyUI errored: {json.dumps({'error': error, 'node_errors': nodes}, indent=2)}"


def _list_names(value: Any) -> Iterable[str]:
    if isinstance(value, list | tuple):
        return map(str, value)
    return str(value or "").split(",")

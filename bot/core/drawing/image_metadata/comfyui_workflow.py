"""Conversion of ComfyUI's workflow, as it is on the screen, into a graph as it runs.

A workflow stores the values of a node as a list without names. The names come from the node's
inputs, or for older workflows from a table of common nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.core.drawing.image_metadata.comfyui_graph import NODES_MAX, Node
from bot.core.drawing.image_metadata.values import as_object

_CONTROL: Final = ("fixed", "increment", "decrement", "randomize")  # follows the value of a seed
_SAMPLER: Final = ("steps", "cfg", "sampler_name", "scheduler")
_VALUE_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "CLIPTextEncodeSD3": ("clip_l", "clip_g", "t5xxl"),
    "KSampler": ("seed", *_SAMPLER, "denoise"),
    "KSamplerAdvanced": ("add_noise", "noise_seed", *_SAMPLER),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "RandomNoise": ("noise_seed",),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name",),
    "UnetLoaderGGUF": ("unet_name",),
    "LoraLoader": ("lora_name",),
    "LoraLoaderModelOnly": ("lora_name",),
    "EmptyLatentImage": ("width", "height"),
    "EmptySD3LatentImage": ("width", "height"),
}


def convert_workflow(value: Mapping[str, Any]) -> dict[str, Node]:
    """Return the nodes by name, or nothing if the object is no workflow."""
    nodes, links = value.get("nodes"), value.get("links")
    if not isinstance(nodes, list) or not isinstance(links, list):
        return {}
    sources = dict(_list_sources(links[: NODES_MAX * 10]))
    graph: dict[str, Node] = {}
    for node in map(as_object, nodes[:NODES_MAX]):
        kind = node.get("type")
        if not isinstance(kind, str) or node.get("mode") == 2:  # muted
            continue
        is_bypassed = node.get("mode") == 4
        inputs = {} if is_bypassed else dict(_name_values(kind, node))
        for slot in _list_objects(node.get("inputs")):
            source = sources.get(str(slot.get("link")))
            if source is not None:
                inputs[str(slot.get("name"))] = [source, 0]
        graph[str(node.get("id"))] = Node(kind, inputs)
    return graph


def _list_objects(value: object) -> list[dict[str, Any]]:
    return [as_object(one) for one in value[:100]] if isinstance(value, list) else []


def _list_sources(links: list[Any]) -> Iterator[tuple[str, str]]:
    """Yield each link's name with the node that it comes from."""
    for link in links:
        if isinstance(link, list) and len(link) >= 2:
            yield str(link[0]), str(link[1])
        elif isinstance(link, dict):
            yield str(link.get("id")), str(link.get("origin_id"))


def _name_values(kind: str, node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    values = node.get("widgets_values")
    if isinstance(values, dict):
        yield from list(values.items())[:100]
        return
    if not isinstance(values, list):
        return
    slots = _list_objects(node.get("inputs"))
    names = [as_object(slot.get("widget")).get("name") for slot in slots]
    named = [name for name in names if isinstance(name, str)]
    plain = [one for one in values[:100] if one not in _CONTROL]
    table = _VALUE_NAMES.get(kind, ())
    if table or len(named) < len(plain):  # a widget that became an input is in `named` alone
        named = list(table) or [f"text_{number}" for number in range(len(plain))]
    yield from zip(named, plain, strict=False)

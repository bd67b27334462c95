"""Parameters in the graph of nodes that ComfyUI writes into a picture.

The prompt is found by the links from a sampler, or from its guider, back to the nodes with texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.core.drawing.image_metadata.comfyui_graph import (
    Graph,
    Node,
    build_graph,
    find_scalar,
    follow_inputs,
    link_target,
)
from bot.core.drawing.image_metadata.comfyui_texts import find_texts
from bot.core.drawing.image_metadata.comfyui_workflow import convert_workflow
from bot.core.drawing.image_metadata.values import (
    ImageMetadata,
    as_object,
    format_value,
    limit_facts,
    load_object,
)

_SAMPLERS_MAX: Final = 50
_FACTS: Final = (
    ("Model", ("ckpt_name", "unet_name", "model_name", "base_ckpt_name", "gguf_name", "model")),
    ("Seed", ("seed", "noise_seed", "seed_num")),
    ("Steps", ("steps",)),
    ("CFG", ("cfg", "cfg_scale")),
    ("Guidance", ("guidance",)),
    ("Sampler", ("sampler_name", "sampler")),
    ("Scheduler", ("scheduler",)),
    ("Denoise", ("denoise",)),
)
_SAMPLER_INPUTS: Final = frozenset({"positive", "guider", "text_embeds", "positive_prompt"})
# Links to other pictures. What lies behind them belongs to an earlier sampler.
_PICTURE_INPUTS: Final = frozenset(
    {"latent_image", "latent", "samples", "image", "images", "pixels", "optional_latent"}
)


def parse_texts(
    texts: Mapping[str, str], objects: Mapping[str, Mapping[str, Any]]
) -> ImageMetadata | None:
    """Return the parameters of the first graph that leads to a prompt, or None."""
    for graph in _find_graphs(texts, objects):
        if (found := _read_graph(graph)) is not None:
            return found
    return None


def _find_graphs(
    texts: Mapping[str, str], objects: Mapping[str, Mapping[str, Any]]
) -> Iterator[Graph]:
    """Yield graphs as they were drawn, then graphs as they were on the screen."""
    found = list(objects.values())
    for text in texts.values():  # "prompt:{...}" and "workflow:{...}" in EXIF
        name, colon, rest = text[:20].partition(":")
        if colon and name.strip().lower() in ("prompt", "workflow"):
            found.append(load_object(text[len(name) + 1 :]) or load_object(rest))
    for outer in list(found):  # both in one object, as some nodes for JPEG files do
        for key in ("prompt", "workflow", "extra_pnginfo"):
            inner = outer.get(key)
            found.append(as_object(inner) or load_object(inner))
    for value in found:
        if graph := build_graph(value):
            yield graph
    for value in found:
        if graph := convert_workflow(value):
            yield graph


def _read_graph(graph: Graph) -> ImageMetadata | None:
    samplers = [
        node for node in graph.values() if node.inputs.keys() & _SAMPLER_INPUTS or _is_sampler(node)
    ]
    for sampler in sorted(samplers[:_SAMPLERS_MAX], key=_is_later_pass):
        prompt = find_texts(graph, sampler, "positive")
        if prompt:
            negative = find_texts(graph, sampler, "negative")
            return ImageMetadata("ComfyUI", prompt, negative, _read_facts(graph, sampler))
    return _read_without_sampler(graph)


def _is_sampler(node: Node) -> bool:
    return "sampler" in node.kind.lower() and bool(node.inputs.keys() & {"conditioning", "prompt"})


def _is_later_pass(node: Node) -> tuple[bool, bool]:
    """Sort loaders and passes that only refine another sampler's picture to the end."""
    denoise = node.inputs.get("denoise")
    refines = isinstance(denoise, int | float) and denoise < 1
    is_sampler = "sampler" in node.kind.lower() or "seed" in node.inputs or "guider" in node.inputs
    return not is_sampler, refines or node.inputs.get("add_noise") == "disable"


def _read_facts(
    graph: Graph, sampler: Node, skip: frozenset[str] = _PICTURE_INPUTS
) -> tuple[tuple[str, str], ...]:
    around = list(follow_inputs(graph, sampler, skip))
    facts = [(label, _find_fact(graph, around, keys)) for label, keys in _FACTS]
    loras = (
        format_value(node.inputs.get("lora_name", node.inputs.get("lora")))
        for node in around
        if "lora" in node.kind.lower()
    )
    facts.append(("LoRAs", ", ".join(dict.fromkeys(filter(None, loras)))[:200]))
    facts.append(("Size", _find_size(graph, sampler)))
    return limit_facts(facts)


def _find_fact(graph: Graph, around: list[Node], keys: tuple[str, ...]) -> str:
    for node in around:
        for key in keys:
            if value := format_value(find_scalar(graph, node, key)):
                return value
    return ""


def _find_size(graph: Graph, sampler: Node) -> str:
    for key in ("latent_image", "latent", "samples", "optional_latent"):
        start = graph.get(link_target(sampler.inputs.get(key)))
        if start is None:
            continue
        for node in follow_inputs(graph, start):
            width = format_value(find_scalar(graph, node, "width"))
            height = format_value(find_scalar(graph, node, "height"))
            if width and height:
                return f"{width}x{height}"
    return ""


def _read_without_sampler(graph: Graph) -> ImageMetadata | None:
    """Read the words behind a node that saves the picture, as in graphs of online services."""
    used = {link_target(value) for node in graph.values() for value in node.inputs.values()}
    ends = [node for name, node in graph.items() if name not in used]
    for end in ends[:_SAMPLERS_MAX]:
        if prompt := find_texts(graph, end, "positive", through_pictures=True):
            negative = find_texts(graph, end, "negative", through_pictures=True)
            return ImageMetadata("ComfyUI", prompt, negative, _read_facts(graph, end, frozenset()))
    return None

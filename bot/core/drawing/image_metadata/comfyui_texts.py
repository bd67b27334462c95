"""Words that reach a ComfyUI node as its positive or negative prompt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bot.core.drawing.image_metadata.comfyui_graph import VISITS_MAX, Graph, Node, link_target
from bot.core.drawing.image_metadata.values import join_texts

_DEPTH_MAX: Final = 60
_OTHER_ROLE: Final = {"positive": "negative", "negative": "positive"}
# Inputs with words. Of a node, the first group that gives a text is read.
_TEXT_KEYS: Final = (
    ("populated_text",),
    ("text",),
    ("text_g", "text_l"),
    ("clip_g", "clip_l", "t5xxl", "llama", "bert", "mt5xl"),
    ("prompt",),
    ("user_prompt",),
    ("wildcard_text",),
    ("string", "String"),
    ("value", "Value"),
    ("tags", "lyrics"),
)
_NUMBERED_TEXT: Final = re.compile(r"(text|string|prompt|value|input|any)_?([a-z]|\d{1,2})")
_TEXT_NODE: Final = re.compile(r"text|string|prompt|primitive|wildcard", re.IGNORECASE)
# Links to models, numbers and pictures. The words behind them are not those of this input.
_OTHER_INPUTS: Final = re.compile(
    r"(base_|refiner_|optional_)?(clip|model|vae|noise|sigmas|sampler|latent|latent_image|samples"
    r"|pixels|mask|control_net|clip_vision|clip_vision_output|style_model|upscale_model|seed"
    r"|noise_seed|steps|cfg|width|height|guidance|strength|image|images|video|lora_stack"
    r"|cnet_stack)(_?\d+)?"
)
_PICTURES: Final = re.compile(r"(image|images|samples|latent|latent_image|pixels|video)(_?\d+)?")
_CHOICES: Final = frozenset({"true", "false", "none", "enable", "disable", "comfy"})


def find_texts(graph: Graph, start: Node, role: str, *, through_pictures: bool = False) -> str:
    """Return the words of the role "positive" or "negative", joined by line ends.

    With `through_pictures`, the way also leads over the pictures that a node saves or changes.
    """
    walk = _TextWalk(graph, role, through_pictures=through_pictures)
    return join_texts(walk.collect_texts(start, 0, is_inside=False))


class _TextWalk:
    """Way back along the links. It visits no node twice.

    It is "inside" as soon as it passed an input that is named after its role. Outside, a negative
    prompt is only looked for, because the words there are the positive ones.
    """

    def __init__(self, graph: Graph, role: str, *, through_pictures: bool) -> None:
        self._graph, self._role = graph, role
        self._through_pictures = through_pictures
        self._seen: set[int] = set()

    def collect_texts(self, node: Node, depth: int, *, is_inside: bool) -> Iterator[str]:
        """Yield the texts of a node, or else those behind its links."""
        if id(node) in self._seen or len(self._seen) >= VISITS_MAX or depth > _DEPTH_MAX:
            return
        self._seen.add(id(node))
        if "zeroout" in node.kind.lower():
            return  # its output has lost the words
        own, other = self._list_role_inputs(node)
        if own:
            for key in own:
                yield from self._read_input(node, key, depth, is_inside=True)
            return
        if is_inside or self._role == "positive":
            texts = list(self._read_own_texts(node, depth, is_inside=is_inside))
            if texts:
                yield from texts
                return
        for key in node.inputs:
            if self._leads_on(key, is_inside=is_inside) and key not in other:
                yield from self._follow_input(node, key, depth, is_inside=is_inside)

    def _list_role_inputs(self, node: Node) -> tuple[list[str], list[str]]:
        """Return the inputs named after this role, and those named after the other one."""
        names = [key for key in node.inputs if "strength" not in key and "scale" not in key]
        own = [key for key in names if self._role in key.lower()]
        return own, [key for key in names if _OTHER_ROLE[self._role] in key.lower()]

    def _leads_on(self, key: str, *, is_inside: bool) -> bool:
        if self._through_pictures and not is_inside and _PICTURES.fullmatch(key):
            return True
        if self._role == "negative" and not is_inside and key.startswith("cond"):
            return False
        return not _OTHER_INPUTS.fullmatch(key)

    def _read_input(self, node: Node, key: str, depth: int, *, is_inside: bool) -> Iterator[str]:
        value = node.inputs[key]
        if not isinstance(value, str):
            yield from self._follow_input(node, key, depth, is_inside=is_inside)
        elif value.strip().lower() not in _CHOICES:
            yield value

    def _follow_input(self, node: Node, key: str, depth: int, *, is_inside: bool) -> Iterator[str]:
        onward = self._graph.get(link_target(node.inputs[key]))
        if onward is not None:
            yield from self.collect_texts(onward, depth + 1, is_inside=is_inside)

    def _read_own_texts(self, node: Node, depth: int, *, is_inside: bool) -> Iterator[str]:
        numbered = tuple(key for key in node.inputs if _NUMBERED_TEXT.fullmatch(key))
        for keys in (*_TEXT_KEYS, numbered):
            found = [
                text
                for key in keys
                if key in node.inputs
                for text in self._read_input(node, key, depth, is_inside=is_inside)
                if text.strip()
            ]
            if found:
                between = node.inputs.get("delimiter", node.inputs.get("separator"))
                yield from [between.join(found)] if isinstance(between, str) else found
                return
        if _TEXT_NODE.search(node.kind):
            texts = (value for value in node.inputs.values() if isinstance(value, str))
            yield max(texts, key=len, default="")

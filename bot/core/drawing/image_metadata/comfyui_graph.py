"""Graph of ComfyUI's nodes, and ways along its links. Bounded in nodes, depth and visits."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from bot.core.drawing.image_metadata.values import as_object

NODES_MAX: Final = 2_000
VISITS_MAX: Final = 500  # nodes on one way back from a sampler
_INPUTS_MAX: Final = 100
_HOPS_MAX: Final = 20
_VALUE_KEYS: Final = ("value", "Value", "int", "float", "number", "string", "String", "text")


@dataclass(frozen=True, slots=True)
class Node:
    """Node by its class, such as `KSampler`, with its inputs as values or links."""

    kind: str
    inputs: Mapping[str, Any]


Graph: TypeAlias = Mapping[str, Node]


def build_graph(value: Mapping[str, Any]) -> dict[str, Node]:
    """Return the nodes by name, or nothing if the object is no graph as ComfyUI runs it."""
    nodes: dict[str, Node] = {}
    for name, node in list(value.items())[:NODES_MAX]:
        fields = as_object(node)
        inputs = as_object(fields.get("inputs"))
        if inputs and ("class_type" in fields or fields.keys() <= {"inputs", "_meta"}):
            kind = fields.get("class_type")
            few = dict(list(inputs.items())[:_INPUTS_MAX])
            nodes[name] = Node(kind if isinstance(kind, str) else "", few)
    return nodes


def link_target(value: object) -> str:
    """Return the name of the node that a link comes from, or "" if the value is no link."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int):
        return str(value[0])
    return ""


def follow_inputs(graph: Graph, start: Node, skip: Set[str] = frozenset()) -> Iterator[Node]:
    """Yield a node and all nodes behind its links, the nearest first."""
    seen, waiting, left = set[int](), deque([start]), VISITS_MAX
    while waiting and left:
        node = waiting.popleft()
        if id(node) in seen:
            continue
        seen.add(id(node))
        left -= 1
        yield node
        for key, value in node.inputs.items():
            if key not in skip and (onward := graph.get(link_target(value))) is not None:
                waiting.append(onward)


def find_scalar(graph: Graph, node: Node, key: str) -> object:
    """Return an input's value, also if it comes over links from a node that holds a value."""
    value = node.inputs.get(key)
    for _ in range(_HOPS_MAX):
        target = graph.get(link_target(value))
        if target is None:
            return None if isinstance(value, list | dict) else value
        value = next(
            (target.inputs[one] for one in (key, *_VALUE_KEYS) if one in target.inputs), None
        )
    return None

"""Nodes and links of a graph that anybody may have written."""

from __future__ import annotations

import pytest

from bot.core.drawing.image_metadata import comfyui_graph
from bot.core.drawing.image_metadata.comfyui_graph import (
    Node,
    build_graph,
    find_scalar,
    follow_inputs,
    link_target,
)
from tests.support.picture_files import node


def test_a_graph_holds_nodes_only() -> None:
    value = {"1": node("X", text="a"), "2": 7, "3": {"inputs": []}, "4": {"nodes": {"a": 1}}}
    assert build_graph(value) == {"1": Node("X", {"text": "a"})}


def test_a_graph_is_cut_to_so_many_nodes() -> None:
    value = {str(number): node("X", text="a") for number in range(comfyui_graph.NODES_MAX + 9)}
    assert len(build_graph(value)) == comfyui_graph.NODES_MAX


@pytest.mark.parametrize(
    ("value", "target"),
    [(["4", 0], "4"), ([4, 1], "4"), (["4"], ""), ([{}, 0], ""), ("4", ""), (None, "")],
)
def test_a_link_is_a_name_and_an_output(value: object, target: str) -> None:
    assert link_target(value) == target


def test_links_are_followed_nearest_first_and_once() -> None:
    graph = build_graph(
        {
            "1": node("A", a=["2", 0], b=["3", 0]),
            "2": node("B", a=["4", 0]),
            "3": node("C", a=["4", 0], b=["1", 0]),
            "4": node("D", x=1),
        }
    )
    assert [one.kind for one in follow_inputs(graph, graph["1"])] == ["A", "B", "C", "D"]
    assert [one.kind for one in follow_inputs(graph, graph["1"], {"a"})] == ["A", "C"]


def test_a_value_is_found_over_links() -> None:
    graph = build_graph(
        {
            "1": node("A", seed=["2", 0], steps=9, loop=["3", 0]),
            "2": node("Reroute", value=["4", 0]),
            "3": node("B", loop=["3", 0]),
            "4": node("Int", value=7),
        }
    )
    assert find_scalar(graph, graph["1"], "seed") == 7
    assert find_scalar(graph, graph["1"], "steps") == 9
    assert find_scalar(graph, graph["1"], "loop") is None
    assert find_scalar(graph, graph["1"], "cfg") is None

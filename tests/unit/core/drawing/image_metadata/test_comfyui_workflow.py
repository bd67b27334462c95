"""The form of a graph that ComfyUI has on the screen."""

from __future__ import annotations

import pytest

from bot.core.drawing.image_metadata.comfyui_workflow import convert_workflow
from tests.support.picture_files import WORKFLOW


def test_values_get_their_names_and_links_their_nodes() -> None:
    graph = convert_workflow(WORKFLOW)
    inputs = graph["3"].inputs
    assert (inputs["seed"], inputs["steps"], inputs["sampler_name"]) == (5, 20, "euler")
    assert inputs["positive"] == ["6", 0]
    assert graph["6"].inputs == {"text": "a fox"}


def test_newer_workflows_name_the_values_themselves() -> None:
    slots = [
        {"name": "model", "link": 4},
        {"name": "words", "widget": {"name": "words"}, "link": None},
    ]
    value = {
        "nodes": [{"id": 1, "type": "New", "inputs": slots, "widgets_values": ["a fox"]}],
        "links": [{"id": 4, "origin_id": 9}],
    }
    assert convert_workflow(value)["1"].inputs == {"words": "a fox", "model": ["9", 0]}


def test_muted_nodes_are_left_out_and_bypassed_ones_have_no_values() -> None:
    nodes = [
        {"id": 1, "type": "X", "mode": 2, "widgets_values": ["a"]},
        {"id": 2, "type": "X", "mode": 4, "widgets_values": ["a"]},
        {"id": 3, "type": "X", "widgets_values": {"text": "a"}},
    ]
    graph = convert_workflow({"nodes": nodes, "links": []})
    assert {name: node.inputs for name, node in graph.items()} == {"2": {}, "3": {"text": "a"}}


@pytest.mark.parametrize(
    "value",
    [{}, {"nodes": 7, "links": []}, {"nodes": []}, {"nodes": [7, {"id": 1}], "links": [7, []]}],
)
def test_another_object_is_no_workflow(value: dict[str, object]) -> None:
    assert convert_workflow(value) == {}

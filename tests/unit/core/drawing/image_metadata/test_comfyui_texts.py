"""Which words reach which input of a node."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.drawing.image_metadata.comfyui_graph import build_graph
from bot.core.drawing.image_metadata.comfyui_texts import find_texts
from tests.support.picture_files import node


def find(nodes: dict[str, Any], role: str = "positive", **how: Any) -> str:
    graph = build_graph(nodes)
    return find_texts(graph, graph["1"], role, **how)


ENCODE = node("CLIPTextEncode", text="a fox", clip=["9", 0])


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ({"2": ENCODE}, "a fox"),
        ({"2": node("X", text_g="a", text_l="b")}, "a\nb"),
        ({"2": node("X", text="", text_g="a")}, "a"),
        ({"2": node("ShowText", text=["5", 0], text_0="a fox"), "5": node("LLM", x=1)}, "a fox"),
        ({"2": node("MyTextBox", words="a fox", mode="x")}, "a fox"),
        ({"2": node("Loader", name="a fox")}, ""),
        ({"2": node("Switch", any_01=["3", 0]), "3": ENCODE}, "a fox"),
        ({"2": node("ZeroOut", conditioning=["3", 0]), "3": ENCODE}, ""),
        ({"2": node("Apply", positive=["3", 0], strength_positive=1), "3": ENCODE}, "a fox"),
        ({"2": node("unCLIP", conditioning=["3", 0], image=["4", 0]), "3": ENCODE}, "a fox"),
    ],
)
def test_the_words_of_the_positive_input(nodes: dict[str, Any], words: str) -> None:
    assert find({"1": node("KSampler", positive=["2", 0]), **nodes}) == words


def test_a_guider_without_a_negative_input_has_no_negative_words() -> None:
    nodes = {
        "1": node("SamplerCustomAdvanced", guider=["2", 0]),
        "2": node("BasicGuider", conditioning=["3", 0]),
        "3": ENCODE,
    }
    assert find(nodes) == "a fox"
    assert find(nodes, "negative") == ""


def test_pictures_are_only_followed_when_asked() -> None:
    nodes = {"1": node("SaveImage", images=["2", 0]), "2": node("Online", prompt="a fox")}
    assert find(nodes) == ""
    assert find(nodes, through_pictures=True) == "a fox"

"""Graphs of ComfyUI: from a sampler or its guider to the words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.core.drawing.image_metadata.comfyui import parse_texts
from bot.core.drawing.image_metadata.values import ImageMetadata, load_object
from tests.support.picture_files import GRAPHS, NEGATIVE, WORKFLOW, node, sampler


def read(texts: dict[str, str]) -> ImageMetadata | None:
    objects = {key: value for key, text in texts.items() if (value := load_object(text))}
    return parse_texts(texts, objects)


def read_graph(graph: dict[str, Any]) -> ImageMetadata | None:
    return read({"prompt": json.dumps(graph)})


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("order", [1, -1])
def test_each_graph_leads_to_its_words(name: str, order: int) -> None:
    """In any order of its nodes."""
    graph, prompt, negative = GRAPHS[name]
    found = read_graph(dict(list(graph.items())[::order]))
    assert found is not None
    assert (found.prompt.splitlines(), found.negative) == (prompt.splitlines(), negative)
    assert found.program == "ComfyUI"


def test_seed_steps_and_guidance_come_from_other_nodes() -> None:
    found = read_graph(
        GRAPHS["cfg-guider"][0]
        | {
            "3": node("UNETLoader", unet_name="flux.safetensors"),
            "4": node("LoraLoaderModelOnly", model=["3", 0], lora_name="ink.safetensors"),
            "22": node("CFGGuider", positive=["6", 0], negative=["7", 0], cfg=4, model=["4", 0]),
            "25": node("RandomNoise", noise_seed=["80", 0]),
            "80": node("Seed (rgthree)", seed=42),
            "16": node("KSamplerSelect", sampler_name="euler"),
            "5": node("EmptySD3LatentImage", width=1024, height=["81", 0]),
            "81": node("PrimitiveInt", value=768),
            "13": node(
                "SamplerCustomAdvanced",
                guider=["22", 0],
                noise=["25", 0],
                sigmas=["9", 0],
                sampler=["16", 0],
                latent_image=["5", 0],
            ),
        }
    )
    assert found is not None
    assert found.facts == (
        ("Model", "flux.safetensors"),
        ("Seed", "42"),
        ("Steps", "12"),
        ("CFG", "4"),
        ("Sampler", "euler"),
        ("Scheduler", "simple"),
        ("LoRAs", "ink.safetensors"),
        ("Size", "1024x768"),
    )


def test_the_first_pass_counts_not_the_one_that_refines_it() -> None:
    first = sampler("6", denoise=1.0)
    later = sampler("6", denoise=0.4, latent_image=["3", 0])
    later["inputs"] |= {"seed": 9}
    graph = {"90": later, "3": first, "6": node("CLIPTextEncode", text="a fox"), "7": NEGATIVE}
    found = read_graph(graph)
    assert found is not None
    assert dict(found.facts)["Seed"] == "5"


def test_both_forms_in_one_object_and_the_form_on_the_screen_are_read() -> None:
    both = json.dumps({"prompt": GRAPHS["plain"][0], "workflow": WORKFLOW})
    for texts in ({"UserComment": both}, {"workflow": json.dumps(WORKFLOW)}):
        found = read(texts)
        assert found is not None
        assert (found.prompt, found.negative) == ("a fox", "blurry")


def test_the_names_of_comfyuis_webp_are_read() -> None:
    texts = {"Make": 'workflow:{"nodes": []}', "Model": f"prompt:{json.dumps(GRAPHS['plain'][0])}"}
    found = read(texts)
    assert found is not None
    assert found.prompt == "a fox"


def chain(length: int) -> dict[str, Any]:
    links = {
        str(n): node("ConditioningSetArea", conditioning=[str(n + 1), 0]) for n in range(length)
    }
    return {"s": sampler("0"), **links, str(length): node("CLIPTextEncode", text="a fox")}


def test_a_chain_is_followed_for_so_far_only() -> None:
    near, far = read_graph(chain(40)), read_graph(chain(400))
    assert near is not None
    assert near.prompt == "a fox"
    assert far is None


@pytest.mark.parametrize(
    "graph",
    [
        {"1": node("KSampler", positive=["1", 0], negative=["1", 0])},
        {"1": node("KSampler", positive=["2", 0]), "2": node("X", text=["2", 0], value=["1", 0])},
        {"1": node("SamplerCustomAdvanced", guider=["2", 0]), "2": node("G", guider=["1", 0])},
        {str(n): node("X", positive=[str(n + 1), 0]) for n in range(5_000)},
        {str(n): node("T", **{f"text{k}": [str(k), 0] for k in range(90)}) for n in range(90)},
        {"1": {"class_type": 7, "inputs": {"positive": [{}, 0]}}},
    ],
)
def test_circles_and_crowds_end(graph: dict[str, Any]) -> None:
    assert read_graph(graph) is None

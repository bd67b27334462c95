"""Parameters as fields with names, in one JSON object or in one text each.

So write NovelAI, InvokeAI, Fooocus, Easy Diffusion, Draw Things and smaller programs. They differ
in the names of the fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.core.drawing.image_metadata.values import (
    PROMPT_LENGTH_MAX,
    ImageMetadata,
    as_object,
    format_value,
    join_texts,
    limit_facts,
    load_object,
    take_text,
)

UNNAMED_PROGRAM: Final = "a program I don't know by name"
_PROMPT_KEYS: Final = ("prompt", "positiveprompt", "positive", "fullprompt", "rawprompt", "c")
_NEGATIVE_KEYS: Final = ("negativeprompt", "negative", "fullnegativeprompt", "uc", "rawnegative")
_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "Model": (
        "model",
        "basemodel",
        "basemodelname",
        "modelname",
        "modelweights",
        "usestablediffusionmodel",
        "stablediffusionmodel",
        "sdmodel",
        "ckpt",
        "checkpoint",
    ),
    "Seed": ("seed", "noiseseed"),
    "Steps": ("steps", "numinferencesteps", "samplingsteps"),
    "CFG": ("cfg", "cfgscale", "scale", "guidancescale", "guidance"),
    "Sampler": ("sampler", "samplername", "sampling"),
    "Scheduler": ("scheduler", "noiseschedule", "scheduletype"),
    "Size": ("size", "resolution"),
    "Width": ("width",),
    "Height": ("height",),
    "Strength": ("strength", "denoisingstrength", "promptstrength"),
    "CLIP skip": ("clipskip",),
    "VAE": ("vae", "usevaemodel", "vaemodel"),
    "LoRAs": ("loras", "lora", "useloramodel"),
    "Styles": ("styles", "style"),
    "Performance": ("performance",),
    "Sharpness": ("sharpness",),
    "Refiner": ("refinermodel", "refiner"),
    "Upscaler": ("useupscale", "upscaler"),
}
_DREAM: Final = re.compile(r'\s*"([^"]{0,5000})"([^"]{0,2000})')
_DREAM_SWITCH: Final = re.compile(r"(?<!\S)-([sSWHCA]) ?([\w.-]{1,40})")
_DREAM_NAMES: Final = {"s": "steps", "S": "seed", "W": "width", "H": "height", "C": "cfg"}
_BRACKETS: Final = re.compile(r"\[([^\[\]]{0,2000})\]")
_MIDJOURNEY: Final = re.compile(r"(.{1,5000}?)(?:--\w|Job ID:)", re.DOTALL)
_MIDJOURNEY_SWITCH: Final = re.compile(r"--([a-z]{1,20}) ([\w.:,-]{1,60})")


def parse_texts(
    texts: Mapping[str, str], objects: Mapping[str, Mapping[str, Any]]
) -> ImageMetadata | None:
    """Return the parameters of the first text that has a prompt, or None."""
    for value in objects.values():
        if (found := _parse_object(value, texts)) is not None:
            return found
    dream = texts.get("Dream") or texts.get("dream")
    if dream and (found := _parse_dream(dream)) is not None:
        return found
    if (found := _parse_separate_texts(texts)) is not None:
        return found
    return _parse_midjourney(texts)


def _parse_object(value: Mapping[str, Any], texts: Mapping[str, str]) -> ImageMetadata | None:
    outer = value
    for key in ("image", "node", "params", "parameters", "metadata", "meta", "request"):
        if inner := as_object(value.get(key)):
            value = {**value, **inner}
    if comment := load_object(value.get("Comment")):  # NovelAI's hidden copy of all its texts
        value, texts = comment, {**texts, **{k: v for k, v in value.items() if isinstance(v, str)}}
    fields = _simplify_names(value)
    prompt = _read_prompt(fields, _PROMPT_KEYS)
    negative = _read_prompt(fields, _NEGATIVE_KEYS)
    if "uc" in fields and "c" not in fields:
        return _parse_novelai(fields, prompt, negative, texts)
    if "image" in outer and "prompt" not in outer:  # InvokeAI before 3.0: "a fox [snow]"
        prompt, negative = _split_brackets(prompt)
    if not prompt and not negative:
        return None
    program = _name_program(fields, value, texts)
    return ImageMetadata(program, prompt, negative, limit_facts(_read_facts(fields)))


def _parse_novelai(
    fields: Mapping[str, Any], prompt: str, negative: str, texts: Mapping[str, str]
) -> ImageMetadata | None:
    prompt = prompt or take_text(texts.get("Description"))
    characters = [prompt, *_list_character_prompts(fields.get("v4prompt"))]
    negatives = [negative, *_list_character_prompts(fields.get("v4negativeprompt"))]
    facts = [("Model", format_value(texts.get("Source"))), *_read_facts(fields)]
    return ImageMetadata(
        "NovelAI", join_texts(characters), join_texts(negatives), limit_facts(facts)
    )


def _list_character_prompts(value: object) -> Iterator[str]:
    characters = as_object(as_object(value).get("caption")).get("char_captions")
    for one in characters[:20] if isinstance(characters, list) else ():
        yield take_text(as_object(one).get("char_caption"))


def _parse_separate_texts(texts: Mapping[str, str]) -> ImageMetadata | None:
    """Return the fields that stand in one text each, as Easy Diffusion writes them."""
    fields = _simplify_names(texts)
    prompt, negative = take_text(fields.get("prompt")), take_text(fields.get("negativeprompt"))
    facts = limit_facts(_read_facts(fields))
    if prompt.startswith("{") or not (prompt and (facts or "negativeprompt" in fields)):
        return None
    return ImageMetadata(_name_program(fields, texts, texts), prompt, negative, facts)


def _parse_dream(text: str) -> ImageMetadata | None:
    """Return what InvokeAI wrote before version 2, a command line."""
    found = _DREAM.match(text)
    if found is None:
        return None
    prompt, negative = _split_brackets(found[1])
    switches = {
        _DREAM_NAMES.get(name, "sampler"): to for name, to in _DREAM_SWITCH.findall(found[2])
    }
    return ImageMetadata("InvokeAI", prompt, negative, limit_facts(_read_facts(switches)))


def _parse_midjourney(texts: Mapping[str, str]) -> ImageMetadata | None:
    for key in ("Description", "ImageDescription", "Comment", "UserComment"):
        text = texts.get(key, "")[: PROMPT_LENGTH_MAX * 2]
        found = _MIDJOURNEY.match(text)
        if found is None or not ("Job ID:" in text or _MIDJOURNEY_SWITCH.search(text)):
            continue
        switches = dict(_MIDJOURNEY_SWITCH.findall(text[len(found[1]) :][:2000]))
        facts = [(f"--{name}", value) for name, value in switches.items() if name != "no"]
        return ImageMetadata(
            "Midjourney", take_text(found[1]), switches.get("no", ""), limit_facts(facts)
        )
    return None


def _simplify_names(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields by names in lower case without blanks and signs, the first one each."""
    simple: dict[str, Any] = {}
    for key, field in list(value.items())[:500]:
        simple.setdefault(re.sub(r"[\W_]", "", key[:60]).lower(), field)
    return simple


def _read_prompt(fields: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = fields.get(key)
        parts = value[:50] if isinstance(value, list) else [value]
        texts = [as_object(part).get("prompt", part) for part in parts]
        if text := join_texts(take_text(one) for one in texts):
            return text
    return ""


def _split_brackets(prompt: str) -> tuple[str, str]:
    negative = join_texts(_BRACKETS.findall(prompt))
    return take_text(_BRACKETS.sub("", prompt)).strip(" ,"), negative


def _read_facts(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for label, keys in _LABELS.items():
        values = (format_value(_name_model(fields[key])) for key in keys if key in fields)
        yield label, next((value for value in values if value not in ("", "None")), "")


def _name_model(value: object) -> object:
    """Return the names in objects that describe models, as InvokeAI's."""
    if isinstance(value, list):
        return [_name_model(one) for one in value[:50] if not isinstance(one, list)]
    fields = as_object(value)
    for key in ("model_name", "name", "model", "lora", "file"):
        if key in fields:
            inner = fields[key]
            return inner if isinstance(inner, str) else as_object(inner).get("name", "")
    return value


def _name_program(
    fields: Mapping[str, Any], value: Mapping[str, Any], texts: Mapping[str, str]
) -> str:
    named = " ".join(
        format_value(one)
        for one in (fields.get("software"), fields.get("app"), texts.get("Software"))
    ).lower()
    if "c" in fields and "prompt" not in fields:
        return "Draw Things"
    if "invokeai_metadata" in texts or "sd-metadata" in texts or "appversion" in fields:
        return "InvokeAI"
    if "metadatascheme" in fields or "basemodel" in fields or "fooocus" in named:
        return "Fooocus"
    if fields.keys() & {"usestablediffusionmodel", "stablediffusionmodel", "numinferencesteps"}:
        return "Easy Diffusion"
    if "negative_prompt" in value and value is texts:
        return "Easy Diffusion"
    return UNNAMED_PROGRAM

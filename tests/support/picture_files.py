"""Picture files of many programs, each with what should be read from it.

The files are made by the libraries that programs use (Pillow, piexif, pypng) or byte by byte after
the published descriptions of PNG, JPEG, EXIF, WebP and XMP. `writer` says which. No picture lies in
the repository.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import piexif
import piexif.helper
import png as pypng
from PIL import Image
from PIL.PngImagePlugin import PngInfo

NOTHING: Final = "nothing is written"
UNREADABLE: Final = "something is written that cannot be read"
SIDE: Final = 64


@dataclass(frozen=True)
class PictureFile:
    """A file, and the prompt in it, or one of the two sentences."""

    name: str
    writer: str
    data: bytes
    expected: str
    negative: str | None = None  # None where it does not matter
    seed: str = ""


@dataclass(frozen=True)
class Words:
    """A text as one program writes it, and what it means."""

    text: str
    prompt: str
    negative: str = ""
    seed: str = "5"


# --- what programs write -------------------------------------------------------------------------


def build_lines(prompt: str, negative: str = "blurry", settings: str = "") -> Words:
    line = f"Steps: 25, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 512x512{settings}"
    return Words(f"{prompt}\nNegative prompt: {negative}\n{line}", prompt, negative)


LINES: Final = {
    "a1111-latin": build_lines("a red fox in the snow"),
    "a1111-russian": build_lines("рыжая лиса на снегу", "размыто"),
    "a1111-chinese": build_lines("雪地里的红狐狸,杰作", "模糊"),
    "a1111-japanese": build_lines("雪の中の赤い狐、傑作", "ぼやけた"),
    "a1111-german": build_lines("ein Fuchs über dem Fluß, Gemälde"),
    "a1111-emoji": build_lines("a fox 🦊 in the snow ❄"),
    "a1111-two-lines": build_lines("a fox,\nin the snow", "text,\nblurry"),
    "forge-templates": Words(
        "a biker\nNegative prompt: low quality\nSteps: 25, Sampler: Euler, Seed: 5, Size: 512x512, "
        "Version: f2.0.1v1.10.1\nTemplate: a {biker|rider}\nneon lights\n"
        "Negative Template: low quality",
        "a biker",
        "low quality",
    ),
    "civitai": build_lines(
        "a fox",
        settings=', Civitai resources: [{"type":"checkpoint","modelVersionId":889818,'
        '"modelName":"Illustrious-XL"}], Civitai metadata: {}',
    ),
    "without-a-blank": Words("fox\nNegative prompt:blurry\nSteps: 3, Seed: 5", "fox", "blurry"),
    "windows-line-ends": Words(
        "fox\r\nNegative prompt: blurry\r\nSteps: 3, Seed: 5", "fox", "blurry"
    ),
    "quoted-settings": build_lines(
        "a fox", settings=', Lora hashes: "ink: 1a, line: 2b", TI: "a \\"b\\", c: d"'
    ),
    "hashes-as-json": build_lines("a fox", settings=', Hashes: {"model": "ab", "vae": "cd"}'),
}

SWARMUI: Final = Words(
    json.dumps(
        {
            "sui_image_params": {
                "prompt": "a fox über Eis",
                "negativeprompt": "snow",
                "seed": 5,
                "model": "base",
            },
            "sui_extra_data": {"date": "2026-11-24"},
        },
        ensure_ascii=False,
        indent=2,
    ),
    "a fox über Eis",
    "snow",
)


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


LOADER: Final = node("CheckpointLoaderSimple", ckpt_name="base.safetensors")
NEGATIVE: Final = node("CLIPTextEncode", text="blurry", clip=["4", 1])


def sampler(positive: str, negative: str = "7", **more: Any) -> dict[str, Any]:
    links = {"positive": [positive, 0], "negative": [negative, 0], "model": ["4", 0]}
    return node("KSampler", seed=5, steps=20, cfg=8, **links, **more)


GRAPHS: Final[dict[str, tuple[dict[str, Any], str, str]]] = {
    "plain": (
        {
            "3": sampler("6"),
            "4": LOADER,
            "6": node("CLIPTextEncode", text="a fox", clip=["4", 1]),
            "7": NEGATIVE,
        },
        "a fox",
        "blurry",
    ),
    "flux-guider": (
        {
            "6": node("CLIPTextEncode", text="a fox"),
            "26": node("FluxGuidance", guidance=3.5, conditioning=["6", 0]),
            "22": node("BasicGuider", conditioning=["26", 0]),
            "13": node("SamplerCustomAdvanced", guider=["22", 0], noise=["25", 0]),
            "25": node("RandomNoise", noise_seed=5),
        },
        "a fox",
        "",
    ),
    "flux-two-texts": (
        {
            "3": sampler("6"),
            "6": node("CLIPTextEncodeFlux", clip_l="fox", t5xxl="a fox in the snow"),
            "7": NEGATIVE,
        },
        "fox\na fox in the snow",
        "blurry",
    ),
    "cfg-guider": (
        {
            "6": node("CLIPTextEncode", text="a fox"),
            "7": NEGATIVE,
            "22": node("CFGGuider", positive=["6", 0], negative=["7", 0], cfg=4),
            "13": node("SamplerCustomAdvanced", guider=["22", 0], noise=["25", 0], sigmas=["9", 0]),
            "9": node("BasicScheduler", steps=12, scheduler="simple"),
            "25": node("RandomNoise", noise_seed=5),
        },
        "a fox",
        "blurry",
    ),
    "controlnet": (
        {
            "3": sampler("30", "30"),
            "30": node("ControlNetApplyAdvanced", positive=["6", 0], negative=["7", 0]),
            "6": node("CLIPTextEncode", text="a fox"),
            "7": NEGATIVE,
        },
        "a fox",
        "blurry",
    ),
    "combined": (
        {
            "3": sampler("31"),
            "31": node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["8", 0]),
            "6": node("CLIPTextEncode", text="a fox"),
            "8": node("CLIPTextEncode", text="a hill"),
            "7": NEGATIVE,
        },
        "a fox\na hill",
        "blurry",
    ),
    "zeroed-negative": (
        {
            "3": sampler("6", "9"),
            "9": node("ConditioningZeroOut", conditioning=["6", 0]),
            "6": node("CLIPTextEncode", text="a fox"),
        },
        "a fox",
        "",
    ),
    "joined-texts": (
        {
            "3": sampler("6"),
            "6": node("CLIPTextEncode", text=["40", 0]),
            "40": node("StringConcatenate", string_a=["41", 0], string_b="in snow", delimiter=", "),
            "41": node("PrimitiveStringMultiline", value="a fox"),
            "7": NEGATIVE,
        },
        "a fox, in snow",
        "blurry",
    ),
    "styler": (
        {
            "3": sampler("6", "7"),
            "6": node("CLIPTextEncode", text=["50", 0]),
            "7": node("CLIPTextEncode", text=["50", 1]),
            "50": node("SDXLPromptStyler", text_positive="a fox", text_negative="blurry"),
        },
        "a fox",
        "blurry",
    ),
    "loader-with-texts": (
        {
            "3": sampler("60", "60"),
            "60": node("Efficient Loader", positive="a fox", negative="blurry", ckpt_name="x"),
        },
        "a fox",
        "blurry",
    ),
    "pipe": (
        {
            "3": sampler("70", "70"),
            "70": node("FromBasicPipe", basic_pipe=["71", 0]),
            "71": node("ToBasicPipe", positive=["6", 0], negative=["7", 0]),
            "6": node("CLIPTextEncode", text="a fox"),
            "7": NEGATIVE,
        },
        "a fox",
        "blurry",
    ),
    "sdxl": (
        {
            "3": sampler("6"),
            "6": node("CLIPTextEncodeSDXL", text_g="a fox", text_l="a fox", width=1024),
            "7": NEGATIVE,
        },
        "a fox",
        "blurry",
    ),
    "film": (
        {
            "27": node("WanVideoSampler", text_embeds=["16", 0], seed=5, steps=6, cfg=1.0),
            "16": node("WanVideoTextEncode", positive_prompt="a fox", negative_prompt="blurry"),
        },
        "a fox",
        "blurry",
    ),
    "wildcards": (
        {
            "3": sampler("6"),
            "6": node("ImpactWildcardEncode", wildcard_text="a {fox|owl}", populated_text="a fox"),
            "7": NEGATIVE,
        },
        "a fox",
        "blurry",
    ),
    "online-service": (
        {
            "1": node("IdeogramV3", prompt="a fox", negative_prompt="blurry", seed=5),
            "2": node("SaveImage", images=["1", 0], filename_prefix="x"),
        },
        "a fox",
        "blurry",
    ),
    "second-pass": (
        {
            "90": sampler("6", denoise=0.4, latent_image=["3", 0]),
            "3": sampler("6", denoise=1.0),
            "6": node("CLIPTextEncode", text="a fox"),
            "7": NEGATIVE,
        },
        "a fox",
        "blurry",
    ),
}

WORKFLOW: Final = {
    "nodes": [
        {
            "id": 3,
            "type": "KSampler",
            "inputs": [
                {"name": "positive", "link": 1},
                {"name": "negative", "link": 2},
            ],
            "widgets_values": [5, "randomize", 20, 8, "euler", "normal", 1],
        },
        {"id": 6, "type": "CLIPTextEncode", "inputs": [], "widgets_values": ["a fox"]},
        {"id": 7, "type": "CLIPTextEncode", "inputs": [], "widgets_values": ["blurry"]},
    ],
    "links": [[1, 6, 0, 3, 1, "CONDITIONING"], [2, 7, 0, 3, 2, "CONDITIONING"]],
}

NOVELAI: Final = json.dumps(
    {"prompt": "1girl, rooftop", "uc": "lowres", "steps": 28, "scale": 5.0, "seed": 5}
)
NOVELAI_4: Final = json.dumps(
    {
        "prompt": "rooftop",
        "uc": "lowres",
        "seed": 5,
        "v4_prompt": {
            "caption": {"base_caption": "x", "char_captions": [{"char_caption": "girl"}]}
        },
    }
)
INVOKEAI: Final = json.dumps(
    {
        "positive_prompt": "a lighthouse",
        "negative_prompt": "blurry",
        "seed": 5,
        "model": {"name": "Juggernaut XL"},
    }
)
INVOKEAI_2: Final = json.dumps(
    {"model_weights": "sd15", "image": {"prompt": [{"prompt": "a fox [snow]"}], "seed": 5}}
)
FOOOCUS: Final = json.dumps(
    {
        "prompt": "a castle",
        "negative_prompt": "",
        "base_model": "juggernautXL",
        "seed": "5",
        "metadata_scheme": "fooocus",
    }
)
RUINED: Final = json.dumps(
    {"Prompt": "a castle", "Negative": "fog", "seed": 5, "software": "RuinedFooocus"}
)
EASY: Final = json.dumps(
    {"prompt": "a fox", "negative_prompt": "x", "seed": 5, "num_inference_steps": 20}
)
DRAW_THINGS: Final = json.dumps({"c": "a fox", "uc": "blurry", "steps": 20, "seed": 5})
UNKNOWN_JSON: Final = json.dumps({"prompt": "a fox", "negative_prompt": "x", "seed": 5})

# PNG texts by keyword, the prompt, the negative prompt
TEXT_SETS: Final[dict[str, tuple[dict[str, str], str, str]]] = {
    "novelai": (
        {"Software": "NovelAI", "Description": "1girl, rooftop", "Comment": NOVELAI},
        "1girl, rooftop",
        "lowres",
    ),
    "novelai-4": ({"Software": "NovelAI", "Comment": NOVELAI_4}, "rooftop\ngirl", "lowres"),
    "novelai-before-2023": (
        {"Description": "1girl", "Comment": '{"uc": "lowres", "seed": 5}'},
        "1girl",
        "lowres",
    ),
    "invokeai": ({"invokeai_metadata": INVOKEAI}, "a lighthouse", "blurry"),
    "invokeai-2": ({"sd-metadata": INVOKEAI_2}, "a fox", "snow"),
    "invokeai-1": ({"Dream": '"a fox [snow]" -s 50 -S 5 -W 512 -C 7.5'}, "a fox", "snow"),
    "fooocus": ({"parameters": FOOOCUS, "fooocus_scheme": "fooocus"}, "a castle", ""),
    "ruinedfooocus": ({"parameters": RUINED}, "a castle", "fog"),
    "easy-diffusion": (
        {"prompt": "a fox", "negative_prompt": "x", "seed": "5", "sampler_name": "euler"},
        "a fox",
        "x",
    ),
    "easy-diffusion-2": (
        {"Prompt": "a fox", "Negative Prompt": "x", "Seed": "5", "Steps": "20"},
        "a fox",
        "x",
    ),
    "unknown-program": ({"my_parameters": UNKNOWN_JSON}, "a fox", "x"),
    "comfyui-workflow-only": ({"workflow": json.dumps(WORKFLOW)}, "a fox", "blurry"),
    "comfyui-with-lines": (
        {"prompt": json.dumps({"1": 1}), "parameters": LINES["a1111-latin"].text},
        LINES["a1111-latin"].prompt,
        "blurry",
    ),
}


# --- who writes it -------------------------------------------------------------------------------


def still(mode: str = "RGB", size: tuple[int, int] = (SIDE, SIDE)) -> Image.Image:
    return Image.new(mode, size, (200, 80, 20, 255)[: len(Image.new(mode, (1, 1)).getbands())])


def save(image: Image.Image, form: str, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def insert_chunks(data: bytes, *chunks: bytes, behind: bool = False) -> bytes:
    """Put chunks behind the header of a PNG, or behind its pixels."""
    place = len(data) - 12 if behind else 33
    return data[:place] + b"".join(chunks) + data[place:]


def insert_segments(data: bytes, *segments: tuple[int, bytes], behind: bool = False) -> bytes:
    """Put segments into a JPEG, at its begin or behind its pixels."""
    place = len(data) - 2 if behind else 2
    built = b"".join(
        bytes((0xFF, code)) + struct.pack(">H", len(body) + 2) + body for code, body in segments
    )
    return data[:place] + built + data[place:]


def insert_riff(data: bytes, name: bytes, body: bytes) -> bytes:
    """Put a chunk behind the pixels of a WebP."""
    body += b"\0" * (len(body) % 2)
    grown = data + name + struct.pack("<I", len(body)) + body
    return grown[:4] + struct.pack("<I", len(grown) - 8) + grown[8:]


def tiff(comment: bytes, order: str = ">", tag: int = 0x9286, kind: int = 7) -> bytes:
    """Build an EXIF block with one field. A comment stands in the Exif directory."""
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "I", 8)
    if tag != 0x9286:
        entry = struct.pack(order + "HHHIII", 1, tag, kind, len(comment), 26, 0)
        return head + entry + comment
    first = struct.pack(order + "HHHIII", 1, 0x8769, 4, 1, 26, 0)
    second = struct.pack(order + "HHHIII", 1, tag, kind, len(comment), 44, 0)
    return head + first + second + comment


def pillow_exif(comment: bytes) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    return exif.tobytes()


def xmp(text: str, tag: str = "exif:UserComment") -> bytes:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description>'
        f'<{tag}><rdf:Alt><rdf:li xml:lang="x-default">{safe}</rdf:li></rdf:Alt></{tag}>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def raw_profile(name: str, body: bytes) -> bytes:
    """Build the text chunk that ImageMagick writes for a profile."""
    text = f"\n{name}\n{len(body):8}\n{body.hex()}\n".encode()
    return chunk(b"zTXt", f"Raw profile type {name}".encode() + b"\0\0" + zlib.compress(text))


def pillow_png(
    texts: dict[str, str], *, packed: bool = False, international: bool = False
) -> bytes:
    info = PngInfo()
    for key, text in texts.items():
        if international:
            info.add_itxt(key, text, zip=packed)
        else:
            info.add_text(key, text, zip=packed)
    return save(still(), "PNG", pnginfo=info)


def pypng_png(texts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    rows = [[200, 80, 20] * 8] * 8
    pypng.Writer(8, 8, greyscale=False).write(out, rows)
    out.seek(0)
    chunks = list(pypng.Reader(out).chunks())
    written = [
        (b"tEXt", key.encode("latin-1") + b"\0" + text.encode()) for key, text in texts.items()
    ]
    out = io.BytesIO()
    pypng.write_chunks(out, [*chunks[:-1], *written, chunks[-1]])
    return out.getvalue()


def hide(text: str, mode: str, *, packed: bool) -> bytes:
    """Write a text into the lowest bits, down the columns, as SwarmUI's stealth metadata."""
    channel = "png" if mode == "RGBA" else "rgb"
    body = gzip.compress(text.encode()) if packed else text.encode()
    signature = f"stealth_{channel}{'comp' if packed else 'info'}".encode()
    content = signature + struct.pack(">I", len(body) * 8) + body
    bits = [byte >> place & 1 for byte in content for place in range(7, -1, -1)]
    image = still(mode)
    pixels = image.load()
    assert pixels is not None
    step = 1 if mode == "RGBA" else 3
    for number in range(0, len(bits), step):
        x, y = divmod(number // step, SIDE)
        old = pixels[x, y]
        assert isinstance(old, tuple)
        if mode == "RGBA":
            pixels[x, y] = (*old[:3], old[3] & 0xFE | bits[number])
        else:
            few = [*bits[number : number + 3], 0, 0][:3]
            pixels[x, y] = tuple(value & 0xFE | bit for value, bit in zip(old, few, strict=True))
    return save(image, "PNG")


JPEG: Final = save(still(), "JPEG")
WEBP: Final = save(still(), "WEBP")
PLAIN_PNG: Final = save(still(), "PNG")
UNICODE: Final = b"UNICODE\0"

_Writer = Callable[[str], bytes]
# How a text under `parameters` or in the UserComment gets into a file: Pillow, piexif, pypng.
LIBRARY_WRITERS: Final[dict[str, _Writer]] = {
    "Pillow PNG iTXt": lambda text: pillow_png({"parameters": text}, international=True),
    "Pillow PNG iTXt packed": lambda text: pillow_png(
        {"parameters": text}, international=True, packed=True
    ),
    "pypng PNG tEXt in UTF-8 behind the pixels": lambda text: pypng_png({"parameters": text}),
    "Pillow JPEG EXIF UTF-16BE": lambda text: save(
        still(), "JPEG", exif=pillow_exif(UNICODE + text.encode("utf-16-be"))
    ),
    "Pillow JPEG EXIF UTF-16LE": lambda text: save(
        still(), "JPEG", exif=pillow_exif(UNICODE + text.encode("utf-16-le"))
    ),
    "piexif JPEG unicode": lambda text: piexif_insert(JPEG, text),
    "piexif WebP unicode": lambda text: piexif_insert(WEBP, text),
    "Pillow WebP EXIF UTF-16BE": lambda text: save(
        still(), "WEBP", exif=pillow_exif(UNICODE + text.encode("utf-16-be"))
    ),
}
# The same, byte by byte.
BYTE_WRITERS: Final[dict[str, _Writer]] = {
    "PNG iTXt behind the pixels": lambda text: insert_chunks(
        PLAIN_PNG, chunk(b"iTXt", b"parameters\0\0\0\0\0" + text.encode()), behind=True
    ),
    "PNG zTXt in UTF-8": lambda text: insert_chunks(
        PLAIN_PNG, chunk(b"zTXt", b"parameters\0\0" + zlib.compress(text.encode()))
    ),
    "PNG eXIf": lambda text: insert_chunks(
        PLAIN_PNG, chunk(b"eXIf", tiff(UNICODE + text.encode("utf-16-be")))
    ),
    "PNG with ImageMagick's profile": lambda text: insert_chunks(
        PLAIN_PNG, raw_profile("exif", b"Exif\0\0" + tiff(UNICODE + text.encode("utf-16-be")))
    ),
    "JPEG with a byte order mark": lambda text: insert_segments(
        JPEG, (0xE1, b"Exif\0\0" + tiff(UNICODE + text.encode("utf-16"), "<"))
    ),
    "JPEG UTF-8 under the name of Unicode": lambda text: insert_segments(
        JPEG, (0xE1, b"Exif\0\0" + tiff(UNICODE + text.encode()))
    ),
    "JPEG EXIF of no encoding": lambda text: insert_segments(
        JPEG, (0xE1, b"Exif\0\0" + tiff(bytes(8) + text.encode()))
    ),
    "JPEG comment": lambda text: insert_segments(JPEG, (0xFE, text.encode())),
    "JPEG comment behind the pixels": lambda text: insert_segments(
        JPEG, (0xFE, text.encode()), behind=True
    ),
    "JPEG XMP": lambda text: insert_segments(
        JPEG, (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp(text))
    ),
    "WebP EXIF chunk": lambda text: insert_riff(
        WEBP, b"EXIF", b"Exif\0\0" + tiff(UNICODE + text.encode("utf-16-le"), "<")
    ),
}


def piexif_insert(data: bytes, text: str) -> bytes:
    """Write a comment as AUTOMATIC1111 and Forge do."""
    comment = piexif.helper.UserComment.dump(text, encoding="unicode")
    out = io.BytesIO()
    piexif.insert(piexif.dump({"Exif": {piexif.ExifIFD.UserComment: comment}}), data, out)
    return out.getvalue()


# --- all of them ---------------------------------------------------------------------------------


def build_picture_files() -> list[PictureFile]:
    """Return all files. Each name is there once."""
    return [
        *_build_lines(),
        *_build_text_sets(),
        *_build_graphs(),
        *_build_other_places(),
        *_build_without_parameters(),
    ]


def _build_lines() -> Iterator[PictureFile]:
    words = {**LINES, "swarmui": SWARMUI}
    for name, one in words.items():
        for kind, writers in (("library", LIBRARY_WRITERS), ("bytes", BYTE_WRITERS)):
            few = writers if name in ("a1111-russian", "a1111-chinese", "swarmui") else {}
            some = few or dict(list(writers.items())[len(name) % 2 :: 2])
            for how, write in some.items():
                yield PictureFile(
                    f"{name}: {how}",
                    how.split()[0] if kind == "library" else "bytes",
                    write(one.text),
                    one.prompt,
                    one.negative,
                    one.seed,
                )


def _build_text_sets() -> Iterator[PictureFile]:
    for name, (texts, prompt, negative) in TEXT_SETS.items():
        yield PictureFile(f"{name}: tEXt", "Pillow", pillow_png(texts), prompt, negative, "5")
        packed = pillow_png(texts, packed=True)
        yield PictureFile(f"{name}: zTXt", "Pillow", packed, prompt, negative, "5")
        yield PictureFile(f"{name}: pypng", "pypng", pypng_png(texts), prompt, negative, "5")


def _build_graphs() -> Iterator[PictureFile]:
    for name, (graph, prompt, negative) in GRAPHS.items():
        text = json.dumps(graph)
        seed = "5" if "5" in text else ""
        png = pillow_png({"prompt": text, "workflow": "{}"})
        yield PictureFile(f"comfyui {name}: PNG", "Pillow", png, prompt, negative, seed)
        exif = Image.Exif()  # as ComfyUI's own node for WebP does
        exif[0x0110] = f"prompt:{text}"
        exif[0x010F] = 'workflow:{"nodes": []}'
        webp = save(still(), "WEBP", exif=exif.tobytes())
        yield PictureFile(f"comfyui {name}: WebP", "Pillow", webp, prompt, negative, seed)
    both = json.dumps({"prompt": GRAPHS["plain"][0], "workflow": WORKFLOW})
    yield PictureFile(
        "comfyui both in a JPEG comment", "piexif", piexif_insert(JPEG, both), "a fox", "blurry"
    )


def _build_other_places() -> Iterator[PictureFile]:
    for name, text, prompt in (
        ("draw-things", DRAW_THINGS, "a fox"),
        ("easy-diffusion", EASY, "a fox"),
        ("fooocus", FOOOCUS, "a castle"),
        ("swarmui", SWARMUI.text, SWARMUI.prompt),
    ):
        png = insert_chunks(PLAIN_PNG, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(text)))
        yield PictureFile(f"{name}: XMP in a PNG", "bytes", png, prompt)
        yield PictureFile(
            f"{name}: XMP in a WebP", "bytes", insert_riff(WEBP, b"XMP ", xmp(text)), prompt
        )
        yield PictureFile(f"{name}: piexif", "piexif", piexif_insert(JPEG, text), prompt)
        for mode in ("RGBA", "RGB"):
            for packed in (True, False):
                yield PictureFile(
                    f"{name}: hidden in {mode}, packed {packed}",
                    "bytes",
                    hide(text, mode, packed=packed),
                    prompt,
                )
    exif = Image.Exif()  # Fooocus puts the comment into the first directory, as plain text
    exif[0x9286] = FOOOCUS
    yield PictureFile(
        "fooocus: JPEG", "Pillow", save(still(), "JPEG", exif=exif.tobytes()), "a castle"
    )
    exif = Image.Exif()  # SwarmUI before 0.6.1
    exif[0x0110] = SWARMUI.text.replace("ü", "u")
    old = save(still(), "JPEG", exif=exif.tobytes())
    yield PictureFile("swarmui: camera model", "Pillow", old, "a fox uber Eis")
    midjourney = {"Description": "a fox --ar 16:9 --no fog Job ID: 1b2c"}
    yield PictureFile("midjourney", "Pillow", pillow_png(midjourney), "a fox")
    xp = insert_segments(
        JPEG,
        (0xE1, b"Exif\0\0" + tiff(LINES["a1111-latin"].text.encode("utf-16-le"), "<", 0x9C9C, 1)),
    )
    yield PictureFile("comment of Windows", "bytes", xp, LINES["a1111-latin"].prompt)
    jis = b"JIS\0\0\0\0\0" + LINES["a1111-japanese"].text.encode("iso2022_jp")
    yield PictureFile(
        "Japanese of the EXIF standard",
        "bytes",
        insert_segments(JPEG, (0xE1, b"Exif\0\0" + tiff(jis))),
        LINES["a1111-japanese"].prompt,
    )
    mpo = save(
        still(), "MPO", save_all=True, append_images=[still("RGB")],
        exif=pillow_exif(UNICODE + LINES["a1111-latin"].text.encode("utf-16-be")),
    )  # fmt: skip
    yield PictureFile(
        "photograph with a second picture", "Pillow", mpo, LINES["a1111-latin"].prompt
    )
    gif = save(still("P"), "GIF", comment=LINES["a1111-latin"].text.encode())
    yield PictureFile("comment of a GIF", "Pillow", gif, LINES["a1111-latin"].prompt)
    long = insert_chunks(
        pillow_png({"parameters": LINES["a1111-latin"].text}),
        chunk(b"zTXt", b"notes\0\0" + zlib.compress(b"x" * 2_200_000)),
        chunk(b"iCCP", b"wide\0\0" + zlib.compress(bytes(3_000_000))),
    )
    yield PictureFile("beside large chunks", "bytes", long, LINES["a1111-latin"].prompt)
    torn = pillow_png({"parameters": LINES["a1111-latin"].text})[:-40]
    yield PictureFile("pixels cut off", "Pillow", torn, LINES["a1111-latin"].prompt)


def _build_without_parameters() -> Iterator[PictureFile]:
    nothing: dict[str, bytes] = {
        "PNG": PLAIN_PNG,
        "JPEG": JPEG,
        "WebP": WEBP,
        "pypng": pypng_png({}),
        "note of a program": pillow_png({"Software": "Krita", "Comment": "Created with GIMP"}),
        "dates": pillow_png({"date:create": "2026-01-01", "Creation Time": "now"}),
        "encoder's comment": insert_segments(JPEG, (0xFE, b"Lavc61.19.100")),
        "large color profile": insert_chunks(
            PLAIN_PNG, chunk(b"iCCP", b"wide\0\0" + zlib.compress(bytes(3_000_000)))
        ),
        "16-bit gray": save(Image.new("I;16", (SIDE, SIDE), 40_000), "PNG"),
        "empty comment": insert_segments(
            JPEG, (0xE1, b"Exif\0\0" + tiff(b"ASCII\0\0\0" + bytes(90)))
        ),
        "16 megapixels": save(still("RGBA", (4000, 4000)), "PNG", compress_level=1),
        "60 megapixels": save(Image.new("1", (8000, 7500)), "PNG"),
    }
    camera = piexif.dump(
        {
            "0th": {piexif.ImageIFD.Make: b"Maker", piexif.ImageIFD.Model: b"Phone 7"},
            "GPS": {piexif.GPSIFD.GPSAreaInformation: b"home"},
        }
    )
    nothing["camera"] = save(still(), "JPEG", exif=camera)
    for name, data in nothing.items():
        yield PictureFile(f"nothing: {name}", "Pillow", data, NOTHING)
    unreadable: dict[str, bytes] = {
        "holiday": pillow_png({"parameters": "a holiday, 2019"}),
        "JSON cut off": pillow_png({"parameters": SWARMUI.text[:60]}),
        "JSON of others": pillow_png({"data": '{"height": 3, "unit": "m"}'}),
        "graph without words": pillow_png({"prompt": '{"1": {"class_type": "X", "inputs": {}}}'}),
        "text above a megabyte": insert_chunks(
            PLAIN_PNG, chunk(b"zTXt", b"parameters\0\0" + zlib.compress(b"abc " * 550_000))
        ),
        "bomb": insert_chunks(
            PLAIN_PNG, chunk(b"zTXt", b"parameters\0\0" + zlib.compress(b"a" * 70_000_000))
        ),
        "comment": insert_segments(JPEG, (0xFE, b"my dog on the beach")),
        "piexif comment": piexif_insert(JPEG, "наша собака"),
        "bytes": insert_segments(
            JPEG, (0xE1, b"Exif\0\0" + tiff(b"ASCII\0\0\0" + bytes(range(1, 256))))
        ),
        "XMP of others": insert_riff(WEBP, b"XMP ", b'<x:xmpmeta gen:Prompt="a fox"/>'),
        "deep JSON": pillow_png({"parameters": '{"a":' * 50_000}),
    }
    for name, data in unreadable.items():
        yield PictureFile(f"unreadable: {name}", "bytes", data, UNREADABLE)

"""The model files that a stand-in claims to have, and how SwarmUI describes them.

Nothing is loaded from disk: a model here is a name, a class and perhaps a drawn preview.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from bot.sandbox.swarmui.classes import class_of
from bot.sandbox.swarmui.pictures import draw, jpeg

SUBTYPES: Final = (
    "Stable-Diffusion",
    "VAE",
    "LoRA",
    "Embedding",
    "ControlNet",
    "Clip",
    "ClipVision",
)
# Not subtypes of SwarmUI: files that ComfyUI alone knows, as choices of a parameter.
UPSCALERS: Final = "upscale_models"
DETECTORS: Final = "yolov8"
PLACEHOLDER: Final = "imgs/model_placeholder.jpg"
CREATED_MS: Final = 1_767_225_600_000


@dataclass(slots=True)
class ModelFile:
    """One file under the server's model folder; `name` is its path there, with extension.

    A `picture` is a prompt: the preview is drawn from it, unless it is `drawn` already. A file that
    is not `hashed` is one whose header SwarmUI could not read. One whose title was taken away is
    `untitled` until the next scan. `width` and `height` are its own instead of its class's.
    """

    name: str
    architecture: str | None
    subtype: str = "Stable-Diffusion"
    title: str | None = None
    author: str | None = None
    description: str | None = None
    usage_hint: str | None = None
    trigger_phrase: str = ""
    tags: tuple[str, ...] | None = None
    picture: str | None = None
    license: str | None = None
    hashed: bool = True
    untitled: bool = False
    date: str | None = None
    prediction_type: str | None = None
    width: int = 0
    height: int = 0
    drawn: bytes | None = None
    is_negative: bool = False
    lora_weight: str = ""
    lora_confinement: str = ""

    @property
    def short(self) -> str:
        return self.name.removesuffix(".safetensors")

    @property
    def path(self) -> str:
        """Where the real server would keep it; its error texts leak this."""
        return f"/srv/swarm/Models/{self.subtype}/{self.name}"

    @property
    def hash(self) -> str:
        """The checksum of its tensors, which SwarmUI writes into every picture."""
        digest = hashlib.sha256(f"{self.subtype}/{self.name}".encode()).hexdigest()
        return f"0x{digest}" if self.hashed else ""

    def preview(self) -> bytes | None:
        """Return a small JPEG, or None for a model without one."""
        if self.drawn is not None:
            return self.drawn
        return None if self.picture is None else _preview(self.picture)

    def told(self, *, loaded: bool, inline: bool = False) -> dict[str, Any]:
        """Return the object of ListModels and DescribeModel. `inline` embeds the preview."""
        known = class_of(self.architecture)
        width = self.width or (known.width if known else 0)
        height = self.height or (known.height if known else 0)
        image = PLACEHOLDER
        preview = self.preview() if inline else None
        if preview is not None:
            image = "data:image/jpeg;base64," + base64.b64encode(preview).decode("ascii")
        elif self.picture is not None or self.drawn is not None:
            image = f"/ViewSpecial/{self.subtype}/{self.name}?editid=1"
        file_name = self.name.rsplit("/", 1)[-1]
        plain_name = file_name.rpartition(".")[0] if self.hashed else file_name
        return {
            "name": self.name,
            "title": None if self.untitled else self.title or plain_name,
            "author": self.author,
            "description": self.description,
            "preview_image": image,
            "loaded": loaded,
            "architecture": known.id if known else None,
            "class": known.name if known else None,
            "compat_class": known.family if known else None,
            "resolution": f"{width}x{height}",
            "standard_width": width,
            "standard_height": height,
            "license": self.license,
            "date": self.date,
            "prediction_type": self.prediction_type,
            "usage_hint": self.usage_hint,
            "trigger_phrase": self.trigger_phrase,
            "merged_from": None,
            "tags": None if self.tags is None else list(self.tags),
            "is_supported_model_format": True,
            "is_negative_embedding": self.is_negative,
            "lora_default_weight": self.lora_weight,
            "lora_default_confinement": self.lora_confinement,
            "local": True,
            "time_created": CREATED_MS,
            "time_modified": CREATED_MS,
            "hash": self.hash,
            "hash_sha256": self.hash,
            "special_format": "",
        }


@lru_cache(maxsize=32)
def _preview(prompt: str) -> bytes:
    return jpeg(draw(prompt, 7, 256, 256), quality=85)


def no_model() -> dict[str, Any]:
    """Return what DescribeModel says of "(None)"."""
    nothing = ModelFile("(None)", None, description="No model selected.", hashed=False)
    return nothing.told(loaded=False) | {
        "title": None,
        "preview_image": None,
        "trigger_phrase": None,
        "is_supported_model_format": False,
        "time_created": 0,
        "time_modified": 0,
    }


RECORDED: Final = (
    ModelFile("stub.safetensors", "stable-diffusion-v1", hashed=False),
    ModelFile("sub folder/other model.safetensors", "stable-diffusion-v1", hashed=False),
    ModelFile("4x.pth", None, subtype=UPSCALERS),
)

FRESH: Final = (
    ModelFile(
        "OfficialStableDiffusion/sd_xl_base_1.0.safetensors",
        "stable-diffusion-xl-v1-base",
        title="Stable Diffusion XL 1.0-Base",
        author="Stability AI",
        description="A good all-rounder at 1024x1024.",
        tags=("base", "general"),
        picture="a red fox on a hill at sunrise",
    ),
    ModelFile(
        "sd_xl_turbo_1.0_fp16.safetensors",
        "stable-diffusion-xl-turbo-v1",
        title="SDXL Turbo",
        author="Stability AI",
        usage_hint="4 to 8 steps, CFG 1",
        tags=("fast",),
        picture="a sailing boat on the sea at noon",
    ),
    ModelFile(
        "v1-5-pruned-emaonly.safetensors",
        "stable-diffusion-v1",
        title="Stable Diffusion v1-5",
        author="Runway",
        tags=("base",),
    ),
    ModelFile(
        "Flux/flux1-dev.safetensors",
        "Flux.1-dev",
        title="Flux.1 Dev",
        author="Black Forest Labs",
        usage_hint="20 steps, CFG 1, guidance 3.5",
        tags=("base", "detailed"),
        picture="a castle above a misty forest at night",
    ),
    ModelFile(
        "Flux/flux1-schnell.safetensors",
        "Flux.1-schnell",
        title="Flux.1 Schnell",
        author="Black Forest Labs",
        usage_hint="4 steps, CFG 1",
        tags=("fast",),
        picture="flowers in a green meadow",
    ),
    ModelFile(
        "watercolour_xl.safetensors",
        "stable-diffusion-xl-v1-base/lora",
        subtype="LoRA",
        title="Watercolour XL",
        trigger_phrase="watercolour painting",
        picture="pastel hills in rain",
    ),
    ModelFile(
        "pixel art/pixel_sprites.safetensors",
        "stable-diffusion-v1/lora",
        subtype="LoRA",
        title="Pixel Sprites",
        trigger_phrase="pixel sprite",
    ),
    ModelFile(
        "film_grain_flux.safetensors",
        "Flux.1-dev/lora",
        subtype="LoRA",
        title="Film Grain",
    ),
    ModelFile(
        "OfficialVAEs/sdxl_vae.safetensors", "stable-diffusion-xl-v1-base/vae", subtype="VAE"
    ),
    ModelFile("OfficialVAEs/flux_ae.safetensors", "flux.1/vae", subtype="VAE"),
    ModelFile("easynegative.safetensors", None, subtype="Embedding"),
    ModelFile("4x.pth", None, subtype=UPSCALERS),
)

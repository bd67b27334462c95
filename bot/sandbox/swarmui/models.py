"""The model files that a stand-in claims to have, and how SwarmUI describes them.

Nothing is loaded from disk: a model here is a name, a class and perhaps a drawn preview.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

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
PLACEHOLDER: Final = "imgs/model_placeholder.jpg"
CREATED_MS: Final = 1_767_225_600_000


@dataclass(frozen=True, slots=True)
class Architecture:
    """A model class: `compat` names the family whose LoRAs and VAEs fit."""

    name: str
    compat: str
    side: int


ARCHITECTURES: Final = {
    "stable-diffusion-v1": Architecture("Stable Diffusion v1", "stable-diffusion-v1", 512),
    "stable-diffusion-v1-inpainting": Architecture(
        "Stable Diffusion v1 (Inpainting)", "stable-diffusion-v1", 512
    ),
    "stable-diffusion-v1/lora": Architecture(
        "Stable Diffusion v1 LoRA", "stable-diffusion-v1", 512
    ),
    "stable-diffusion-v1/controlnet": Architecture(
        "Stable Diffusion v1 ControlNet", "stable-diffusion-v1", 512
    ),
    "stable-diffusion-v2-768-v": Architecture(
        "Stable Diffusion v2-768v", "stable-diffusion-v2", 768
    ),
    "stable-diffusion-v2-turbo": Architecture(
        "Stable Diffusion v2 Turbo", "stable-diffusion-v2-turbo", 512
    ),
    "stable-diffusion-xl-v1-base": Architecture(
        "Stable Diffusion XL 1.0-Base", "stable-diffusion-xl-v1", 1024
    ),
    "stable-diffusion-xl-v1-base/lora": Architecture(
        "Stable Diffusion XL 1.0-Base LoRA", "stable-diffusion-xl-v1", 1024
    ),
    "stable-diffusion-xl-v1-base/vae": Architecture(
        "Stable Diffusion XL 1.0-Base VAE", "stable-diffusion-xl-v1", 1024
    ),
    "stable-diffusion-xl-v1-refiner": Architecture(
        "Stable Diffusion XL 1.0-Refiner", "stable-diffusion-xl-v1-refiner", 1024
    ),
    "stable-diffusion-xl-turbo-v1": Architecture(
        "Stable Diffusion XL Turbo", "stable-diffusion-xl-v1", 512
    ),
    "Flux.1-dev": Architecture("Flux.1 Dev", "flux-1", 1024),
    "Flux.1-schnell": Architecture("Flux.1 Schnell", "flux-1", 1024),
    "Flux.1-dev/lora": Architecture("Flux.1 LoRA", "flux-1", 1024),
    "flux.1/vae": Architecture("Flux.1 Autoencoder", "flux-1", 1024),
}

_FAMILIES: Final = {
    "stable-diffusion-v1": ("SDv1", True, None),
    "stable-diffusion-v2": ("SDv2", True, None),
    "stable-diffusion-v2-turbo": ("SDv2", True, None),
    "stable-diffusion-xl-v1": ("SDXL", True, "sdxl"),
    "stable-diffusion-xl-v1-refiner": ("SDXL", True, "sdxl"),
    "flux-1": ("Flux", True, "flux1"),
}


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file under the server's model folder; `name` is its path there, with extension.

    A `picture` is a prompt: the preview is drawn from it.
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

    @property
    def short(self) -> str:
        return self.name.removesuffix(".safetensors")

    @property
    def path(self) -> str:
        """Where the real server would keep it; its error texts leak this."""
        return f"/srv/swarm/Models/{self.subtype}/{self.name}"

    def preview(self) -> bytes | None:
        """Return a small JPEG, or None for a model without one."""
        return None if self.picture is None else _preview(self.picture)

    def told(self, *, loaded: bool, inline: bool = False) -> dict[str, Any]:
        """Return the object of ListModels and DescribeModel. `inline` embeds the preview."""
        known = ARCHITECTURES.get(self.architecture or "")
        side = known.side if known else 0
        image = PLACEHOLDER
        preview = self.preview() if inline else None
        if preview is not None:
            image = "data:image/jpeg;base64," + base64.b64encode(preview).decode("ascii")
        elif self.picture is not None:
            image = f"/ViewSpecial/{self.subtype}/{quote(self.name)}?editid=1"
        return {
            "name": self.name,
            "title": self.title or self.name.rsplit("/", 1)[-1],
            "author": self.author,
            "description": self.description,
            "preview_image": image,
            "loaded": loaded,
            "architecture": self.architecture,
            "class": known.name if known else None,
            "compat_class": known.compat if known else None,
            "resolution": f"{side}x{side}",
            "standard_width": side,
            "standard_height": side,
            "license": None,
            "date": None,
            "prediction_type": None,
            "usage_hint": self.usage_hint,
            "trigger_phrase": self.trigger_phrase,
            "merged_from": None,
            "tags": None if self.tags is None else list(self.tags),
            "is_supported_model_format": True,
            "is_negative_embedding": False,
            "lora_default_weight": "",
            "lora_default_confinement": "",
            "local": True,
            "time_created": CREATED_MS,
            "time_modified": CREATED_MS,
            "hash": "",
            "hash_sha256": "",
            "special_format": "",
        }


@lru_cache(maxsize=32)
def _preview(prompt: str) -> bytes:
    return jpeg(draw(prompt, 7, 256, 256), quality=85)


def classes() -> dict[str, Any]:
    return {
        key: {
            "id": key,
            "name": known.name,
            "compat_class": known.compat,
            "standard_width": known.side,
            "standard_height": known.side,
        }
        for key, known in ARCHITECTURES.items()
    }


def compat_classes() -> dict[str, Any]:
    return {
        key: {
            "id": key,
            "short_code": short,
            "loras_target_text_enc": targets,
            "is_text2video": False,
            "is_image2video": False,
            "is_audio_model": False,
            "has_joint_av_latents": False,
            "resolution_precision": 16,
            "vae_family": vae,
        }
        for key, (short, targets, vae) in _FAMILIES.items()
    }


NO_MODEL: Final = ModelFile("(None)", None, description="No model selected.")

RECORDED: Final = (
    ModelFile("stub.safetensors", "stable-diffusion-v1"),
    ModelFile("sub folder/other model.safetensors", "stable-diffusion-v1"),
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
)

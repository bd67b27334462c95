"""One GPU behind the server, ComfyUI or AutoWebUI."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.swarmui.models import ModelFile

COMFY_FEATURES: Final = (
    "comfyui",
    "refiners",
    "controlnet",
    "endstepsearly",
    "seamless",
    "video",
    "variation_seed",
    "freeu",
    "comfy_saveimage_ws",
    "comfy_loadimage_b64",
    "comfy_just_load_model",
    "comfy_latent_blend_masked",
    "folderslash",
)
WEBUI_FEATURES: Final = ("variation_seed", "autowebui")

NO_BACKENDS: Final = (
    "No backends present. You must configure backends in the Backends section of the Server tab"
    " before you can continue."
)

ALL_DISABLED: Final = (
    "All backends are disabled. You must enable backends in the Backends section of the Server tab"
    " before you can continue."
)
SOME_LOADING: Final = "Some backends are ready, but others are still loading..."
ALL_LOADING: Final = "Backends are still loading on the server..."


@dataclass(slots=True)
class Backend:
    """One GPU; `bench` lets one request at a time work, in the order they came."""

    id: int
    kind: str
    model: ModelFile | None = None
    used: int = 0
    loading: bool = False
    enabled: bool = True
    starting: bool = False
    last_used: float | None = None
    bench: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def comfy(self) -> bool:
        return self.kind == "comfyui"

    @property
    def slots(self) -> int:
        return 2 if self.comfy else 1

    @property
    def free(self) -> bool:
        return self.running and not self.loading and self.used < self.slots

    @property
    def running(self) -> bool:
        return self.enabled and not self.starting

    @property
    def status(self) -> str:
        if not self.enabled:
            return "disabled"
        return "loading" if self.starting else "running"

    @property
    def features(self) -> tuple[str, ...]:
        return COMFY_FEATURES if self.comfy else WEBUI_FEATURES

    @property
    def type(self) -> str:
        return "comfyui_api" if self.comfy else "auto_webui_api"

    def told(self, *, full: bool) -> dict[str, Any]:
        ago = None if self.last_used is None else int(time.monotonic() - self.last_used)
        told: dict[str, Any] = {
            "type": self.type,
            "status": self.status,
            "id": self.id,
            "settings": {
                "Address": f"http://127.0.0.1:{8188 + self.id}",
                "AllowIdle": False,
                "OverQueue": 1,
                "EnableFrontendDev": False,
            }
            if self.comfy
            else {"Address": f"http://127.0.0.1:{7860 + self.id}", "AllowIdle": False},
            "modcount": 0,
            "features": list(self.features),
            "enabled": self.enabled,
            "title": f"stub {self.id}",
            "max_usages": self.slots,
            "seconds_since_used": ago or 0,
            "time_since_used": "Never" if ago is None else f"{ago} seconds",
            "can_load_models": True,
        }
        if full:
            told["current_model"] = None if self.model is None else self.model.name
        return told


def status_of(backends: Sequence[Backend]) -> dict[str, Any]:
    """Return the status of all backends together."""
    starting = any(backend.enabled and backend.starting for backend in backends)
    if not backends:
        told = ("empty", "error", NO_BACKENDS)
    elif not any(backend.enabled for backend in backends):
        told = ("all_disabled", "error", ALL_DISABLED)
    elif any(backend.running for backend in backends):
        told = ("some_loading", "warn", SOME_LOADING) if starting else ("running", "", "")
    else:
        told = ("loading", "soft", ALL_LOADING)
    names = ("status", "class", "message")
    return dict(zip(names, told, strict=True)) | {"any_loading": starting}

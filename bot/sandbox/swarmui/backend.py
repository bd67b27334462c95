"""One GPU behind the server, ComfyUI or AutoWebUI."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.swarmui.models import SUBTYPES, ModelFile

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
SOME_ERRORED: Final = "Some backends have errored on the server. Check the server logs for details."
SOME_DISABLED: Final = "Some backends are disabled. Please enable or configure them to continue."
ALL_IDLE: Final = "All backends are idle. Cannot generate until at least one backend is running."
# What a backend can be, beside being switched off.
_TYPES: Final = {
    "comfyui": "comfyui_api",
    "autowebui": "auto_webui_api",
    "swarmui": "swarmswarmbackend",
    "remote": "swarmswarmbackend",
}
STATES: Final = ("running", "loading", "waiting", "idle", "errored", "disabled")


@dataclass(slots=True)
class Backend:
    """One GPU; `bench` lets one request at a time work, in the order they came.

    A `swarmui` backend is another SwarmUI: it draws nothing itself, and has one backend of kind
    `remote` for the ComfyUI there. `peak` is the most generations at one time since the start.
    SwarmUI keeps as many sockets to ComfyUI; after a restart of ComfyUI they are the
    `dead_sockets`.
    """

    id: int
    kind: str
    model: ModelFile | None = None
    over_queue: int = 1
    parent: int | None = None
    used: int = 0
    loading: bool = False
    enabled: bool = True
    starting: bool = False
    state: str = "running"
    peak: int = 0
    dead_sockets: int = 0
    last_used: float | None = None
    unseen: list[asyncio.Task[None]] = field(default_factory=list)
    bench: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def comfy(self) -> bool:
        return self.kind in ("comfyui", "remote")

    @property
    def draws(self) -> bool:
        return self.kind != "swarmui"

    @property
    def real(self) -> bool:
        """Return False for one that the host did not add, which ListBackends leaves out."""
        return self.kind != "remote"

    @property
    def slots(self) -> int:
        return 1 + self.over_queue if self.comfy else 1

    @property
    def free(self) -> bool:
        return self.draws and self.running and not self.loading and self.used < self.slots

    @property
    def running(self) -> bool:
        return self.enabled and self.status == "running"

    @property
    def coming(self) -> bool:
        """Return True if requests wait for it although it does not run."""
        return self.enabled and self.status in ("loading", "waiting")

    @property
    def status(self) -> str:
        if not self.enabled:
            return "disabled"
        return "loading" if self.starting else self.state

    @property
    def features(self) -> tuple[str, ...]:
        return WEBUI_FEATURES if self.kind == "autowebui" else COMFY_FEATURES

    @property
    def type(self) -> str:
        return _TYPES[self.kind]

    @property
    def title(self) -> str:
        if self.parent is None:
            return f"stub {self.id}"
        return f"[Remote from {self.parent}: stub {self.parent}] stub 0"

    def told(self, *, full: bool) -> dict[str, Any]:
        ago = None if self.last_used is None else int(time.monotonic() - self.last_used)
        told: dict[str, Any] = {
            "type": self.type,
            "status": self.status,
            "id": self.id,
            "settings": self._settings(),
            "modcount": 0,
            "features": list(self.features),
            "enabled": self.enabled,
            "title": self.title,
            "max_usages": self.slots,
            "seconds_since_used": ago or 0,
            "time_since_used": "Never" if ago is None else f"{ago} seconds",
            "can_load_models": self.draws,
        }
        if full:
            told["current_model"] = None if self.model is None else self.model.name
        return told

    def _settings(self) -> dict[str, Any]:
        if self.kind == "autowebui":
            return {"Address": f"http://127.0.0.1:{7860 + self.id}", "AllowIdle": False}
        if self.kind == "comfyui":
            return {
                "Address": f"http://127.0.0.1:{8188 + self.id}",
                "AllowIdle": False,
                "OverQueue": self.over_queue,
                "EnableFrontendDev": False,
            }
        number = self.id if self.parent is None else self.parent
        return {
            "Address": f"http://127.0.0.1:{7802 + number}",
            "AllowIdle": False,
            "AllowForwarding": True,
            "AllowWebsocket": True,
            "AuthorizationHeader": "",
            "OtherHeaders": "",
            "ConnectionAttemptTimeoutSeconds": 30,
        }


def build_backends(
    kinds: Sequence[str], over_queue: int, models: Iterable[ModelFile]
) -> list[Backend]:
    """Return fresh backends, and behind each other SwarmUI the one there."""
    main = next((one for one in models if one.subtype == SUBTYPES[0]), None)
    backends = [Backend(number, kind, over_queue=over_queue) for number, kind in enumerate(kinds)]
    for backend in backends:
        # An AutoWebUI always has some model; SwarmUI learns from it which.
        backend.model = main if backend.kind == "autowebui" else None
    parents = [backend.id for backend in backends if not backend.draws]
    return backends + [
        Backend(-1 - number, "remote", over_queue=over_queue, parent=parent)
        for number, parent in enumerate(parents)
    ]


def status_of(backends: Sequence[Backend]) -> dict[str, Any]:
    """Return the status of all backends together."""
    statuses = [backend.status for backend in backends]
    coming = any(backend.coming for backend in backends)
    if not backends:
        told = ("empty", "error", NO_BACKENDS)
    elif not any(backend.enabled for backend in backends):
        told = ("all_disabled", "error", ALL_DISABLED)
    elif "errored" in statuses:
        told = ("errored", "error", SOME_ERRORED)
    elif "running" in statuses:
        told = ("some_loading", "warn", SOME_LOADING) if coming else ("running", "", "")
    elif coming:
        told = ("loading", "soft", ALL_LOADING)
    elif "disabled" in statuses:
        told = ("disabled", "warn", SOME_DISABLED)
    else:
        told = ("idle", "warn", ALL_IDLE)
    names = ("status", "class", "message")
    return dict(zip(names, told, strict=True)) | {"any_loading": coming}

"""How a stand-in is set up, and the first line of a recording that says so."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from bot.sandbox.swarmui.models import DETECTORS, FRESH, RECORDED, UPSCALERS, ModelFile


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in; `role` is one of guest, user, poweruser, admin, owner."""

    name: str
    password: str
    role: str = "user"


class NotARecording(ValueError):
    """The file does not begin with a line that says how its server was set up."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a server is before anybody speaks to it; seconds throughout.

    `backends` holds `comfyui` or `autowebui`, one for each GPU, or `swarmui` for another SwarmUI
    with a GPU. An AutoWebUI one takes `image_s` a picture and shows no progress, the others take a
    picture and `over_queue` more at a time. A file is on disk `save_s` after it is announced, and
    served from memory until then. `file_limit` is how many files the databases of output folders
    may have open, 0 for no limit. With `login` on, whoever calls from this machine is the owner all
    the same, unless the bypass is off or the call came through a proxy. Without `data` everything
    is forgotten at the end. `nopreviews` says whether the parameter of that name is obeyed: the
    backend behind the first recordings did not. `roles` are further ones with their rights.
    """

    step_s: float = 0.05
    model_load_s: float = 1.0
    image_s: float = 1.5
    save_s: float = 0.0
    file_limit: int = 0
    closing_s: float = 2.0
    keep_alive_s: float = 30.0
    backends: tuple[str, ...] = ("comfyui",)
    over_queue: int = 1
    login: bool = False
    localhost_bypass: bool = True
    accounts: tuple[Account, ...] = ()
    authorization: str | None = None
    websocket: bool = True
    nopreviews: bool = True
    preview_every: int = 4
    roles: tuple[tuple[str, tuple[str, ...]], ...] = ()
    models: tuple[ModelFile, ...] = FRESH
    data: Path | None = None

    @classmethod
    def like(cls, recording: Path | str) -> Setup:
        """Set up the server of a recording, or raise NotARecording if it does not say."""
        with Path(recording).open(encoding="utf-8") as lines:
            head: Any = json.loads(lines.readline() or "null")
        server = head.get("server") if isinstance(head, dict) else None
        if not isinstance(server, dict):
            raise NotARecording(f"{recording}: the first line has no `server`")
        accounts = tuple(
            Account(name, str(told.get("password", "")), str(told.get("role", "user")))
            for name, told in dict(server.get("users", {})).items()
        )
        return cls(
            step_s=float(server.get("step_s", 0.12)),
            model_load_s=float(server.get("model_load_s", 1.0)),
            image_s=float(server.get("image_s", 1.5)),
            backends=tuple(str(kind) for kind in server.get("backends", ["comfyui"])),
            login=bool(server.get("login", False)),
            accounts=accounts,
            nopreviews=bool(server.get("nopreviews", False)),
            preview_every=int(server.get("preview_every", 4)),
            roles=tuple((name, tuple(held)) for name, held in server.get("roles", {}).items()),
            models=_models_like(server) if "models" in server else RECORDED,
        )

    def with_data(self, data: Path | None) -> Setup:
        return replace(self, data=data)


def _models_like(server: dict[str, Any]) -> tuple[ModelFile, ...]:
    """Return the files of a recording's server, with those that only ComfyUI knows."""
    files = [_model_like(told) for told in server["models"]]
    files += [ModelFile(name, None, UPSCALERS) for name in server.get("upscalers", ())]
    files += [ModelFile(name, None, DETECTORS) for name in server.get("yolo", ())]
    return tuple(files)


def _model_like(told: dict[str, Any]) -> ModelFile:
    read = {one.name for one in fields(ModelFile)} - {"picture", "tags"}
    card = {key: value for key, value in told.items() if key in read}
    tags = tuple(told["tags"]) if told.get("tags") else None
    drawn = str(told.get("title") or told["name"]) if told.get("picture") else None
    return ModelFile(**card, tags=tags, picture=drawn)

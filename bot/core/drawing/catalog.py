"""Catalog values of a SwarmUI server with models, LoRAs, presets and parameters."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.drawing.name_match import distinguish_titles
from bot.core.drawing.request import Model


@dataclass(frozen=True, slots=True)
class Lora:
    """LoRA on the server.

    `name` is the server's, with its folder; `weight` is its usual weight. `compat_class` is that of
    the models it suits, or "" if unknown. `own_title` is as that of a `Model`.
    """

    name: str
    title: str
    compat_class: str = ""
    weight: float = 1.0
    trigger: str = ""
    preview: str = ""
    own_title: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """Preset of the bot's SwarmUI account, a style for members.

    `parameters` are (parameter id, value as text); "{value}" stands for the member's prompt.
    """

    title: str
    description: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    preview: str = ""


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """Parameter of the server.

    `kind` is SwarmUI's: integer, decimal, text, boolean, dropdown, image, model, list …; `least`
    and `most` are None without bounds.
    """

    id: str
    name: str
    kind: str
    subtype: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    feature: str = ""


@dataclass(frozen=True, slots=True)
class CatalogSnapshot:
    """Whole catalog at one moment, empty before the server was read.

    No two models and no two LoRAs have the same title.
    """

    models: tuple[Model, ...] = ()
    loras: tuple[Lora, ...] = ()
    presets: tuple[Preset, ...] = ()
    params: tuple[ParameterInfo, ...] = ()
    wildcards: tuple[str, ...] = ()
    features: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "models", distinguish_titles(self.models))
        object.__setattr__(self, "loras", distinguish_titles(self.loras))

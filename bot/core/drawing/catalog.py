"""What a SwarmUI server has to draw with, as it last said: models, LoRAs, presets, parameters."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.drawing.request import Model


@dataclass(frozen=True, slots=True)
class Lora:
    """One LoRA. `name` is the server's own, with its folder; `weight` its usual weight.

    `compat_class` is that of the models it suits, empty where the server does not know.
    """

    name: str
    title: str
    compat_class: str = ""
    weight: float = 1.0
    trigger: str = ""
    preview: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset of the bot's own SwarmUI account: people call it a style.

    `parameters` are (parameter id, value as text); "{value}" in a prompt stands for the person's.
    """

    title: str
    description: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    preview: str = ""


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """One parameter that the server takes. `kind` is SwarmUI's: integer, decimal, text, boolean,
    dropdown, image, model, list …; `least` and `most` are None where the server names no bounds.
    """

    id: str
    name: str
    kind: str
    subtype: str = ""
    default: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    feature: str = ""
    toggles: bool = False


@dataclass(frozen=True, slots=True)
class CatalogSnapshot:
    """Everything at once, as of one moment; empty until the server has been read."""

    models: tuple[Model, ...] = ()
    loras: tuple[Lora, ...] = ()
    vaes: tuple[str, ...] = ()
    presets: tuple[Preset, ...] = ()
    params: tuple[ParameterInfo, ...] = ()
    wildcards: tuple[str, ...] = ()
    features: frozenset[str] = frozenset()

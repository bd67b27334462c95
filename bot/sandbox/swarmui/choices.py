"""What each parameter offers on this server, and the list that ListT2IParams gives.

Model lists follow the files that are there, in alphabetical order without regard to case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from bot.sandbox.swarmui.classes import class_of
from bot.sandbox.swarmui.models import DETECTORS, SUBTYPES, UPSCALERS, ModelFile
from bot.sandbox.swarmui.params import Param, table

_FILM_CLASSES: Final = (
    "stable-video-diffusion",
    "lightricks-ltx-video",
    "-video2world",
    "-i2v",
    "-ti2v",
    "-flf2v",
    "-image2video",
    "hunyuan-video-1_5",
    "kandinsky5-video",
)
_FILM_MODELS: Final = {"videomodel", "videoswapmodel", "videoextendmodel", "videoextendswapmodel"}


def choices(param: Param, models: Iterable[ModelFile]) -> list[str] | None:
    """Return the values of a list or model parameter, or its own, or None for none."""
    files = tuple(models)
    if param.id == "loras":
        return ["(None)", *_sorted(one for one in files if one.subtype == "LoRA")]
    if param.id in ("vae", "refinervae"):
        return ["Automatic", "None", *_sorted(one for one in files if one.subtype == "VAE")]
    main = [one for one in files if one.subtype == SUBTYPES[0]]
    if param.id == "refinermodel":
        return ["(Use Base)", *_sorted(filter(_refines, main)), "-----", *_sorted(main)]
    if param.id in _FILM_MODELS:
        return _sorted(filter(_films, main))
    if param.id == "negativemodel":
        return _sorted(main)
    if param.id == "pixeldecodermodel":
        return _sorted(one for one in main if _family(one) == "pid")
    if param.id == "seedvrmodel":
        return ["None", *_sorted(one for one in main if _family(one) == "seedvr2")]
    own = None if param.values is None else list(param.values)
    if param.id in ("refinerupscalemethod", "seedvrupscalemethod") and own is not None:
        return own + [f"model-{one.name}" for one in files if one.subtype == UPSCALERS]
    if param.id == "yolomodelinternal":
        return [one.name for one in files if one.subtype == DETECTORS]
    return own


def _sorted(files: Iterable[ModelFile]) -> list[str]:
    return sorted((one.short for one in files), key=str.lower)


def _family(one: ModelFile) -> str | None:
    known = class_of(one.architecture)
    return None if known is None else known.family


def _refines(one: ModelFile) -> bool:
    known = class_of(one.architecture)
    return known is not None and ("Refiner" in known.name or "wan-2_1-text2video-14b" in known.id)


def _films(one: ModelFile) -> bool:
    known = class_of(one.architecture)
    if known is None:
        return False
    own = "minimax-h3" in known.id and "ref2va" not in one.name
    return own or any(part in known.id for part in _FILM_CLASSES)


def listed(models: Iterable[ModelFile], may: Callable[[str], bool]) -> list[dict[str, Any]]:
    """Return the parameters that this person may use, as ListT2IParams shows them."""
    files = tuple(models)
    rows = []
    for param in table().values():
        if param.permission and not may(param.permission):
            continue
        offered = choices(param, files)
        if offered is None or offered == param.told["values"]:
            rows.append(param.told)
        else:
            names = dict(zip(param.values or (), param.told["value_names"] or (), strict=True))
            shown = [names.get(value, _shown(value)) for value in offered]
            rows.append(param.told | {"values": offered, "value_names": shown})
    return rows


def _shown(value: str) -> str:
    return f"Model: {value.removeprefix('model-')}" if value.startswith("model-") else value

"""Default steps, CFG and size per kind of model. SwarmUI sets none and wrong ones ruin images.

The first row decides whose needle is in the server's class ids or, second, in the model's name.
Only their names mark turbo and lightning models.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Final

from bot.core.drawing.request import Model

MEGAPIXEL: Final = 1024 * 1024
_RATIO_MAX: Final = 4.0  # a longer strip than 4:1 is drawn as 4:1
ASPECTS: Final = ("1:1", "4:3", "3:2", "8:5", "16:9", "21:9", "3:4", "2:3", "5:8", "9:16", "9:21")


@dataclass(frozen=True, slots=True)
class ModelDefaults:
    """Usual settings of a model.

    `size` is its native side in pixels where the server names none; sides are multiples of
    `multiple`; `guidance` is Flux's own scale.
    """

    steps: int = 20
    cfg: float = 7.0
    guidance: float | None = None
    size: int = 1024
    multiple: int = 16


# By class id (folded): the server's `architecture`, then its `compat_class`.
_CLASS_DEFAULTS: Final[tuple[tuple[str, ModelDefaults], ...]] = (
    ("xl-turbo", ModelDefaults(4, 1.0, size=512, multiple=64)),
    ("v2-turbo", ModelDefaults(4, 1.0, size=512, multiple=64)),
    ("flux.1-schnell", ModelDefaults(4, 1.0)),
    ("flux.2-klein", ModelDefaults(4, 1.0)),
    ("flux-2-klein", ModelDefaults(4, 1.0)),
    ("flux.2", ModelDefaults(20, 1.0, 4.0)),
    ("flux-2", ModelDefaults(20, 1.0, 4.0)),
    ("flux", ModelDefaults(20, 1.0, 3.5)),
    ("v3.5-large-turbo", ModelDefaults(4, 1.0)),
    ("v3.5", ModelDefaults(28, 4.5)),
    ("stable-diffusion-v3", ModelDefaults(28, 5.0)),
    ("stable-diffusion-xl", ModelDefaults(20, 7.0, multiple=64)),
    ("segmind-stable-diffusion-1b", ModelDefaults(20, 7.0, multiple=64)),
    ("v2-768", ModelDefaults(20, 7.0, size=768, multiple=64)),
    ("v2-unclip", ModelDefaults(20, 7.0, size=768, multiple=64)),
    ("stable-diffusion-v2", ModelDefaults(20, 7.0, size=512, multiple=64)),
    ("stable-diffusion-v1", ModelDefaults(20, 7.0, size=512, multiple=64)),
    ("alt_diffusion", ModelDefaults(20, 7.0, size=512, multiple=64)),
    ("stable-cascade", ModelDefaults(20, 4.0, multiple=64)),
    ("z-image", ModelDefaults(9, 1.0)),
    ("chroma", ModelDefaults(26, 4.0)),
    ("qwen-image", ModelDefaults(20, 4.0, size=1328)),
    ("hidream-i1", ModelDefaults(28, 5.0)),
    ("auraflow", ModelDefaults(25, 3.5)),
    ("pixart", ModelDefaults(20, 4.5)),
    ("sana", ModelDefaults(20, 4.5)),
    ("lumina", ModelDefaults(30, 4.0)),
    ("cosmos-predict2", ModelDefaults(35, 4.0)),
    ("omnigen", ModelDefaults(25, 5.0)),
    ("hunyuan-image", ModelDefaults(20, 3.5, size=2048)),
)
# By name, for a model that the server could not classify.
_NAME_DEFAULTS: Final[tuple[tuple[str, ModelDefaults], ...]] = (
    (r"schnell", ModelDefaults(4, 1.0)),
    (r"flux", ModelDefaults(20, 1.0, 3.5)),
    (r"sd[-_. ]?3", ModelDefaults(28, 4.5)),
    (r"xl|pony|illustrious|noob", ModelDefaults(20, 7.0, multiple=64)),
    (r"sd[-_. ]?v?1|v1[-_. ]?5", ModelDefaults(20, 7.0, size=512, multiple=64)),
)
# Distilled models and merges: few steps and no guidance, whatever they were made of.
_DISTILLED_MODELS: Final[tuple[tuple[re.Pattern[str], int, float], ...]] = (
    (re.compile(r"turbo"), 6, 1.0),
    (re.compile(r"lightning"), 6, 1.0),
    (re.compile(r"(?<![a-z])lcm(?![a-z])"), 6, 1.5),
    (re.compile(r"(?<![a-z])hyper(?:[-_ ]?(?:sd|flux)|(?![a-z]))"), 8, 1.0),
    (re.compile(r"(?<![a-z])dmd2?(?![a-z])"), 6, 1.0),
)
_STEPS_IN_NAME: Final = re.compile(r"(?<!\d)([1-9])[-_ ]?steps?(?![a-z])")
# These draw no still picture: never the model that is taken without being named.
_NON_IMAGE_MODELS: Final = re.compile(
    r"video|wan-2|mochi|cosmos-1|ace-step|music|refiner|seedvr|stage-b|vidlite|vidpro|minimax"
)


def find_defaults(model: Model) -> ModelDefaults:
    """Return the settings of a model's architecture, faster if its name says so."""
    name = f"{model.name} {model.title}".casefold()
    found = _match_class(model) or _match_name(name) or ModelDefaults()
    for hurried, steps, cfg in _DISTILLED_MODELS:
        if hurried.search(name):
            quick = _parse_steps(name, min(steps, found.steps))
            return replace(found, steps=quick, cfg=min(cfg, found.cfg))
    return found


def is_image_model(model: Model) -> bool:
    """Return True if the model makes still images, as far as its class tells."""
    return not _NON_IMAGE_MODELS.search(f"{model.architecture} {model.compat_class}".casefold())


def choose_size(
    model: Model, aspect: str | None, megapixels_max: float, like: tuple[int, int] | None = None
) -> tuple[int, int]:
    """Return width and height of at most the native pixels and `megapixels_max`.

    With aspect None it follows the sides `like`, else the model. Raises ValueError for an unknown
    aspect.
    """
    suits = find_defaults(model)
    width, height = model.width or suits.size, model.height or suits.size
    pixels = min(float(width * height), megapixels_max * MEGAPIXEL)
    ratio = width / height if aspect is None else parse_ratio(aspect)
    if aspect is None and like is not None:
        ratio = max(1 / _RATIO_MAX, min(like[0] / like[1], _RATIO_MAX))
        return _fit_size(ratio, pixels, suits.multiple)
    if aspect is None and pixels == width * height and not (width % 8 or height % 8):
        return width, height
    return _fit_size(ratio, pixels, suits.multiple)


def can_draw_size(model: Model, size: tuple[int, int], megapixels_max: float) -> bool:
    """Return True if the model can draw exactly that size, which may be at most that large."""
    suits, pixels = find_defaults(model), size[0] * size[1]
    native = (model.width or suits.size) * (model.height or suits.size)
    multiple = min(suits.multiple, 16) if suits.multiple < 64 else 8  # of the latent's pixels
    whole = not (size[0] % multiple or size[1] % multiple)
    # Far from its native size a model repeats its subject, or loses it.
    return whole and native / 4 <= pixels <= min(native * 9 / 4, megapixels_max * MEGAPIXEL)


def find_aspect(width: int, height: int) -> str:
    """Return the name of the aspect ratio nearest to these sides."""
    return min(ASPECTS, key=lambda name: abs(math.log(parse_ratio(name) * height / width)))


def parse_ratio(aspect: str) -> float:
    """Return width over height of one of `ASPECTS`, or raise ValueError for anything else."""
    if aspect not in ASPECTS:
        raise ValueError(aspect)
    across, down = aspect.split(":")
    return int(across) / int(down)


def _fit_size(ratio: float, pixels: float, multiple: int) -> tuple[int, int]:
    across, down = math.sqrt(pixels * ratio), math.sqrt(pixels / ratio)
    fits: list[tuple[float, int, int]] = []
    for width in _find_multiples(across, multiple):
        for height in _find_multiples(down, multiple):
            if width * height <= pixels:
                off = abs(math.log(width / height / ratio))
                short = math.log(pixels / (width * height))
                fits.append((off + short / 2, width, height))
    if not fits:
        return multiple, multiple
    _, width, height = min(fits)
    return width, height


def _find_multiples(side: float, multiple: int) -> tuple[int, int]:
    below = max(1, int(side // multiple)) * multiple
    return below, below + multiple


def _match_class(model: Model) -> ModelDefaults | None:
    for known in (model.architecture.casefold(), model.compat_class.casefold()):
        for needle, suits in _CLASS_DEFAULTS:
            if needle in known:
                return suits
    return None


def _match_name(name: str) -> ModelDefaults | None:
    return next((suits for pattern, suits in _NAME_DEFAULTS if re.search(pattern, name)), None)


def _parse_steps(name: str, usual_steps: int) -> int:
    found = _STEPS_IN_NAME.search(name)
    return max(2, int(found[1])) if found else usual_steps

"""What suits a model: SwarmUI fills in nothing per model, and wrong steps or CFG ruin a picture.

The first row whose needle is found decides, in the class ids that the server reports first and in
the model's own name second: a turbo or lightning model says so in its name only.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Final

from bot.core.drawing.request import Model

MEGAPIXEL: Final = 1024 * 1024
_NARROWEST: Final = 4.0  # a longer strip than 4:1 is drawn as 4:1
ASPECTS: Final = ("1:1", "4:3", "3:2", "8:5", "16:9", "21:9", "3:4", "2:3", "5:8", "9:16", "9:21")


@dataclass(frozen=True, slots=True)
class Usual:
    """A model's usual settings. `size` is its native side in pixels, used where the server names
    none; width and height are multiples of `multiple`; `guidance` is Flux's own scale."""

    steps: int = 20
    cfg: float = 7.0
    guidance: float | None = None
    size: int = 1024
    multiple: int = 16


# By class id (folded): the server's `architecture`, then its `compat_class`.
_CLASSES: Final[tuple[tuple[str, Usual], ...]] = (
    ("xl-turbo", Usual(4, 1.0, size=512, multiple=64)),
    ("v2-turbo", Usual(4, 1.0, size=512, multiple=64)),
    ("flux.1-schnell", Usual(4, 1.0)),
    ("flux.2-klein", Usual(4, 1.0)),
    ("flux-2-klein", Usual(4, 1.0)),
    ("flux.2", Usual(20, 1.0, 4.0)),
    ("flux-2", Usual(20, 1.0, 4.0)),
    ("flux", Usual(20, 1.0, 3.5)),
    ("v3.5-large-turbo", Usual(4, 1.0)),
    ("v3.5", Usual(28, 4.5)),
    ("stable-diffusion-v3", Usual(28, 5.0)),
    ("stable-diffusion-xl", Usual(20, 7.0, multiple=64)),
    ("segmind-stable-diffusion-1b", Usual(20, 7.0, multiple=64)),
    ("v2-768", Usual(20, 7.0, size=768, multiple=64)),
    ("v2-unclip", Usual(20, 7.0, size=768, multiple=64)),
    ("stable-diffusion-v2", Usual(20, 7.0, size=512, multiple=64)),
    ("stable-diffusion-v1", Usual(20, 7.0, size=512, multiple=64)),
    ("alt_diffusion", Usual(20, 7.0, size=512, multiple=64)),
    ("stable-cascade", Usual(20, 4.0, multiple=64)),
    ("z-image", Usual(9, 1.0)),
    ("chroma", Usual(26, 4.0)),
    ("qwen-image", Usual(20, 4.0, size=1328)),
    ("hidream-i1", Usual(28, 5.0)),
    ("auraflow", Usual(25, 3.5)),
    ("pixart", Usual(20, 4.5)),
    ("sana", Usual(20, 4.5)),
    ("lumina", Usual(30, 4.0)),
    ("cosmos-predict2", Usual(35, 4.0)),
    ("omnigen", Usual(25, 5.0)),
    ("hunyuan-image", Usual(20, 3.5, size=2048)),
)
# By name, for a model that the server could not classify.
_NAMES: Final[tuple[tuple[str, Usual], ...]] = (
    (r"schnell", Usual(4, 1.0)),
    (r"flux", Usual(20, 1.0, 3.5)),
    (r"sd[-_. ]?3", Usual(28, 4.5)),
    (r"xl|pony|illustrious|noob", Usual(20, 7.0, multiple=64)),
    (r"sd[-_. ]?v?1|v1[-_. ]?5", Usual(20, 7.0, size=512, multiple=64)),
)
# Distilled models and merges: few steps and no guidance, whatever they were made of.
_HURRIED: Final[tuple[tuple[re.Pattern[str], int, float], ...]] = (
    (re.compile(r"turbo"), 6, 1.0),
    (re.compile(r"lightning"), 6, 1.0),
    (re.compile(r"(?<![a-z])lcm(?![a-z])"), 6, 1.5),
    (re.compile(r"(?<![a-z])hyper(?:[-_ ]?(?:sd|flux)|(?![a-z]))"), 8, 1.0),
    (re.compile(r"(?<![a-z])dmd2?(?![a-z])"), 6, 1.0),
)
_STEPS_IN_NAME: Final = re.compile(r"(?<!\d)([1-9])[-_ ]?steps?(?![a-z])")
# These draw no still picture: never the model that is taken without being named.
_NOT_PICTURES: Final = re.compile(
    r"video|wan-2|mochi|cosmos-1|ace-step|music|refiner|seedvr|stage-b|vidlite|vidpro|minimax"
)


def usual(model: Model) -> Usual:
    """The settings that suit a model: its architecture's, quicker if its name says so."""
    name = f"{model.name} {model.title}".casefold()
    found = _by_class(model) or _by_name(name) or Usual()
    for hurried, steps, cfg in _HURRIED:
        if hurried.search(name):
            quick = _steps_named(name, min(steps, found.steps))
            return replace(found, steps=quick, cfg=min(cfg, found.cfg))
    return found


def draws_pictures(model: Model) -> bool:
    """Whether the model draws still pictures, as far as its class tells."""
    return not _NOT_PICTURES.search(f"{model.architecture} {model.compat_class}".casefold())


def size_for(
    model: Model, aspect: str | None, megapixels_max: float, like: tuple[int, int] | None = None
) -> tuple[int, int]:
    """Width and height of a picture: the model's native number of pixels in that shape.

    Never more pixels than native nor than `megapixels_max` (a megapixel is 1024 x 1024), in steps
    that the model takes. None is the shape of a picture of the sides `like`, else the model's own.
    Raises ValueError for no shape at all.
    """
    suits = usual(model)
    width, height = model.width or suits.size, model.height or suits.size
    ratio = width / height if aspect is None else ratio_of(aspect)
    if aspect is None and like is not None:
        ratio = max(1 / _NARROWEST, min(like[0] / like[1], _NARROWEST))
        return _nearest(
            ratio, min(float(width * height), megapixels_max * MEGAPIXEL), suits.multiple
        )
    pixels = min(float(width * height), megapixels_max * MEGAPIXEL)
    if aspect is None and pixels == width * height and not (width % 8 or height % 8):
        return width, height
    return _nearest(ratio, pixels, suits.multiple)


def aspect_of(width: int, height: int) -> str:
    """The name of the shape that is nearest to these sides."""
    return min(ASPECTS, key=lambda name: abs(math.log(ratio_of(name) * height / width)))


def ratio_of(aspect: str) -> float:
    """Width over height of one of `ASPECTS`; ValueError for anything else."""
    if aspect not in ASPECTS:
        raise ValueError(aspect)
    across, down = aspect.split(":")
    return int(across) / int(down)


def _nearest(ratio: float, pixels: float, multiple: int) -> tuple[int, int]:
    across, down = math.sqrt(pixels * ratio), math.sqrt(pixels / ratio)
    fits: list[tuple[float, int, int]] = []
    for width in _around(across, multiple):
        for height in _around(down, multiple):
            if width * height <= pixels:
                off = abs(math.log(width / height / ratio))
                short = math.log(pixels / (width * height))
                fits.append((off + short / 2, width, height))
    if not fits:
        return multiple, multiple
    _, width, height = min(fits)
    return width, height


def _around(side: float, multiple: int) -> tuple[int, int]:
    below = max(1, int(side // multiple)) * multiple
    return below, below + multiple


def _by_class(model: Model) -> Usual | None:
    for known in (model.architecture.casefold(), model.compat_class.casefold()):
        for needle, suits in _CLASSES:
            if needle in known:
                return suits
    return None


def _by_name(name: str) -> Usual | None:
    for pattern, suits in _NAMES:
        if re.search(pattern, name):
            return suits
    return None


def _steps_named(name: str, usual_steps: int) -> int:
    """ "lightning_4step" says how many steps it wants; one-step models look better with two."""
    found = _STEPS_IN_NAME.search(name)
    return max(2, int(found[1])) if found else usual_steps

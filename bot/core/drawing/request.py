"""What a person asks for, before and after the checks: a Wish becomes an Order, or is refused.

A Wish is raw: every field as the person gave it, None where they said nothing. An Order is exact:
every value that SwarmUI will get is in it, so the same order drawn twice is the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from bot.core.drawing.prompt_markup import Markup
from bot.core.ids import JobId

RoleIds: TypeAlias = tuple[int, ...] | None  # role ids; None is everyone, () nobody


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who asks, and from where, as far as the rules need it.

    `roles` are raw role ids from the payload. `missing` names the first right that the bot lacks
    in this channel (to view, send, attach, embed, read history), empty where it has them all.
    `parent` is the channel that a thread belongs to, 0 where `channel` is no thread.
    """

    user: int
    name: str
    guild: int
    channel: int
    channel_name: str = ""
    roles: tuple[int, ...] = ()
    moderator: bool = False
    age_restricted: bool = False
    missing: str = ""
    parent: int = 0


@dataclass(frozen=True, slots=True)
class DrawRequest:
    """What was asked, unchecked. `source` is the unique id of the asking event.

    `lora` is "name:weight, name" and `advanced` "--name value …" as typed; `style` is a preset's
    title. `image` is the id under which the spool keeps the picture to begin from, `image_width`
    and `image_height` its size in pixels (0 where unknown): without `aspect` its shape is kept;
    `creativity` (0..1) is how far to go from it. `variation` (0..1) is how far to go from `seed`
    towards `variation_seed`; `upscale` is a factor. `private` None is as the server has it.
    """

    source: str
    prompt: str
    negative: str = ""
    model: str | None = None
    aspect: str | None = None
    images: int | None = None
    seed: int | None = None
    steps: int | None = None
    cfg: float | None = None
    lora: str = ""
    style: str = ""
    image: str = ""
    image_width: int = 0
    image_height: int = 0
    creativity: float | None = None
    variation_seed: int | None = None
    variation: float | None = None
    upscale: float | None = None
    private: bool | None = None
    spoiler: bool = False
    advanced: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """One model as the server lists it. `width` and `height` are its native size in pixels.

    `architecture` and `compat_class` are the server's ids, such as "stable-diffusion-xl-v1-base"
    and "stable-diffusion-xl-v1"; both may be empty for a model that it could not classify. `hint`
    is its author's advice, `trigger` the words that it wants.
    """

    name: str
    title: str
    architecture: str = ""
    compat_class: str = ""
    width: int = 0
    height: int = 0
    loaded: bool = False
    preview: str = ""
    hint: str = ""
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class DrawingBounds:
    """How far a wish may go: set by the host.

    `upscaled_megapixels_max` bounds the picture after its upscale. `advanced` are the ids of the
    parameters that people of `advanced_roles` may set; `tags` are the prompt tags that are open,
    each with the roles that may write it.
    """

    images_max: int = 4
    steps_max: int = 50
    megapixels_max: float = 2.0
    prompt_max: int = 2000
    default_model: str = ""
    upscaled_megapixels_max: float = 4.0
    loras_max: int = 5
    lora_weight_max: float = 2.0
    advanced: tuple[str, ...] = ()
    advanced_roles: RoleIds = ()
    tags: tuple[tuple[str, RoleIds], ...] = ()


@dataclass(frozen=True, slots=True)
class GenerationParams:
    """A checked request: exactly what SwarmUI will be asked.

    `seed` is always explicit (picture i uses seed + i); `guidance` is Flux's own scale, None for
    other models. `prompt` and `negative` are the person's words without any tag, fit to show.
    Where SwarmUI gets more than these (a style's words, tags that a role may write), that is
    `sent` and `sent_negative`; `typed` and `typed_negative` are then the person's own, for Edit
    and Reroll. `loras` are (name, weight) as the server lists them, `extras` further (parameter
    id, value) pairs, both with the style's; `lora` and `advanced` are the person's part of them,
    as typed. `aspect` is "" where the picture keeps the shape of `image`. `age_restricted` is
    whether the place was where it was asked for.
    """

    prompt: str
    negative: str
    model: str
    model_title: str
    width: int
    height: int
    images: int
    seed: int
    steps: int
    cfg: float
    aspect: str = "1:1"
    guidance: float | None = None
    notes: tuple[str, ...] = ()
    loras: tuple[tuple[str, float], ...] = ()
    style: str = ""
    image: str = ""
    image_width: int = 0
    image_height: int = 0
    creativity: float | None = None
    variation_seed: int | None = None
    variation: float | None = None
    upscale: float | None = None
    extras: tuple[tuple[str, str], ...] = ()
    private: bool = False
    spoiler: bool = False
    lora: str = ""
    advanced: str = ""
    sent: Markup = ()
    sent_negative: Markup = ()
    typed: str = ""
    typed_negative: str = ""
    age_restricted: bool = False


@dataclass(frozen=True, slots=True)
class InitImage:
    """A person's picture to begin from, upright and shrunk; its size in pixels."""

    name: JobId
    width: int
    height: int

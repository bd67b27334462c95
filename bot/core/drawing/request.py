"""Drawing requests before (`DrawRequest`) and after the checks (`GenerationParams`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from bot.core.drawing.prompt_markup import Markup
from bot.core.ids import JobId

PENDING_IMAGE: Final = "pending"  # in place of an init image that is still to be fetched
RoleIds: TypeAlias = tuple[int, ...] | None  # role ids; None is everyone, () nobody


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Member, guild, channel and permissions of a request.

    `roles` are raw role ids from the payload. `missing` names the first permission that the bot
    lacks in this channel, or "". `parent` is the channel of a thread, else 0. A channel can give
    `can_manage_messages`, for itself alone. The other two rights are of the whole guild.
    """

    user: int
    name: str
    guild: int
    channel: int
    channel_name: str = ""
    roles: tuple[int, ...] = ()
    can_manage_messages: bool = False
    can_moderate_members: bool = False
    can_manage_guild: bool = False
    age_restricted: bool = False
    missing: str = ""
    parent: int = 0

    def can_stop_jobs_in(self, channel: int) -> bool:
        """Return True if this member may see and cancel others' jobs of that channel."""
        if self.can_manage_guild or self.can_moderate_members:
            return True
        return self.can_manage_messages and channel == self.channel


@dataclass(frozen=True, slots=True)
class DrawRequest:
    """Unchecked request. `source` is the unique id of the asking event.

    `lora` is "name:weight, name" and `advanced` "--name value …" as typed; `style` is a preset's
    title. `image` is the spool id of the init image, `image_width` and `image_height` its pixels (0
    if unknown), whose shape is kept without `aspect`. `creativity` (0..1) is how far to go from it.
    `variation` (0..1) is how far to go from `seed` towards `variation_seed`; `upscale` is a factor.
    `private` None takes the guild's setting.
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
    """Model of the server. `width` and `height` are its native size in pixels.

    `architecture` and `compat_class` are the server's ids, empty if it could not classify the
    model. `hint` is its author's advice, `trigger` the words that it wants. `own_title` is the
    author's title where several models have the same, which `title` tells apart then.
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
    own_title: str = ""


@dataclass(frozen=True, slots=True)
class DrawingBounds:
    """Bounds of a request, set by the host.

    `upscaled_megapixels_max` bounds the upscaled image. `advanced` are parameter ids open to
    `advanced_roles`; `tags` are open prompt tags, each with its roles.
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
    """Checked request, exactly as SwarmUI is asked.

    `seed` is explicit (image i uses seed + i); `guidance` is Flux's scale, else None. `prompt` and
    `negative` are the member's text without tags, safe to show. Where SwarmUI gets more, that is in
    `sent` and `sent_negative`; `typed` and `typed_negative` are then the member's own for Edit and
    Reroll. `loras` are (name, weight), `extras` further (parameter id, value), both including the
    style's; `lora` and `advanced` are the member's part as typed. `aspect` is "" where the shape of
    `image` or the size of the style is kept. `age_restricted` tells whether the channel was when it
    was asked for.
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

    def compute_seeds(self, index: int) -> tuple[int, int | None]:
        """Return seed and variation seed of image `index`. SwarmUI counts up one of them."""
        if dict(self.extras).get("noseedincrement") == "true":
            return self.seed, self.variation_seed
        if self.variation_seed is not None and self.variation:
            return self.seed, self.variation_seed + index
        return self.seed + index, self.variation_seed


@dataclass(frozen=True, slots=True)
class InitImage:
    """Init image of a member, upright and shrunk, with its size in pixels."""

    name: JobId
    width: int
    height: int

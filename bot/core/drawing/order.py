"""The checks: a Wish becomes an Order that SwarmUI can be asked exactly, or is refused."""

from __future__ import annotations

import math
from typing import Final

from bot.core import moderation
from bot.core.drawing import (
    advanced,
    loras,
    model_defaults,
    name_match,
    options,
    prompt_text,
    styles,
)
from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.access import Access
from bot.core.drawing.catalog import Shelf
from bot.core.drawing.name_match import find_model, near_models
from bot.core.drawing.prompt_markup import has_tags, written
from bot.core.drawing.request import Asker, Bounds, Model, Order, Wish
from bot.core.drawing.styles import CFG_MAX
from bot.core.errors import Refused
from bot.core.policy import USUAL, Policy
from bot.core.text import format as fmt
from bot.core.text.escape import echo

SEED_MAX: Final = 2**53 - 1  # what Discord's whole numbers can carry
_EDIT: Final = (("edit", "Edit"),)
_SHAPES: Final = {"square": "1:1", "landscape": "3:2", "portrait": "2:3", "wide": "16:9"}


def order_from(
    wish: Wish,
    asker: Asker,
    shelf: Shelf,
    bounds: Bounds,
    new_seed: int,
    policy: Policy = USUAL,
) -> Order:
    """Check everything and fill in what was left open; `new_seed` is used where none was given.

    Raises Refused with the prompt to give back, except for words that nobody should show again.
    The words are judged by the server's `policy` as they were typed, as they were cleaned and as
    SwarmUI would read them, together with the names of the LoRAs that are to shape the picture.
    """
    try:
        return _order(wish, asker, shelf, bounds, new_seed, policy)
    except Refused as refused:
        if refused.rule != moderation.MINORS.name:
            refused.prompt = wish.prompt
        raise


def _order(
    wish: Wish, asker: Asker, shelf: Shelf, bounds: Bounds, new_seed: int, policy: Policy
) -> Order:
    spoken = prompt_text.read(wish, asker, shelf, bounds)
    prompt_text.check_words(wish, spoken, asker, policy)
    style = spoken.style
    images = _images(wish.images, bounds)
    access = Access(policy, asker.roles)
    model = _model(wish.model, shelf.models, bounds, style.model, access)
    suits = model_defaults.usual(model)
    aspect = _aspect(wish.aspect) or style.aspect
    like = (wish.image_width, wish.image_height) if wish.image else (0, 0)
    own_shape = aspect is None and min(like) > 0
    width, height = model_defaults.size_for(
        model, aspect, bounds.megapixels_max, like if own_shape else None
    )
    mine = loras.chosen(
        ", ".join((wish.lora, *spoken.prompt.loras, *spoken.negative.loras)), shelf.loras, bounds
    )
    for one in mine:
        if not access.lora(one.lora.name):
            raise access.refuse_lora(one.lora, shelf.loras)
    loras.suit(mine, model)
    theirs, left = _style_loras(style, mine, model, access)
    if names := " ".join(prompt_text.names_of(one.lora) for one in (*mine, *theirs)):
        prompt_text.check_words(wish, spoken, asker, policy, names)
    typed = advanced.extras(wish.advanced, asker, shelf, bounds)
    extras = dict(advanced.worth_sending(dict((*style.extras, *typed)), shelf.params))
    guidance = extras.pop("fluxguidancescale", None)
    variation_seed, variation = options.variation(wish, shelf, new_seed)
    tagged = spoken.tagged
    return Order(
        prompt=spoken.shown,
        negative=spoken.left_out,
        model=model.name,
        model_title=prompt_text.title_for(model, asker, policy),
        width=width,
        height=height,
        images=images,
        seed=_seed(wish.seed, new_seed),
        steps=_steps(wish.steps, style.steps or suits.steps, bounds),
        cfg=_cfg(wish.cfg, suits.cfg if style.cfg is None else style.cfg),
        aspect="" if own_shape else aspect or model_defaults.aspect_of(width, height),
        guidance=suits.guidance if guidance is None else float(guidance),
        notes=(*spoken.notes, *left),
        loras=tuple((one.lora.name, one.weight) for one in (*mine, *theirs)),
        style=style.title,
        image=wish.image,
        image_width=wish.image_width if wish.image else 0,
        image_height=wish.image_height if wish.image else 0,
        creativity=options.creativity(wish, style.creativity),
        variation_seed=variation_seed,
        variation=variation,
        upscale=options.upscale(wish.upscale, style.upscale, (width, height), shelf, bounds),
        extras=tuple(extras.items()),
        private=bool(wish.private),
        spoiler=wish.spoiler,
        lora=loras.as_typed(mine),
        advanced=advanced.as_typed(typed),
        sent=spoken.sent if tagged else (),
        sent_negative=spoken.sent_negative if tagged else (),
        age_restricted=asker.age_restricted,
        typed=written(spoken.prompt.markup) if has_tags(spoken.prompt.markup) else "",
        typed_negative=written(spoken.negative.markup) if has_tags(spoken.negative.markup) else "",
    )


def _style_loras(
    style: styles.Style, mine: tuple[loras.Chosen, ...], model: Model, access: Access
) -> tuple[tuple[loras.Chosen, ...], tuple[str, ...]]:
    """The style's LoRAs that the person did not weigh, that are open to them and that the model
    takes; a word on the others."""
    chosen = {one.lora.name for one in mine}
    theirs: list[loras.Chosen] = []
    notes: list[str] = []
    for one in style.loras:
        if one.lora.name in chosen:
            continue
        title = echo(name_match.title_of(one.lora), 80)
        if not access.lora(one.lora.name):
            notes.append(f"I left out the style's LoRA {title}: it is not open to you here.")
            continue
        try:
            loras.suit((one,), model)
        except Refused:
            notes.append(f"I left out the style's LoRA {title}: it doesn't suit this model.")
        else:
            theirs.append(one)
    return tuple(theirs), tuple(notes)


def _images(wished: int | None, bounds: Bounds) -> int:
    images = 1 if wished is None else wished
    if not 1 <= images <= bounds.images_max:
        span = "1 picture" if bounds.images_max == 1 else f"1 to {bounds.images_max} pictures"
        fewer = min(max(images, 1), bounds.images_max)
        raise Refused(
            "images",
            f"I draw {span} at a time; you asked for {images}.",
            offers=((f"draw:{fewer}", f"Draw {fewer}"),),
        )
    return images


def _seed(wished: int | None, new_seed: int) -> int:
    if wished is None or wished == -1:
        return new_seed
    if wished < -1 or wished > SEED_MAX:
        raise Refused(
            "seed",
            f"A seed is a whole number from 0 on, or -1 for a random one; {wished} is not.",
            offers=_EDIT,
        )
    return wished


def _steps(wished: int | None, usual: int, bounds: Bounds) -> int:
    if wished is None:
        return min(usual, bounds.steps_max)
    if not 1 <= wished <= bounds.steps_max:
        raise Refused(
            "steps",
            f"I draw with 1 to {bounds.steps_max} steps; you asked for {wished}.",
            offers=_EDIT,
        )
    return wished


def _cfg(wished: float | None, usual: float) -> float:
    if wished is None:
        return usual
    if not math.isfinite(wished) or not 0 <= wished <= CFG_MAX:
        raise Refused("cfg", f"CFG goes from 0 to {CFG_MAX:g}; {wished:g} is outside.")
    return float(wished)


def _aspect(wished: str | None) -> str | None:
    if wished is None or not wished.strip():
        return None
    folded = wished.strip().casefold()
    aspect = _SHAPES.get(folded, ":".join(folded.replace("x", ":").replace("/", ":").split(":")))
    aspect = aspect.replace(" ", "")
    if aspect not in model_defaults.ASPECTS:
        raise Refused(
            "aspect",
            f"I don't know the shape {echo(wished, 40)}. "
            f"Choose {fmt.and_list(model_defaults.ASPECTS, 'or')}.",
            offers=_EDIT,
        )
    return aspect


# --- models --------------------------------------------------------------------------------------


def _model(
    wished: str | None,
    models: tuple[Model, ...],
    bounds: Bounds,
    styled: Model | None,
    access: Access,
) -> Model:
    """The named one, else the style's, the server's or the host's, the one in memory, the first.

    Whoever named one is refused where it is not open to them; otherwise only what is open counts.
    """
    if not models:
        raise Refused(
            "no-models", "The drawing computer has shown me no models yet. Try again in a minute."
        )
    if wished is not None and wished.strip():
        found = find_model(wished, models)
        if found is None:
            raise Refused("model", _unknown(wished, models))
        return _opened(found, models, access)
    if styled is not None:
        return _opened(styled, models, access)
    default = find_model(bounds.default_model, models) if bounds.default_model else None
    if default is not None and access.model(default.name):
        return default
    mine = tuple(model for model in models if access.model(model.name))
    if not mine:
        raise draw_refusals.nothing_open()
    able = tuple(model for model in mine if model_defaults.draws_pictures(model)) or mine
    return next((model for model in able if model.loaded), able[0])


def _opened(model: Model, models: tuple[Model, ...], access: Access) -> Model:
    if not access.model(model.name):
        raise access.refuse_model(model, models)
    return model


def _unknown(wished: str, models: tuple[Model, ...]) -> str:
    near = near_models(wished, models)
    prompt_text = f"I don't know the model {echo(wished, 80)}."
    if not near:
        return f"{prompt_text} Pick one from the list that appears while you type."
    return f"{prompt_text} Did you mean {fmt.and_list(tuple(echo(n, 80) for n in near), 'or')}?"

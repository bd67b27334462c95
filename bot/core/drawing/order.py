"""Checks of a drawing request, which becomes exact generation parameters or is refused."""

from __future__ import annotations

import math
import re
from typing import Final

from bot.core import moderation
from bot.core.drawing import advanced, loras, model_defaults, name_match, options, prompt_text
from bot.core.drawing.access import Access
from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.prompt_markup import Markup, has_tags, render_prompt
from bot.core.drawing.refusals import describe_mismatch, edit_refusal, no_models_refusal
from bot.core.drawing.request import (
    DrawingBounds,
    DrawRequest,
    GenerationParams,
    Model,
    RequestContext,
)
from bot.core.drawing.styles import CFG_MAX, PresetStyle
from bot.core.errors import Refused
from bot.core.policy import DEFAULT_SETTINGS, GuildSettings
from bot.core.text import format as fmt
from bot.core.text.escape import escape_text

SEED_MAX: Final = 2**53 - 1  # what Discord's whole numbers can carry
_ASPECT_ALIASES: Final = {"square": "1:1", "landscape": "3:2", "portrait": "2:3", "wide": "16:9"}


def build_generation_params(
    wish: DrawRequest,
    asker: RequestContext,
    shelf: CatalogSnapshot,
    bounds: DrawingBounds,
    new_seed: int,
    policy: GuildSettings = DEFAULT_SETTINGS,
) -> GenerationParams:
    """Check a request and fill in defaults. `new_seed` is used without a seed.

    Raises Refused with the prompt to give back, unless nobody should see it again.
    """
    try:
        return _build_params(wish, asker, shelf, bounds, new_seed, policy)
    except Refused as refused:
        if refused.rule != moderation.MINORS_RULE.name:
            refused.prompt = wish.prompt
        raise


def _build_params(
    wish: DrawRequest,
    asker: RequestContext,
    shelf: CatalogSnapshot,
    bounds: DrawingBounds,
    new_seed: int,
    policy: GuildSettings,
) -> GenerationParams:
    spoken = prompt_text.parse_prompt(wish, asker, shelf, bounds)
    prompt_text.check_rules(wish, spoken, asker, policy)
    style = spoken.style
    images = _check_images(wish.images, bounds)
    access = Access(policy, asker.roles)
    model = _resolve_model(wish.model, shelf.models, bounds, style.model, access)
    suits = model_defaults.find_defaults(model)
    wished_aspect = _resolve_aspect(wish.aspect)
    aspect = wished_aspect or style.aspect
    like = (wish.image_width, wish.image_height) if wish.image else (0, 0)
    own_shape = aspect is None and min(like) > 0
    size = model_defaults.choose_size(
        model, aspect, bounds.megapixels_max, like if own_shape else None
    )
    notes = [*spoken.notes, *_list_style_notes(style)]
    styled = style.size if wished_aspect is None else None
    if styled is not None and not model_defaults.can_draw_size(
        model, styled, bounds.megapixels_max
    ):
        notes.append(_describe_size(size, styled))
        styled = None
    size = styled or size
    names = filter(None, (wish.lora, *spoken.prompt.loras, *spoken.negative.loras))
    mine: tuple[loras.WeightedLora, ...] = ()
    if named := ", ".join(names):
        mine = loras.parse_loras(named, shelf.loras, bounds)
        for one in mine:
            if not access.can_use_lora(one.lora.name):
                raise access.refuse_lora(one.lora, shelf.loras)
        loras.check_compatibility(mine, model)
    theirs, left = _select_style_loras(style, mine, model, access)
    if lora_names := " ".join(prompt_text.join_lora_names(one.lora) for one in (*mine, *theirs)):
        prompt_text.check_rules(wish, spoken, asker, policy, lora_names)
    typed = advanced.parse_extras(wish.advanced, asker, shelf, bounds) if wish.advanced else ()
    style_extras, closed = _select_style_extras(style, shelf, access)
    extras = dict((*style_extras, *typed))
    guidance = extras.pop("fluxguidancescale", None)
    variation_seed, variation = options.resolve_variation(wish, shelf, new_seed)
    tagged = spoken.is_tagged
    return GenerationParams(
        prompt=spoken.plain_prompt,
        negative=spoken.plain_negative,
        model=model.name,
        model_title=prompt_text.choose_public_title(model, asker, policy),
        width=size[0],
        height=size[1],
        images=images,
        seed=_resolve_seed(wish.seed, new_seed),
        steps=_resolve_steps(wish.steps, style.steps or suits.steps, bounds),
        cfg=_resolve_cfg(wish.cfg, suits.cfg if style.cfg is None else style.cfg),
        aspect="" if own_shape or styled else aspect or model_defaults.find_aspect(*size),
        guidance=suits.guidance if guidance is None else float(guidance),
        notes=(*notes, *left, *closed),
        loras=tuple((one.lora.name, one.weight) for one in (*mine, *theirs)),
        style=style.title,
        image=wish.image,
        image_width=wish.image_width if wish.image else 0,
        image_height=wish.image_height if wish.image else 0,
        creativity=options.resolve_creativity(wish, style.creativity),
        variation_seed=variation_seed,
        variation=variation,
        upscale=options.resolve_upscale(wish.upscale, style.upscale, size, shelf, bounds),
        extras=tuple(extras.items()),
        private=bool(wish.private),
        spoiler=wish.spoiler,
        lora=loras.format_loras(mine) if mine else "",
        advanced=advanced.format_extras(typed) if typed else "",
        sent=spoken.sent_prompt if tagged else (),
        sent_negative=spoken.sent_negative if tagged else (),
        age_restricted=asker.age_restricted,
        typed=_render_tagged(spoken.prompt.markup),
        typed_negative=_render_tagged(spoken.negative.markup),
    )


def _render_tagged(markup: Markup) -> str:
    return render_prompt(markup) if has_tags(markup) else ""


def _select_style_loras(
    style: PresetStyle, mine: tuple[loras.WeightedLora, ...], model: Model, access: Access
) -> tuple[tuple[loras.WeightedLora, ...], tuple[str, ...]]:
    """Return a style's LoRAs that suit the model and member, and notes about the others."""
    chosen = {one.lora.name for one in mine}
    theirs: list[loras.WeightedLora] = []
    notes: list[str] = []
    for one in style.loras:
        if one.lora.name in chosen:
            continue
        title = escape_text(name_match.format_title(one.lora), 80)
        if not access.can_use_lora(one.lora.name):
            notes.append(f"I ignored the style's LoRA {title}: you can't use it here.")
            continue
        try:
            loras.check_compatibility((one,), model)
        except Refused:
            notes.append(f"I ignored the style's LoRA {title}: it doesn't work with this model.")
        else:
            theirs.append(one)
    return tuple(theirs), tuple(notes)


def _select_style_extras(
    style: PresetStyle, shelf: CatalogSnapshot, access: Access
) -> tuple[advanced.ExtraParams, tuple[str, ...]]:
    """Return a style's parameters without models that the member may not use, and notes."""
    kept: list[tuple[str, str]] = []
    notes: list[str] = []
    for key, value in style.extras:
        models = (
            name_match.find_matches(value, shelf.models) if key in advanced.STYLE_PARAMETERS else ()
        )
        if all(access.can_use_model(model.name) for model in models):
            kept.append((key, value))
        else:
            title = escape_text(name_match.format_title(models[0]), 80)
            notes.append(f"I ignored the style's model {title}: you can't use it here.")
    return tuple(kept), tuple(notes)


def _list_style_notes(style: PresetStyle) -> tuple[str, ...]:
    if not style.ignored:
        return ()
    names = fmt.join_first(style.ignored, 6, lambda name: escape_text(name, 40))
    return (f"I ignored these settings of the style: {names}.",)


def _describe_size(used: tuple[int, int], wished: tuple[int, int]) -> str:
    mine, theirs = (" x ".join(map(str, size)) for size in (used, wished))
    return f"I drew {mine}, because the style's size {theirs} is too far from what I can draw here."


def _check_images(wished: int | None, bounds: DrawingBounds) -> int:
    images = 1 if wished is None else wished
    if not 1 <= images <= bounds.images_max:
        span = "1 picture" if bounds.images_max == 1 else f"1 to {bounds.images_max} pictures"
        fewer = min(max(images, 1), bounds.images_max)
        offers = ((f"draw:{fewer}", f"Draw {fewer}"),)
        raise Refused("images", f"You can ask for {span} at once.", offers=offers)
    return images


def _resolve_seed(wished: int | None, new_seed: int) -> int:
    if wished is None or wished == -1:
        return new_seed
    if wished < -1 or wished > SEED_MAX:
        range_ = "a whole number from 0 up, or -1 for a random one"
        raise edit_refusal("seed", f"Seed must be {range_}.")
    return wished


def _resolve_steps(wished: int | None, usual: int, bounds: DrawingBounds) -> int:
    if wished is None:
        return min(usual, bounds.steps_max)
    if not 1 <= wished <= bounds.steps_max:
        raise edit_refusal("steps", f"Steps must be between 1 and {bounds.steps_max}.")
    return wished


def _resolve_cfg(wished: float | None, usual: float) -> float:
    if wished is None:
        return usual
    if not math.isfinite(wished) or not 0 <= wished <= CFG_MAX:
        raise Refused("cfg", f"CFG must be between 0 and {CFG_MAX:g}.")
    return float(wished)


def _resolve_aspect(wished: str | None) -> str | None:
    if wished is None or not wished.strip():
        return None
    folded = wished.strip().casefold()
    aspect = _ASPECT_ALIASES.get(folded, re.sub("[x/]", ":", folded)).replace(" ", "")
    if aspect not in model_defaults.ASPECTS:
        shapes = fmt.join_list(model_defaults.ASPECTS, "or")
        unknown = f"{escape_text(wished, 40)} isn't an aspect ratio I can draw. Try {shapes}."
        raise edit_refusal("aspect", unknown)
    return aspect


# --- models --------------------------------------------------------------------------------------


def _resolve_model(
    wished: str | None,
    models: tuple[Model, ...],
    bounds: DrawingBounds,
    styled: Model | None,
    access: Access,
) -> Model:
    """Return the named model, else the style's, guild's, host's, loaded or first one.

    A closed model is refused if the member named it; otherwise it is skipped.
    """
    if not models:
        none = "The image server has listed no models yet. Try again in a minute."
        raise Refused("no-models", none)
    if wished is not None and wished.strip():
        found = name_match.find_matches(wished, models)
        # Of several with one title, those that are closed to the member were never meant.
        found = tuple(one for one in found if access.can_use_model(one.name)) or found
        if len(found) != 1:
            otherwise = "Choose one from the list as you type."
            why = describe_mismatch("model", wished, found or models, otherwise)
            raise Refused("model", why)
        return _require_access(found[0], models, access)
    if styled is not None:
        return _require_access(styled, models, access)
    if bounds.default_model:
        defaults = name_match.find_matches(bounds.default_model, models)
        if defaults and access.can_use_model(defaults[0].name):
            return defaults[0]
    mine = tuple(model for model in models if access.can_use_model(model.name))
    if not mine:
        raise no_models_refusal()
    able = tuple(model for model in mine if model_defaults.is_image_model(model)) or mine
    return next((model for model in able if model.loaded), able[0])


def _require_access(model: Model, models: tuple[Model, ...], access: Access) -> Model:
    if not access.can_use_model(model.name):
        raise access.refuse_model(model, models)
    return model

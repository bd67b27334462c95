"""The checks: a Wish becomes an Order that SwarmUI can be asked exactly, or is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import Final

from bot.core import (
    advanced,
    architectures,
    loras,
    moderation,
    naming,
    options,
    styles,
    tags,
    words,
)
from bot.core.errors import Refused
from bot.core.markup import Markup, filled, flat, has_tags, written
from bot.core.prompt import MENTION, echo, is_empty
from bot.core.request import Asker, Bounds, Model, Order, Wish
from bot.core.shelf import Shelf
from bot.core.styles import CFG_MAX

SEED_MAX: Final = 2**53 - 1  # what Discord's whole numbers can carry
_EDIT: Final = (("edit", "Edit"),)
_SHAPES: Final = {"square": "1:1", "landscape": "3:2", "portrait": "2:3", "wide": "16:9"}


def order_from(wish: Wish, asker: Asker, shelf: Shelf, bounds: Bounds, new_seed: int) -> Order:
    """Check everything and fill in what was left open; `new_seed` is used where none was given.

    Raises Refused with the prompt to give back, except for words that nobody should show again.
    The words are judged as they were typed, as they were cleaned and as SwarmUI would read them.
    """
    try:
        return _order(wish, asker, shelf, bounds, new_seed)
    except Refused as refused:
        if refused.rule != moderation.MINORS.name:
            refused.prompt = wish.prompt
        raise


def _order(wish: Wish, asker: Asker, shelf: Shelf, bounds: Bounds, new_seed: int) -> Order:
    said = _words(wish, asker, shelf, bounds)
    style = said.style
    images = _images(wish.images, bounds)
    model = _model(wish.model, shelf.models, bounds, style.model)
    suits = architectures.usual(model)
    aspect = _aspect(wish.aspect) or style.aspect
    like = (wish.image_width, wish.image_height) if wish.image else (0, 0)
    own_shape = aspect is None and min(like) > 0
    width, height = architectures.size_for(
        model, aspect, bounds.megapixels_max, like if own_shape else None
    )
    mine = loras.chosen(
        ", ".join((wish.lora, *said.prompt.loras, *said.negative.loras)), shelf.loras, bounds
    )
    loras.suit(mine, model)
    theirs, left = _style_loras(style, mine, model)
    typed = advanced.extras(wish.advanced, asker, shelf, bounds)
    extras = dict(advanced.worth_sending(dict((*style.extras, *typed)), shelf.params))
    guidance = extras.pop("fluxguidancescale", None)
    variation_seed, variation = options.variation(wish, shelf, new_seed)
    tagged = said.tagged
    return Order(
        prompt=said.shown,
        negative=said.left_out,
        model=model.name,
        model_title=naming.title_of(model),
        width=width,
        height=height,
        images=images,
        seed=_seed(wish.seed, new_seed),
        steps=_steps(wish.steps, style.steps or suits.steps, bounds),
        cfg=_cfg(wish.cfg, suits.cfg if style.cfg is None else style.cfg),
        aspect="" if own_shape else aspect or architectures.aspect_of(width, height),
        guidance=suits.guidance if guidance is None else float(guidance),
        notes=(*said.notes, *left),
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
        private=wish.private,
        spoiler=wish.spoiler,
        lora=loras.as_typed(mine),
        advanced=advanced.as_typed(typed),
        sent=said.sent if tagged else (),
        sent_negative=said.sent_negative if tagged else (),
        typed=written(said.prompt.markup) if has_tags(said.prompt.markup) else "",
        typed_negative=written(said.negative.markup) if has_tags(said.negative.markup) else "",
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """The words of a wish: as read, as shown, and as sent, with a style's around them."""

    prompt: tags.Read
    negative: tags.Read
    style: styles.Style
    notes: tuple[str, ...]

    @property
    def shown(self) -> str:
        return flat(self.prompt.markup)

    @property
    def left_out(self) -> str:
        return flat(self.negative.markup)

    @property
    def sent(self) -> Markup:
        return filled(self.style.prompt, self.prompt.markup)

    @property
    def sent_negative(self) -> Markup:
        return filled(self.style.negative, self.negative.markup)

    @property
    def tagged(self) -> bool:
        return bool(self.style.title) or has_tags(self.prompt.markup + self.negative.markup)


def _words(wish: Wish, asker: Asker, shelf: Shelf, bounds: Bounds) -> _Said:
    allowed = tags.open_to(asker, bounds)
    prompt = tags.read(wish.prompt, allowed, shelf.wildcards, bounds.steps_max)
    negative = tags.read(wish.negative, allowed, shelf.wildcards, bounds.steps_max)
    style = styles.find(wish.style or prompt.preset, shelf, bounds)
    removed = tuple(dict.fromkeys(prompt.removed + negative.removed))
    reasons = tuple(dict.fromkeys(prompt.notes + negative.notes))
    said = _Said(prompt, negative, style, _notes(removed, reasons, bool(allowed)))
    _check_words(wish, said, asker, bounds)
    return said


def _check_words(wish: Wish, said: _Said, asker: Asker, bounds: Bounds) -> None:
    if is_empty(said.shown):
        if not said.prompt.removed:
            raise Refused("prompt.empty", "Tell me what to draw: the prompt was empty.")
        raise Refused(
            "prompt.empty",
            "There was nothing left to draw: SwarmUI's own tags don't work in prompts here.",
            offers=_EDIT,
        )
    for name, read in (("prompt", said.prompt), ("negative prompt", said.negative)):
        size = len(written(read.markup))
        if size > bounds.prompt_max:
            raise Refused(
                "prompt.long",
                f"That {name} has {size:,} characters; {bounds.prompt_max:,} is the most.",
                offers=_EDIT,
            )
    # A tag can hide a word, or cut one in two, and a style can add one: each text counts.
    shown = dict.fromkeys((wish.prompt, said.shown, flat(said.sent)))
    left_out = dict.fromkeys((wish.negative, said.left_out, flat(said.sent_negative)))
    for text, without in product(shown, left_out):
        rule = moderation.judge(text, negative=without, adult_ok=asker.age_restricted)
        if rule is not None:
            raise Refused(rule.name, rule.sentence, offers=_EDIT if rule.may_reword else ())


def _style_loras(
    style: styles.Style, mine: tuple[loras.Chosen, ...], model: Model
) -> tuple[tuple[loras.Chosen, ...], tuple[str, ...]]:
    """The style's LoRAs that the person did not weigh and the model takes; a word on the others."""
    chosen = {one.lora.name for one in mine}
    theirs: list[loras.Chosen] = []
    notes: list[str] = []
    for one in style.loras:
        if one.lora.name in chosen:
            continue
        try:
            loras.suit((one,), model)
        except Refused:
            title = echo(naming.title_of(one.lora), 80)
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
    if aspect not in architectures.ASPECTS:
        raise Refused(
            "aspect",
            f"I don't know the shape {echo(wished, 40)}. "
            f"Choose {words.and_list(architectures.ASPECTS, 'or')}.",
            offers=_EDIT,
        )
    return aspect


def _notes(removed: tuple[str, ...], reasons: tuple[str, ...], some: bool) -> tuple[str, ...]:
    """A word on what was left out; `some` where other tags are open to this person."""
    notes = []
    gone = tuple(name for name in removed if name != MENTION)
    if gone:
        which = "tag" if len(gone) == 1 else "tags"
        why = "SwarmUI's own tags don't work in prompts here."
        if reasons:
            why = f"{words.and_list(reasons[:2])}."
        elif some:
            why = f"{'that one is' if len(gone) == 1 else 'those are'} not open here."
        notes.append(f"I left out the {words.and_list(gone[:6])} {which}: {why}")
    if MENTION in removed:
        notes.append("I left out a mention: write the name instead.")
    return tuple(notes)


# --- models --------------------------------------------------------------------------------------


def _model(
    wished: str | None, models: tuple[Model, ...], bounds: Bounds, styled: Model | None
) -> Model:
    """The named one, else the style's, the host's, the one in memory, the first."""
    if not models:
        raise Refused(
            "no-models", "The drawing computer has shown me no models yet. Try again in a minute."
        )
    if wished is not None and wished.strip():
        found = find_model(wished, models)
        if found is None:
            raise Refused("model", _unknown(wished, models))
        return found
    if styled is not None:
        return styled
    default = find_model(bounds.default_model, models) if bounds.default_model else None
    if default is not None:
        return default
    able = tuple(model for model in models if architectures.draws_pictures(model)) or models
    return next((model for model in able if model.loaded), able[0])


def find_model(wished: str, models: tuple[Model, ...]) -> Model | None:
    """The model of that name or title, in any case, with or without its file's extension.

    An exact name wins over a title, a whole path over its last part; None if nothing is equal.
    """
    folded = naming.bare(wished)
    by_rank: dict[int, Model] = {}
    for model in models:
        names = (model.name.casefold(), naming.bare(model.name), naming.bare(model.title))
        if wished.strip().casefold() == names[0]:
            return model
        tail = names[1].rpartition("/")[2]
        for rank, name in enumerate((names[1], names[2], tail)):
            if folded and name == folded:
                by_rank.setdefault(rank, model)
    return by_rank[min(by_rank)] if by_rank else None


def _unknown(wished: str, models: tuple[Model, ...]) -> str:
    near = near_models(wished, models)
    said = f"I don't know the model {echo(wished, 80)}."
    if not near:
        return f"{said} Pick one from the list that appears while you type."
    return f"{said} Did you mean {words.and_list(tuple(echo(n, 80) for n in near), 'or')}?"


def near_models(wished: str, models: tuple[Model, ...]) -> tuple[str, ...]:
    """Up to three titles that come close to a name; a bounded search in a list of any length."""
    return naming.near(wished, (naming.title_of(model) for model in models))

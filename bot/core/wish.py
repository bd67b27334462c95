"""The checks: a Wish becomes an Order that SwarmUI can be asked exactly, or is refused."""

from __future__ import annotations

import math
from difflib import get_close_matches
from itertools import product
from typing import Final

from bot.core import architectures, moderation, words
from bot.core.errors import Refused
from bot.core.prompt import MENTION, Cleaned, clean, echo, is_empty
from bot.core.request import Asker, Bounds, Model, Order, Wish

CFG_MAX: Final = 30.0
SEED_MAX: Final = 2**53 - 1  # what Discord's whole numbers can carry
_EDIT: Final = (("edit", "Edit"),)
_EXTENSIONS: Final = (".safetensors", ".ckpt", ".sft", ".gguf", ".pt", ".bin", ".engine")
_COMPARED: Final = 1000
_SHAPES: Final = {"square": "1:1", "landscape": "3:2", "portrait": "2:3", "wide": "16:9"}


def order_from(
    wish: Wish, asker: Asker, models: tuple[Model, ...], bounds: Bounds, new_seed: int
) -> Order:
    """Check everything and fill in what was left open; `new_seed` is used where none was given.

    Raises Refused with the prompt to give back, except for words that nobody should show again.
    The words are judged as they were typed and as SwarmUI would read them.
    """
    try:
        return _order(wish, asker, models, bounds, new_seed)
    except Refused as refused:
        if refused.rule != moderation.MINORS.name:
            refused.prompt = wish.prompt
        raise


def _order(
    wish: Wish, asker: Asker, models: tuple[Model, ...], bounds: Bounds, new_seed: int
) -> Order:
    prompt, negative = clean(wish.prompt), clean(wish.negative)
    _check_words(wish, prompt, negative.text, asker, bounds)
    images = _images(wish.images, bounds)
    model = _model(wish.model, models, bounds)
    suits = architectures.usual(model)
    aspect = _aspect(wish.aspect)
    width, height = architectures.size_for(model, aspect, bounds.megapixels_max)
    removed = tuple(dict.fromkeys(prompt.removed + negative.removed))
    return Order(
        prompt=prompt.text,
        negative=negative.text,
        model=model.name,
        model_title=_title(model),
        width=width,
        height=height,
        images=images,
        seed=_seed(wish.seed, new_seed),
        steps=_steps(wish.steps, suits.steps, bounds),
        cfg=_cfg(wish.cfg, suits.cfg),
        aspect=aspect or architectures.aspect_of(width, height),
        guidance=suits.guidance,
        notes=_notes(removed),
    )


def _check_words(wish: Wish, cleaned: Cleaned, negative: str, asker: Asker, bounds: Bounds) -> None:
    prompt = cleaned.text
    if is_empty(prompt):
        if not cleaned.removed:
            raise Refused("prompt.empty", "Tell me what to draw: the prompt was empty.")
        raise Refused(
            "prompt.empty",
            "There was nothing left to draw: SwarmUI's own tags don't work in prompts here.",
            offers=_EDIT,
        )
    for name, text in (("prompt", prompt), ("negative prompt", negative)):
        if len(text) > bounds.prompt_max:
            raise Refused(
                "prompt.long",
                f"That {name} has {len(text):,} characters; {bounds.prompt_max:,} is the most.",
                offers=_EDIT,
            )
    # A tag can hide a word, or cut one in two: each text counts with and without its tags.
    shown, left_out = dict.fromkeys((wish.prompt, prompt)), dict.fromkeys((wish.negative, negative))
    for text, without in product(shown, left_out):
        rule = moderation.judge(text, negative=without, adult_ok=asker.age_restricted)
        if rule is not None:
            raise Refused(rule.name, rule.sentence, offers=_EDIT if rule.may_reword else ())


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


def _notes(removed: tuple[str, ...]) -> tuple[str, ...]:
    notes = []
    tags = tuple(name for name in removed if name != MENTION)
    if tags:
        which = "tag" if len(tags) == 1 else "tags"
        notes.append(
            f"I left out the {words.and_list(tags[:6])} {which}: "
            "SwarmUI's own tags don't work in prompts here."
        )
    if MENTION in removed:
        notes.append("I left out a mention: write the name instead.")
    return tuple(notes)


# --- models --------------------------------------------------------------------------------------


def _model(wished: str | None, models: tuple[Model, ...], bounds: Bounds) -> Model:
    """The named one, else the host's choice, else the one in memory, else the first."""
    if not models:
        raise Refused(
            "no-models", "The drawing computer has shown me no models yet. Try again in a minute."
        )
    if wished is not None and wished.strip():
        found = find_model(wished, models)
        if found is None:
            raise Refused("model", _unknown(wished, models))
        return found
    default = find_model(bounds.default_model, models) if bounds.default_model else None
    if default is not None:
        return default
    able = tuple(model for model in models if architectures.draws_pictures(model)) or models
    return next((model for model in able if model.loaded), able[0])


def find_model(wished: str, models: tuple[Model, ...]) -> Model | None:
    """The model of that name or title, in any case, with or without its file's extension.

    An exact name wins over a title, a whole path over its last part; None if nothing is equal.
    """
    folded = _bare(wished)
    by_rank: dict[int, Model] = {}
    for model in models:
        names = (model.name.casefold(), _bare(model.name), _bare(model.title))
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
    folded = _bare(wished)[:80]
    titles = {_bare(_title(model)): _title(model) for model in models}
    within = [name for name in titles if folded and folded in name][:3]
    likely = sorted(titles, key=lambda name: abs(len(name) - len(folded)))[:_COMPARED]
    close = get_close_matches(folded, likely, n=3, cutoff=0.5)
    return tuple(titles[name] for name in dict.fromkeys(within + close))[:3]


def _title(model: Model) -> str:
    title = model.title.strip() or model.name.rpartition("/")[2]
    for extension in _EXTENSIONS:
        if title.casefold().endswith(extension):
            return title[: -len(extension)]
    return title


def _bare(name: str) -> str:
    folded = name.strip().casefold().replace("\\", "/")
    for extension in _EXTENSIONS:
        folded = folded.removesuffix(extension)
    return folded

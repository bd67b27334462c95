"""The words of a wish: read, measured and judged, and the names that go with them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from bot.core import moderation
from bot.core.drawing import name_match, prompt_tags, styles
from bot.core.drawing.catalog import Shelf
from bot.core.drawing.prompt_markup import Markup, filled, flat, has_tags, written
from bot.core.drawing.request import Asker, Bounds, Model, Wish
from bot.core.drawing.sanitize import MENTION
from bot.core.errors import Refused
from bot.core.policy import Policy
from bot.core.text import format as fmt
from bot.core.text.escape import is_empty
from bot.core.text.folding import cut_towers

_WITH_TAGS: Final = 2  # times `prompt_max`: what is judged may have as much in tags again
UNNAMED: Final = "a model"  # one whose title the server's own rules would not let through
_EDIT: Final = (("edit", "Edit"),)


@dataclass(frozen=True, slots=True)
class Said:
    """The words of a wish: as read, as shown, and as sent, with a style's around them."""

    prompt: prompt_tags.Read
    negative: prompt_tags.Read
    style: styles.Style
    notes: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The person's own, without any tag."""
        return flat(self.prompt.markup)

    @property
    def left_out(self) -> str:
        """The same of what shall not be in the picture."""
        return flat(self.negative.markup)

    @property
    def sent(self) -> Markup:
        """What SwarmUI gets."""
        return filled(self.style.prompt, self.prompt.markup)

    @property
    def sent_negative(self) -> Markup:
        """The same of what shall not be in the picture."""
        return filled(self.style.negative, self.negative.markup)

    @property
    def tagged(self) -> bool:
        """Whether what is sent may differ from what is shown."""
        return bool(self.style.title) or has_tags(self.prompt.markup + self.negative.markup)


def read(wish: Wish, asker: Asker, shelf: Shelf, bounds: Bounds) -> Said:
    """Take a wish's words apart. Raises Refused for none at all, for too many, for a style.

    Tags do not count as words, but all that was typed is judged: with them, and with each sign
    that stands for several letters spelt out, it may be twice as long.
    """
    for name, typed in (("prompt", wish.prompt), ("negative prompt", wish.negative)):
        _check_typed(name, typed, bounds)
    allowed = prompt_tags.open_to(asker, bounds)
    prompt = prompt_tags.read(wish.prompt, allowed, shelf.wildcards, bounds.steps_max)
    negative = prompt_tags.read(wish.negative, allowed, shelf.wildcards, bounds.steps_max)
    style = styles.find(wish.style or prompt.preset, shelf, bounds)
    removed = tuple(dict.fromkeys(prompt.removed + negative.removed))
    reasons = tuple(dict.fromkeys(prompt.notes + negative.notes))
    said = Said(prompt, negative, style, _notes(removed, reasons, bool(allowed)))
    _check_size(said, bounds)
    return said


def _check_typed(name: str, typed: str, bounds: Bounds) -> None:
    most = bounds.prompt_max * _WITH_TAGS
    size = len(typed)
    if size <= most:
        size = len(unicodedata.normalize("NFKC", cut_towers(typed)))
    if size > most:
        raise _too_long(name, size, bounds)


def _too_long(name: str, size: int, bounds: Bounds) -> Refused:
    sentence = f"That {name} has {size:,} characters; {bounds.prompt_max:,} is the most."
    return Refused("prompt.long", sentence, offers=_EDIT)


def _check_size(said: Said, bounds: Bounds) -> None:
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
            raise _too_long(name, size, bounds)


def check_words(wish: Wish, said: Said, asker: Asker, policy: Policy, more: str = "") -> None:
    """Raise Refused where they break a rule; `more` are names that go with the words."""
    # A tag can hide a word, or cut one in two, and a style can add one: each text counts.
    shown = dict.fromkeys((wish.prompt, said.shown, flat(said.sent)))
    left_out = tuple(dict.fromkeys((wish.negative, said.left_out, flat(said.sent_negative))))
    for text in shown:
        together = f"{text}\n{more}" if more else text
        rule = moderation.judge(together, policy, negative=left_out, adult_ok=asker.age_restricted)
        if rule is not None:
            raise Refused(rule.name, rule.sentence, offers=_EDIT if rule.may_reword else ())


def names_of(lora: name_match.Named) -> str:
    """A LoRA's names as words: what it is called tells what it draws."""
    names = dict.fromkeys((lora.name, name_match.title_of(lora)))
    return " ".join(map(moderation.of_name, names))


def title_for(model: Model, asker: Asker, policy: Policy) -> str:
    """What the cards call a model: its title, where that may be read by everybody."""
    title = name_match.title_of(model)
    fit = moderation.fits(moderation.of_name(title), policy, adult_ok=asker.age_restricted)
    return title if fit else UNNAMED


def _notes(removed: tuple[str, ...], reasons: tuple[str, ...], some: bool) -> tuple[str, ...]:
    """A word on what was left out; `some` where other tags are open to this person."""
    notes = []
    gone = tuple(name for name in removed if name != MENTION)
    if gone:
        which = "tag" if len(gone) == 1 else "tags"
        why = "SwarmUI's own tags don't work in prompts here."
        if reasons:
            why = f"{fmt.and_list(reasons[:2])}."
        elif some:
            why = f"{'that one is' if len(gone) == 1 else 'those are'} not open here."
        notes.append(f"I left out the {fmt.and_list(gone[:6])} {which}: {why}")
    if MENTION in removed:
        notes.append("I left out a mention; write the name if it belongs in the picture.")
    return tuple(notes)

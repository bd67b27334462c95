"""Text of a request, with its checks and the names that belong to it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from bot.core import moderation
from bot.core.drawing import name_match, prompt_markup, prompt_tags, styles
from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.prompt_markup import Markup, fill_template, flatten_markup, has_tags
from bot.core.drawing.refusals import edit_refusal
from bot.core.drawing.request import DrawingBounds, DrawRequest, Model, RequestContext
from bot.core.drawing.tag_removal import MENTION_TAG
from bot.core.errors import Refused
from bot.core.policy import GuildSettings
from bot.core.text import format as fmt
from bot.core.text.escape import is_empty
from bot.core.text.folding import limit_marks

_TYPED_FACTOR: Final = 2  # times `prompt_max`: what is judged may have as much in tags again
LOST_SIGNS_NOTE: Final = "I left out the signs < and >, because SwarmUI reads tags between them."
UNNAMED_MODEL: Final = "a model"  # one whose title the server's own rules would not let through


@dataclass(frozen=True, slots=True)
class PromptText:
    """Prompt as read, as shown and as sent, with a style's text around it."""

    prompt: prompt_tags.ParsedPrompt
    negative: prompt_tags.ParsedPrompt
    style: styles.PresetStyle
    notes: tuple[str, ...]

    @property
    def plain_prompt(self) -> str:
        """The person's own, without any tag."""
        return flatten_markup(self.prompt.markup)

    @property
    def plain_negative(self) -> str:
        """Return the negative prompt without tags."""
        return flatten_markup(self.negative.markup)

    @property
    def sent_prompt(self) -> Markup:
        """Return the prompt for SwarmUI."""
        return fill_template(self.style.prompt, self.prompt.markup)

    @property
    def sent_negative(self) -> Markup:
        """Return the negative prompt for SwarmUI."""
        return fill_template(self.style.negative, self.negative.markup)

    @property
    def is_tagged(self) -> bool:
        """Return True if the sent text may differ from the shown text."""
        return bool(self.style.title) or has_tags(self.prompt.markup + self.negative.markup)


def parse_prompt(
    wish: DrawRequest, asker: RequestContext, shelf: CatalogSnapshot, bounds: DrawingBounds
) -> PromptText:
    """Parse a request's text. Raise Refused for none, too much, or a bad style.

    Tags do not count as text, but everything typed is checked. With tags, and with signs that stand
    for several letters spelt out, it may be twice as long.
    """
    for name, typed in (("prompt", wish.prompt), ("negative prompt", wish.negative)):
        _check_typed_length(name, typed, bounds)
    allowed = prompt_tags.find_open_tags(asker, bounds)
    prompt = prompt_tags.parse_tags(wish.prompt, allowed, shelf.wildcards, bounds.steps_max)
    negative = prompt_tags.parse_tags(wish.negative, allowed, shelf.wildcards, bounds.steps_max)
    title = wish.style or prompt.preset
    style = styles.find_style(title, shelf, bounds) if title else styles.NO_STYLE
    removed = tuple(dict.fromkeys(prompt.removed + negative.removed))
    reasons = tuple(dict.fromkeys(prompt.notes + negative.notes))
    notes = _format_notes(removed, reasons, bool(allowed))
    if prompt.lost_signs or negative.lost_signs:
        notes = (*notes, LOST_SIGNS_NOTE)
    said = PromptText(prompt, negative, style, notes)
    _check_sizes(said, wish, bounds)
    return said


def _check_typed_length(name: str, typed: str, bounds: DrawingBounds) -> None:
    most = bounds.prompt_max * _TYPED_FACTOR
    size = len(typed)
    if size > most or len(unicodedata.normalize("NFKC", limit_marks(typed))) > most:
        raise _length_refusal(name, size, bounds)


def _length_refusal(name: str, size: int, bounds: DrawingBounds) -> Refused:
    """Refuse a text by the number of characters that the member typed."""
    long = f"Your {name} is {size:,} characters long"
    if size <= bounds.prompt_max:
        long += ", and far longer in letters, because some of its signs stand for several"
    sentence = f"{long}. The limit is {bounds.prompt_max:,}."
    return edit_refusal("prompt.long", sentence)


def _check_sizes(said: PromptText, wish: DrawRequest, bounds: DrawingBounds) -> None:
    if is_empty(said.plain_prompt):
        if not said.prompt.removed:
            raise Refused("prompt.empty", "Tell me what to draw: the prompt was empty.")
        nothing = "There was nothing left to draw: SwarmUI's tags don't work in prompts here."
        raise edit_refusal("prompt.empty", nothing)
    for name, typed, read in (
        ("prompt", wish.prompt, said.prompt),
        ("negative prompt", wish.negative, said.negative),
    ):
        size = len(prompt_markup.render_prompt(read.markup))
        if size > bounds.prompt_max:
            raise _length_refusal(name, max(size, len(typed)), bounds)


def check_rules(
    wish: DrawRequest,
    said: PromptText,
    asker: RequestContext,
    policy: GuildSettings,
    more: str = "",
) -> None:
    """Raise Refused if the text or the names in `more` break a rule."""
    # A tag can hide a word, or cut one in two, and a style can add one: each text counts.
    shown = dict.fromkeys((wish.prompt, said.plain_prompt, flatten_markup(said.sent_prompt)))
    negative = wish.negative, said.plain_negative, flatten_markup(said.sent_negative)
    left_out, adult_ok = tuple(dict.fromkeys(negative)), asker.age_restricted
    for text in (f"{text}\n{more}" if more else text for text in shown):
        rule = moderation.find_broken_rule(text, policy, negative=left_out, adult_ok=adult_ok)
        if rule is not None:
            refuse = edit_refusal if rule.may_reword else Refused
            raise refuse(rule.name, rule.sentence)


def join_lora_names(lora: name_match.NamedItem) -> str:
    """Join a LoRA's names as text for the word rules."""
    names = dict.fromkeys((lora.name, name_match.format_title(lora)))
    return " ".join(map(moderation.split_name, names))


def choose_public_title(model: Model, asker: RequestContext, policy: GuildSettings) -> str:
    """Return a model's title for cards if everybody may read it."""
    title = name_match.format_title(model)
    fit = moderation.can_show(moderation.split_name(title), policy, adult_ok=asker.age_restricted)
    return title if fit else UNNAMED_MODEL


def _format_notes(
    removed: tuple[str, ...], reasons: tuple[str, ...], some: bool
) -> tuple[str, ...]:
    notes = []
    gone = tuple(name for name in removed if name != MENTION_TAG)
    if gone:
        which = "tag" if len(gone) == 1 else "tags"
        why = "SwarmUI's tags don't work in prompts here."
        if reasons:
            why = f"{fmt.join_list(reasons[:2])}."
        elif some:
            why = f"{'it is' if len(gone) == 1 else 'they are'} not allowed here."
        notes.append(f"I ignored the {fmt.join_list(gone[:6])} {which}: {why}")
    if MENTION_TAG in removed:
        notes.append("I left out a mention. Write the name if it belongs in the picture.")
    return tuple(notes)

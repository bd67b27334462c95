"""The moderators' counter for trigger phrases: add, remove, list, switch, and try a sentence.

Who may come here is Discord's to say (Manage Server, Integrations), and is not asked again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.request import Asker, Wish
from bot.core.errors import Refused
from bot.core.triggers import cards
from bot.core.triggers import match as trigger_match
from bot.core.triggers.dry_run_cards import Trial, trial
from bot.core.triggers.match import Heard
from bot.core.triggers.phrase import Phrase, Placed, parse
from bot.core.ui.card import Card
from bot.flow.drawing.admission import Gate
from bot.flow.settings.store import Policies
from bot.flow.triggers.registry import Phrases

Here: TypeAlias = Callable[[int], bool]
Entries: TypeAlias = tuple[tuple[str, str], ...]
_PLACED: Final = re.compile(r"(?P<channel>[0-9]{15,20})\|(?P<text>.+)", re.S)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a sentence is tried: the channel and, of a thread, its parent; nearest first.

    `bot` is our own user id. `deaf` says that Discord does not show us what people write.
    `cooling` says that this person's last one was accepted just now.
    """

    places: tuple[int, ...]
    bot: int
    deaf: bool = False
    cooling: bool = False


@dataclass(frozen=True, slots=True)
class PhraseDesk:
    """Cards for moderators; nothing here is raised.

    `here` says whether a channel is one of the asker's server: the host's list has everybody's.
    `deaf` is as in `Spot`.
    """

    phrases: Phrases
    policies: Policies
    gate: Gate

    async def add(self, asker: Asker, text: str, channel: int, here: Here, *, deaf: bool) -> Card:
        """Add a phrase, for one channel or (0) for all that listen. It acts at once."""
        began = () if self.phrases.has_own(asker.guild) else self.phrases.of(asker.guild)
        try:
            phrase = parse(text)
            new = await self.phrases.add(asker, phrase, channel)
        except Refused as refused:
            return cards.refused(refused)
        if not new:
            return cards.known(phrase, channel)
        return cards.added(
            phrase,
            channel,
            self.phrases.listening(asker.guild, here),
            began=tuple(one.text for one in began),
            silenced=channel != 0 and self.phrases.said(asker.guild, (channel,)) is False,
            deaf=deaf,
        )

    async def remove(self, asker: Asker, text: str, channel: int) -> Card:
        """Take a phrase out; `channel` 0 is wherever it stands, if that is one place only."""
        if found := _PLACED.fullmatch(text.strip()):
            text, channel = found["text"], int(found["channel"])
        try:
            phrase = parse(text)
        except Refused:
            return cards.unknown(text)
        places = self._places(asker.guild, phrase)
        if channel not in places:
            if channel or not places:
                return cards.unknown(text)
            if len(places) > 1:
                return cards.which(phrase, places)
            (channel,) = places
        if not await self.phrases.remove(asker, phrase.key, channel):
            return cards.unknown(text)
        return cards.removed(phrase, channel, len(self.phrases.of(asker.guild)))

    async def list(self, asker: Asker, page: int, here: Here, *, deaf: bool) -> Card:
        """A page of the phrases, and where they count."""
        guild = asker.guild
        found = cards.Listing(
            tuple((one.text, one.channel) for one in self.phrases.of(guild)),
            self.phrases.listening(guild, here),
            self.phrases.silenced(guild),
            hosts=not self.phrases.has_own(guild),
            mentions=self.phrases.mentions,
            deaf=deaf,
        )
        return cards.listing(found, page)

    async def enable(self, asker: Asker, places: tuple[int, ...], on: bool, *, deaf: bool) -> Card:
        """Let phrases count in a channel (the first of `places`) and its threads, or not."""
        changed = await self.phrases.listen(asker, places, on)
        allowed = self.policies.of(asker.guild).channels
        return cards.listens(
            places[0],
            on,
            changed,
            len(self.phrases.heard_in(asker.guild, places).phrases),
            thread=len(places) > 1,
            elsewhere=() if set(places) & set(allowed) else allowed,
            deaf=deaf,
        )

    async def test(self, asker: Asker, sentence: str, spot: Spot) -> Card:
        """What a sentence would do if the asker wrote it here, by the same code; nothing is done.

        It goes as far as the gate, whose transaction is undone.
        """
        index = self.phrases.heard_in(asker.guild, spot.places)
        called = self.phrases.after_mention(asker.guild)
        heeded = trigger_match.hear(sentence, index, spot.bot, self.phrases.mentions, called)
        refusal, left = None, None
        if isinstance(heeded, Heard):
            try:
                admission = await self.gate.rehearse(Wish("", heeded.prompt), asker)
                left = admission.balance.left
            except Refused as refused:
                refusal = refused
        mentioned = isinstance(heeded, Heard) and heeded.mentioned
        elsewhere = refusal is not None and refusal.rule == draw_refusals.ELSEWHERE
        return trial(
            Trial(
                sentence,
                heeded,
                trigger_match.near(sentence, index, spot.bot),
                len(index.phrases),
                deaf=spot.deaf,
                mentions=self.phrases.mentions,
                cooling=spot.cooling,
                refusal=refusal,
                left=left,
                silent_no=elsewhere and not mentioned,
            )
        )

    def choices(self, guild: int, name_of: Callable[[int], str]) -> Entries:
        """(what is shown, what is sent back) of each phrase; `name_of` names a channel."""
        return tuple(
            (f"{one.text} (in {name_of(one.channel)})", f"{one.channel}|{one.text}")
            if one.channel
            else (one.text, one.text)
            for one in self.phrases.of(guild)
        )

    def _places(self, guild: int, phrase: Phrase) -> tuple[int, ...]:
        return tuple(one.channel for one in self.phrases.of(guild) if _key(one) == phrase.key)


def _key(placed: Placed) -> str:
    return parse(placed.text).key

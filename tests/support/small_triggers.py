"""Trigger phrases kept in memory: the same promises as the books', with a list of changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.core.drawing.request import Asker
from bot.core.triggers.phrase import Chosen, Phrase, Placed, parse, too_many


class SmallTriggers:
    """`TriggerBooks`; `audit` has (action, target, old, new)."""

    def __init__(self) -> None:
        self.known: dict[int, Chosen] = {}
        self.audit: list[tuple[str, str, str, str]] = []

    async def triggers(self) -> Mapping[int, Chosen]:
        return dict(self.known)

    async def add_phrase(
        self,
        asker: Asker,
        phrase: Phrase,
        channel: int,
        host: tuple[Phrase, ...],
        most: int,
        now: datetime,
    ) -> Chosen | None:
        phrases = self._phrases(asker, host)
        if (channel, phrase.key) in {(one.channel, parse(one.text).key) for one in phrases}:
            return None
        if len(phrases) >= most:
            raise too_many(most)
        self._note("triggers.add", asker, channel, "", phrase.text)
        return self._keep(asker, (*phrases, Placed(phrase.text, channel)))

    async def remove_phrase(
        self, asker: Asker, key: str, channel: int, host: tuple[Phrase, ...], now: datetime
    ) -> Chosen | None:
        phrases = self._phrases(asker, host)
        left = tuple(one for one in phrases if (one.channel, parse(one.text).key) != (channel, key))
        if left == phrases:
            return None
        gone = next(one.text for one in phrases if one not in left)
        self._note("triggers.remove", asker, channel, gone, "")
        return self._keep(asker, left)

    async def listen(self, asker: Asker, channel: int, listens: bool, now: datetime) -> Chosen:
        chosen = self.known.get(asker.guild, Chosen())
        old = chosen.channels.get(channel)
        if old is not listens:
            words = {None: "", False: "off", True: "on"}
            self._note("triggers.enable", asker, channel, words[old], words[listens])
            chosen = Chosen(chosen.phrases, {**chosen.channels, channel: listens})
            self.known[asker.guild] = chosen
        return chosen

    def _phrases(self, asker: Asker, host: tuple[Phrase, ...]) -> tuple[Placed, ...]:
        own = self.known.get(asker.guild, Chosen()).phrases
        return tuple(Placed(one.text) for one in host) if own is None else own

    def _keep(self, asker: Asker, phrases: tuple[Placed, ...]) -> Chosen:
        chosen = Chosen(phrases, self.known.get(asker.guild, Chosen()).channels)
        self.known[asker.guild] = chosen
        return chosen

    def _note(self, action: str, asker: Asker, channel: int, old: str, new: str) -> None:
        target = f"channel:{channel}" if channel else f"guild:{asker.guild}"
        self.audit.append((action, target, old, new))

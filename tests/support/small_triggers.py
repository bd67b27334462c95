"""Trigger phrases kept in memory: the same promises as the books', with a list of changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.core.drawing.request import RequestContext
from bot.core.triggers.phrase import (
    ChannelPhrase,
    GuildTriggers,
    TriggerPhrase,
    parse_phrase,
    phrase_limit_refusal,
)


class SmallTriggers:
    """`TriggerStore`; `audit` has (action, target, old, new)."""

    def __init__(self) -> None:
        self.known: dict[int, GuildTriggers] = {}
        self.audit: list[tuple[str, str, str, str]] = []

    async def load_guild_triggers(self) -> Mapping[int, GuildTriggers]:
        return dict(self.known)

    async def add_phrase(
        self,
        asker: RequestContext,
        phrase: TriggerPhrase,
        channel: int,
        host: tuple[TriggerPhrase, ...],
        most: int,
        now: datetime,
    ) -> GuildTriggers | None:
        phrases = self._phrases(asker, host)
        if (channel, phrase.lookup_key) in {
            (one.channel, parse_phrase(one.text).lookup_key) for one in phrases
        }:
            return None
        if len(phrases) >= most:
            raise phrase_limit_refusal(most)
        self._note("triggers.add", asker, channel, "", phrase.text)
        return self._save_draft(asker, (*phrases, ChannelPhrase(phrase.text, channel)))

    async def remove_phrase(
        self,
        asker: RequestContext,
        key: str,
        channel: int,
        host: tuple[TriggerPhrase, ...],
        now: datetime,
    ) -> GuildTriggers | None:
        phrases = self._phrases(asker, host)
        left = tuple(
            one
            for one in phrases
            if (one.channel, parse_phrase(one.text).lookup_key) != (channel, key)
        )
        if left == phrases:
            return None
        gone = next(one.text for one in phrases if one not in left)
        self._note("triggers.remove", asker, channel, gone, "")
        return self._save_draft(asker, left)

    async def set_channel_listening(
        self, asker: RequestContext, channel: int, listens: bool, now: datetime
    ) -> GuildTriggers:
        chosen = self.known.get(asker.guild, GuildTriggers())
        old = chosen.channels.get(channel)
        if old is not listens:
            words = {None: "", False: "off", True: "on"}
            self._note("triggers.enable", asker, channel, words[old], words[listens])
            chosen = GuildTriggers(chosen.phrases, {**chosen.channels, channel: listens})
            self.known[asker.guild] = chosen
        return chosen

    def _phrases(
        self, asker: RequestContext, host: tuple[TriggerPhrase, ...]
    ) -> tuple[ChannelPhrase, ...]:
        own = self.known.get(asker.guild, GuildTriggers()).phrases
        return tuple(ChannelPhrase(one.text) for one in host) if own is None else own

    def _save_draft(
        self, asker: RequestContext, phrases: tuple[ChannelPhrase, ...]
    ) -> GuildTriggers:
        chosen = GuildTriggers(phrases, self.known.get(asker.guild, GuildTriggers()).channels)
        self.known[asker.guild] = chosen
        return chosen

    def _note(self, action: str, asker: RequestContext, channel: int, old: str, new: str) -> None:
        target = f"channel:{channel}" if channel else f"guild:{asker.guild}"
        self.audit.append((action, target, old, new))

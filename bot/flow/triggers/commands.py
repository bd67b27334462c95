"""Service of the /triggers commands.

Discord decides who may use them (Manage Server, Integrations).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from bot.core.drawing import refusals as draw_refusals
from bot.core.drawing.request import DrawRequest, RequestContext
from bot.core.errors import Refused
from bot.core.triggers import cards
from bot.core.triggers import match as trigger_match
from bot.core.triggers.dry_run_cards import TriggerTrial, trial_card
from bot.core.triggers.match import PromptMessage
from bot.core.triggers.phrase import TriggerPhrase, parse_phrase
from bot.core.ui.card import MessageCard
from bot.flow.drawing.admission import Admission
from bot.flow.settings.store import GuildSettingsCache
from bot.flow.triggers.registry import TriggerRegistry

IsGuildChannel: TypeAlias = Callable[[int], bool]
ChoiceEntries: TypeAlias = tuple[tuple[str, str], ...]
_CHANNEL_AND_TEXT: Final = re.compile(r"(?P<channel>[0-9]{15,20})\|(?P<text>.+)", re.S)


@dataclass(frozen=True, slots=True)
class DryRunContext:
    """Channel of a test sentence with a thread's parent, nearest first.

    `bot_id` is the bot's user id, `bot_role` its own role's or 0. `content_hidden` means that the
    bot gets no message contents, `on_cooldown` that the member's cooldown is running.
    """

    channel_ids: tuple[int, ...]
    bot_id: int
    content_hidden: bool = False
    on_cooldown: bool = False
    bot_role: int = 0


@dataclass(frozen=True, slots=True)
class TriggerCommands:
    """Service that returns cards and raises nothing.

    `here` tells whether a channel is in the asker's guild. `deaf` is `content_hidden` of
    `DryRunContext`.
    """

    triggers: TriggerRegistry
    guild_settings: GuildSettingsCache
    admission: Admission

    async def add_phrase(
        self, asker: RequestContext, text: str, channel: int, here: IsGuildChannel, *, deaf: bool
    ) -> MessageCard:
        """Add a phrase, for one channel or (0) for all that listen. It acts at once."""
        triggers, guild = self.triggers, asker.guild
        began = () if triggers.has_own(guild) else triggers.list_phrases(guild)
        try:
            phrase = parse_phrase(text)
            new = await triggers.add_phrase(asker, phrase, channel)
        except Refused as refused:
            return cards.invalid_phrase_card(refused)
        if not new:
            return cards.duplicate_card(phrase, channel)
        return cards.added_card(
            phrase,
            channel,
            triggers.list_listening_channels(guild, here),
            began=tuple(one.text for one in began),
            silenced=channel != 0 and triggers.find_channel_choice(guild, (channel,)) is False,
            deaf=deaf,
        )

    async def remove_phrase(self, asker: RequestContext, text: str, channel: int) -> MessageCard:
        """Remove a phrase. `channel` 0 is its only place."""
        if found := _CHANNEL_AND_TEXT.fullmatch(text.strip()):
            text, channel = found["text"], int(found["channel"])
        try:
            phrase = parse_phrase(text)
        except Refused:
            return cards.unknown_phrase_card(text)
        places = self._find_channels(asker.guild, phrase)
        if channel not in places:
            if channel or not places:
                return cards.unknown_phrase_card(text)
            if len(places) > 1:
                return cards.ambiguous_card(phrase, places)
            (channel,) = places
        if not await self.triggers.remove_phrase(asker, phrase.lookup_key, channel):
            return cards.unknown_phrase_card(text)
        return cards.removed_card(phrase, channel, len(self.triggers.list_phrases(asker.guild)))

    async def list_phrases(
        self, asker: RequestContext, page: int, here: IsGuildChannel, *, deaf: bool
    ) -> MessageCard:
        """Show a page of the phrases and where they count."""
        triggers, guild = self.triggers, asker.guild
        phrases = cards.PhraseList(
            tuple((one.text, one.channel) for one in triggers.list_phrases(guild)),
            triggers.list_listening_channels(guild, here),
            triggers.list_silenced_channels(guild),
            from_host=not triggers.has_own(guild),
            mentions=triggers.mentions,
            content_disabled=deaf,
        )
        return cards.list_card(phrases, page)

    async def enable_channel(
        self, asker: RequestContext, places: tuple[int, ...], on: bool, *, deaf: bool
    ) -> MessageCard:
        """Let phrases count in a channel (the first of `places`) and its threads, or not."""
        changed = await self.triggers.set_channel_listening(asker, places, on)
        allowed = self.guild_settings.get_settings(asker.guild).channels
        phrases = self.triggers.get_channel_index(asker.guild, places).phrases
        return cards.channel_switched_card(
            places[0],
            on,
            changed,
            len(phrases),
            thread=len(places) > 1,
            elsewhere=() if set(places) & set(allowed) else allowed,
            deaf=deaf,
        )

    async def try_sentence(
        self, asker: RequestContext, sentence: str, where: DryRunContext
    ) -> MessageCard:
        """Show what a sentence would do here, by the same code, without doing it.

        Even the admission's transaction runs and is rolled back.
        """
        mentions, me, my_role = self.triggers.mentions, where.bot_id, where.bot_role
        index = self.triggers.get_channel_index(asker.guild, where.channel_ids)
        named = self.triggers.get_mention_index(asker.guild)
        heard = trigger_match.read_message(sentence, index, me, mentions, named, my_role)
        refusal, left, silent = None, None, False
        if isinstance(heard, PromptMessage):
            request = DrawRequest("", heard.prompt)
            try:
                accepted = await self.admission.check_admission(request, asker)
                left = accepted.balance.pictures_left
            except Refused as refused:
                refusal = refused
                silent = refused.rule == draw_refusals.CHANNEL_RULE and not heard.mentioned
        trial = TriggerTrial(
            sentence,
            heard,
            trigger_match.find_near_miss(sentence, index, me, my_role),
            len(index.phrases),
            content_disabled=where.content_hidden,
            mentions=mentions,
            on_cooldown=where.on_cooldown,
            refusal=refusal,
            left=left,
            silent_refusal=silent,
        )
        return trial_card(trial)

    def list_choices(self, guild: int, name_of: Callable[[int], str]) -> ChoiceEntries:
        """Return (label, value) of each phrase. `name_of` names a channel."""
        return tuple(
            (f"{one.text} (in {name_of(one.channel)})", f"{one.channel}|{one.text}")
            if one.channel
            else (one.text, one.text)
            for one in self.triggers.list_phrases(guild)
        )

    def _find_channels(self, guild: int, phrase: TriggerPhrase) -> tuple[int, ...]:
        phrases, key = self.triggers.list_phrases(guild), phrase.lookup_key
        return tuple(one.channel for one in phrases if parse_phrase(one.text).lookup_key == key)

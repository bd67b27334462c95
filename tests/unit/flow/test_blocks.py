"""Blocked: at the gate, for as long as was said, with what was in line and in sight."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.drawing.request import DrawRequest, GenerationParams
from bot.core.jobs.model import AcceptedJob
from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep, StatusFrame
from bot.core.moderation.verdict import ClassifierVerdict
from bot.core.ui.card import MessageCard
from bot.flow.blocks import CLEAR_WINDOW, REASON_MAX
from bot.flow.drawing.requests import DeclinedRequest
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA, MODERATOR
from tests.support.flow import FakePainter, Stage, may_delete_anywhere, png, stage
from tests.support.limits import LimitDesk


async def asks(here: Stage, source: str = "interaction:900") -> AcceptedJob | DeclinedRequest:
    """Mia asks for a fox."""
    return await here.flow.requests.submit_request(DrawRequest(source, "a red fox"), MIA)


async def test_who_is_blocked_hears_until_when_and_why_and_owes_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        told = await here.flow.blocks.block_member(MODERATOR, MIA.user, "Mia", 24, " spam ", None)
        assert told.content.startswith("Mia is blocked from drawing here; the block ends <t:")
        answer = await asks(here)
        assert isinstance(answer, DeclinedRequest)
        assert answer.rule == "blocked"
        assert "You're blocked from drawing here; the block ends <t:" in answer.card.content
        first, second, *_ = answer.card.content.splitlines()
        assert first.endswith("Nothing was charged. A moderator can lift this.")
        assert second == "Reason: spam."
        assert not answer.is_public, "what a moderator wrote of them is nobody else's"
        assert "a red fox" in str(answer.card)
        assert await here.books.rows("jobs") == []
        other = replace(MIA, guild=MIA.guild + 1)
        elsewhere = await here.flow.requests.submit_request(
            DrawRequest("interaction:901", "a red fox"), other
        )
        assert isinstance(elsewhere, AcceptedJob)


@pytest.mark.parametrize("hours", [1, None])
async def test_it_ends_with_its_time_or_by_hand(tmp_path: Path, hours: int | None) -> None:
    async with stage(tmp_path) as here:
        await here.flow.blocks.block_member(MODERATOR, MIA.user, "Mia", hours, "", None)
        assert isinstance(await asks(here), DeclinedRequest)
        if hours is None:
            here.hands.now += timedelta(days=4000)
            assert isinstance(await asks(here), DeclinedRequest)
            card = await here.flow.blocks.unblock_member(MODERATOR, MIA.user, "Mia")
            assert card.content == "Mia can draw here again."
        else:
            here.hands.now += timedelta(hours=hours)
        assert isinstance(await asks(here), AcceptedJob)
        card = await here.flow.blocks.unblock_member(MODERATOR, MIA.user, "Mia")
        assert card.content == "Mia is not blocked. Nothing was changed."


async def test_clear_stops_their_line_and_takes_their_last_hour_away(tmp_path: Path) -> None:
    """And nobody else's; what was drawn stays charged, what was not is returned."""
    may_end = asyncio.Event()
    waits: list[object] = []

    def script(order: object) -> list[object]:
        end = [ImageReady(0, "View/0.png"), RequestEnded()]
        return [StatusFrame(1, 0, 0, 1), SamplingStep(0, 0.5), *waits, *end]

    painter = FakePainter(script=script)  # type: ignore[arg-type]  # events and things to wait for
    async with stage(tmp_path, painter=painter, house=HostSettings(max_in_flight=1)) as here:
        here.work()
        old, old_card = await here.ask()
        await here.becomes(old.id, "done")
        here.hands.now += 2 * CLEAR_WINDOW
        done, card = await here.ask()
        await here.becomes(done.id, "done")
        bens, bens_card = await here.ask(asker=BEN)
        await here.becomes(bens.id, "done")
        waits.append(may_end)
        running, running_card = await here.ask()
        await here.says(running_card, "Drawing")
        queued, _ = await here.ask()

        told = await here.flow.blocks.block_member(
            MODERATOR, MIA.user, "Mia", 1, "", may_delete_anywhere
        )
        assert told.content.endswith(
            "2 jobs cancelled and returned, 1 picture from the last hour deleted."
        )
        await here.becomes(running.id, "cancelled")
        await here.becomes(queued.id, "cancelled")
        assert card not in here.board.messages
        assert old_card in here.board.messages
        assert bens_card in here.board.messages
        assert (await here.books.used(MIA, here.hands.now))[0] == 2
        await here.balanced()
        may_end.set()


async def test_clear_deletes_only_where_the_moderator_may(tmp_path: Path) -> None:
    """Whoever may block has no right over the messages of every channel."""
    elsewhere = replace(MIA, channel=MIA.channel + 1)
    async with stage(tmp_path) as here:
        here.work()
        cards: list[int] = []
        for asker in (MIA, elsewhere, elsewhere):
            job, card = await here.ask(asker=asker)
            await here.becomes(job.id, "done")
            cards.append(card)

        async def may_delete(channel: int) -> bool:
            return channel == MIA.channel

        told = await here.flow.blocks.block_member(MODERATOR, MIA.user, "Mia", 1, "", may_delete)
        assert told.content.endswith(
            "0 jobs cancelled and returned, 1 picture deleted. 2 pictures from the last hour are "
            "still there, because you don't have *Manage Messages* in their channels."
        )
        assert [card in here.board.messages for card in cards] == [False, True, True]


async def test_a_second_block_replaces_the_first_and_all_of_it_is_in_the_log(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as here:
        empty = await here.flow.blocks.list_blocks(MODERATOR)
        assert empty.content == "Nobody is blocked here."
        await here.flow.blocks.block_member(MODERATOR, MIA.user, "Mia", 1, "first", None)
        await here.flow.blocks.block_member(
            MODERATOR, MIA.user, "Mia", None, "**second** <@1>", None
        )
        listed = await here.flow.blocks.list_blocks(MODERATOR)
        assert listed.embed is not None
        assert listed.embed.body.startswith(
            f"<@{MIA.user}>: for good, blocked by <@{MODERATOR.user}>"
        )
        assert "<@1>" not in listed.embed.body
        await here.flow.blocks.unblock_member(MODERATOR, MIA.user, "Mia")
        log = await LimitDesk(here.flow.limits).show_audit_log(MODERATOR, MIA.user, "Mia", 1)
        assert log.embed is not None
        lifted, second, first = log.embed.body.splitlines()
        assert lifted.endswith(f"<@{MIA.user}>: unblocked")
        assert "blocked for good: " in second
        assert "<@1>" not in second
        assert "blocked until 2026-11-24 13:00 UTC: first" in first


async def test_nobody_blocks_themselves_by_a_slip(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        card = await here.flow.blocks.block_member(
            MODERATOR, MODERATOR.user, "Mod", 1, "", may_delete_anywhere
        )
        assert card.content == "You can't block yourself. Nothing was changed."
        assert await here.books.books.blocks.list_blocks(MODERATOR.guild, here.hands.now) == ()


class Ear:
    """A classifier that likes everything and counts what it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def classify_prompt(self, order: GenerationParams) -> ClassifierVerdict:
        self.heard.append(order.prompt)
        return ClassifierVerdict.ALLOWED

    async def classify_image(self, data: bytes, *, age_restricted: bool) -> ClassifierVerdict:
        return ClassifierVerdict.ALLOWED


async def test_who_is_blocked_has_nothing_fetched_and_nothing_classified(tmp_path: Path) -> None:
    """Only the transaction decides, but nobody works for them before it."""
    fetched: list[str] = []

    async def read() -> bytes:
        fetched.append("a picture")
        return png()

    def bytes_of(ref: str) -> bytes:
        fetched.append(ref)
        return png()

    async with stage(tmp_path, painter=FakePainter(bytes_of=bytes_of)) as plain:
        ear = Ear()
        kit = replace(plain.kit, classifier=ear)
        here = Stage(kit, plain.board, plain.painter, plain.books, plain.hands)
        here.work()
        job, message = await here.ask("a brown fox")
        await here.becomes(job.id, "done")
        await here.kit.spool.delete_job_files(job.id)
        await here.flow.blocks.block_member(MODERATOR, MIA.user, "Mia", None, "spam", None)
        heard, fetched[:] = list(ear.heard), []

        plainly = await asks(here)
        wish = DrawRequest("interaction:901", "a red fox")
        begun = await here.flow.requests.submit_with_image(wish, read, MIA)
        varied = await here.flow.requests.submit_button_action(
            "vary", job.id, MIA, "interaction:902", "1"
        )
        for answer in (plainly, begun, varied):
            assert isinstance(answer, DeclinedRequest)
            assert answer.rule == "blocked"
            assert answer.card.content.startswith(
                "You're blocked from drawing here. Nothing was charged."
            )
        assert plainly.card.content == begun.card.content
        for card in (
            await here.flow.remix.start_from_image(MIA, message, read),
            await here.flow.remix.start_from_text(MIA, 5, "a red fox"),
        ):
            assert isinstance(card, MessageCard)
            assert card.content.startswith("You're blocked from drawing here. Nothing was charged.")
        assert (fetched, ear.heard) == ([], heard)

        await here.flow.blocks.unblock_member(MODERATOR, MIA.user, "Mia")
        begun = await here.flow.requests.submit_with_image(wish, read, MIA)
        assert isinstance(begun, AcceptedJob)
        assert (fetched, ear.heard) == (["a picture"], [*heard, "a red fox"])


async def test_the_transaction_asks_once_more(tmp_path: Path) -> None:
    """Whoever is blocked while their words are looked at does not slip in."""
    async with stage(tmp_path) as plain:

        class Slow(Ear):
            async def classify_prompt(self, order: GenerationParams) -> ClassifierVerdict:
                await here.flow.blocks.block_member(MODERATOR, MIA.user, "Mia", None, "", None)
                return await super().classify_prompt(order)

        ear = Slow()
        kit = replace(plain.kit, classifier=ear)
        here = Stage(kit, plain.board, plain.painter, plain.books, plain.hands)
        answer = await asks(here)
        assert isinstance(answer, DeclinedRequest)
        assert (answer.rule, ear.heard) == ("blocked", ["a red fox"])
        assert await here.books.rows("jobs") == []


@pytest.mark.parametrize("length", [0, 1, REASON_MAX, REASON_MAX + 1])
async def test_a_reason_is_kept_as_far_as_there_is_room(tmp_path: Path, length: int) -> None:
    async with stage(tmp_path) as here:
        await here.flow.blocks.block_member(MODERATOR, MIA.user, "Mia", None, "x" * length, None)
        block = await here.books.books.blocks.find_block(MIA.guild, MIA.user, here.hands.now)
        assert block is not None
        assert block.until is None
        assert len(block.reason) == min(length, REASON_MAX)

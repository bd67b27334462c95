"""Our messages through the real discord.py to a Discord on 127.0.0.1 that enforces its rules."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import discord
import pytest
from PIL import Image

from bot.adapters.discord.rest.messages import DiscordMessages
from bot.adapters.discord.rest.request_queue import RequestQueue
from bot.core.errors import (
    DiscordUnavailable,
    FilesTooLarge,
    MalformedRequest,
    MemberGone,
    MessageGone,
    MessageTooOld,
    MissingPermission,
    TokenExpired,
)
from bot.core.ids import NO_JOB
from bot.core.jobs.model import Post, Purpose
from bot.core.ui.card import CardButton, CardTone, Embed, FileUpload, MessageCard, MessageContent
from bot.sandbox.discord import posts
from bot.sandbox.discord.limits import EDITS, TOKEN_EDITS, Limit, Limits
from tests.loopback.adapters.discord.rest.conftest import JOB, Place, intent, words

CANCEL = CardButton("cancel", "Cancel", JOB)


def png(colour: str = "red") -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, "PNG")
    return out.getvalue()


def jpeg() -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8), "grey").save(out, "JPEG")
    return out.getvalue()


def at_work(percent: int) -> MessageContent:
    panel = Embed("Drawing", f"{percent} %", CardTone.BUSY, image="preview.jpg")
    return MessageContent(
        MessageCard(embed=panel, buttons=(CANCEL,)), (FileUpload("preview.jpg", jpeg()),)
    )


def done(data: bytes) -> MessageContent:
    buttons = (CardButton("reroll", "Reroll", JOB), CardButton("delete", "Delete", JOB))
    return MessageContent(
        MessageCard("a red fox @everyone <@1>", buttons=buttons),
        (FileUpload(f"{JOB}-1.png", data, alt_text="a red fox"),),
    )


@pytest.mark.parametrize("by_token", [False, True])
async def test_one_message_from_queued_to_picture(place: Place, by_token: bool) -> None:
    """Each edit replaces all of the message; the last has no panel and plain attachments."""
    channel, board = place.channel("imagine"), place.board
    message = await board.send_message(intent(channel), at_work(0))
    token = place.answered(channel, message) if by_token else None
    post = intent(channel, message, token=token)
    await board.edit_message(post, lambda: at_work(40), final=False, by_token=by_token)
    seen = place.seen(channel, message)
    assert seen["embeds"][0]["description"] == "40 %"
    assert [file["filename"] for file in seen["sandbox_files"]] == ["preview.jpg"]
    assert seen["attachments"] == []  # the panel shows it
    assert seen["components"][0]["components"][0]["custom_id"] == f"cancel:{JOB}"

    data = png()
    await board.edit_message(post, lambda: done(data), final=True, by_token=by_token)
    seen = place.seen(channel, message)
    assert seen["embeds"] == []
    assert [(a["filename"], a["size"], a["description"]) for a in seen["attachments"]] == [
        (f"{JOB}-1.png", len(data), "a red fox")
    ]
    ids = [b["custom_id"] for row in seen["components"] for b in row["components"]]
    assert ids == [f"reroll:{JOB}", f"delete:{JOB}"]
    assert seen["edits"] == 2
    await board.edit_message(post, lambda: words("gone again"), final=True, by_token=by_token)
    seen = place.seen(channel, message)
    assert (seen["content"], seen["attachments"], seen["components"]) == ("gone again", [], [])
    assert place.report["live_mentions"] == 0


async def test_the_same_nonce_gives_the_same_message(place: Place) -> None:
    """A post that is repeated after a crash, within Discord's few minutes, doubles nothing."""
    channel = place.channel("imagine")
    first = await place.board.send_message(intent(channel), words("one"))
    assert await place.board.send_message(intent(channel), words("one")) == first
    assert await place.board.send_message(intent(channel, nonce="n2"), words("two")) != first


async def test_a_reply_rings_only_whom_it_shall(place: Place) -> None:
    """The one user of `ring`; not the author of what it replies to, who may be gone as well."""
    channel, mia = place.channel("imagine"), place.person("mia")
    theirs = posts.create(
        place.server.hub,
        posts.Origin(str(channel), str(place.person("theo"))),
        {"content": "draw me a fox"},
        (),
    )
    quiet = await place.board.send_message(
        intent(channel), words("Got it."), reply_to=int(theirs.id)
    )
    assert place.seen(channel, quiet)["message_reference"]["message_id"] == theirs.id
    assert place.seen(channel, quiet)["silent"]
    posts.delete(place.server.hub, theirs)
    gone = await place.board.send_message(
        intent(channel, nonce="n2"), words("Got it."), reply_to=int(theirs.id)
    )
    assert "message_reference" not in place.seen(channel, gone)
    assert place.report["live_mentions"] == 0
    card = MessageCard(f"<@{mia}> Your picture is ready. <@{place.person('mona')}>", ping_user=mia)
    ring = await place.board.send_message(
        intent(channel, nonce="n3"), MessageContent(card), reply_to=quiet
    )
    assert not place.seen(channel, ring)["silent"]
    assert [user["id"] for user in place.seen(channel, ring)["mentions"]] == [str(mia)]
    assert place.report["live_mentions"] == 1


async def test_the_last_of_a_window_does_not_keep_us_waiting(place: Place) -> None:
    """discord.py returns from the fifth edit five seconds late; we know of it when it is true."""
    channel = place.channel("imagine")
    for by_token in (False, True):
        message = place.put(channel)
        post = intent(channel, message, token=place.answered(channel, message))
        begun = time.monotonic()
        for number in range(5):
            shown = words(f"edit {number}")
            await place.board.edit_message(post, lambda s=shown: s, final=True, by_token=by_token)
        assert time.monotonic() - begun < 4.5
        assert place.seen(channel, message)["content"] == "edit 4"


async def test_supply_is_asked_when_it_is_sent(place: Place) -> None:
    """Not when the edit was asked for: the newest wins. None sends nothing and costs nothing."""
    channel = place.channel("imagine")
    message = place.put(channel)
    latest = ["old"]
    for _ in range(2):
        await place.board.edit_message(
            intent(channel, message), lambda: words(latest[0]), final=False, by_token=False
        )
        before = place.report["requests"]
        waiting = asyncio.create_task(
            place.board.edit_message(
                intent(channel, message), lambda: words(latest[0]), final=False, by_token=False
            )
        )
        await asyncio.sleep(0)
        latest[0] = "new"
        await waiting
        assert place.seen(channel, message)["content"] == "new"
        assert place.report["requests"] == before + 1
        await place.board.edit_message(
            intent(channel, message), lambda: None, final=True, by_token=False
        )
        assert place.report["requests"] == before + 1


class QuickLimits(Limits):
    """The same numbers in a tenth of the time, so that a storm passes in seconds."""

    def take(self, limit: Limit, key: str) -> dict[str, Any]:
        return super().take(self._quick(limit), key)

    def headers(self, limit: Limit, key: str) -> dict[str, Any]:
        return super().headers(self._quick(limit), key)

    def _quick(self, limit: Limit) -> Limit:
        edits = (EDITS.name, TOKEN_EDITS.name)
        return replace(limit, period_s=0.5) if limit.name in edits else limit


@pytest.mark.timeout(120)
async def test_a_storm_of_jobs_meets_no_429(place: Place) -> None:
    """Forty jobs in one channel and fifty elsewhere: progress first, and every result arrives.

    Discord says that its windows last half a second; nobody told the board.
    """
    place.server.hub.limits = QuickLimits(place.server.hub.now)
    crowded = place.channel("imagine")
    where = [crowded] * 40 + [place.new_channel() for _ in range(50)]
    jobs = [(channel, place.put(channel)) for channel in where]

    async def job(number: int, channel: int, message: int) -> None:
        by_token = number % 3 == 0
        token = place.answered(channel, message) if by_token else None
        post = intent(channel, message, token=token)
        over = False

        async def progress() -> None:
            percent = 0
            while not over:
                percent += 1
                shown = words(f"{percent} %")
                await place.board.edit_message(
                    post, lambda shown=shown: shown, final=False, by_token=by_token
                )
                await asyncio.sleep(0.05)

        drawing = asyncio.create_task(progress())
        await asyncio.sleep(0.03 * number)
        await place.board.edit_message(post, lambda: done(png()), final=True, by_token=by_token)
        over = True
        await drawing

    begun = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        for number, (channel, message) in enumerate(jobs):
            tasks.create_task(job(number, channel, message))
    assert time.monotonic() - begun < 20  # by what we believe at first it would be half a minute
    assert place.report["rate_limited"] == 0
    assert place.report["responses"].keys() == {"200"}
    for channel, message in jobs:
        assert len(place.seen(channel, message)["sandbox_files"]) == 1
    assert place.report["edits_per_message_max"] > 2


async def test_what_others_send_is_counted_too(place: Place) -> None:
    """A cog that edits by itself takes from the same five: the board waits for the next window."""
    place.server.hub.limits = QuickLimits(place.server.hub.now)
    channel = place.channel("imagine")
    message = place.put(channel)
    other = place.client.get_partial_messageable(channel).get_partial_message(message)
    for number in range(4):
        await other.edit(content=f"by hand {number}")
    sends = [
        place.board.edit_message(
            intent(channel, place.put(channel)), lambda: words("mine"), final=True, by_token=False
        )
        for _ in range(4)
    ]
    await asyncio.gather(*sends)
    assert place.report["rate_limited"] == 0


async def test_discords_refusals_have_our_names(place: Place) -> None:
    """One of each, as the sandbox says it; delivery chooses the next way by these names."""
    board, channel = place.board, place.channel("imagine")
    message = place.put(channel)
    token = place.answered(channel, message)

    async def edit(post: Post, shown: MessageContent, *, by_token: bool) -> None:
        await board.edit_message(post, lambda: shown, final=True, by_token=by_token)

    with pytest.raises(MissingPermission):
        await board.send_message(intent(place.channel("locked")), words("here?"))
    with pytest.raises(MessageGone):
        await board.send_message(intent(1234567890), words("here?"))
    with pytest.raises(MessageGone):
        await edit(intent(channel, message + 1), words("x"), by_token=False)
    with pytest.raises(MessageGone):
        await edit(intent(channel, message + 1, token=token), words("x"), by_token=True)
    with pytest.raises(MessageGone):
        await edit(intent(channel, None), words("x"), by_token=False)
    with pytest.raises(TokenExpired):
        await edit(intent(channel, message, token="never-was"), words("x"), by_token=True)
    with pytest.raises(TokenExpired):
        await edit(intent(channel, message), words("x"), by_token=True)
    big = MessageContent(MessageCard("big"), (FileUpload("big.png", bytes((10 << 20) + 1)),))
    with pytest.raises(FilesTooLarge):
        await edit(intent(channel, message), big, by_token=False)
    with pytest.raises(MalformedRequest):
        await board.send_message(intent(channel, nonce="n9"), words("x" * 2001))
    place.server.hub.report.invalid.clear()  # that one was on purpose
    mia = str(place.person("mia"))
    users = place.server.world.users
    users[mia] = replace(users[mia], dms_open=False)
    there = await board.open_dm_channel(int(mia))
    with pytest.raises(MissingPermission):
        await board.send_message(intent(there, purpose=Purpose.DIRECT), words("psst"))


async def test_time_makes_tokens_dead_and_messages_old(place: Place) -> None:
    """After a quarter of an hour, and after an hour: each has its own name."""
    board, channel = place.board, place.channel("imagine")
    message = place.put(channel)
    post = intent(channel, message, token=place.answered(channel, message))
    place.ahead_s = 3700
    with pytest.raises(TokenExpired):
        await board.edit_message(post, lambda: words("late"), final=True, by_token=True)
    edits = [
        board.edit_message(post, lambda: words("late"), final=True, by_token=False)
        for _ in range(4)
    ]
    begun = time.monotonic()
    results = await asyncio.gather(*edits, return_exceptions=True)
    assert [type(result) for result in results] == [type(None)] * 3 + [MessageTooOld]
    assert time.monotonic() - begun < 15  # discord.py alone would try five times


async def test_find_knows_our_messages_again(place: Place) -> None:
    """By what Discord keeps, which the nonce is not; and each kind for itself."""
    channel, board = place.channel("imagine"), place.board
    status = await board.send_message(intent(channel), at_work(3))
    other = MessageContent(MessageCard("x", buttons=(CardButton("cancel", "Cancel", "z" * 20),)))
    await board.send_message(intent(channel, nonce="n2"), other)
    result = intent(channel, nonce="n3", purpose=Purpose.RESULT)
    ring = intent(channel, nonce="n4", purpose=Purpose.PING)
    assert await board.find_message(intent(channel)) == status
    assert await board.find_message(result) is None
    sent = await board.send_message(result, done(png()))
    assert await board.find_message(result) == sent
    assert await board.find_message(ring, reply_to=sent) is None
    card = MessageContent(MessageCard(f"<@{place.person('mia')}> Your picture is ready."))
    rung = await board.send_message(ring, card, reply_to=sent)
    assert await board.find_message(ring, reply_to=sent) == rung
    assert await board.find_message(ring, reply_to=status) is None
    lines = intent(channel, nonce="n5", job=NO_JOB)
    first = await board.send_message(lines, words("mona: day 3 → 4"))
    assert await board.find_message(lines, card=MessageCard("mona: day 3 → 4")) == first
    again = intent(channel, nonce="n6", job=NO_JOB)
    assert await board.find_message(again, card=MessageCard("mona: day 3 → 4"), after=first) is None


async def test_find_looks_through_a_busy_channel(place: Place) -> None:
    """Discord gives a hundred messages at once, and people wrote more before ours came."""
    channel = place.new_channel()
    origin = posts.Origin(str(channel), str(place.person("mia")))
    for number in range(230):
        posts.create(place.server.hub, origin, {"content": f"{number}"}, ())
    status = await place.board.send_message(intent(channel), at_work(3))
    assert await place.board.find_message(intent(channel)) == status


async def test_a_message_of_no_job_rings_no_phone(place: Place) -> None:
    """Also where somebody wants to hear of all messages; a job's card rings there."""
    channel, users = place.channel("imagine"), place.server.world.users
    mia = str(place.person("mia"))
    users[mia] = replace(users[mia], all_messages=True)
    lines = await place.board.send_message(intent(channel, job=NO_JOB), words("a log line"))
    card = await place.board.send_message(intent(channel, nonce="n2"), words("Got it."))
    assert place.seen(channel, lines)["flags"] == 4096
    assert [place.seen(channel, one)["silent"] for one in (lines, card)] == [True, False]


async def test_find_looks_only_where_the_message_would_be(place: Place) -> None:
    """An older message of the same job is not it, nor is one of another channel."""
    channel, board = place.channel("imagine"), place.board
    await board.send_message(intent(channel), at_work(3))
    later = datetime.now(UTC) + timedelta(hours=1)
    assert await board.find_message(intent(channel, nonce="unknown", created_at=later)) is None
    assert await board.find_message(intent(place.channel("general"))) is None


async def test_direct_and_delete(place: Place) -> None:
    """A direct message has its own channel; deleting what is gone is no error."""
    channel = await place.board.open_dm_channel(place.person("mia"))
    message = await place.board.send_message(intent(channel, purpose=Purpose.DIRECT), done(png()))
    assert len(place.seen(channel, message)["attachments"]) == 1
    await place.board.delete_message(channel, message)
    assert str(message) not in place.server.world.messages.get(str(channel), {})
    await place.board.delete_message(channel, message)


async def test_without_the_trace_it_goes_on_by_what_we_believe(place: Place) -> None:
    """Where another client is plugged in: no headers are seen, five at a time are sent."""
    client = discord.Client(intents=discord.Intents(guilds=True))
    await client.login(place.server.token)
    board, channel = DiscordMessages(client, RequestQueue()), place.channel("imagine")
    first = await board.send_message(intent(channel), words("one"))
    for number in range(3):
        shown = words(f"edit {number}")
        await board.edit_message(
            intent(channel, first), lambda s=shown: s, final=True, by_token=False
        )
    with pytest.raises(MessageGone):
        await board.edit_message(intent(channel, 1), lambda: words("x"), final=True, by_token=False)
    assert place.seen(channel, first)["content"] == "edit 2"
    await board.close()
    await client.close()


async def test_the_upload_limit_of_an_unknown_server_is_the_smallest(place: Place) -> None:
    """Ten MiB is what every server has."""
    assert place.board.get_upload_limit(1) == 10 * 1024 * 1024


async def test_the_first_answer_is_filled_in_by_its_token(place: Place) -> None:
    """Deferred or never noted: the token knows its message. Without a first answer it is dead."""
    channel = place.channel("imagine")
    message = place.put(channel)
    post = intent(channel, token=place.answered(channel, message))
    assert await place.board.edit_original_response(post, words("Got it.")) == message
    assert place.seen(channel, message)["content"] == "Got it."
    with pytest.raises(TokenExpired):
        await place.board.edit_original_response(intent(channel, token="never-was"), words("x"))
    with pytest.raises(TokenExpired):
        await place.board.edit_original_response(intent(channel), words("x"))


async def test_what_a_message_carries_is_seen(place: Place) -> None:
    """Attachments of its own; a preview that a panel shows is none."""
    channel, board = place.channel("imagine"), place.board
    message = await board.send_message(intent(channel), at_work(3))
    post = intent(channel, message)
    assert not await board.has_attachments(post)
    await board.edit_message(post, lambda: done(png()), final=True, by_token=False)
    assert await board.has_attachments(post)
    assert not await board.has_attachments(intent(channel, message + 1))
    assert not await board.has_attachments(intent(channel))


async def test_nothing_private_goes_by_the_bots_own_token(place: Place) -> None:
    """Whoever asks for it by mistake: no request is made."""
    channel, board = place.channel("imagine"), place.board
    message = place.put(channel)
    before = place.report["requests"]
    with pytest.raises(MissingPermission):
        await board.send_message(intent(channel, private=True), words("psst"))
    with pytest.raises(MessageGone):
        await board.edit_message(
            intent(channel, message, private=True), lambda: words("x"), final=True, by_token=False
        )
    assert place.report["requests"] == before
    there = await board.open_dm_channel(place.person("mia"))
    direct = intent(there, private=True, purpose=Purpose.DIRECT)
    assert place.seen(there, await board.send_message(direct, words("psst")))["content"] == "psst"


async def test_a_direct_message_is_found_by_its_files(place: Place) -> None:
    """Their names hold the job's id."""
    board = place.board
    there = await board.open_dm_channel(place.person("mia"))
    assert there == await board.open_dm_channel(place.person("mia"))
    unknown = intent(there, nonce="unknown", purpose=Purpose.DIRECT)
    assert await board.find_message(unknown) is None
    files = (FileUpload(f"swarmbot-{JOB}-1.png", png()),)
    message = await board.send_message(
        intent(there, purpose=Purpose.DIRECT), MessageContent(MessageCard("a red fox"), files)
    )
    assert await board.find_message(unknown) == message


async def test_three_that_fit_alone_are_too_large_together(place: Place) -> None:
    """25 MiB for a whole request, whatever each file may have."""
    data = bytes(9 << 20)
    big = MessageContent(MessageCard("big"), tuple(FileUpload(f"{n}.png", data) for n in range(3)))
    with pytest.raises(FilesTooLarge):
        await place.board.send_message(intent(place.channel("imagine")), big)
    place.server.hub.report.invalid.clear()  # that one was on purpose


async def test_where_we_are_is_known(place: Place) -> None:
    assert not place.board.is_guild_member(1)


async def test_who_has_left_is_asked_for_once(place: Place) -> None:
    """Without a clear answer it is an error, and nothing is tried again."""
    guild = next(iter(place.server.world.guilds))
    mia = place.person("mia")
    assert not await place.board.has_left(int(guild), mia)
    del place.server.world.members[guild, str(mia)]
    assert await place.board.has_left(int(guild), mia)
    assert await place.board.has_left(int(guild), 1), "a deleted account"
    with pytest.raises(MessageGone) as unknown:
        await place.board.has_left(1, mia)
    assert not isinstance(unknown.value, MemberGone)
    place.server.hub.faults.set([{"on": {"method": "GET"}, "do": {"status": 503}}])
    before = place.server.hub.report.requests
    with pytest.raises(DiscordUnavailable):
        await place.board.has_left(int(guild), mia)
    assert place.server.hub.report.requests == before + 1

"""Death before and after each step of a job's life; the next process makes the story whole."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from bot.sandbox.discord import posts
from tests.crash.world import Mortal
from tests.support.choices import choose
from tests.support.town import Json, button

pytestmark = pytest.mark.timeout(1800)

BOTH = ("before", "after")
THREE_TIMES = pytest.param(3, id="three times", marks=pytest.mark.soak)


async def _each(one: Mortal, steps: tuple[str, ...], **how: bool) -> None:
    for step in steps:
        for when in BOTH:
            await one.case(step, when, one.ask, **how)


@pytest.mark.parametrize("repeats", [THREE_TIMES])
async def test_while_somebody_asks(one: Mortal, repeats: int) -> None:
    for _ in range(repeats):
        await _each(
            one,
            ("store.create_job", "store.record_post_intent.status", "store.mark_post_sent.status"),
        )


@pytest.mark.parametrize("repeats", [THREE_TIMES])
async def test_while_it_is_drawn(one: Mortal, repeats: int) -> None:
    for _ in range(repeats):
        await _each(
            one,
            (
                "backend.lease_session",
                "store.apply_job_event.Started",
                "draw.SamplingStep",
                "draw.ImageReady",
            ),
        )


@pytest.mark.parametrize("repeats", [THREE_TIMES])
async def test_while_it_is_fetched(one: Mortal, repeats: int) -> None:
    for _ in range(repeats):
        await _each(
            one,
            (
                "draw.RequestEnded",
                "backend.fetch_image",
                "spool.save_image",
                "store.apply_job_event.Generated",
                "draw",
            ),
        )


@pytest.mark.parametrize("repeats", [pytest.param(1, id="once"), THREE_TIMES])
async def test_while_it_is_delivered(one: Mortal, repeats: int) -> None:
    for _ in range(repeats):
        await _each(
            one,
            (
                "messages.edit_message.progress",
                "messages.edit_message.final",
                "request.edit.final",
                "store.record_delivery",
            ),
        )


@pytest.mark.parametrize("repeats", [THREE_TIMES])
async def test_while_it_rings(one: Mortal, repeats: int) -> None:
    await one.ring_always()
    for _ in range(repeats):
        await _each(
            one,
            (
                "store.record_post_intent.ring",
                "messages.send_message.ring",
                "store.mark_post_sent.ring",
            ),
        )


@pytest.mark.parametrize("repeats", [THREE_TIMES])
async def test_while_the_result_goes_as_a_new_message(one: Mortal, repeats: int) -> None:
    """The status message cannot be edited any more."""
    gone: Json = {"status": 404, "body": {"message": "Unknown Message", "code": 10008}}

    async def ask() -> None:
        await one.fault({"method": "PATCH"}, gone, None)
        await one.ask()

    async def clear() -> None:
        await one.faults([])

    for _ in range(repeats):
        for step in (
            "store.record_post_intent.result",
            "messages.send_message.result",
            "store.mark_post_sent.result",
        ):
            for when in BOTH:
                await one.case(step, when, ask, anew=True, after=clear)


@pytest.mark.parametrize("repeats", [THREE_TIMES])
async def test_while_the_result_goes_as_a_direct_message(one: Mortal, repeats: int) -> None:
    """Nothing may be said in the channel any more, neither before the death nor after it."""
    shut: Json = {"status": 403, "body": {"message": "Missing Permissions", "code": 50013}}
    steps = (
        "messages.open_dm_channel",
        "store.record_post_intent.direct",
        "messages.send_message.direct",
        "store.mark_post_sent.direct",
    )
    wanted = 0
    for step in (step for _ in range(repeats) for step in steps):
        for when in BOTH:
            who, channel = one.place
            post: Json = {"method": "POST", "route": f"/channels/{one.here.channel(channel)}/*"}
            await one.faults([{"on": on, "do": shut} for on in ({"method": "PATCH"}, post)])
            one.arm(step=step, when=when)
            await one.ask(who, channel)
            assert await one.died() == f"{step} {when}"
            one.spare()
            await one.live()
            await one.settled()
            wanted += 1
            await one.count_direct(wanted)


@pytest.mark.parametrize("repeats", [THREE_TIMES])
async def test_while_an_orphan_is_stopped(one: Mortal, repeats: int) -> None:
    """Cancelled right before a death: the next process stops SwarmUI's work, and may die at it."""
    for _ in range(repeats):
        for step in (
            "store.list_orphaned_sessions",
            "backend.interrupt_session",
            "interrupt",
            "store.mark_session_stopped",
        ):
            for when in BOTH:
                await one.here.script(step_s=0.1)
                who, channel = one.place
                card = await one.here.imagine(who, channel, steps=40)
                await one.drawing()
                one.arm(step="store.apply_job_event.Cancelled", when="after")
                pressed = {"message": card["id"], "custom_id": button(card, "cancel")}
                await one.here.act(who, "component", **pressed)
                await one.died()
                one.arm(step=step, when=when)
                await one.live()
                assert await one.died() == f"{step} {when}"
                one.spare()
                await one.live()
                await one.settled()
                await one.stopped()
                await one.here.script(step_s=0.01)
                await one.count()


@pytest.mark.parametrize("repeats", [THREE_TIMES])
async def test_while_it_is_cancelled(one: Mortal, repeats: int) -> None:

    async def cancel() -> None:
        await one.here.script(step_s=0.1)
        who, channel = one.place
        card = await one.here.imagine(who, channel, steps=20)
        await one.drawing()
        await one.here.act(who, "component", message=card["id"], custom_id=button(card, "cancel"))

    async def fast() -> None:
        await one.here.script(step_s=0.01)

    for _ in range(repeats):
        for step in (
            "store.apply_job_event.Cancelled",
            "interrupt",
            "messages.edit_message.final",
            "store.mark_job_notified",
        ):
            for when in BOTH:
                await one.case(step, when, cancel, after=fast)


@pytest.mark.parametrize("repeats", [THREE_TIMES])
async def test_while_it_fails(one: Mortal, repeats: int) -> None:

    async def refused() -> None:
        await one.here.script(next_=["error_mid_batch"])
        await one.ask()

    for _ in range(repeats):
        for step in ("store.apply_job_event.Failed", "store.mark_job_notified"):
            for when in BOTH:
                await one.case(step, when, refused)


@pytest.mark.parametrize("repeats", [THREE_TIMES])
async def test_around_its_requests(one: Mortal, repeats: int) -> None:
    """Killed by the other side: before Discord takes a request, or before its answer is read."""
    wanted: tuple[tuple[Json, bool], ...] = (
        ({"method": "POST", "route": "/interactions/*"}, False),
        ({"method": "PATCH", "nth": 1}, False),
        ({"method": "POST", "route": "/channels/{channel}/messages", "nth": 1}, True),
    )
    for _ in range(repeats):
        for on, by_phrase in wanted:
            for when in BOTH:
                await one.fault(on, {"kill_bot": when})
                if by_phrase:
                    words = "draw me a red fox"
                    await one.here.act("mia", "message", channel="imagine", content=words)
                else:
                    await one.ask()
                await one.died()
                await one.faults([])
                await one.live()
                await one.settled()
                await one.count()


@pytest.mark.soak
@pytest.mark.parametrize("directly", [False, True])
@pytest.mark.parametrize("when", BOTH)
async def test_while_a_failure_is_told_elsewhere(one: Mortal, when: str, directly: bool) -> None:
    """Words without a picture: a new message, or a direct one where the channel is shut."""
    here = one.here
    gone: Json = {"status": 404, "body": {"message": "Unknown Message", "code": 10008}}
    shut: Json = {"status": 403, "body": {"message": "Missing Permissions", "code": 50013}}
    faults = [{"on": {"method": "PATCH"}, "do": gone}]
    if directly:
        route = f"/channels/{here.channel('imagine')}/messages"
        faults.append({"on": {"method": "POST", "route": route}, "do": shut})
    step = f"messages.send_message.{'direct' if directly else 'result'}"
    await one.faults(faults)
    await here.script(next_=["refuse"])
    one.arm(step=step, when=when)
    await one.ask("mia", "imagine")
    assert await one.died() == f"{step} {when}"
    one.spare()
    await one.live()
    await one.settled()
    place = here.dm("mia") if directly else "imagine"
    told = [m for m in await here.messages(place) if "returned" in m["content"]]
    assert len(told) == 1, told
    here.balanced()
    one.tally.into(one.row)


@pytest.mark.soak
@pytest.mark.parametrize("when", BOTH)
async def test_while_a_change_goes_into_the_log_channel(one: Mortal, when: str) -> None:
    """What was said a moment before in the same words was another change."""
    here, step = one.here, "messages.send_message.status"

    async def give() -> None:
        mia = here.person("mia")
        await here.command("mona", "limits grant", member=mia, pictures=2, days=1)

    async def said(times: int) -> None:
        pending = (
            "SELECT count(*) FROM audit WHERE seq > coalesce((SELECT max(said) FROM trails), 0)"
        )
        await here.until(lambda: here.rows(pending) == [(0,)], "all was said")
        lines = [m["content"] for m in await here.messages("general", "mona")]
        assert "\n".join(lines).count("2 more on") == times, lines

    await here.kill_bot()
    await choose(here, log_channel=int(here.channel("general")))
    await one.live()
    await give()
    await one.reborn()  # it need not keep the distance between two messages
    await said(1)
    await give()
    one.arm(step=step, when=when)
    await one.reborn()
    assert await one.died() == f"{step} {when}"
    one.spare()
    await one.live()
    await said(2)
    one.tally.into(one.row)


async def begin_log(one: Mortal) -> None:
    """Start with a log channel, and wait until its first line is sent."""
    here, written = one.here, "SELECT said FROM trails WHERE saying IS NULL"
    await choose(here, log_channel=int(here.channel("after-dark")))
    await one.live()
    await here.until(lambda: here.rows(written) != [], "the choice is said")


@pytest.mark.soak
@pytest.mark.parametrize("when", BOTH)
@pytest.mark.parametrize("kind", ["report", "greeting"])
async def test_while_a_notice_goes_out(one: Mortal, when: str, kind: str) -> None:
    here, step = one.here, "messages.send_message.status"
    await here.kill_bot()
    if kind == "greeting":
        with contextlib.closing(sqlite3.connect(here.database)) as books, books:
            books.execute("DELETE FROM greetings")
            books.execute("DELETE FROM notices")
        for message in list(here.discord.world.messages.get(here.channel("general"), {}).values()):
            posts.delete(here.discord.hub, message)
        one.arm(step=step, when=when)
        await one.live()
        place, words = "general", "Hi! Describe it"
    else:
        await begin_log(one)
        result = await here.picture(await here.imagine("mia"))
        one.arm(step=step, when=when)
        await here.act(
            "theo", "component", message=result["id"], custom_id=button(result, "report")
        )
        place, words = "after-dark", "A picture was reported"
    assert await one.died() == f"{step} {when}"
    one.spare()
    await one.live()
    await here.until(lambda: here.rows("SELECT key FROM notices") == [], "it is sent")
    said = [m for m in await here.messages(place, "mona") if words in m["content"]]
    assert len(said) == 1, said
    one.tally.into(one.row)


@pytest.mark.soak
@pytest.mark.parametrize("when", BOTH)
async def test_while_an_outage_is_announced(one: Mortal, when: str) -> None:
    """The moderators read of its beginning and its end once each."""
    here, step = one.here, "messages.send_message.status"
    await here.kill_bot()
    await begin_log(one)
    await here.script(down=True)
    one.arm(step=step, when=when)
    await one.ask("mia", "imagine")
    assert await one.died() == f"{step} {when}"
    one.spare()
    await one.live()
    await here.until(lambda: here.rows("SELECT is_sent FROM alerts") == [(1,)], "it is sent")
    await here.script(down=False)
    await one.settled()
    await here.until(lambda: here.rows("SELECT * FROM alerts") == [], "the end is sent")
    said = [m["content"] for m in await here.messages("after-dark", "mona")]
    told = [line.partition(" <")[0].partition(" after")[0] for line in said if "SwarmUI" in line]
    assert told == ["SwarmUI stopped answering", "SwarmUI is back"], said
    one.tally.into(one.row)

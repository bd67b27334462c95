"""Export and erase over real books and a real spool: everything that is owed is done, once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.drawing.request import DrawRequest
from bot.core.errors import BackendDown, DiscordUnavailable, FilesTooLarge, MissingPermission
from bot.core.history.model import Draft
from bot.core.ids import JobId
from bot.core.jobs.progress import ImageReady, RequestEnded
from bot.core.ui.card import MessageCard, MessageContent
from bot.flow.privacy import PrivacyCommands
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA, NOON, job_id
from tests.support.flow import FakePainter, Stage, png, stage

LIMIT = 10 * 1024 * 1024


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path) as town:
        town.work()
        yield town


async def drew(town: Stage, prompt: str = "a fox") -> JobId:
    job, _ = await town.ask(prompt)
    await town.becomes(job.id, "done")
    return job.id


async def swept(town: Stage) -> None:
    """What the janitor begins each minute, to its end."""
    commands: PrivacyCommands = town.flow.privacy
    await commands.resume_erasures()
    await town.kit.tasks.wait_for_tasks(("erasing",))


async def jobs_left(town: Stage) -> list[str]:
    return [str(row["id"]) for row in await town.books.rows("jobs")]


# --- erase ---------------------------------------------------------------------------------------


async def test_everything_goes_from_every_place(town: Stage) -> None:
    """Rows, spool, the picture begun from, SwarmUI's files; the message stays."""
    given = await town.kit.spool.save_init_image(job_id(700), png())
    wish = DrawRequest("", "begun", image=given.name)
    await town.kit.stores.history.save_draft(Draft(job_id(701), MIA.user, 7, wish), NOON)
    job = await drew(town)
    others, _ = await town.ask("an owl", BEN)
    await town.becomes(others.id, "done")
    card = await town.flow.privacy.erase_data(MIA)

    assert card == MessageCard(
        "Erased: 1 request and 1 draft. 1 file deleted on the image server. This "
        "month's numbers stay until the month is over, so limits still apply."
    )
    assert await jobs_left(town) == [others.id]
    assert await town.kit.spool.list_spooled_files(job) == ()
    assert await town.kit.spool.list_spooled_files(others.id) != ()
    assert await town.kit.spool.load_init_image(given.name) is None
    assert [path.split("/")[2] for path in town.painter.saved] == [f"{others.id}-1"]
    assert len(town.board.messages) == 2
    assert await town.books.rows("errands") == []


async def test_messages_go_where_that_was_wanted(town: Stage) -> None:
    await drew(town)
    await drew(town, "a second fox")
    others, message = await town.ask("an owl", BEN)
    await town.becomes(others.id, "done")
    card = await town.flow.privacy.erase_data(MIA, messages=True)
    assert "I'm deleting 2 messages about them, as fast as Discord lets me." in card.content

    async def gone() -> bool:
        return set(town.board.messages) == {message} and not await town.books.rows("errands")

    await town.until(gone)


async def test_a_message_that_may_not_be_deleted_is_let_go(town: Stage) -> None:
    await drew(town)
    town.board.trouble["delete"] = [MissingPermission("50013")]
    await town.flow.privacy.erase_data(MIA, messages=True)
    await swept(town)
    assert await town.books.rows("errands") == []


async def test_messages_wait_for_a_discord_that_is_away(town: Stage) -> None:
    await drew(town)
    town.board.trouble["delete"] = [DiscordUnavailable("503")]
    await town.flow.privacy.erase_data(MIA, messages=True)
    await swept(town)
    assert [row["kind"] for row in await town.books.rows("errands")] == ["message"]
    town.board.trouble.clear()
    await swept(town)
    assert await town.books.rows("errands") == []
    assert town.board.messages == {}


async def test_the_janitor_waits_for_nobodys_messages(
    town: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To delete thousands takes hours; what else it does each minute goes on, others' files too."""
    begun, never = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> None:
        begun.set()
        await never.wait()

    await drew(town)
    others, _ = await town.ask("an owl", BEN)
    await town.becomes(others.id, "done")
    monkeypatch.setattr(town.board, "delete_message", slow)
    await town.flow.privacy.erase_data(MIA, messages=True)
    await asyncio.wait_for(begun.wait(), 30)
    await town.kit.stores.privacy.request_erasure(BEN.user, 0, town.hands.now, messages=False)
    await asyncio.wait_for(town.flow.privacy.resume_erasures(), 30)

    async def gone() -> bool:
        return await jobs_left(town) == [] and town.painter.saved == {}

    await town.until(gone)


async def test_an_account_that_may_not_delete_names_what_stays(town: Stage) -> None:
    job = await drew(town)
    town.painter.guards_files = True
    card = await town.flow.privacy.erase_data(MIA)

    assert "The image server didn't let me delete some of your files" in card.content
    assert card.embed is not None
    ((path,),) = town.painter.saved.values()
    assert card.embed.body == f"```\n{path.removeprefix('View/')}\n```"
    assert job in path
    assert await town.books.rows("errands") == []  # it would be refused for ever


async def test_files_wait_for_a_swarmui_that_is_away(town: Stage) -> None:
    await drew(town)
    town.painter.down = BackendDown()
    card = await town.flow.privacy.erase_data(MIA)
    assert (
        "The image server is offline. I'll delete your files there as soon as it's back."
        in card.content
    )
    assert await jobs_left(town) == []
    await swept(town)
    assert town.painter.saved
    town.painter.down = None
    await swept(town)
    assert town.painter.saved == {}
    assert await town.books.rows("errands") == []


async def test_the_janitor_goes_on_each_minute(town: Stage) -> None:
    await drew(town)
    town.painter.down = BackendDown()
    await town.flow.privacy.erase_data(MIA)
    before = town.hands.now
    town.painter.down = None
    janitor = town.kit.tasks.spawn_task(town.flow.maintenance.run_rounds(), "janitor")

    async def done() -> bool:
        return not await town.books.rows("errands")

    await town.until(done)
    janitor.cancel()
    assert town.hands.now - before >= timedelta(minutes=1)
    assert town.painter.saved == {}


async def test_a_crash_between_rows_and_files_is_made_good(tmp_path: Path) -> None:
    """The rows went, the process died: the next one's janitor deletes the files."""
    painter = FakePainter()
    async with stage(tmp_path, painter=painter) as town:
        town.work()
        job = await drew(town)
        wish = await town.kit.stores.privacy.request_erasure(
            MIA.user, 0, town.hands.now, messages=False
        )
        assert (
            await town.kit.stores.privacy.erase_user_rows(wish.number, town.hands.now) is not None
        )
        assert await town.kit.spool.list_spooled_files(job) != ()
    async with stage(tmp_path, painter=painter) as town:
        await swept(town)
        assert await town.kit.spool.list_spooled_files(job) == ()
        assert painter.saved == {}
        assert await town.books.rows("errands") == []


async def test_a_crash_before_the_rows_went_is_made_good(tmp_path: Path) -> None:
    async with stage(tmp_path) as town:
        town.work()
        await drew(town)
        await town.kit.stores.privacy.request_erasure(MIA.user, 0, town.hands.now, messages=False)
    async with stage(tmp_path) as town:
        await swept(town)
        assert await jobs_left(town) == []


async def test_what_waits_is_cancelled_and_what_is_drawn_ends_first(tmp_path: Path) -> None:
    drawing = asyncio.Event()
    painter = FakePainter(script=lambda _: [drawing, ImageReady(0, "View/0.png"), RequestEnded()])
    async with stage(tmp_path, painter=painter, house=HostSettings(max_in_flight=1)) as town:
        first, _ = await town.ask("drawn")
        town.work()
        await town.becomes(first.id, "running")
        second, message = await town.ask("waits")
        card = await town.flow.privacy.erase_data(MIA)

        assert card.content.startswith(
            "Cancelled 1 job. 1 picture returned, 19 left today. One of your pictures"
        )
        await town.becomes(second.id, "cancelled")
        await town.says(message, "Cancelled")
        assert len(await jobs_left(town)) == 2
        await swept(town)
        assert len(await jobs_left(town)) == 2
        drawing.set()
        await town.becomes(first.id, "done")
        town.hands.now += timedelta(minutes=1)
        await swept(town)
        assert await jobs_left(town) == []
        assert len(await town.books.rows("charges")) == 1


async def test_what_waits_is_cancelled_and_all_goes_at_once(tmp_path: Path) -> None:
    async with stage(tmp_path) as town:
        await town.ask("waits")
        await town.ask("waits too", images=2)
        card = await town.flow.privacy.erase_data(MIA)
        assert card == MessageCard(
            "Cancelled 2 jobs. 3 pictures returned, 20 left today. Erased: 2 requests."
        )
        assert await jobs_left(town) == []
        assert (
            await town.kit.stores.privacy.list_pending_erasures() == ()
        )  # nothing is owed: nothing is kept of it


async def test_one_server_or_all(town: Stage) -> None:
    await drew(town)
    far = replace(MIA, guild=8)
    await town.flow.privacy.erase_data(far)
    assert len(await jobs_left(town)) == 1
    await town.flow.privacy.erase_data(far, everywhere=True)
    assert await jobs_left(town) == []


async def test_two_presses_at_once_erase_once(town: Stage) -> None:
    await drew(town)
    cards = await asyncio.gather(*(town.flow.privacy.erase_data(MIA) for _ in range(2)))
    said = sorted(card.content.split(".")[0] for card in cards)
    assert said == ["Erased: 1 request", "Erased: nothing more"]
    assert len(town.painter.erased) == 1


async def test_erasing_gives_no_picture_more(town: Stage) -> None:
    await drew(town)
    before = (await town.kit.stores.limits.compute_balance(MIA, town.hands.now)).pictures_left
    await town.flow.privacy.erase_data(MIA)
    assert (
        (await town.kit.stores.limits.compute_balance(MIA, town.hands.now)).pictures_left
        == before
        == 19
    )


async def test_the_question_counts_what_is_there(town: Stage) -> None:
    assert (await town.flow.privacy.confirm_erasure(MIA)).buttons == ()
    await drew(town)
    card = await town.flow.privacy.confirm_erasure(MIA)
    assert card.embed is not None
    assert (
        "1 request, with its prompt and settings, 1 picture in your history, 1 message"
        in card.embed.body
    )
    assert [button.custom_id for button in card.buttons] == [
        f"erase:privacy:here:{MIA.user}",
        f"purge:privacy:here:{MIA.user}",
        f"keep:privacy:here:{MIA.user}",
    ]
    assert len(await jobs_left(town)) == 1


# --- export --------------------------------------------------------------------------------------


async def exported(town: Stage, limit: int = LIMIT) -> list[MessageContent]:
    sent: list[MessageContent] = []

    async def send(shown: MessageContent) -> None:
        sent.append(shown)

    assert await town.flow.privacy.export_data(MIA, limit, send) is None
    return sent


async def test_the_file_has_the_prompt_and_its_owner_alone(town: Stage) -> None:
    await drew(town)
    others, _ = await town.ask("an owl", BEN)
    await town.becomes(others.id, "done")
    (shown,) = await exported(town)

    (file,) = shown.files
    assert file.name == "swarmbot-kept-of-me-2026-11-24.json"
    document = json.loads(file.data)
    assert document["person"] == str(MIA.user)
    assert [row["order"]["prompt"] for row in document["kept"]["jobs"]] == ["a fox"]
    assert b"owl" not in file.data
    assert b"a-token" not in file.data
    assert shown.card.embed is not None


async def test_files_on_the_disk_are_listed_while_they_are_there(town: Stage) -> None:
    given = await town.kit.spool.save_init_image(job_id(700), png())
    for image in (given.name, job_id(702)):
        kept = Draft(JobId(image[::-1]), MIA.user, 7, DrawRequest("", "begun", image=image))
        await town.kit.stores.history.save_draft(kept, NOON)
    job = await drew(town)
    (shown,) = await exported(town)
    found = json.loads(shown.files[0].data)["kept"]["files"]
    assert [(one["what"], one.get("job") or one["name"]) for one in found] == [
        ("drawn", job),
        ("begun from", given.name),
    ]
    assert all(one["bytes"] > 0 for one in found)
    await town.kit.spool.delete_job_files(job)
    await town.kit.spool.delete_init_image(given.name)
    (shown,) = await exported(town)
    assert "files" not in json.loads(shown.files[0].data)["kept"]


async def test_nothing_is_no_file(town: Stage) -> None:
    async def send(shown: MessageContent) -> None:
        raise AssertionError("a file of nothing")

    card = await town.flow.privacy.export_data(MIA, LIMIT, send)
    assert card is not None
    assert card.content.startswith("I have no data about you on this server.")


async def test_discord_may_refuse_the_file(town: Stage) -> None:
    await drew(town)

    async def send(shown: MessageContent) -> None:
        raise FilesTooLarge("413")

    card = await town.flow.privacy.export_data(MIA, LIMIT, send)
    assert card == MessageCard(
        "Discord didn't accept the file. Try `/privacy export` again in a few minutes."
    )


async def test_parts_come_one_by_one_with_one_summary(town: Stage) -> None:
    for n in range(4):
        await drew(town, f"a fox {n} {'x' * 50}{n}")
    sent = await exported(town, limit=900)
    assert len(sent) > 1
    assert (
        f"It comes in {len(sent)} files, and each can be read on its own." in sent[0].card.content
    )
    assert all(shown.card == MessageCard() for shown in sent[1:])

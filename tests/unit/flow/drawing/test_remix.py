"""A form that begins at a message: filled in with what may be shown, in time, and never a way
around the gate."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image as Picture
from PIL.PngImagePlugin import PngInfo

from bot.adapters.pictures import metadata
from bot.adapters.pictures.embedded_texts import TEXT_MAX
from bot.core.drawing import remix_cards
from bot.core.drawing.request import DrawRequest
from bot.core.errors import BadPicture, Refused
from bot.core.jobs.model import AcceptedJob
from bot.core.ui.card import MessageCard
from bot.flow.drawing import remix
from bot.flow.drawing.remix import RemixForm
from bot.flow.drawing.requests import DeclinedRequest
from tests.support.books import BEN, MIA
from tests.support.flow import Stage, png, stage

SWARM = json.dumps(
    {
        "sui_image_params": {
            "prompt": "a <lora:ink:1> red fox <@123>",
            "negativeprompt": "snow",
            "seed": 4,
        }
    }
)


def written(text: str, kind: str = "PNG", key: str = "parameters", side: int = 64) -> bytes:
    """A picture with that in it, where programs put it."""
    out = io.BytesIO()
    picture = Picture.new("RGB", (side, side), (200, 80, 20))
    if kind == "PNG":
        info = PngInfo()
        info.add_text(key, text)
        picture.save(out, "PNG", pnginfo=info)
    else:
        picture.save(out, kind, exif=metadata.build_exif(text))
    return out.getvalue()


def bring(data: bytes) -> Callable[[], Awaitable[bytes]]:
    async def read() -> bytes:
        return data

    return read


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Stage]:
    async with stage(tmp_path) as town:
        yield town


async def sent(
    town: Stage, opening: RemixForm | MessageCard, prompt: str = "", asker: object = MIA
) -> object:
    """Send the form off as it stands, or with another prompt."""
    assert isinstance(opening, RemixForm), opening
    form = replace(opening.request, source="interaction:9", prompt=prompt or opening.request.prompt)
    return await town.flow.remix.submit_form(opening.draft, form, asker)  # type: ignore[arg-type]  # an asker


def inputs(town: Stage) -> int:
    folder = town.kit.spool._folder / "inputs"  # type: ignore[attr-defined]  # the real one
    return len(list(folder.glob("*"))) if folder.exists() else 0


# --- remix ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_the_words_come_without_tags_and_mentions(town: Stage, kind: str) -> None:
    opening = await town.flow.remix.start_from_image(MIA, 5, bring(written(SWARM, kind)))
    assert isinstance(opening, RemixForm)
    assert (opening.request.prompt, opening.request.negative) == ("a red fox", "snow")

    answer = await sent(town, opening)
    assert isinstance(answer, AcceptedJob)
    assert answer.job.order.image == opening.request.image
    assert (answer.job.order.image_width, answer.job.order.image_height) == (64, 64)
    assert answer.job.requester == MIA.user


async def test_a_picture_without_words_opens_an_empty_form(town: Stage) -> None:
    opening = await town.flow.remix.start_from_image(MIA, 5, bring(png()))
    assert isinstance(opening, RemixForm)
    assert opening.request.prompt == ""
    assert isinstance(await sent(town, opening, "a blue fox"), AcceptedJob)


async def test_our_own_picture_brings_the_words_of_the_books(town: Stage) -> None:
    """Not those of the file, which anybody may have changed."""
    town.work()
    job, message = await town.ask("an owl")
    await town.becomes(job.id, "done")
    opening = await town.flow.remix.start_from_image(BEN, message, bring(written(SWARM)))
    assert isinstance(opening, RemixForm)
    assert opening.request.prompt == "an owl"


async def test_a_private_picture_tells_nobody_else_its_words(town: Stage) -> None:
    town.work()
    job, message = await town.ask("a secret owl", private=True)  # type: ignore[arg-type]  # a switch
    await town.becomes(job.id, "done")
    opening = await town.flow.remix.start_from_image(BEN, message, bring(png()))
    assert isinstance(opening, RemixForm)
    assert opening.request.prompt == ""
    mine = await town.flow.remix.start_from_image(MIA, message, bring(png()))
    assert isinstance(mine, RemixForm)
    assert mine.request.prompt == "a secret owl"


async def test_forbidden_words_of_a_picture_are_not_put_into_the_form(town: Stage) -> None:
    text = json.dumps({"sui_image_params": {"prompt": "porn"}})
    opening = await town.flow.remix.start_from_image(MIA, 5, bring(written(text)))
    assert isinstance(opening, RemixForm)
    assert opening.request.prompt == ""


async def test_a_slow_picture_comes_behind_the_form(
    town: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends the form off sooner waits for it."""
    monkeypatch.setattr(remix, "FORM_DEADLINE_S", 0.0)
    arrives = asyncio.Event()

    async def slow() -> bytes:
        await arrives.wait()
        return png()

    opening = await town.flow.remix.start_from_image(MIA, 5, slow)
    assert isinstance(opening, RemixForm)
    assert opening.request == DrawRequest("", "")
    sending = asyncio.create_task(sent(town, opening, "a blue fox"))
    await asyncio.sleep(0)
    assert not sending.done()
    arrives.set()
    answer = await sending
    assert isinstance(answer, AcceptedJob)
    assert answer.job.order.image


async def test_a_slow_picture_that_is_none_is_told_with_the_prompt(
    town: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remix, "FORM_DEADLINE_S", 0.0)
    arrives = asyncio.Event()

    async def slow() -> bytes:
        await arrives.wait()
        return b"no picture"

    opening = await town.flow.remix.start_from_image(MIA, 5, slow)
    arrives.set()
    answer = await sent(town, opening, "a blue fox")
    assert isinstance(answer, DeclinedRequest)
    assert "I can't read that picture." in answer.card.content
    assert "a blue fox" in answer.card.content


async def test_nor_is_it_forgotten_where_the_form_comes_later(
    town: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People write for longer than a picture takes to come."""
    monkeypatch.setattr(remix, "FORM_DEADLINE_S", 0.0)
    opening = await town.flow.remix.start_from_image(MIA, 5, bring(b"no picture"))
    await town.kit.tasks.wait_for_tasks(("remix",))
    await asyncio.sleep(0)
    answer = await sent(town, opening, "a blue fox")
    assert isinstance(answer, DeclinedRequest)
    assert "I can't read that picture." in answer.card.content
    assert "a blue fox" in answer.card.content


@pytest.mark.parametrize("data", [b"no picture", b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(50)])
async def test_what_cannot_be_read_says_so(town: Stage, data: bytes) -> None:
    card = await town.flow.remix.start_from_image(MIA, 5, bring(data))
    assert isinstance(card, MessageCard)
    assert "I can't read that picture." in card.content


async def test_a_picture_that_discord_does_not_give_says_so(town: Stage) -> None:
    async def away() -> bytes:
        raise Refused("input.away", "Discord didn't give me that picture.")

    assert await town.flow.remix.start_from_image(MIA, 5, away) == MessageCard(
        "Discord didn't give me that picture."
    )
    assert await town.flow.remix.build_parameters_card(MIA, 5, away) == MessageCard(
        "Discord didn't give me that picture."
    )


async def test_one_picture_at_a_time(town: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one person; another's is fetched meanwhile."""
    monkeypatch.setattr(remix, "FORM_DEADLINE_S", 0.0)
    arrives = asyncio.Event()

    async def slow() -> bytes:
        await arrives.wait()
        return png()

    opening = await town.flow.remix.start_from_image(MIA, 5, slow)
    assert await town.flow.remix.start_from_image(MIA, 6, bring(png())) == MessageCard(
        "Already on it."
    )
    assert await town.flow.remix.build_parameters_card(MIA, 6, bring(png())) == MessageCard(
        "Already on it."
    )
    assert (
        await town.flow.remix.build_parameters_card(BEN, 6, bring(png()))
    ).content != "Already on it."
    arrives.set()
    assert isinstance(await sent(town, opening, "a fox"), AcceptedJob)
    assert (
        await town.flow.remix.build_parameters_card(MIA, 6, bring(png()))
    ).content != "Already on it."


async def test_two_clicks_in_one_moment_fetch_one_picture(town: Stage) -> None:
    fetched = []

    async def read() -> bytes:
        fetched.append(1)
        await asyncio.sleep(0)
        return png()

    answers = await asyncio.gather(
        town.flow.remix.start_from_image(MIA, 5, read),
        town.flow.remix.start_from_image(MIA, 6, read),
        town.flow.remix.build_parameters_card(MIA, 7, read),
    )
    assert len(fetched) == 1
    assert answers.count(MessageCard("Already on it.")) == 2
    assert isinstance(await town.flow.remix.start_from_image(MIA, 6, read), RemixForm)


async def test_opening_forms_does_not_fill_the_disk(town: Stage) -> None:
    """Each person's last one is kept, and those that became a job."""
    used = await town.flow.remix.start_from_image(MIA, 5, bring(png()))
    assert isinstance(await sent(town, used, "a fox"), AcceptedJob)
    for _ in range(4):
        await town.flow.remix.start_from_image(MIA, 5, bring(png()))
    await town.flow.remix.start_from_image(BEN, 5, bring(png()))
    assert inputs(town) == 3


async def test_a_form_is_its_openers_alone(town: Stage) -> None:
    opening = await town.flow.remix.start_from_image(MIA, 5, bring(png()))
    answer = await sent(town, opening, "a fox", BEN)
    assert isinstance(answer, DeclinedRequest)
    assert await town.books.rows("jobs") == []
    elsewhere = await sent(town, opening, "a fox", replace(MIA, guild=8))
    assert isinstance(elsewhere, DeclinedRequest)


async def test_a_form_survives_a_restart(tmp_path: Path) -> None:
    async with stage(tmp_path) as town:
        opening = await town.flow.remix.start_from_image(MIA, 5, bring(png()))
    async with stage(tmp_path) as town:
        assert isinstance(await sent(town, opening, "a fox"), AcceptedJob)


async def test_the_gate_speaks_before_the_form(town: Stage) -> None:
    """And does not give back words that nobody wrote."""
    nowhere = replace(MIA, missing="attach files", channel_name="art")
    fetched = []

    async def read() -> bytes:
        fetched.append(1)
        return png()

    said = "I can't attach files in #art. A moderator can give me *Attach Files* there."
    assert await town.flow.remix.start_from_image(nowhere, 5, read) == MessageCard(said)
    assert await town.flow.remix.start_from_text(nowhere, 5, "a fox") == MessageCard(said)
    assert fetched == []


# --- imagine this text ---------------------------------------------------------------------------


async def test_a_text_is_cut_to_what_the_form_takes(town: Stage) -> None:
    opening = await town.flow.remix.start_from_text(MIA, 5, "a fox <@123> " * 500)
    assert isinstance(opening, RemixForm)
    assert len(opening.request.prompt) <= town.kit.host.bounds.prompt_max
    assert "@" not in opening.request.prompt
    answer = await sent(town, opening, "a fox")
    assert isinstance(answer, AcceptedJob)


@pytest.mark.parametrize("text", ["", "  \n ", "<@123>", "\u200b\u200b"])
async def test_a_text_of_nothing_opens_no_form(town: Stage, text: str) -> None:
    card = await town.flow.remix.start_from_text(MIA, 5, text)
    assert card == MessageCard("That message has no words to draw.")


async def test_the_text_of_a_card_of_ours_is_its_prompt(town: Stage) -> None:
    """Not what stands around it: a model, a seed and somebody's 13 left today draw nothing."""
    town.work()
    job, message = await town.ask("an owl")
    await town.becomes(job.id, "done")
    card = (await town.says(message, "left today")).card
    opening = await town.flow.remix.start_from_text(BEN, message, card.content)
    assert isinstance(opening, RemixForm)
    assert (opening.request.prompt, opening.request.image) == ("an owl", "")
    assert isinstance(await sent(town, opening, asker=BEN), AcceptedJob)

    elsewhere = await town.flow.remix.start_from_text(replace(BEN, guild=8), message, card.content)
    assert elsewhere == MessageCard("That message has no words to draw.")
    await town.flow.privacy.erase_data(MIA)
    forgotten = await town.flow.remix.start_from_text(BEN, message, "an owl, as anybody reads it")
    assert isinstance(forgotten, RemixForm)
    assert forgotten.request.prompt == "an owl, as anybody reads it"


# --- show parameters -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_what_is_written_is_shown_as_it_is(town: Stage, kind: str) -> None:
    card = await town.flow.remix.build_parameters_card(MIA, 5, bring(written(SWARM, kind)))
    assert card.content == "Settings stored in this picture by SwarmUI:"
    assert card.embed is not None
    assert "Seed: 4\nNegative: snow\nPrompt: a <\u200blora:ink:1> red fox" in card.embed.body


async def test_our_own_are_read_from_the_books(town: Stage) -> None:
    town.work()
    job, message = await town.ask("an owl")
    await town.becomes(job.id, "done")
    card = await town.flow.remix.build_parameters_card(BEN, message, None)
    assert card.content == "Settings for this picture"
    assert card.embed is not None
    assert "Prompt: an owl" in card.embed.body


async def test_our_own_that_were_forgotten_are_read_from_the_file(town: Stage) -> None:
    town.work()
    job, message = await town.ask("an owl")
    await town.becomes(job.id, "done")
    await town.flow.privacy.erase_data(MIA)
    card = await town.flow.remix.build_parameters_card(BEN, message, bring(written(SWARM)))
    assert card.content == "Settings stored in this picture by SwarmUI:"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (png(), "No settings are stored in that picture."),
        (written("a holiday"), "Something is written in that picture, but I can't read settings"),
        (written("a holiday", "JPEG"), "Something is written in that picture"),
        (b"no picture", "That message has no picture I can read"),
    ],
)
async def test_nothing_there_has_its_own_words(town: Stage, data: bytes, said: str) -> None:
    card = await town.flow.remix.build_parameters_card(MIA, 5, bring(data))
    assert card.content.startswith(said)
    assert (await town.flow.remix.build_parameters_card(MIA, 5, None)).content.startswith(
        "That message has no"
    )


@pytest.mark.parametrize("fact", [{"model": "porn"}, {"porn": 1}])
async def test_forbidden_words_are_not_shown(town: Stage, fact: dict[str, object]) -> None:
    text = json.dumps({"sui_image_params": {"prompt": "fox", **fact}})
    card = await town.flow.remix.build_parameters_card(MIA, 5, bring(written(text)))
    assert card == MessageCard(
        "I can't show the settings stored in that picture here (this server's word rules)."
    )
    grown = replace(MIA, age_restricted=True)
    shown = await town.flow.remix.build_parameters_card(grown, 5, bring(written(text)))
    assert shown.embed is not None


async def test_a_bomb_of_text_is_not_read_and_one_of_pixels_is_no_picture(town: Stage) -> None:
    """A compressed chunk that unfolds beyond all reason, and a header that promises a wall."""
    out = io.BytesIO()
    info = PngInfo()
    info.add_text("parameters", "x" * 70_000_000, zip=True)
    Picture.new("RGB", (16, 16)).save(out, "PNG", pnginfo=info)
    bomb = out.getvalue()
    assert len(bomb) < 200_000
    texts = await town.kit.spool.read_metadata(bomb)
    assert len(texts["parameters"]) == TEXT_MAX
    card = await town.flow.remix.build_parameters_card(MIA, 5, bring(bomb))
    assert card == remix_cards.UNREADABLE_METADATA_CARD
    wide = bytearray(png())
    wide[16:24] = (60_000).to_bytes(4, "big") * 2
    with pytest.raises(BadPicture):
        await town.kit.spool.read_metadata(bytes(wide))

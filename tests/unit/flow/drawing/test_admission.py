"""The one gate: what a server chose holds for every wish, in good words, and nothing is owed."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.drawing.catalog import CatalogSnapshot, Lora, Preset
from bot.core.drawing.request import DrawRequest, GenerationParams, Model, RequestContext
from bot.core.errors import BackendDown, BackendError, LoginRequired, Refused
from bot.core.ids import JobId
from bot.core.jobs.model import AcceptedJob
from bot.core.limits.quota import LimitScope
from bot.core.policy import PingSetting, RoleBounds, SpoilerSetting
from bot.flow.drawing import admission
from bot.flow.drawing.admission import Admission
from bot.flow.drawing.requests import DeclinedRequest, RequestResult
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA, MODERATOR, NOON
from tests.support.flow import MODEL, FakePainter, Stage, png, stage
from tests.support.limits import LimitDesk
from tests.support.settings import set_fields

ADA = replace(BEN, roles=(5,))
FLUX = Model("flux/dev", "Flux Dev", width=1024, height=1024)
SHELF = CatalogSnapshot(
    models=(MODEL, FLUX),
    loras=(Lora("ink", "Ink"),),
    presets=(Preset("Poster", parameters=(("model", "flux/dev"),)),),
)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Stage]:
    house = HostSettings(trigger_phrases=("draw me",))
    async with stage(tmp_path, painter=FakePainter(catalog=SHELF), house=house) as here:
        yield here


async def wish(here: Stage, asker: RequestContext = MIA, **fields: object) -> RequestResult:
    source = f"interaction:{next(here.books.numbers)}"
    return await here.flow.requests.submit_request(
        DrawRequest(**{"source": source, "prompt": "a fox", **fields}),  # type: ignore[arg-type]  # one field of it
        asker,
    )


async def said(here: Stage, asker: RequestContext = MIA, **fields: object) -> tuple[str, str]:
    """The rule and the words of a refusal, of which nothing may be left behind."""
    before = await here.books.rows("jobs")
    answer = await wish(here, asker, **fields)
    assert isinstance(answer, DeclinedRequest), answer
    assert await here.books.rows("jobs") == before
    return answer.rule, answer.card.content


async def born(here: Stage, asker: RequestContext = MIA, **fields: object) -> AcceptedJob:
    answer = await wish(here, asker, **fields)
    assert isinstance(answer, AcceptedJob), answer
    return answer


async def test_a_server_that_is_switched_off_says_so_and_gives_the_prompt_back(
    here: Stage,
) -> None:
    """For itself alone, and no longer than it is off."""
    await set_fields(here.flow.guild_settings, MODERATOR, drawing=False)
    assert await said(here) == (
        "off",
        "Drawing is turned off on this server for now. Nothing was charged. Ask "
        "a moderator when it will be back.\n```\na fox\n```",
    )
    await born(here, replace(MIA, guild=8))
    await set_fields(here.flow.guild_settings, MODERATOR, drawing=True)
    await born(here)
    assert [row["guild"] for row in await here.books.rows("holds")] == [8, 7]


async def test_the_switch_is_asked_once_more_where_the_job_is_born(here: Stage) -> None:
    """Somebody turns it off while a wish is being checked: the transaction has the last word."""
    await here.books.books.settings.update_guild_settings(
        MODERATOR, lambda old: replace(old, drawing=False), NOON
    )
    assert here.flow.guild_settings.get_settings(7).drawing  # nobody has told our memory
    rule, words = await said(here)
    assert rule == "off"
    assert words.startswith("Drawing is turned off on this server for now.")
    assert await here.books.rows("holds") == []


@pytest.mark.parametrize(
    ("channels", "sentence"),
    [
        ((71,), "Head to <#71> to draw."),
        ((71, 72, 73), "Head to <#71>, <#72> and <#73> to draw."),
        (
            tuple(range(71, 79)),
            "Head to <#71>, <#72>, <#73>, <#74>, <#75> and 3 more channels to draw.",
        ),
    ],
)
async def test_elsewhere_it_is_said_where(
    here: Stage, channels: tuple[int, ...], sentence: str
) -> None:
    """A trigger phrase knows this refusal by its rule."""
    await set_fields(here.flow.guild_settings, MODERATOR, channels=channels)
    assert await said(here) == ("channel", f"{sentence}\n```\na fox\n```")
    await born(here, replace(MIA, channel=71))


async def test_a_thread_counts_as_its_channel(here: Stage) -> None:
    """And may be chosen for itself."""
    await set_fields(here.flow.guild_settings, MODERATOR, channels=(70, 900))
    await born(here, replace(MIA, channel=800, parent=70))
    await born(here, replace(MIA, channel=900, parent=71))
    assert (await said(here, replace(MIA, channel=801, parent=71)))[0] == "channel"


async def test_what_cannot_change_soon_is_said_first(here: Stage) -> None:
    """One trouble taken away after the other, the next is told."""
    policies = here.flow.guild_settings
    await set_fields(
        policies, MODERATOR, drawing=False, channels=(71,), images_max=2, words=("spider",)
    )
    await here.books.books.limits.set_limit(MODERATOR, LimitScope.GUILD, 7, {"day": 0}, NOON)
    asker = replace(MIA, missing="attach files")
    asked: dict[str, object] = {"prompt": "a spider", "images": 3}
    here.flow.queue.shutting_down = True
    told = [(await said(here, asker, **asked))[0]]
    asker = replace(asker, missing="")
    told.append((await said(here, asker, **asked))[0])
    here.flow.queue.shutting_down = False
    told.append((await said(here, asker, **asked))[0])
    await set_fields(policies, MODERATOR, drawing=True)
    told.append((await said(here, asker, **asked))[0])
    asker = replace(asker, channel=71)
    told.append((await said(here, asker, **asked))[0])
    told.append((await said(here, asker, images=3))[0])
    await here.books.books.blocks.block_member(MODERATOR, MIA.user, None, "", NOON)
    told.append((await said(here, asker))[0])
    await here.books.books.blocks.unblock_member(MODERATOR, MIA.user, NOON)
    told.append((await said(here, asker))[0])
    assert told == [
        "permission",
        "restarting",
        "off",
        "channel",
        "words.list",
        "images",
        "blocked",
        "quota.none",
    ]


async def test_every_button_passes_the_same_gate(here: Stage) -> None:
    """What was drawn before the choice is drawn no more after it."""
    job, _ = await here.ask()
    here.work()
    await here.becomes(job.id, "done")
    await set_fields(here.flow.guild_settings, MODERATOR, drawing=False)
    desk = here.flow.requests
    for action in ("reroll", "retry", "vary", "upscale", "use", "draw"):
        answer = await desk.submit_button_action(action, job.id, MIA, f"interaction:9{action}", "1")
        assert isinstance(answer, DeclinedRequest), action
        assert answer.rule == "off", action
    form = await desk.submit_edit_form(job.id, DrawRequest("interaction:99", "an owl"), MIA)
    assert isinstance(form, DeclinedRequest)
    assert form.rule == "off"
    assert len(await here.books.rows("jobs")) == 1


async def test_a_picture_is_not_even_fetched_for_a_wish_that_is_refused(here: Stage) -> None:
    """Nobody uploads for nothing."""
    fetched = []

    async def read() -> bytes:
        fetched.append(1)
        return png()

    await set_fields(here.flow.guild_settings, MODERATOR, channels=(71,))
    desk = here.flow.requests
    refused = await desk.submit_with_image(DrawRequest("interaction:1", "a fox"), read, MIA)
    assert isinstance(refused, DeclinedRequest)
    assert (refused.rule, fetched) == ("channel", [])
    await desk.submit_with_image(
        DrawRequest("interaction:2", "a fox"), read, replace(MIA, channel=71)
    )
    assert fetched == [1]


async def test_a_picture_is_not_even_fetched_beyond_the_quota(here: Stage) -> None:
    """And no button draws without it."""
    desk = here.flow.requests
    numbers = {"day": 2}
    await LimitDesk(here.flow.limits).set_limit(
        MODERATOR, LimitScope.GUILD, MIA.guild, "the server", numbers
    )
    for images, said in ((3, "You asked for 3 pictures but have 2 left"), (None, "")):
        wish = DrawRequest(f"interaction:{images}", "a fox", images=images)
        answer = await desk.submit_with_image(wish, unasked if said else fetched, MIA)
        if said:
            assert isinstance(answer, DeclinedRequest)
            assert answer.card.content.startswith(said)
            assert answer.card.buttons == ()
    assert len(await here.books.rows("jobs")) == 1
    assert len(await here.books.rows("holds")) == 1


async def unasked() -> bytes:
    raise AssertionError


async def fetched() -> bytes:
    return png()


async def test_long_texts_are_judged_in_a_thread(
    here: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word rules take a tenth of a second for the longest, and nobody else waits for it."""
    threads: list[bool] = []
    real = admission.build_generation_params

    def build(*args: Any) -> GenerationParams:
        threads.append(threading.current_thread() is not threading.main_thread())
        return real(*args)

    monkeypatch.setattr(admission, "build_generation_params", build)
    for prompt in ("a fox", "a fox " * 200):
        assert isinstance(await wish(here, prompt=prompt), AcceptedJob)
    assert threads == [False, True]


async def test_after_a_refused_long_text_the_next_long_one_waits(here: Stage) -> None:
    for prompt, rule in (
        ("a fox " * 1_000, "prompt.long"),
        ("an owl " * 200, "prompt.paused"),
    ):
        answer = await wish(here, prompt=prompt)
        assert isinstance(answer, DeclinedRequest)
        assert answer.rule == rule
    assert "Wait two seconds" in answer.card.content
    assert isinstance(await wish(here, prompt="an owl"), AcceptedJob)
    assert isinstance(await wish(here, BEN, prompt="an owl " * 200), AcceptedJob)


async def test_spoilers_are_put_on_and_never_refused(here: Stage) -> None:
    """Where the server wants them always; elsewhere it is the person's to say."""
    assert not (await born(here)).job.order.spoiler
    await set_fields(here.flow.guild_settings, MODERATOR, spoiler=SpoilerSetting.ALWAYS)
    assert (await born(here)).job.order.spoiler
    assert (await born(here, spoiler=False)).job.order.spoiler


async def test_private_by_default_holds_where_nobody_said_otherwise(here: Stage) -> None:
    """Also for what is drawn anew from a public picture."""
    public, _ = await here.ask()
    assert not public.order.private
    await set_fields(here.flow.guild_settings, MODERATOR, private=True)
    assert (await born(here)).job.order.private
    assert not (await born(here, private=False)).job.order.private
    again = await here.flow.requests.submit_button_action("use", public.id, BEN, "interaction:77")
    assert isinstance(again, AcceptedJob)
    assert again.job.order.private
    await set_fields(here.flow.guild_settings, MODERATOR, private=False)
    kept = await here.flow.requests.submit_button_action(
        "retry", again.job.id, BEN, "interaction:78"
    )
    assert isinstance(kept, AcceptedJob)
    assert kept.job.order.private  # what was private does not become public by a button


async def test_what_was_private_is_refused_where_nothing_may_be(here: Stage) -> None:
    """By a button as well; it is not drawn in public instead."""
    private = (await born(here, private=True)).job
    await set_fields(here.flow.guild_settings, MODERATOR, private=True, private_allowed=False)
    retry = here.flow.requests.submit_button_action
    refused = await retry("retry", private.id, MIA, "interaction:78")
    assert isinstance(refused, DeclinedRequest)
    assert refused.rule == "private"
    assert not (await born(here)).job.order.private


async def test_what_is_closed_is_neither_drawn_nor_offered(here: Stage) -> None:
    """To those whom it is closed to, and to nobody else."""
    await set_fields(
        here.flow.guild_settings,
        MODERATOR,
        roles=(RoleBounds(5, models=("flux dev",), loras=("Ink",)),),
    )
    desk = here.flow.requests
    assert (await said(here, model="flux/dev"))[0] == "model.role"
    assert (await born(here, ADA, model="flux/dev")).job.order.model == "flux/dev"
    assert [one.name for one in desk.list_available_models(MIA)] == ["sdxl/base"]
    assert (desk.get_member_snapshot(MIA).loras, desk.get_member_snapshot(MIA).presets) == ((), ())
    assert desk.list_available_models(ADA) == SHELF.models
    assert desk.get_member_snapshot(MIA) is desk.get_member_snapshot(
        replace(MIA, user=9, roles=(77,))
    )  # made once
    assert desk.get_member_snapshot(replace(MIA, guild=8)) is SHELF


async def test_a_usual_model_that_is_closed_since_gives_way_to_another(here: Stage) -> None:
    """Whoever chose it long ago named nothing now, so nothing is refused."""
    await here.books.books.settings.set_usual_model(7, MIA.user, "flux/dev")
    assert (await born(here)).job.order.model == "flux/dev"
    await set_fields(here.flow.guild_settings, MODERATOR, models=("sdxl/base",))
    assert (await born(here)).job.order.model == "sdxl/base"


async def test_the_upscale_button_stays_within_the_servers_size(here: Stage) -> None:
    """Half the host's megapixels are half of what an upscale may come to."""
    job, _ = await here.ask()
    here.work()
    await here.becomes(job.id, "done")
    whole = await here.flow.requests.submit_button_action(
        "upscale", job.id, MIA, "interaction:91", "1"
    )
    assert isinstance(whole, AcceptedJob)
    assert whole.job.order.upscale == 2
    await set_fields(here.flow.guild_settings, MODERATOR, megapixels_max=1.0)
    half = await here.flow.requests.submit_button_action(
        "upscale", job.id, MIA, "interaction:92", "1"
    )
    assert isinstance(half, AcceptedJob)
    assert half.job.order.upscale == 1.41


async def test_a_chosen_time_zone_holds_for_the_very_next_picture(here: Stage) -> None:
    """Its day ends there, not where the host lives."""
    here.hands.now = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # the 25th in Tokyo
    await set_fields(here.flow.guild_settings, MODERATOR, time_zone="Asia/Tokyo")
    await born(here)
    assert [row["day"] for row in await here.books.rows("holds")] == ["2026-11-25"]
    await set_fields(here.flow.guild_settings, MODERATOR, time_zone="")
    await born(here)
    assert [row["day"] for row in await here.books.rows("holds")] == ["2026-11-25", "2026-11-24"]


async def test_help_names_the_places_and_only_phrases_that_are_heard_there(here: Stage) -> None:
    """A phrase in a channel where nobody may draw would be met with silence."""
    await here.flow.triggers.set_channel_listening(MODERATOR, (71, 70), True)
    before = await here.flow.info.help_card(MIA, lambda _: True)
    assert before.embed is not None
    assert "<#71>" in before.embed.body
    await set_fields(here.flow.guild_settings, MODERATOR, channels=(70,))
    card = await here.flow.info.help_card(MIA, lambda _: True)
    assert card.embed is not None
    assert "**Where:** in <#70>" in card.embed.body
    assert "<#71>" not in card.embed.body


@pytest.mark.parametrize(
    ("ring", "waited", "rung"),
    [
        (PingSetting.HOST, 5, False),
        (PingSetting.HOST, 300, True),
        (PingSetting.ALWAYS, 5, True),
        (PingSetting.NEVER, 300, False),
    ],
)
async def test_a_server_says_when_it_rings(
    here: Stage, ring: PingSetting, waited: int, rung: bool
) -> None:
    """After a long wait, each time, or never."""
    await set_fields(here.flow.guild_settings, MODERATOR, ring=ring)
    job, _ = await here.ask()
    here.hands.now += timedelta(seconds=waited)
    here.work()
    await here.becomes(job.id, "done")
    await here.kit.tasks.wait_for_tasks(("delivery",))
    rings = [shown for shown in here.board.messages.values() if shown.card.ping_user == MIA.user]
    assert bool(rings) is rung


async def test_a_draft_of_too_many_is_bound_by_the_server(here: Stage) -> None:
    """Its button offers as many as may be, and draws them."""
    await set_fields(here.flow.guild_settings, MODERATOR, images_max=2)
    answer = await wish(here, images=4)
    assert isinstance(answer, DeclinedRequest)
    (button,) = answer.card.buttons
    assert (button.label, button.argument) == ("Draw 2", "2")
    drawn = await here.flow.requests.submit_button_action(
        "draw", JobId(button.target), MIA, "interaction:70", button.argument
    )
    assert isinstance(drawn, AcceptedJob)
    assert drawn.job.order.images == 2


async def test_a_trial_is_judged_like_a_wish_and_makes_no_job(here: Stage) -> None:
    gate: Admission = here.flow.trigger_commands.admission
    wished = DrawRequest("interaction:1", "a fox", images=2)
    tried = await gate.check_admission(wished, MIA)
    assert await here.books.rows("jobs") == []
    assert await here.books.rows("holds") == []
    made = await gate.admit_request(wished, MIA)
    assert made.created
    assert made.job.order == tried.job.order
    again = await gate.admit_request(wished, MIA)
    assert (again.created, again.job.id) == (False, made.job.id)


async def test_a_wish_is_private_where_its_server_or_its_asker_says_so(here: Stage) -> None:
    gate: Admission = here.flow.trigger_commands.admission
    plain = DrawRequest("interaction:1", "a fox")
    assert not gate.is_private(plain, MIA)
    await set_fields(here.flow.guild_settings, MODERATOR, private=True)
    assert gate.is_private(plain, MIA)
    assert not gate.is_private(replace(plain, private=False), MIA)


@pytest.mark.parametrize("error", [BackendDown(), LoginRequired()])
async def test_a_server_that_was_never_seen_is_named_with_its_trouble(
    tmp_path: Path, error: BackendError
) -> None:
    painter = FakePainter(down=error, catalog=CatalogSnapshot())
    async with stage(tmp_path, painter=painter) as here:
        await here.flow.outage.begin_outage(error)
        wished = DrawRequest("interaction:1", "a fox", model="sdxl")
        answer = await here.flow.requests.submit_request(wished, MIA)
        assert isinstance(answer, DeclinedRequest)
        said = answer.card.content
        assert said.startswith(f"{error.sentence} Nothing was charged. ")
        assert "a fox" in said
        await here.balanced()


async def test_a_request_without_a_model_waits_for_the_lists(tmp_path: Path) -> None:
    painter = FakePainter(down=BackendDown(), catalog=CatalogSnapshot())
    async with stage(tmp_path, painter=painter) as here:
        await here.flow.outage.begin_outage(BackendDown())
        asked = DrawRequest("interaction:1", "a fox", private=False, spoiler=True)
        accepted = await here.flow.requests.submit_request(asked, MIA)
        assert isinstance(accepted, AcceptedJob)
        with pytest.raises(Refused, match="listed no models"):
            await here.flow.trigger_commands.admission.prepare_job(accepted.job)
        painter.catalog = CatalogSnapshot(models=(MODEL,))
        order, image = await here.flow.trigger_commands.admission.prepare_job(accepted.job)
        usual = await here.flow.trigger_commands.admission.check_admission(
            replace(asked, source="interaction:2", seed=order.seed), MIA
        )
        assert order == usual.job.order
        assert image is None

"""What everybody reads passes the rules of drawing, also those that were made meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.request import DrawRequest, RequestContext
from bot.core.errors import Refused
from bot.core.jobs.model import AcceptedJob
from bot.core.jobs.progress import ImageReady, RequestEnded, SamplingStep
from bot.core.policy import AdultSetting, GuildSettings
from bot.flow.drawing.requests import DeclinedRequest
from bot.flow.moderation.display_filter import HIDDEN_NAME, HIDDEN_TEXT, DisplayFilter
from bot.flow.runtime.context import HostSettings
from tests.support.books import BEN, MIA, MODERATOR
from tests.support.flow import MODEL, FakePainter, Stage, stage
from tests.support.settings import set_fields


def everything(here: Stage) -> str:
    """All words of all messages: content, panels, buttons, descriptions of files."""
    return str(
        [(shown.card, [u.alt_text for u in shown.files]) for shown in here.board.messages.values()]
    )


async def test_a_word_that_is_listed_while_a_job_waits_is_shown_no_more(tmp_path: Path) -> None:
    gate = asyncio.Event()
    script = [
        SamplingStep(0, 0.1),
        gate,
        SamplingStep(0, 0.5),
        ImageReady(0, "View/0.png"),
        RequestEnded(),
    ]
    async with stage(tmp_path, painter=FakePainter(script=lambda _: list(script))) as here:
        here.work()
        job, message = await here.ask("a shark at sea")
        await here.becomes(job.id, "running")
        await set_fields(here.flow.guild_settings, MODERATOR, words=("shark",))
        gate.set()
        await here.says(message, "left today")
        shown = here.board.messages[message]
        assert shown.card.content.startswith(f"{HIDDEN_TEXT} · SDXL · ")
        assert shown.files[0].alt_text.startswith(HIDDEN_TEXT)
        assert "shark" not in everything(here)
        # Whose it is has their own words still.
        assert "a shark at sea" in str(await here.flow.requests.build_parameters_card(job.id, MIA))
        form = await here.flow.requests.load_edit_form(job.id, MIA)
        assert isinstance(form, DrawRequest)
        assert form.prompt == "a shark at sea"
        others = await here.flow.requests.build_parameters_card(job.id, BEN)
        assert others.content == (
            "I can't show the settings stored in that picture here (this server's word rules)."
        )
        # And whoever takes it over passes the gate of now.
        used = await here.flow.requests.submit_button_action("use", job.id, BEN, "interaction:77")
        assert isinstance(used, DeclinedRequest)
        assert used.rule == "words.list"
        anew = await here.flow.requests.submit_button_action(
            "reroll", job.id, MIA, "interaction:78"
        )
        assert isinstance(anew, DeclinedRequest)
        await here.balanced()


async def test_a_failure_speaks_no_listed_word(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with stage(
        tmp_path, painter=FakePainter(script=lambda _: [SamplingStep(0, 0.1), gate])
    ) as here:
        here.work()
        job, message = await here.ask("a shark at sea")
        await here.becomes(job.id, "running")
        await set_fields(here.flow.guild_settings, MODERATOR, words=("shark",))
        assert await here.flow.cancellation.cancel_job(job.id, MIA) is None
        await here.says(message, "Cancelled.")
        assert "shark" not in everything(here)
        gate.set()


@pytest.mark.parametrize(
    ("restricted", "policy", "title"),
    [
        (False, GuildSettings(), "a model"),
        (True, GuildSettings(), "NsfwDreams"),
        (True, GuildSettings(adult=AdultSetting.NEVER), "a model"),
        (True, GuildSettings(words=("dreams",)), "a model"),
        (True, GuildSettings(words=("dreams",), allowed_words=("nsfw dreams",)), "NsfwDreams"),
    ],
)
async def test_a_models_name_is_neutral_where_it_does_not_fit(
    tmp_path: Path, restricted: bool, policy: GuildSettings, title: str
) -> None:
    model = replace(MODEL, title="NsfwDreams")
    painter = FakePainter(catalog=CatalogSnapshot(models=(model,)))
    asker = replace(MIA, age_restricted=restricted)
    async with stage(tmp_path, painter=painter) as here:
        await set_fields(
            here.flow.guild_settings,
            MODERATOR,
            words=policy.words,
            allowed_words=policy.allowed_words,
            adult=policy.adult,
        )
        here.work()
        job, message = await here.ask("a fox", asker)
        await here.becomes(job.id, "done")
        await here.says(message, f"a fox · {title} · ")
        assert ("Nsfw" in everything(here)) is (title == "NsfwDreams")


async def test_somebodys_name_is_neutral_where_it_does_not_fit(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        job, _ = await here.ask("a fox", replace(MIA, name="PornLord"))
        for card in (
            await here.flow.cancellation.cancel_job(job.id, BEN),
            (
                await here.flow.requests.submit_button_action(
                    "reroll", job.id, BEN, "interaction:5"
                )
            ).card,
        ):
            assert card is not None
            assert card.content == "This picture belongs to somebody else. Want your own?"


def test_names_that_fit_are_names() -> None:
    showing = DisplayFilter(lambda _: GuildSettings(words=("ada",)))
    assert showing.filter_name("Mia", MIA) == "Mia"
    assert showing.filter_name("AdaLovelace", MIA) == HIDDEN_NAME
    assert showing.filter_name("Adamant", MIA) == "Adamant"


async def test_a_private_job_is_its_requesters_own_business(tmp_path: Path) -> None:
    showing = DisplayFilter(lambda _: GuildSettings(words=("shark",)))
    async with stage(tmp_path) as here:
        open_one, _ = await here.ask("a shark")
    hidden = replace(open_one, order=replace(open_one.order, private=True))
    assert showing.filter_job(hidden) is hidden
    assert showing.filter_job(open_one).order.prompt == HIDDEN_TEXT


@pytest.mark.parametrize(
    ("prompt", "negative", "fits"),
    [
        ("a fox", "child, nude, nsfw", True),
        ("a fox", "a shark", False),
        ("a shark", "", False),
        ("hentai", "", False),
    ],
)
async def test_what_others_may_read_of_a_recipe(
    tmp_path: Path, prompt: str, negative: str, fits: bool
) -> None:
    async with stage(tmp_path) as here:
        job, _ = await here.ask("a fox")
    told = replace(job, order=replace(job.order, prompt=prompt, negative=negative))
    assert (
        DisplayFilter(lambda _: GuildSettings(words=("shark",))).can_show_recipe(told, BEN) is fits
    )


@pytest.mark.parametrize(
    ("prompt", "aloud"), [("a fox", True), ("hentai fox", False), ("a shark", False)]
)
async def test_a_refusal_for_another_reason_says_unfit_words_to_nobody_else(
    tmp_path: Path, prompt: str, aloud: bool
) -> None:
    async with stage(tmp_path) as here:
        await set_fields(here.flow.guild_settings, MODERATOR, words=("shark",), drawing=False)
        answer = await here.flow.requests.submit_request(DrawRequest("message:1", prompt), MIA)
        assert isinstance(answer, DeclinedRequest)
        assert not answer.rule.startswith("words.")
        assert answer.is_public is aloud
        assert prompt in answer.card.content


@pytest.mark.parametrize("prompts", [False, True])
async def test_the_rule_is_logged_and_the_prompt_only_where_the_host_wants_it(
    tmp_path: Path, prompts: bool
) -> None:
    async with stage(tmp_path, house=HostSettings(log_prompts=prompts)) as here:
        await set_fields(here.flow.guild_settings, MODERATOR, words=("shark",))
        with capture_logs() as logs:
            await here.flow.requests.submit_request(DrawRequest("message:1", "a secret shark"), MIA)
        declined = [line for line in logs if line["event"] == "declined"]
        assert [line["rule"] for line in declined] == ["words.list"]
        assert ("a secret shark" in str(logs)) is prompts


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("a*b", r"a\*b has a * in the middle. It only works at the start or end."),
        ("x*", r"x\* needs at least 2 letters besides the *."),
    ],
)
async def test_an_entry_that_would_mean_nothing_is_refused(
    tmp_path: Path, entry: str, said: str
) -> None:
    async with stage(tmp_path) as here:
        with pytest.raises(Refused) as caught:
            await set_fields(here.flow.guild_settings, MODERATOR, words=("fine", entry))
        assert caught.value.sentence == said
        assert here.flow.guild_settings.get_settings(MODERATOR.guild).words == ()


async def test_the_servers_lists_hold_at_the_gate_by_place(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        await set_fields(
            here.flow.guild_settings,
            MODERATOR,
            words=("shark*",),
            age_words=("gore",),
            allowed_words=("shark tooth",),
        )

        async def rule(prompt: str, asker: RequestContext = MIA) -> str:
            source = f"interaction:{next(here.books.numbers)}"
            answer = await here.flow.requests.submit_request(DrawRequest(source, prompt), asker)
            return "" if isinstance(answer, AcceptedJob) else answer.rule

        restricted = replace(MIA, user=77, age_restricted=True)
        assert await rule("sharks") == "words.list"
        assert await rule("a shark tooth") == ""
        assert await rule("gore") == "words.age"
        assert await rule("gore", restricted) == ""
        await set_fields(here.flow.guild_settings, MODERATOR, adult=AdultSetting.NEVER)
        assert await rule("gore", restricted) == "words.never"
        assert await rule("hentai", restricted) == "words.never"
        elsewhere = replace(MIA, user=78, guild=8)
        assert await rule("sharks", elsewhere) == ""

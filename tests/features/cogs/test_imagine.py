"""/imagine: accepted in public, declined in private, within three seconds whatever happens."""

from dataclasses import replace

import discord
import pytest

from bot.adapters.sqlite.posts import SqlitePostStore
from bot.core.drawing.catalog import CatalogSnapshot
from bot.core.drawing.model_defaults import ASPECTS
from bot.core.drawing.request import Model
from bot.core.jobs.model import Post
from cogs.imagine import ASPECT_NAMES, ImagineCog, _aspect_choice
from tests.features.conftest import IMPATIENT, SlowDisk, Stage
from tests.support.flow import MODEL
from tests.support.program import REF

FLUX = replace(MODEL, name="flux/dev", title="Flux dev")


async def test_an_accepted_wish_is_answered_with_its_public_card(stage: Stage) -> None:
    result = await stage.mia.slash(stage.art, "imagine", prompt="a red fox")

    assert result.response is not None
    assert result.response.content == "Got it, starting now."
    assert not result.ephemeral
    (job,) = await stage.program.jobs()
    button = result.response.components[0]["components"][0]
    assert button["custom_id"] == f"cancel:{job.id}"
    (post,) = await stage.posts(job)
    assert post.message == result.response.id
    assert post.channel == stage.art.id
    assert post.token
    assert post.token_until is not None
    assert len(stage.art.history()) == 1


async def test_every_option_is_obeyed(stage: Stage) -> None:
    stage.program.painter.catalog = CatalogSnapshot(models=(MODEL, FLUX))
    await stage.theo.slash(
        stage.art,
        "imagine",
        prompt="a red fox",
        negative="snow",
        model="flux/dev",
        aspect="16:9",
        images=3,
        seed=5,
        steps=12,
        cfg=3.5,
    )

    (job,) = await stage.program.jobs()
    order = job.order
    assert (order.prompt, order.negative, order.model) == ("a red fox", "snow", "flux/dev")
    assert (order.aspect, order.images, order.seed) == ("16:9", 3, 5)
    assert (order.steps, order.cfg) == (12, 3.5)
    assert job.source.startswith("interaction:")
    assert (job.requester, job.requester_name, job.guild) == (
        stage.theo.id,
        "theo",
        stage.guild.id,
    )
    assert (job.channel, job.roles) == (stage.art.id, (stage.artists.id,))


async def test_what_is_left_out_is_as_usual(stage: Stage) -> None:
    order = (await stage.imagine("a red fox")).order

    assert (order.model, order.aspect, order.images, order.seed) == (MODEL.name, "1:1", 1, 42)
    assert (order.negative, order.lora, order.style, order.image) == ("", "", "", "")
    assert (order.creativity, order.upscale, order.advanced) == (None, None, "")
    assert (order.private, order.spoiler) == (False, False)


async def test_a_refusal_is_private_and_leaves_nothing_in_the_channel(stage: Stage) -> None:
    result = await stage.mia.slash(stage.art, "imagine", prompt="x" * 6000)

    assert result.ephemeral
    assert result.response is not None
    assert "6,000" in result.response.content
    assert stage.art.history(viewer=stage.theo) == []
    assert await stage.program.desk.rows("posts") == []


@IMPATIENT
async def test_a_slow_acceptance_is_deferred_and_becomes_the_card(
    stage: Stage, disk: SlowDisk
) -> None:
    result = await stage.mia.slash(stage.art, "imagine", prompt="a red fox")
    assert result.deferred
    assert not result.ephemeral
    assert await stage.program.jobs() == []

    await disk.available()
    (message,) = stage.art.history()
    assert message.content == "Got it, starting now."
    (job,) = await stage.program.jobs()
    assert [post.message for post in await stage.posts(job)] == [message.id]


async def test_the_intent_is_written_before_anything_is_sent(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_intent: list[int] = []
    record = SqlitePostStore.record_post_intent

    async def watched(store: SqlitePostStore, post: Post) -> Post:
        recorded = await record(store, post)
        at_intent.append(len(stage.art.history()))
        return recorded

    monkeypatch.setattr(SqlitePostStore, "record_post_intent", watched)
    await stage.mia.slash(stage.art, "imagine", prompt="a red fox")

    assert at_intent == [0]
    assert len(stage.art.history()) == 1


async def test_an_event_that_was_seen_before_gets_no_second_card(stage: Stage) -> None:
    job = await stage.imagine()
    payload = next(
        data for _, event, data in stage.env.backend.transcript if event == "INTERACTION_CREATE"
    )
    stage.env.backend.emit("INTERACTION_CREATE", payload)
    await stage.env.settle()

    assert [known.id for known in await stage.program.jobs()] == [job.id]
    assert len(await stage.posts(job)) == 1
    assert len(stage.art.history()) == 1


async def test_a_job_whose_interaction_died_is_called_off(stage: Stage) -> None:
    stage.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062)
    await stage.mia.slash(stage.art, "imagine", prompt="a red fox")
    await stage.env.settle()

    assert stage.art.history() == []
    (job,) = await stage.program.jobs()
    assert job.state.value == "cancelled"


async def test_a_bug_is_answered_with_a_reference_and_none_of_its_words(stage: Stage) -> None:
    stage.program.disk.error = RuntimeError("secret path /home/host")
    result = await stage.mia.slash(stage.art, "imagine", prompt="a red fox")

    assert result.ephemeral
    assert result.response is not None
    assert REF in result.response.content
    assert "secret" not in result.response.content
    assert [str(error) for error in stage.env.errors if "secret" in str(error)]


async def test_the_first_missing_right_is_named(stage: Stage) -> None:
    me = stage.guild.me
    assert me is not None
    locked = stage.guild.create_text_channel(
        "locked",
        overwrites={me: discord.PermissionOverwrite(attach_files=False, embed_links=False)},
    )
    result = await stage.mia.slash(locked, "imagine", prompt="a red fox")

    assert result.ephemeral
    assert result.response is not None
    assert "Attach Files" in result.response.content
    assert "locked" in result.response.content


async def test_autocomplete_offers_the_servers_own_models(stage: Stage) -> None:
    stage.program.painter.catalog = CatalogSnapshot(
        models=(
            Model("sdxl/base", "SDXL base"),
            Model("flux/dev", "Flux dev"),
            Model("other/superflux", "Super"),
        )
    )
    choices = await stage.mia.autocomplete(stage.art, "imagine", "model", "FLU")

    assert [choice["value"] for choice in choices] == ["flux/dev", "other/superflux"]
    assert choices[0]["name"] == "Flux dev"


async def test_models_with_one_title_are_told_apart_everywhere(stage: Stage) -> None:
    stage.program.painter.catalog = CatalogSnapshot(
        models=(
            Model("SDXL/dreamshaper_8", "DreamShaper"),
            Model("SD15/dreamshaper_8", "DreamShaper"),
        )
    )
    choices = await stage.mia.autocomplete(stage.art, "imagine", "model", "dream")
    assert [choice["name"] for choice in choices] == ["SDXL/DreamShaper", "SD15/DreamShaper"]

    for typed in ("DreamShaper", "dreamshaper_8"):
        asked = await stage.mia.slash(stage.art, "imagine", prompt="a fox", model=typed)
        assert asked.response is not None
        assert "Which one? Choose SDXL/dreamshaper" in asked.response.content
        assert "or SD15/dreamshaper" in asked.response.content

    chosen = choices[1]["value"]
    result = await stage.mia.slash(stage.art, "imagine", prompt="a fox", model=chosen)
    assert result.response is not None
    assert "SD15/DreamShaper" in str(result.response.embeds[0].footer.text)


def test_every_aspect_has_a_name_of_its_own() -> None:
    choices = [_aspect_choice(aspect) for aspect in ASPECTS]

    assert [choice.value for choice in choices] == list(ASPECTS)
    assert len({choice.name for choice in choices}) == len(ASPECTS) <= 25
    assert all(choice.value in choice.name for choice in choices)


async def test_the_menu_of_shapes_offers_every_shape(stage: Stage) -> None:
    """Each by its own name where it has one."""
    (command,) = stage.cog(ImagineCog).get_app_commands()
    (aspect,) = (one for one in command.parameters if one.name == "aspect")
    assert [choice.value for choice in aspect.choices] == list(ASPECTS)
    names = {choice.value: choice.name for choice in aspect.choices}
    assert all(names[shape].startswith(name) for shape, name in ASPECT_NAMES.items())

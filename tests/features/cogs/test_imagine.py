"""/imagine: accepted in public, declined in private, within three seconds whatever happens."""

import discord

from bot.core.drawing.request import Model
from bot.core.errors import Refused
from tests.features.conftest import IMPATIENT, SlowDisk, Stage
from tests.support.program import REF

NO = Refused("quota.day", "You've used your 20 for today.", prompt="a red fox")


async def test_an_accepted_wish_is_answered_with_its_public_card(stage: Stage) -> None:
    result = await stage.mia.slash(stage.art, "imagine", prompt="a red fox")

    assert result.response is not None
    assert result.response.content == "Got it, starting now."
    assert not result.ephemeral
    (job,) = stage.flow.jobs.values()
    button = result.response.components[0]["components"][0]
    assert button["custom_id"] == f"cancel:{job.id}"
    ((post, message),) = stage.flow.list_job_posts
    assert message == result.response.id
    assert post.channel == stage.art.id
    assert post.token
    assert post.token_until is not None
    assert len(stage.art.history()) == 1


async def test_every_option_reaches_the_desk(stage: Stage) -> None:
    stage.flow.catalogue = (Model("flux/dev", "Flux"),)
    await stage.theo.slash(
        stage.art,
        "imagine",
        prompt="a red fox",
        negative="snow",
        model="flux/dev",
        aspect="16:9",
        images=99,
        seed=-5,
        steps=0,
        cfg=3.5,
    )

    ((wish, asker),) = stage.flow.wishes
    assert (wish.prompt, wish.negative, wish.model) == ("a red fox", "snow", "flux/dev")
    assert (wish.aspect, wish.images, wish.seed) == ("16:9", 99, -5)
    assert (wish.steps, wish.cfg) == (0, 3.5)
    assert wish.source.startswith("interaction:")
    assert (asker.user, asker.name, asker.guild) == (stage.theo.id, "theo", stage.guild.id)
    assert (asker.channel, asker.channel_name) == (stage.art.id, "art")
    assert asker.roles == (stage.artists.id,)
    assert not asker.moderator
    assert asker.missing == ""


async def test_what_is_left_out_is_none(stage: Stage) -> None:
    await stage.mona.slash(stage.art, "imagine", prompt="x" * 6000)

    ((wish, asker),) = stage.flow.wishes
    assert len(wish.prompt) == 6000
    assert (wish.model, wish.aspect, wish.images, wish.seed) == (None, None, None, None)
    assert (wish.steps, wish.cfg, wish.negative) == (None, None, "")
    assert asker.moderator


async def test_a_refusal_is_private_and_leaves_nothing_in_the_channel(stage: Stage) -> None:
    stage.flow.refusal = NO
    result = await stage.mia.slash(stage.art, "imagine", prompt="a red fox")

    assert result.ephemeral
    assert result.response is not None
    assert result.response.content.startswith(NO.sentence)
    assert "a red fox" in result.response.content
    assert stage.art.history(viewer=stage.theo) == []
    assert stage.flow.intents == []


@IMPATIENT
async def test_a_slow_acceptance_is_deferred_and_becomes_the_card(
    stage: Stage, disk: SlowDisk
) -> None:
    result = await stage.mia.slash(stage.art, "imagine", prompt="a red fox")
    assert result.deferred
    assert not result.ephemeral
    assert stage.flow.list_job_posts == []

    await disk.available()
    (message,) = stage.art.history()
    assert message.content == "Got it, starting now."
    assert [id_ for _, id_ in stage.flow.list_job_posts] == [message.id]


async def test_the_intent_is_written_before_anything_is_sent(stage: Stage) -> None:
    at_intent: list[int] = []
    intend = stage.flow.record_message_intent

    async def watched(*args: object, **kwargs: object) -> object:
        at_intent.append(len(stage.art.history()))
        return await intend(*args, **kwargs)  # type: ignore[arg-type]  # passed on as it came

    stage.flow.record_message_intent = watched  # type: ignore[method-assign,assignment]  # watched on its way
    await stage.mia.slash(stage.art, "imagine", prompt="a red fox")

    assert at_intent == [0]
    assert len(stage.art.history()) == 1


async def test_an_event_that_was_seen_before_gets_no_second_card(stage: Stage) -> None:
    await stage.mia.slash(stage.art, "imagine", prompt="a red fox")
    (job,) = stage.flow.jobs.values()
    payload = next(
        data for _, event, data in stage.env.backend.transcript if event == "INTERACTION_CREATE"
    )
    stage.env.backend.emit("INTERACTION_CREATE", payload)
    await stage.env.settle()

    assert list(stage.flow.jobs) == [job.id]
    assert len(stage.flow.wishes) == 2
    assert len(stage.flow.intents) == len(stage.flow.list_job_posts) == 1
    assert len(stage.art.history()) == 1


async def test_a_card_whose_interaction_died_goes_by_the_bots_own_token(stage: Stage) -> None:
    stage.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062)
    await stage.mia.slash(stage.art, "imagine", prompt="a red fox")

    (message,) = stage.art.history()
    assert message.content == "Got it, starting now."
    assert [id_ for _, id_ in stage.flow.list_job_posts] == [message.id]


async def test_a_bug_is_answered_with_a_reference_and_none_of_its_words(stage: Stage) -> None:
    stage.flow.bug = RuntimeError("secret path /home/host")
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
    stage.flow.catalogue = (
        Model("sdxl/base", "SDXL base"),
        Model("flux/dev", "Flux dev"),
        Model("other/superflux", "Super"),
    )
    choices = await stage.mia.autocomplete(stage.art, "imagine", "model", "FLU")

    assert [choice["value"] for choice in choices] == ["flux/dev", "other/superflux"]
    assert choices[0]["name"] == "Flux dev"

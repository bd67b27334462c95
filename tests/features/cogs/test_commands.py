"""The commands as Discord has them, the small private ones, and the moderators'."""

import pytest
from simcord.backend.errors import SetupError

from bot.core.limits.quota import LimitScope
from tests.features.conftest import IMPATIENT, SlowDisk, Stage


def registered(stage: Stage) -> dict[str, dict[str, object]]:
    """What Discord has been told, by name."""
    (body,) = (
        entry.json
        for entry in stage.env.http_requests
        if entry.method == "PUT" and entry.path.endswith("/commands")
    )
    assert isinstance(body, list)
    return {command["name"]: command for command in body}


async def test_the_options_are_those_that_others_rely_on(stage: Stage) -> None:
    commands = registered(stage)

    assert set(commands) >= {"imagine", "quota", "queue", "cancel", "help", "limits", "history"}
    options = commands["imagine"]["options"]
    assert [option["name"] for option in options] == [
        "prompt",
        "negative",
        "model",
        "aspect",
        "images",
        "seed",
        "steps",
        "cfg",
        "lora",
        "style",
        "image",
        "creativity",
        "upscale",
        "private",
        "spoiler",
        "advanced",
    ]
    assert [option["name"] for option in options if option.get("required")] == ["prompt"]
    assert not any({"min_value", "max_value", "max_length"} & set(option) for option in options)
    subcommands = {option["name"]: option for option in commands["limits"]["options"]}
    assert set(subcommands) == {"set", "clear", "grant", "reset", "exempt", "log", "show", "export"}
    set_, clear = subcommands["set"], subcommands["clear"]
    assert {n: [o["name"] for o in subcommands[n]["options"]] for n in ("grant", "reset")} == {
        "grant": ["member", "pictures", "days"],
        "reset": ["member"],
    }
    names = [option["name"] for option in clear["options"]]
    assert names == ["member", "role", "deleted_roles", "preview"]
    assert {option["name"] for option in set_["options"]} == {
        "member",
        "role",
        "day",
        "month",
        "per_job",
        "waiting",
        "running",
        "preview",
    }


async def test_commands_are_for_servers_and_described(stage: Stage) -> None:
    for command in registered(stage).values():
        assert command["contexts"] == ([0, 1] if command["name"] == "privacy" else [0])
        assert command["integration_types"] == [0]
        # A menu of a message has a name and no description.
        assert command["type"] != 1 or 10 < len(command["description"]) <= 100
        assert not command["nsfw"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("quota", "17 left today."),
        ("queue", "Nobody is in line."),
        ("cancel", "Nothing of yours"),
        ("help", "17 left today."),
    ],
)
async def test_small_answers_are_private(stage: Stage, command: str, words: str) -> None:
    result = await stage.mia.slash(stage.general, command)

    assert result.ephemeral
    assert result.response is not None
    assert result.response.content.startswith(words)


async def test_cancel_ends_only_ones_own(stage: Stage) -> None:
    await stage.mia.slash(stage.art, "imagine", prompt="a red fox")
    await stage.theo.slash(stage.art, "imagine", prompt="a blue fox")
    mine, _ = stage.flow.jobs
    result = await stage.mia.slash(stage.art, "cancel")

    assert stage.flow.cancelled == [mine]
    assert result.ephemeral
    assert result.response is not None
    assert "1 returned" in result.response.content


@IMPATIENT
async def test_a_slow_private_answer_is_deferred_privately(stage: Stage, disk: SlowDisk) -> None:
    result = await stage.mia.slash(stage.general, "quota")
    assert result.deferred
    assert result.ephemeral

    await disk.available()
    assert result.response is not None
    assert result.response.content == "17 left today."
    assert stage.general.history(viewer=stage.theo) == []


async def test_a_moderator_sets_a_members_limit(stage: Stage) -> None:
    result = await stage.mona.slash(stage.art, "limits set", member=stage.theo, day=40, month=0)

    ((scope, target, name, numbers, roles),) = stage.flow.limits
    assert (scope, target, name) == (LimitScope.MEMBER, stage.theo.id, "theo")
    assert numbers == {"day": 40, "month": 0}
    assert roles == (stage.artists.id,)
    assert result.ephemeral


async def test_a_moderator_sets_a_roles_limit(stage: Stage) -> None:
    await stage.mona.slash(stage.art, "limits set", role=stage.artists, per_job=2, waiting=5)

    ((scope, target, name, numbers, _),) = stage.flow.limits
    assert (scope, target, name) == (LimitScope.ROLE, stage.artists.id, "Artists")
    assert numbers == {"per_job": 2, "waiting": 5}


async def test_without_a_name_it_is_the_servers_limit(stage: Stage) -> None:
    await stage.mona.slash(stage.art, "limits set", day=10)

    ((scope, target, name, numbers, _),) = stage.flow.limits
    assert (scope, target, name) == (LimitScope.GUILD, stage.guild.id, "Studio")
    assert numbers == {"day": 10}


async def test_a_member_and_a_role_at_once_change_nothing(stage: Stage) -> None:
    result = await stage.mona.slash(
        stage.art, "limits set", member=stage.theo, role=stage.artists, day=1
    )

    assert stage.flow.limits == []
    assert result.response is not None
    assert "Nothing was changed" in result.response.content


async def test_a_moderator_clears_a_members_a_roles_and_the_servers_rule(stage: Stage) -> None:
    result = await stage.mona.slash(stage.art, "limits clear", member=stage.theo)
    await stage.mona.slash(stage.art, "limits clear", role=stage.artists)
    await stage.mona.slash(stage.art, "limits clear")

    of_theo, of_artists, of_all = stage.flow.cleared
    assert of_theo[:4] == (LimitScope.MEMBER, stage.theo.id, "theo", (stage.artists.id,))
    assert of_theo[4][stage.artists.id] == "Artists"
    assert of_artists[:4] == (LimitScope.ROLE, stage.artists.id, "Artists", ())
    assert of_all[:4] == (LimitScope.GUILD, stage.guild.id, "Studio", ())
    assert result.ephemeral
    assert result.response is not None
    assert result.response.content == "The rule is removed."


async def test_a_member_and_a_role_at_once_clear_nothing(stage: Stage) -> None:
    result = await stage.mona.slash(
        stage.art, "limits clear", member=stage.theo, role=stage.artists
    )

    assert stage.flow.cleared == []
    assert result.response is not None
    assert "Nothing was changed" in result.response.content


async def test_limits_are_shown_with_the_names_of_roles(stage: Stage) -> None:
    await stage.mona.slash(stage.art, "limits show", member=stage.theo)
    await stage.mona.slash(stage.art, "limits show")

    (of_theo, of_all) = stage.flow.plain_prompt
    assert of_theo[:3] == (stage.theo.id, "theo", (stage.artists.id,))
    assert of_theo[3][stage.artists.id] == "Artists"
    assert of_all[:3] == (None, "Studio", ())


async def test_members_do_not_see_the_moderators_commands(stage: Stage) -> None:
    with pytest.raises(SetupError, match="not visible"):
        await stage.mia.slash(stage.art, "limits set", day=1000)
    assert "limits set" not in stage.mia.available_commands(stage.art)
    assert "limits set" in stage.mona.available_commands(stage.art)


async def test_commands_are_not_registered_again_at_the_next_start(stage: Stage) -> None:
    before = registered(stage)
    await stage.env.restart_bot(stage.program.studio())

    assert registered(stage) == before
    assert stage.program.readied == 2


async def test_commands_that_discord_lost_are_registered_again(stage: Stage) -> None:
    application = stage.env.backend.application_id
    await stage.env.bot.http.bulk_upsert_global_commands(application, payload=[])
    await stage.env.restart_bot(stage.program.studio())

    assert "imagine" in stage.mia.available_commands(stage.art)

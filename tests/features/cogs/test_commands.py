"""The commands as Discord has them, and a slow private answer."""

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


@IMPATIENT
async def test_a_slow_private_answer_is_deferred_privately(stage: Stage, disk: SlowDisk) -> None:
    result = await stage.mia.slash(stage.general, "quota")
    assert result.deferred
    assert result.ephemeral

    await disk.available()
    assert result.response is not None
    assert result.response.content == "20 left today."
    assert stage.general.history(viewer=stage.theo) == []


async def test_commands_are_not_registered_again_at_the_next_start(stage: Stage) -> None:
    before = registered(stage)
    await stage.restart()

    assert registered(stage) == before
    assert stage.program.starts == 2


async def test_commands_that_discord_lost_are_registered_again(stage: Stage) -> None:
    application = stage.env.backend.application_id
    await stage.env.bot.http.bulk_upsert_global_commands(application, payload=[])
    await stage.restart()

    assert "imagine" in stage.mia.available_commands(stage.art)

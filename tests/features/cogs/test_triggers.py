"""/triggers, as those who manage a server use it; every sentence as they read it."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.actors import MemberActor
from simcord.backend.errors import SetupError

from bot.core.triggers.cards import CONTENT_DISABLED, PAGE_SIZE
from bot.core.triggers.phrase import PHRASES_MAX
from cogs.triggers import ChannelTransformer, TriggersCog
from tests.features.conftest import Stage
from tests.support.program import build_settings

SLEEPING = pytest.mark.parametrize("program", [{"reads_content": False}], indirect=True)
LISTEN = "Turn them on in a channel with `/triggers enable`."
CALLS = "A message that starts by mentioning me draws wherever drawing is allowed."
TRIED = "Nothing was drawn or charged."
WAIT = "✓ Not within the cooldown."


@pytest.fixture
def ada(stage: Stage) -> MemberActor:
    """Somebody with Manage Server."""
    role = stage.guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    return stage.guild.add_member(stage.env.create_user("ada"), roles=[role])


async def said(stage: Stage, who: MemberActor, name: str, **options: Any) -> list[str]:
    """The answer, privately given: its first text, then of its panel title, lines and footer."""
    channel = options.pop("here", stage.art)
    result = await who.slash(channel, f"triggers {name}", **options)
    assert result.ephemeral
    assert result.response is not None
    lines = result.response.content.split("\n")
    for embed in result.response.embeds:
        lines += [embed.title or "", *(embed.description or "").split("\n")]
        lines += [embed.footer.text] if embed.footer.text else []
    return lines


async def drawn(stage: Stage, where: Any, content: str) -> list[str]:
    """What is drawn for a message."""
    before = len(await stage.prompts())
    stage.program.now += 10
    await stage.mia.send(where, content)
    return (await stage.prompts())[before:]


async def changes(stage: Stage) -> list[tuple[object, ...]]:
    """The audit log: action, target, old and new."""
    rows = await stage.program.desk.rows("audit")
    return [(row["action"], row["target"], row["old"], row["new"]) for row in rows]


# --- who -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["add", "remove", "list", "test", "enable"])
async def test_it_is_for_those_who_manage_the_server(stage: Stage, name: str) -> None:
    options = {"add": {"phrase": "paint me"}, "remove": {"phrase": "draw me"},
               "test": {"sentence": "draw me a fox"}}.get(name, {})  # fmt: skip
    for nobody in (stage.mia, stage.helper()):
        with pytest.raises(SetupError):
            await nobody.slash(stage.art, f"triggers {name}", **options)
    assert await changes(stage) == []


# --- add -----------------------------------------------------------------------------------------


async def test_a_phrase_is_added_and_acts_at_once(stage: Stage, ada: MemberActor) -> None:
    assert await drawn(stage, stage.art, "paint me a fox") == []
    assert await said(stage, ada, "add", phrase="Paint  me {prompt}") == [
        f"“Paint me” now works in <#{stage.art.id}>.",
        "For example: `Paint me a red fox`",
        "",
        "This server now has its own list, which keeps “draw me”.",
    ]
    assert await drawn(stage, stage.art, "paint me a fox") == ["a fox"]
    assert await drawn(stage, stage.art, "draw me a fox") == ["a fox"]
    assert await drawn(stage, stage.general, "paint me a fox") == []
    assert await changes(stage) == [("triggers.add", f"guild:{stage.guild.id}", "", "Paint me")]


async def test_a_phrase_around_its_prompt(stage: Stage, ada: MemberActor) -> None:
    lines = await said(stage, ada, "add", phrase="please draw {prompt} for me")
    assert lines[:2] == [
        f"“please draw {{prompt}} for me” now works in <#{stage.art.id}>.",
        "For example: `please draw a red fox for me`",
    ]
    assert await drawn(stage, stage.art, "Please draw a fox for me!") == ["a fox"]
    assert await drawn(stage, stage.art, "please draw a fox") == []


async def test_a_phrase_for_one_channel(stage: Stage, ada: MemberActor) -> None:
    assert (await said(stage, ada, "add", phrase="sketch:", channel=stage.general))[0] == (
        f"“sketch:” now works in <#{stage.general.id}>."
    )
    assert await drawn(stage, stage.general, "sketch: a fox") == ["a fox"]
    assert await drawn(stage, stage.art, "sketch: a fox") == []
    assert await drawn(stage, stage.general, "draw me a fox") == []


async def test_where_no_channel_listens_the_answer_says_so(stage: Stage, ada: MemberActor) -> None:
    stage.program.listen_in()
    await stage.restart()
    assert (await said(stage, ada, "add", phrase="paint me"))[:2] == [
        "“paint me” now works in every channel where phrases are on.",
        f"Phrases aren't on in any channel yet. {LISTEN}",
    ]


async def test_one_everyday_word_is_added_with_a_warning(stage: Stage, ada: MemberActor) -> None:
    assert (await said(stage, ada, "add", phrase="draw"))[3] == (
        "Careful: this is one short word, so any message that starts with it "
        "draws, even “draw …” in normal conversation. `draw:` is safer. "
        "`/triggers test` shows what a sentence would do."
    )
    assert (await said(stage, ada, "add", phrase="{prompt} please"))[3] == (
        "Careful: this is one short word, so any message that ends with it "
        "draws, even “… please” in normal conversation. More words are safer. "
        "`/triggers test` shows what a sentence would do."
    )
    assert not any("Careful" in line for line in await said(stage, ada, "add", phrase="draw:"))


@pytest.mark.parametrize(
    ("phrase", "answer"),
    [
        ("{prompt}", "Put some words before or after `{prompt}`, or every message would draw."),
        ("...", "Put some words before or after `{prompt}`, or every message would draw."),
        ("draw {prompt} and {prompt}", "A phrase can have only one `{prompt}`."),
        (
            "draw {what}",
            "Braces are only allowed in `{prompt}`, which marks the prompt, as "
            "in `draw me {prompt}`.",
        ),
        ("d", "A phrase needs at least two characters."),
        (
            "<@5> draw",
            "Leave out the mention. A message that starts by mentioning me draws anyway.",
        ),
        (
            "> draw me",
            "A message that starts with that sign is a quotation, code, a "
            "spoiler or a command, so it never draws. Start the phrase with a "
            "word.",
        ),
        ("DRAW\u00a0me {Prompt}", "“DRAW me” already exists."),
    ],
)
async def test_what_cannot_be_a_phrase_changes_nothing(
    stage: Stage, ada: MemberActor, phrase: str, answer: str
) -> None:
    assert await said(stage, ada, "add", phrase=phrase) == [f"{answer} Nothing was changed."]
    assert await changes(stage) == []


async def test_the_same_phrase_twice_is_one(stage: Stage, ada: MemberActor) -> None:
    await said(stage, ada, "add", phrase="paint me")
    assert await said(stage, ada, "add", phrase="Paint me!{prompt}", channel=stage.art) != []
    assert await said(stage, ada, "add", phrase="PAINT me") == [
        "“PAINT me” already exists. Nothing was changed."
    ]
    assert await said(stage, ada, "add", phrase="paint me!", channel=stage.art) == [
        f"“paint me!” already exists for <#{stage.art.id}>. Nothing was changed."
    ]
    assert len(await changes(stage)) == 2


MANY = build_settings(triggers={"phrases": [f"draw number {n}" for n in range(PHRASES_MAX)]})


@pytest.mark.parametrize("program", [{"settings": MANY}], indirect=True)
async def test_there_is_an_end_to_phrases(stage: Stage, ada: MemberActor) -> None:
    assert await said(stage, ada, "add", phrase="paint me") == [
        "A server can have at most 1,000 phrases. Remove one first. Nothing was changed."
    ]


# --- remove --------------------------------------------------------------------------------------


async def test_a_phrase_is_removed_and_sleeps_at_once(stage: Stage, ada: MemberActor) -> None:
    assert await said(stage, ada, "remove", phrase="DRAW me") == [
        "“DRAW me” was removed.",
        "That was the last phrase, so only mentions draw now. Add a new one with `/triggers add`.",
    ]
    assert await drawn(stage, stage.art, "draw me a fox") == []
    assert await said(stage, ada, "remove", phrase="draw me") == [
        "There is no phrase “draw me” here. `/triggers list` shows them all."
    ]


async def test_a_phrase_in_two_channels_asks_which(stage: Stage, ada: MemberActor) -> None:
    for channel in (stage.art, stage.general):
        await said(stage, ada, "add", phrase="paint me", channel=channel)
    assert await said(stage, ada, "remove", phrase="paint me") == [
        f"“paint me” exists for <#{stage.art.id}> and <#{stage.general.id}>. "
        "Choose one with `channel`. Nothing was changed."
    ]
    assert await said(stage, ada, "remove", phrase="paint me", channel=stage.art) == [
        f"“paint me” was removed in <#{stage.art.id}>."
    ]
    assert await said(stage, ada, "remove", phrase="paint me") == [
        f"“paint me” was removed in <#{stage.general.id}>."
    ]


async def test_the_menu_offers_what_is_there(stage: Stage, ada: MemberActor) -> None:
    await said(stage, ada, "add", phrase="paint me", channel=stage.general)
    choices = await ada.autocomplete(stage.art, "triggers remove", "phrase", "")
    assert [choice["name"] for choice in choices] == ["draw me", "paint me (in #general)"]
    (choice,) = await ada.autocomplete(stage.art, "triggers remove", "phrase", "pai")
    assert await said(stage, ada, "remove", phrase=choice["value"]) == [
        f"“paint me” was removed in <#{stage.general.id}>."
    ]
    assert await ada.autocomplete(stage.art, "triggers remove", "phrase", "xyz") == []


# --- list ----------------------------------------------------------------------------------------


async def test_the_list_of_a_server_that_chose_nothing(stage: Stage, ada: MemberActor) -> None:
    assert await said(stage, ada, "list") == [
        f"Phrases work in <#{stage.art.id}> and its threads.",
        CALLS,
        "1 phrase",
        "1. “draw me”",
        "These come from the host. Your first change gives this server its own list.",
    ]
    stage.program.listen_in()
    await stage.restart()
    assert (await said(stage, ada, "list"))[0] == (
        f"Phrases aren't on in any channel yet. {LISTEN}"
    )


async def test_an_empty_list_names_the_next_step(stage: Stage, ada: MemberActor) -> None:
    await said(stage, ada, "remove", phrase="draw me")
    assert await said(stage, ada, "list") == [
        "There are no phrases here. Add one with `/triggers add phrase:draw me`.",
        f"Phrases work in <#{stage.art.id}> and its threads.",
        CALLS,
    ]


async def test_a_long_list_has_pages(stage: Stage, ada: MemberActor) -> None:
    for number in range(PAGE_SIZE):
        await said(stage, ada, "add", phrase=f"draw number {number:02}")
    first = await said(stage, ada, "list")
    assert first[2] == f"{PAGE_SIZE + 1} phrases"
    assert len(first) == 3 + PAGE_SIZE + 1
    assert first[-1] == "Page 1 of 2. For more, use the page option."
    second = await said(stage, ada, "list", page=2)
    assert second[3:] == [f"{PAGE_SIZE + 1}. “draw number {PAGE_SIZE - 1}”", "Page 2 of 2."]
    assert await said(stage, ada, "list", page=3) == ["There are only 2 pages."]


async def test_other_servers_phrases_and_channels_are_not_shown(
    stage: Stage, ada: MemberActor
) -> None:
    other = stage.env.create_guild("Elsewhere")
    there = other.create_text_channel("there")
    stage.program.listen_in(stage.art.id, there.id)
    await stage.restart()
    await said(stage, ada, "add", phrase="paint me")
    role = other.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    bob = other.add_member(stage.env.create_user("bob"), roles=[role])
    lines = await said(stage, bob, "list", here=there)
    assert lines[0] == f"Phrases work in <#{there.id}> and its threads."
    assert lines[2:4] == ["1 phrase", "1. “draw me”"]


# --- enable --------------------------------------------------------------------------------------


async def test_a_channel_listens_from_now_on(stage: Stage, ada: MemberActor) -> None:
    assert await said(stage, ada, "enable", here=stage.general) == [
        f"Phrases now work in <#{stage.general.id}> and its threads."
    ]
    assert await drawn(stage, stage.general, "draw me a fox") == ["a fox"]
    assert await said(stage, ada, "enable", channel=stage.general) == [
        f"Phrases already work in <#{stage.general.id}>."
    ]
    assert await changes(stage) == [("triggers.enable", f"channel:{stage.general.id}", "", "on")]


async def test_a_channel_of_the_host_is_switched_off(stage: Stage, ada: MemberActor) -> None:
    off = f"Phrases are off in <#{stage.art.id}>"
    rest = "Mentions still work wherever drawing is allowed."
    again = f"Phrases are already off in <#{stage.art.id}>"
    assert await said(stage, ada, "enable", on=False) == [f"{off}. {rest}"]
    assert await said(stage, ada, "enable", on=False) == [f"{again}. {rest}"]
    assert await drawn(stage, stage.art, "draw me a fox") == []
    me = stage.guild.me
    assert me is not None
    assert await drawn(stage, stage.art, f"{me.mention} a fox") == ["a fox"]
    assert f"Turned off in <#{stage.art.id}>." in await said(stage, ada, "list")
    assert (await said(stage, ada, "add", phrase="paint me", channel=stage.art))[1] == (
        f"Phrases are off in <#{stage.art.id}>, though. {LISTEN}"
    )
    assert await drawn(stage, stage.art, "paint me a fox") == []


async def test_a_channel_listens_without_phrases(stage: Stage, ada: MemberActor) -> None:
    await said(stage, ada, "remove", phrase="draw me")
    assert await said(stage, ada, "enable", channel=stage.general) == [
        f"Phrases now work in <#{stage.general.id}> and its threads.",
        "There are none yet. Add one with `/triggers add`.",
    ]


async def test_a_channel_where_nobody_may_draw(stage: Stage, ada: MemberActor) -> None:
    await stage.program.set_choices(stage.guild.id, channels=(stage.art.id,))
    assert (await said(stage, ada, "enable", channel=stage.general))[1] == (
        f"But `/settings` only allows drawing in <#{stage.art.id}>, so they stay silent "
        "here until that is changed."
    )


async def test_what_was_chosen_is_there_after_a_restart(stage: Stage, ada: MemberActor) -> None:
    await said(stage, ada, "add", phrase="paint me")
    await said(stage, ada, "enable", channel=stage.general)
    await stage.restart()
    assert await drawn(stage, stage.general, "paint me a fox") == ["a fox"]
    assert await drawn(stage, stage.general, "draw me a fox") == ["a fox"]


# --- test ----------------------------------------------------------------------------------------


async def test_a_sentence_that_would_draw(stage: Stage, ada: MemberActor) -> None:
    assert await said(stage, ada, "test", sentence="Draw me a red fox") == [
        "I would draw *a red fox*.",
        "Step by step",
        "“Draw me a red fox”",
        "✓ 1 phrase works in this channel.",
        "✓ It has the phrase “draw me”; the prompt is *a red fox*.",
        WAIT,
        "✓ Words, bounds and limits allow it; you'd have 19 left.",
        TRIED,
    ]
    assert await stage.program.jobs() == []


@pytest.mark.parametrize(
    ("sentence", "step"),
    [
        ("> draw me a fox", "✗ It starts like a quotation (`>`), and I ignore that."),
        (
            "||draw me a fox||",
            "✗ It starts like something hidden (`||`), and I ignore that.",
        ),
        ("draw me", "✗ It asks, but doesn't say what to draw."),
        (
            "draw me https://a.example/b",
            "✗ It only asks for a link, and I ignore links.",
        ),
        (
            "he said draw me a fox",
            "✗ It contains “draw me”, but a phrase only works at the start of a "
            "message, as whole words.",
        ),
        ("hello", "✗ It doesn't have the phrase that works here."),
        ("<@12> a fox", "✗ It starts by mentioning someone else."),
    ],
)
async def test_a_sentence_that_would_stay_silent(
    stage: Stage, ada: MemberActor, sentence: str, step: str
) -> None:
    lines = await said(stage, ada, "test", sentence=sentence)
    assert lines[0] == "No reply."
    assert lines[-2:] == [step, TRIED]
    assert await stage.program.jobs() == []


async def test_a_mention_is_tried_too(stage: Stage, ada: MemberActor) -> None:
    me = stage.guild.me
    assert me is not None
    lines = await said(stage, ada, "test", here=stage.general, sentence=f"{me.mention} a fox")
    assert lines[0] == "I would draw *a fox*."
    assert lines[3:5] == [
        f"✗ No phrase works in this channel. Only mentions of me draw. {LISTEN}",
        "✓ It starts by mentioning me; the prompt is *a fox*.",
    ]
    lines = await said(stage, ada, "test", sentence=f"hey {me.mention} a fox")
    assert lines[-2] == "✗ It mentions me, but not at the start."


async def test_a_refusal_is_told_with_its_reason(stage: Stage, ada: MemberActor) -> None:
    await stage.says(stage.mona, "limits set", day=0)
    lines = await said(stage, ada, "test", sentence="draw me a fox")
    assert lines[0] == "I would refuse, in a short reply that disappears."
    assert lines[-2] == (
        "✗ The answer would be: Only selected members can draw here. Ask a moderator to join in."
    )


async def test_a_phrase_in_the_wrong_place_would_be_silent(stage: Stage, ada: MemberActor) -> None:
    await stage.program.set_choices(stage.guild.id, channels=(stage.general.id,))
    lines = await said(stage, ada, "test", sentence="draw me a fox")
    assert lines[0] == "No reply: drawing isn't allowed in this channel."
    await stage.mia.send(stage.art, "draw me a fox")
    assert [message.content for message in stage.art.history()] == ["draw me a fox"]
    me = stage.guild.me
    assert me is not None
    await stage.mia.send(stage.art, f"{me.mention} a fox")
    last = stage.art.last_message
    assert last is not None
    assert last.content.startswith(f"Head to <#{stage.general.id}>")


async def test_the_cooldown_is_told(stage: Stage, ada: MemberActor) -> None:
    await ada.send(stage.art, "draw me a fox")
    lines = await said(stage, ada, "test", sentence="draw me a cat")
    assert lines[0] == "Only a ⏳: this comes too soon after your last one."
    assert lines[5] == "✗ Within the cooldown: I would only add ⏳."
    stage.program.now = 5.0
    assert (await said(stage, ada, "test", sentence="draw me a cat"))[0] == (
        "I would draw *a cat*."
    )


async def test_nothing_that_is_tried_pings_or_formats(stage: Stage, ada: MemberActor) -> None:
    lines = await said(stage, ada, "test", sentence="draw me @everyone **bold** `code`")
    assert "@everyone" not in "\n".join(lines)
    assert "**bold**" not in "\n".join(lines)


# --- without the intent --------------------------------------------------------------------------


@SLEEPING
async def test_without_message_content_every_answer_says_what_sleeps(
    stage: Stage, ada: MemberActor
) -> None:
    assert CONTENT_DISABLED in await said(stage, ada, "list")
    assert CONTENT_DISABLED in await said(stage, ada, "add", phrase="paint me")
    assert CONTENT_DISABLED in await said(stage, ada, "enable", channel=stage.general)
    lines = await said(stage, ada, "test", sentence="draw me a fox")
    assert lines[0] == "No reply: I can't read it."
    assert lines[3] == f"✗ {CONTENT_DISABLED}"
    me = stage.guild.me
    assert me is not None
    lines = await said(stage, ada, "test", sentence=f"{me.mention} a fox")
    assert lines[0] == "I would draw *a fox*."


# --- what Discord asks for -----------------------------------------------------------------------


async def test_its_commands_take_every_channel_where_people_write(stage: Stage) -> None:
    """A thread and a forum too; nobody writes in a category."""
    group = stage.cog(TriggersCog).app_command
    assert group is not None
    commands = {one.name: one for one in group.walk_commands()}
    assert set(commands) == {"add", "remove", "list", "test", "enable"}
    kinds = ChannelTransformer().channel_types
    for name in ("add", "remove", "enable"):
        command = commands[name]
        assert isinstance(command, discord.app_commands.Command)
        (channel,) = (one for one in command.parameters if one.name == "channel")
        assert set(channel.channel_types) == set(kinds)
        assert not channel.required
    assert discord.ChannelType.category not in kinds
    assert {discord.ChannelType.forum, discord.ChannelType.public_thread} < set(kinds)

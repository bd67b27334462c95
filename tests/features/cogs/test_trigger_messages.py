"""Plain messages: what draws, what is told, and above all what stays silent."""

import io

import discord
import pytest

from bot.adapters.discord.cog_bases import MessageListener
from bot.core.moderation import AGE_LIST_RULE, WORD_LIST_RULE, WordRule
from cogs.trigger_messages import REFUSAL_LIFETIME_S, TriggerMessagesCog
from tests.features.conftest import Stage
from tests.support.flow import png
from tests.support.program import build_settings

CAT_SIDE, OURS_SIDE = 64, 96
CAT = png(side=CAT_SIDE)
NOBODY = "Only selected members can draw here."
SLEEPING = pytest.mark.parametrize("program", [{"reads_content": False}], indirect=True)


RINGING = pytest.mark.parametrize(
    "program", [{"settings": build_settings(ring={"after_messages": 2})}], indirect=True
)


async def rings(stage: Stage) -> bool:
    """Whether mia is called when her picture is there."""
    await stage.program.draw()
    last = stage.art.last_message
    return last is not None and last.author.bot and f"<@{stage.mia.id}>" in last.content


async def test_a_phrase_in_a_chosen_channel_is_replied_to_with_the_card(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "draw me a red fox")

    (job,) = await stage.program.jobs()
    assert job.order.prompt == "a red fox"
    assert job.source == f"message:{message.id}"
    assert (job.requester, job.channel) == (stage.mia.id, stage.art.id)
    card = stage.art.last_message
    assert card is not None
    assert card.content == "Got it, starting now."
    assert card.reference is not None
    assert card.reference.message_id == message.id
    (post,) = await stage.posts(job)
    assert (post.message, post.token) == (card.id, None)


async def test_the_reply_pings_nobody(stage: Stage) -> None:
    await stage.mia.send(stage.art, "draw me a red fox")

    sent = next(
        entry
        for entry in stage.env.http_requests
        if entry.path.endswith(f"{stage.art.id}/messages")
    )
    assert sent.json is not None
    assert sent.json["message_reference"]
    assert sent.json["allowed_mentions"] == {"parse": []}  # nor whoever is replied to


async def test_elsewhere_a_phrase_is_just_a_phrase(stage: Stage) -> None:
    await stage.mia.send(stage.general, "draw me a red fox")

    assert await stage.prompts() == []
    assert len(stage.general.history()) == 1


async def test_a_call_by_name_works_everywhere(stage: Stage) -> None:
    me = stage.guild.me
    assert me is not None
    await stage.mia.send(stage.general, f"{me.mention} a red fox")

    assert await stage.prompts() == ["a red fox"]
    assert len(stage.general.history()) == 2


@pytest.mark.parametrize("words", ["draw me a red fox", "a red fox", "Draw me: a red fox"])
async def test_after_a_call_by_name_a_phrase_goes_in_any_channel(stage: Stage, words: str) -> None:
    me = stage.guild.me
    assert me is not None
    await stage.mia.send(stage.general, f"{me.mention} {words}")

    assert await stage.prompts() == ["a red fox"]


@SLEEPING
async def test_without_message_content_calls_by_name_still_work(stage: Stage) -> None:
    me = stage.guild.me
    assert me is not None
    await stage.mia.send(stage.art, "draw me a red fox")
    assert await stage.prompts() == []

    await stage.mia.send(stage.general, f"{me.mention} a red fox")
    assert await stage.prompts() == ["a red fox"]


async def test_a_thread_counts_as_its_channel(stage: Stage) -> None:
    start = await stage.mia.send(stage.art, "about foxes")
    channel = stage.env.bot.get_channel(stage.art.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.create_thread(name="fox thread", message=start)
    await stage.env.settle()
    (thread,) = stage.art.threads
    await stage.mia.send(thread, "draw me a red fox")

    (job,) = await stage.program.jobs()
    assert job.channel == thread.id


@RINGING
async def test_bots_and_webhooks_draw_nothing_but_push_a_card_up(stage: Stage) -> None:
    await stage.imagine()
    other = stage.guild.add_member(stage.env.create_user("other", bot=True))
    await other.send(stage.art, "draw me a red fox")
    await stage.guild.create_webhook(stage.art).send("draw me a red fox")

    assert len(await stage.program.jobs()) == 1
    assert await rings(stage)


@RINGING
@pytest.mark.parametrize("messages", [1, 2])
async def test_every_message_is_counted_for_the_ring(stage: Stage, messages: int) -> None:
    await stage.imagine()
    for _ in range(messages):
        await stage.theo.send(stage.art, "hello")

    assert await rings(stage) is (messages == 2)


async def test_a_direct_message_gets_one_sentence_once(stage: Stage) -> None:
    await stage.mia.send_dm("draw me a red fox")
    await stage.mia.send_dm("hello?")

    said = [message for message in stage.mia.user.dm_channel.history() if message.author.bot]
    assert [message.content[:25] for message in said] == ["I only draw in servers. U"]
    assert await stage.prompts() == []


async def test_a_second_one_within_the_cooldown_gets_an_hourglass(stage: Stage) -> None:
    await stage.mia.send(stage.art, "draw me a red fox")
    second = await stage.mia.send(stage.art, "draw me a blue fox")

    assert len(await stage.program.jobs()) == 1
    assert _reactions(stage, second) == ["⏳"]
    stage.program.now = 5.0
    await stage.mia.send(stage.art, "draw me a green fox")
    assert await stage.prompts() == ["a red fox", "a green fox"]


async def test_the_cooldown_is_everybodys_own(stage: Stage) -> None:
    await stage.mia.send(stage.art, "draw me a red fox")
    await stage.theo.send(stage.art, "draw me a blue fox")

    assert len(await stage.program.jobs()) == 2


async def test_a_refusal_is_one_short_reply_that_goes_away(stage: Stage) -> None:
    await stage.says(stage.mona, "limits set", day=0)
    message = await stage.mia.send(stage.art, "draw me a red fox")

    reply = stage.art.last_message
    assert reply is not None
    assert reply.content.startswith(NOBODY)
    assert reply.reference is not None
    assert reply.reference.message_id == message.id
    await stage.env.advance_time(15)
    assert [known.id for known in stage.art.history()] == [message.id]


async def test_a_name_alone_is_told_how_to_ask_once_and_for_a_while(stage: Stage) -> None:
    me = stage.guild.me
    assert me is not None
    message = await stage.mia.send(stage.general, me.mention)

    reply = stage.general.last_message
    assert reply is not None
    assert reply.content == (
        "Tell me what to draw: mention me and add *a red fox*, or use "
        "`/imagine`. `/help` has the rest."
    )
    assert reply.reference is not None
    assert reply.reference.message_id == message.id
    sent = next(
        entry
        for entry in stage.env.http_requests
        if entry.path.endswith(f"{stage.general.id}/messages")
    )
    assert sent.json is not None
    assert sent.json["allowed_mentions"] == {"parse": [], "replied_user": False}
    await stage.env.advance_time(15)
    assert [known.id for known in stage.general.history()] == [message.id]

    before = len(stage.env.http_requests)
    stage.program.now = 599.0
    await stage.mia.send(stage.art, f"{me.mention}!")
    assert len(stage.env.http_requests) == before
    await stage.theo.send(stage.art, me.mention)
    assert len(stage.art.history()) == 3
    stage.program.now = 601.0
    await stage.mia.send(stage.art, me.mention)
    assert len(stage.art.history()) == 5
    assert await stage.prompts() == []


async def test_a_name_alone_does_not_start_the_cooldown(stage: Stage) -> None:
    me = stage.guild.me
    assert me is not None
    await stage.mia.send(stage.art, me.mention)
    await stage.mia.send(stage.art, f"{me.mention} a red fox")
    assert await stage.prompts() == ["a red fox"]


async def test_a_name_alone_is_answered_only_where_we_may_speak_and_only_to_people(
    stage: Stage,
) -> None:
    me = stage.guild.me
    assert me is not None
    locked = stage.guild.create_text_channel(
        "locked",
        overwrites={me: discord.PermissionOverwrite(send_messages=False, add_reactions=False)},
    )
    other = stage.guild.add_member(stage.env.create_user("other", bot=True))
    before = len(stage.env.http_requests)
    await stage.mia.send(locked, me.mention)
    await other.send(stage.art, me.mention)
    await stage.mia.send(stage.art, "draw me")
    await stage.mia.send(stage.art, f"{me.mention} {stage.theo.mention}")
    assert len(stage.env.http_requests) == before

    await stage.mia.send(stage.art, me.mention)
    assert len(stage.art.history()) == 5


@pytest.mark.parametrize("prompt", ["a wicked word", "a wicked word " * 140])
@pytest.mark.parametrize(
    ("words", "rule"), [("words", WORD_LIST_RULE), ("age_words", AGE_LIST_RULE)]
)
async def test_refused_words_are_not_said_again_in_public(
    stage: Stage, words: str, rule: WordRule, prompt: str
) -> None:
    await stage.program.set_choices(stage.guild.id, **{words: ("wicked",)})
    await stage.mia.send(stage.art, f"draw me {prompt}")

    reply = stage.art.last_message
    assert reply is not None
    assert reply.content == rule.sentence
    assert reply.embeds == []


async def test_the_same_refusal_again_is_an_hourglass_for_ten_minutes(stage: Stage) -> None:
    await stage.says(stage.mona, "limits set", day=0)
    await stage.mia.send(stage.art, "draw me a red fox")
    stage.program.now = 599.0
    second = await stage.mia.send(stage.art, "draw me a red fox")
    assert _reactions(stage, second) == ["⏳"]
    assert len(stage.art.history()) == 3

    stage.program.now = 601.0
    await stage.mia.send(stage.art, "draw me a red fox")
    assert len(stage.art.history()) == 5


async def test_another_reason_is_told(stage: Stage) -> None:
    await stage.says(stage.mona, "limits set", day=0)
    await stage.mia.send(stage.art, "draw me a red fox")
    await stage.program.set_choices(stage.guild.id, drawing=False)
    hurried = await stage.mia.send(stage.art, "draw me a red fox")
    assert _reactions(stage, hurried) == ["⏳"], "a refusal has a cooldown of two seconds"
    stage.program.now = 2.0
    await stage.mia.send(stage.art, "draw me a red fox")

    last = stage.art.last_message
    assert last is not None
    assert last.content.startswith("Drawing is turned off on this server")


async def test_a_refusal_starts_a_short_cooldown_only(stage: Stage) -> None:
    await stage.says(stage.mona, "limits set", day=0)
    await stage.mia.send(stage.art, "draw me a red fox")
    stage.program.now = 2.0
    await stage.says(stage.mona, "limits set", day=5)
    await stage.mia.send(stage.art, "draw me a blue fox")

    assert len(await stage.program.jobs()) == 1


async def test_where_we_may_not_speak_we_try_nothing(stage: Stage) -> None:
    me = stage.guild.me
    assert me is not None
    locked = stage.guild.create_text_channel(
        "locked",
        overwrites={me: discord.PermissionOverwrite(send_messages=False, add_reactions=False)},
    )
    before = len(stage.env.http_requests)
    await stage.mia.send(locked, f"{me.mention} a red fox")

    assert await stage.prompts() == []
    assert len(stage.env.http_requests) == before


async def test_a_replayed_message_does_nothing(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "draw me a red fox")
    payload = next(
        data
        for _, event, data in stage.env.backend.transcript
        if event == "MESSAGE_CREATE" and "draw me" in data["content"]
    )
    for moment in (1.0, 60.0):
        stage.program.now = moment
        stage.env.backend.emit("MESSAGE_CREATE", payload)
        await stage.env.settle()

    assert len(await stage.program.jobs()) == 1
    assert len(stage.art.history()) == 2
    assert _reactions(stage, message) == []


async def test_a_picture_in_the_message_is_what_is_begun_from(stage: Stage) -> None:
    files = [("notes.txt", b"no picture"), ("cat.PNG", CAT), ("dog.png", png(side=128))]
    await stage.mia.send(stage.art, "draw me as a cartoon", attachments=files)

    (job,) = await stage.program.jobs()
    assert (job.order.prompt, job.order.image_width) == ("as a cartoon", CAT_SIDE)


async def test_what_was_hidden_stays_hidden(stage: Stage) -> None:
    for name in ("SPOILER_cat.png", "cat.png"):
        stage.program.now += 10
        await stage.mia.send(stage.art, "draw me as a cartoon", attachments=[(name, CAT)])

    assert [job.order.spoiler for job in await stage.program.jobs()] == [True, False]


async def test_other_files_begin_nothing(stage: Stage) -> None:
    await stage.mia.send(stage.art, "draw me a fox", attachments=[("notes.txt", b"fox")])

    (job,) = await stage.program.jobs()
    assert job.order.image == ""


async def test_a_picture_that_is_refused_is_said_shortly(stage: Stage) -> None:
    large = [("cat.png", b"x" * (20 * 1024 * 1024 + 1))]
    await stage.mia.send(stage.art, "draw me as a cartoon", attachments=large)

    assert await stage.prompts() == []
    reply = stage.art.last_message
    assert reply is not None
    assert reply.content.startswith(
        "That file is 20 MiB. The limit for a picture to start from is 20 MiB"
    )
    await stage.env.advance_time(15)
    assert len(stage.art.history()) == 1


@pytest.mark.parametrize("called", [False, True])
async def test_a_reply_to_one_of_our_pictures_draws_it_anew(stage: Stage, called: bool) -> None:
    picture = await _ours(stage)
    me = stage.guild.me
    assert me is not None
    words = f"{me.mention} in winter" if called else "draw me in winter"
    await stage.theo.send(stage.art, words, reply_to=picture)

    (job,) = await stage.program.jobs()
    assert (job.order.prompt, job.requester) == ("in winter", stage.theo.id)
    assert job.order.image_width == OURS_SIDE


async def test_the_own_picture_goes_before_the_replied_one(stage: Stage) -> None:
    picture = await _ours(stage)
    await stage.theo.send(
        stage.art, "draw me in winter", reply_to=picture, attachments=[("cat.png", CAT)]
    )

    (job,) = await stage.program.jobs()
    assert job.order.image_width == CAT_SIDE


async def test_a_reply_to_anything_else_is_just_its_words(stage: Stage) -> None:
    somebodys = await stage.mia.send(stage.art, "look", attachments=[("cat.png", CAT)])
    channel = stage.env.bot.get_channel(stage.art.id)
    assert isinstance(channel, discord.TextChannel)
    wordy = await channel.send("I draw in #art.")
    for message in (somebodys, wordy):
        stage.program.now += 10
        await stage.theo.send(stage.art, "draw me in winter", reply_to=message)

    assert [job.order.image for job in await stage.program.jobs()] == ["", ""]


async def test_a_reply_that_only_pings_is_no_call(stage: Stage) -> None:
    picture = await _ours(stage)
    await stage.theo.send(stage.art, "lovely colours", reply_to=picture)

    assert await stage.prompts() == []


@pytest.mark.parametrize(
    "change",
    [
        {"type": 6},  # somebody pinned a message
        {"type": 18},  # a thread was made: its name is the content
        {"type": 24},  # what Discord's own word filter says
        {"type": 0, "flags": 1 << 14, "content": "", "message_snapshots": [
            {"message": {"type": 0, "content": "draw me a red fox", "embeds": [],
                         "attachments": [], "timestamp": "2026-11-24T12:00:00+00:00",
                         "edited_timestamp": None, "flags": 0, "components": [],
                         "mentions": [], "mention_roles": []}}]},  # forwarded
    ],
)  # fmt: skip
async def test_what_nobody_wrote_asks_nothing(stage: Stage, change: dict[str, object]) -> None:
    await stage.mia.send(stage.general, "draw me a red fox")
    payload = next(
        dict(data)
        for _, event, data in stage.env.backend.transcript
        if event == "MESSAGE_CREATE" and "draw me" in data["content"]
    )
    payload |= {"channel_id": str(stage.art.id), "id": str(int(payload["id"]) + 1)}
    stage.env.backend.emit("MESSAGE_CREATE", {**payload, **change})
    await stage.env.settle()
    assert await stage.prompts() == []

    stage.env.backend.emit("MESSAGE_CREATE", {**payload, "id": str(int(payload["id"]) + 1)})
    await stage.env.settle()
    assert len(await stage.program.jobs()) == 1


async def test_editing_into_another_wish_takes_the_first_back_and_draws_no_second(
    stage: Stage,
) -> None:
    message = await stage.mia.send(stage.art, "draw me a red fox")
    await stage.mia.edit(message, "draw me a blue fox")

    assert await states(stage) == ["cancelled"]
    assert await stage.prompts() == ["a red fox"]


async def test_editing_or_deleting_the_words_takes_them_back(stage: Stage) -> None:
    first = await stage.mia.send(stage.art, "draw me a red fox")
    second = await stage.theo.send(stage.art, "draw me a blue fox")
    await stage.mia.edit(first, "never mind")
    assert await states(stage) == ["cancelled", "queued"]

    await stage.theo.delete(second)
    assert await states(stage) == ["cancelled", "cancelled"]


async def test_an_unfurled_link_takes_nothing_back(stage: Stage) -> None:
    message = await stage.mia.send(stage.art, "draw me a fox like https://example.com")
    payload = next(
        dict(data)
        for _, event, data in stage.env.backend.transcript
        if event == "MESSAGE_CREATE" and data["id"] == str(message.id)
    )
    stage.env.backend.emit("MESSAGE_UPDATE", {**payload, "embeds": [{"type": "link"}]})
    await stage.env.settle()

    assert await states(stage) == ["queued"]


async def test_our_own_edits_are_nobodys_words(stage: Stage) -> None:
    await stage.mia.send(stage.art, "draw me a red fox")
    posted = stage.art.history()[-1]
    card = stage.env.bot.get_channel(stage.art.id).get_partial_message(posted.id)
    await card.edit(content="Drawing")
    await stage.env.settle()

    assert await states(stage) == ["queued"]


async def test_a_deleted_card_cancels_its_job(stage: Stage) -> None:
    await stage.mia.slash(stage.art, "imagine", prompt="a red fox")
    card = stage.art.last_message
    assert card is not None
    await stage.mona.delete(card)

    assert await states(stage) == ["cancelled"]


async def states(stage: Stage) -> list[str]:
    return [job.state.value for job in await stage.program.jobs()]


async def _ours(stage: Stage) -> discord.Message:
    """One of our pictures in #art."""
    channel = stage.env.bot.get_channel(stage.art.id)
    assert isinstance(channel, discord.TextChannel)
    return await channel.send(
        "a red fox", file=discord.File(io.BytesIO(png(side=OURS_SIDE)), filename="fox.png")
    )


def _reactions(stage: Stage, message: discord.Message) -> list[str]:
    known = next(known for known in stage.art.history() if known.id == message.id)
    return [str(reaction.emoji) for reaction in known.reactions]


async def test_the_cog_of_phrases_is_the_one_that_hears_messages(stage: Stage) -> None:
    """What it is given draws, whatever way it came by."""
    cog = stage.cog(TriggerMessagesCog)
    assert stage.cog(MessageListener) is cog
    message = await stage.theo.send(stage.general, "draw me a blue fox")
    message.content, message.channel = "draw me a red fox", stage.env.bot.get_channel(stage.art.id)
    await cog.handle_message(message)
    assert await stage.prompts() == ["a red fox"]


async def test_a_refusal_stays_for_its_time_and_no_longer(stage: Stage) -> None:
    await stage.says(stage.mona, "limits set", day=0)
    await stage.mia.send(stage.art, "draw me a red fox")
    before = len(stage.art.history(viewer=stage.mia))
    await stage.env.advance_time(REFUSAL_LIFETIME_S - 1)
    assert len(stage.art.history(viewer=stage.mia)) == before
    await stage.env.advance_time(1)
    assert len(stage.art.history(viewer=stage.mia)) == before - 1

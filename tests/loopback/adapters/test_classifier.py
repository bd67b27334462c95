"""The host's own classifier, over sockets: asked of words and pictures, and what follows."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.adapters.classifier import HttpClassifier
from bot.check import run_checks
from bot.core.moderation.verdict import ClassifierVerdict
from tests.support.books import order
from tests.support.flow import noise, png
from tests.support.judge import Judge, judge
from tests.support.town import Json, Town, town

ILL = ("slow", "garbage", "error", "vague", "elsewhere")
NO_WORDS = (
    "I can't draw that here, because it didn't pass the word check. Nothing was "
    "charged. Change it, or ask a moderator."
)
UNCHECKED = (
    "Prompts are checked here before I draw them, and the check isn't "
    "responding. Nothing was charged. Try again in a minute."
)


def config(one: Judge, **more: Any) -> str:
    """The section of the settings."""
    named = {"url": f'"{one.url}"', "token": '"tell-nobody"', "timeout_s": "10", **more}
    return "[moderation]\n" + "".join(f"{key} = {value}\n" for key, value in named.items())


async def failure(here: Town, card: Json) -> Json:
    """The card once it says that something was returned."""
    return await here.becomes(card["id"], lambda m: "returned" in m.get("content", ""))


async def test_it_says_no_to_words_on_every_way(tmp_path: Path) -> None:
    async with judge() as one, town(tmp_path, extra=config(one)) as here:
        await here.start_bot()
        refused = await here.imagine("mia", prompt="a wicked fox")
        assert refused["flags"] & 64
        assert refused["content"] == f"{NO_WORDS}\n```\na wicked fox\n```"
        labels = [b["label"] for row in refused["components"] for b in row["components"]]
        assert labels == ["Edit"]

        sent = await here.act("mia", "message", channel="imagine", content="draw me a wicked fox")
        said: Json = {}

        async def replied() -> bool:
            nonlocal said
            for message in await here.messages():
                about = (message.get("message_reference") or {}).get("message_id")
                if about == sent["message"]:
                    said = message
            return bool(said)

        await here.until(replied, "a reply")
        assert said["content"] == NO_WORDS  # not said again before everybody

        await here.picture(await here.imagine("mia", prompt="a good fox"))
        await here.until(lambda: here.rows("SELECT state FROM jobs") == [("done",)])
        assert one.tokens[0] == "Bearer tell-nobody"
        told = one.told()
        for person in here.world["guilds"][0]["people"]:
            assert person["id"] not in told
            assert person["name"] not in told
        assert here.channel("imagine") not in told
        assert one.pictures() == []
        here.balanced()
        await here.clean()


@pytest.mark.parametrize("ill", ILL)
async def test_without_an_answer_nothing_is_drawn(tmp_path: Path, ill: str) -> None:
    patience = "1.2" if ill == "slow" else "10"
    async with judge() as one, town(tmp_path, extra=config(one, timeout_s=patience)) as here:
        await here.start_bot()
        one.ill = ill
        refused = await here.imagine("mia")
        assert refused["content"] == f"{UNCHECKED}\n```\na red fox\n```"
        assert here.rows("SELECT * FROM jobs") == []
        one.ill = ""
        state = await here.press("mia", refused, "retry")
        await here.picture(await here.message(state["messages"][0]))
        await here.until(lambda: here.rows("SELECT state FROM jobs") == [("done",)])
        here.balanced()


@pytest.mark.parametrize("ill", ["slow", "garbage"])
async def test_the_host_may_draw_all_the_same(tmp_path: Path, ill: str) -> None:
    async with (
        judge() as one,
        town(
            tmp_path,
            extra=config(one, timeout_s="1.5", on_failure='"draw"', pictures="true"),
        ) as here,
    ):
        await here.start_bot()
        one.ill = ill
        await here.picture(await here.imagine("mia"))
        here.balanced()


async def test_an_answer_may_come_in_pieces() -> None:
    """As it does from a server that streams, or through a proxy."""
    async with judge() as one, HttpClassifier.open(one.url, "", 10.0) as classifier:
        one.ill = "piecemeal"
        assert await classifier.classify_prompt(order()) is ClassifierVerdict.ALLOWED


async def test_it_says_no_to_a_picture_which_is_returned_and_never_shown(tmp_path: Path) -> None:
    async with judge() as one, town(tmp_path, extra=config(one, pictures="true")) as here:
        await here.script(step_s=0.05)
        await here.start_bot()
        one.no_pictures = True
        card = await here.imagine("mia")
        failed = await failure(here, card)
        assert failed["content"].startswith(
            "The finished picture didn't pass this server's picture check. 1 "
            "picture returned, 20 left today."
        )
        assert failed["attachments"] == []
        # No preview was shown of what was not looked at yet.
        assert failed["sandbox_files"] == []
        assert here.rows("SELECT state FROM jobs") == [("failed",)]
        assert here.rows("SELECT * FROM charges") == []
        one.no_pictures = False
        await here.picture(await here.imagine("mia", channel="after-dark"), "after-dark")
        assert [one["age_restricted"] for one in one.pictures()] == [False, True]
        assert {asked["type"] for asked in one.pictures()} == {"image/png"}
        here.balanced()
        await here.clean()


async def test_it_says_no_to_one_of_several(tmp_path: Path) -> None:
    async with judge() as one, town(tmp_path, extra=config(one, pictures="true")) as here:
        await here.start_bot()
        one.refuse_first = 1
        card = await here.imagine("mia", images=3)
        done = await here.picture(card)
        assert len(done["attachments"]) == 2
        assert "2 pictures were kept, 1 returned." in done["content"]
        assert "didn't pass this server's picture check" in done["content"]
        await here.until(lambda: here.rows("SELECT count(*) FROM charges") == [(2,)])
        # What was refused once does not come back in /history, whatever is said of it then.
        shutil.rmtree(tmp_path / "spool")
        asked = await here.command("mia", "history")
        page = await here.message(asked["messages"][0])
        state = await here.press("mia", page, "resend")
        sent = [await here.message(message) for message in state["messages"]]
        assert sum(len(message["attachments"]) for message in sent) == 2
        here.balanced()
        await here.clean()


async def test_a_picture_that_could_not_be_checked_is_returned(tmp_path: Path) -> None:
    async with judge() as one, town(tmp_path, extra=config(one, pictures="true")) as here:
        await here.script(step_s=0.1)
        await here.start_bot()
        card = await here.imagine("mia")
        one.ill = "error"
        failed = await failure(here, card)
        assert failed["content"].startswith(
            "The finished picture couldn't be checked, so it isn't shown. 1 picture returned"
        )
        here.balanced()


@pytest.mark.parametrize("ill", ["", *ILL])
async def test_check_tells_whether_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ill: str
) -> None:
    patience = "1.2" if ill == "slow" else "10"
    async with judge() as one, town(tmp_path, extra=config(one, timeout_s=patience)) as here:
        one.ill = ill
        monkeypatch.setenv("SWARMBOT_DISCORD__TOKEN", here.discord.token)
        out = io.StringIO()
        console = Console(file=out, width=200, highlight=False)
        code = await run_checks(here.write_config(), None, console)
        printed = out.getvalue()
        if ill:
            assert code == 1
            assert f"classifier: {one.url} gives no answer I understand" in printed
            assert "Start it, or fix moderation.url" in printed
        else:
            assert code == 0, printed
            assert f"classifier: {one.url} answers in " in printed
        assert "tell-nobody" not in printed


async def test_nothing_listens_there(tmp_path: Path) -> None:
    async with HttpClassifier.open("http://127.0.0.1:9/", "", 1) as nobody:
        assert await nobody.classify_prompt(order(1)) is ClassifierVerdict.NO_ANSWER
        assert (
            await nobody.classify_image(png(), age_restricted=False) is ClassifierVerdict.NO_ANSWER
        )
        assert not (await nobody.check_service()).ok


async def test_a_large_picture_and_all_words_go_along() -> None:
    async with judge() as one, HttpClassifier.open(one.url, "", 5) as asked:
        assert (
            await asked.classify_image(noise(512), age_restricted=True) is ClassifierVerdict.ALLOWED
        )
        assert one.pictures()[0]["age_restricted"] is True
        assert one.tokens == [""]


async def test_a_classifier_that_says_no_to_a_fox_is_told_to_the_host() -> None:
    async with judge() as one, HttpClassifier.open(one.url, "", 5) as asked:
        assert (await asked.check_service()).ok
        one.ill = "vague"
        finding = await asked.check_service()
        assert not finding.ok
        assert finding.fix.startswith("Start it")


async def test_one_that_takes_its_time_is_waited_for_within_discords_three_seconds(
    tmp_path: Path,
) -> None:
    async with judge() as one, town(tmp_path, extra=config(one, timeout_s="2")) as here:
        await here.start_bot()
        one.ill = "slow"
        options = {"prompt": "a red fox"}
        asked = await here.act("mia", "command", channel="imagine", name="imagine", options=options)

        async def told() -> bool:
            return any(m["content"].startswith(UNCHECKED) for m in await here.messages())

        await here.until(told, "the refusal")
        state = await here.get(f"interactions/{asked['interaction']}")
        assert state["state"] == "answered"
        (refusal,) = [m for m in await here.messages() if m["content"].startswith(UNCHECKED)]
        assert refusal["flags"] & 64
        assert [m for m in await here.messages(who="theo") if not m["content"]] == []
        await here.clean()

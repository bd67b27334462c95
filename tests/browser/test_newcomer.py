"""A newcomer's first five minutes: the real demo, a real browser, nothing but the page."""

from pathlib import Path

import aiohttp
import pytest

from tests.browser.steps import become, choose, draws, pace, pictures, post, send, visit
from tests.support.browser import Browser
from tests.support.demo import RunningDemo, running_demo

pytestmark = pytest.mark.asyncio(loop_scope="module")

# What the newest message has said, shown and carried, in the order in which a person saw it.
WATCH = """
window.story = [];
new MutationObserver(() => {
  const node = [...document.querySelectorAll("#messages [data-message-id]")].at(-1);
  if (!node) return;
  const seen = {
    id: node.dataset.messageId,
    text: node.innerText,
    preview: Boolean(node.querySelector(".embed img")),
    png: Boolean(node.querySelector('[data-attachment$=".png"]')),
  };
  if (JSON.stringify(window.story.at(-1)) !== JSON.stringify(seen)) window.story.push(seen);
}).observe(document.getElementById("messages"), {subtree: true, childList: true,
                                                characterData: true});
"""


async def limit_mia(page: Browser, day: str) -> None:
    await become(page, "mona")
    await choose(page, "limits set")
    await page.js(
        """(() => {
          const select = document.querySelector('[data-option=member] select');
          select.value = [...select.options].find((o) => o.textContent === 'Mia').value;
          select.dispatchEvent(new Event('input', {bubbles: true}));
        })()"""
    )
    await page.click("[data-option=day] input")
    await page.type(day)
    await send(page)
    await page.see(".message.ephemeral", "Mia")
    await become(page, "mia")


@pytest.mark.timeout(120)
async def test_the_first_five_minutes(tmp_path: Path) -> None:
    async with running_demo() as demo, visit(demo, tmp_path) as page:
        await five_minutes(page, demo)
        assert page.complaints == []
        async with aiohttp.ClientSession() as http:
            response = await http.get(f"{demo.facts['discord']['base']}/sandbox/report")
            report = await response.json()
        assert (report["invalid"], report["unknown_routes"], report["rate_limited"]) == ([], [], 0)


async def five_minutes(page: Browser, demo: RunningDemo) -> None:
    await page.see("#intro", "To begin")
    await pace(demo, 0.2)
    await page.js(WATCH)

    # A picture by command: one message, from the first word to the PNG.
    await page.click("#text")
    await page.type("/imagine a red fox in the snow")
    await page.see('.command-form[data-command="imagine"]')
    await page.press("Enter")
    await draws(page, 1)
    story = await page.js("window.story")
    assert len({moment["id"] for moment in story}) == 1
    first = story[0]["text"]  # on a busy machine the first edit may be there already
    assert "Got it, starting now." in first or "(edited)" in first
    assert not story[0]["preview"]
    drawing = [m for m in story if "%" in m["text"] and m["preview"]]
    assert drawing, [m["text"] for m in story]
    assert "step" in drawing[0]["text"]
    assert story[-1]["png"]
    assert not story[-1]["preview"]
    assert "a red fox in the snow" in story[-1]["text"]
    assert "19 left today" in story[-1]["text"]
    await pace(demo, 0.01)

    # Large, and back.
    await page.click(".picture")
    await page.see("dialog.lightbox img")
    await page.press("Escape")
    await page.until("!document.querySelector('dialog')")

    # Once more, by its button; then with other words, by the form.
    await page.click("[data-action=reroll]")
    await draws(page, 2)
    await page.click("[data-action=edit]")
    await page.see("dialog.modal", "Edit")
    await page.js("document.querySelector('dialog [data-custom-id=prompt]').focus()")
    await page.clear()
    await page.click("dialog [data-do=submit]")
    await page.see("dialog .problem", "required")
    await page.js("document.querySelector('dialog [data-custom-id=prompt]').focus()")
    await page.type("a blue owl")
    await page.click("dialog [data-do=submit]")
    await page.until("!document.querySelector('dialog')")
    await draws(page, 3)
    await page.see(".message .content", "a blue owl")

    # By plain words.
    await page.click("#text")
    await page.type("draw me a castle")
    await page.press("Enter")
    await draws(page, 4)
    await page.see(".message .content", "16 left today")

    # A moderator sets a limit: a private no with the time; raises it: it works again.
    await limit_mia(page, "4")
    await choose(page, "imagine")
    await page.type("a green hill")
    await page.press("Enter")
    await page.see(".message.ephemeral .content", "of today's pictures")
    assert await page.js(
        "Boolean([...document.querySelectorAll('.ephemeral')].at(-1).querySelector('time.stamp'))"
    )
    await limit_mia(page, "9")
    await choose(page, "imagine")
    await page.type("a green hill")
    await page.press("Enter")
    await draws(page, 5)
    await page.see(".message .content", "a green hill")


async def test_only_those_who_may_are_offered_a_command(page: Browser) -> None:
    await page.click("#text")
    await page.type("/")
    await page.see('.picker [data-command="imagine"]')
    assert not await page.js("document.querySelectorAll('[data-command^=limits]').length")
    await become(page, "mona")
    await page.click("#text")
    await page.type("/")
    await page.see('.picker [data-command="limits set"]')


async def test_models_are_suggested_while_typing(page: Browser) -> None:
    before = await pictures(page)
    await choose(page, "imagine")
    await page.type("a fox")
    await page.click('[data-add-option="model"]')
    await page.see('[data-option="model"] [data-choice]')
    await page.type("zzzz no such model")
    await page.see('[data-option="model"] .picker', "No results.")
    await page.clear()
    await page.see('[data-option="model"] [data-choice]')
    await page.press("Enter")
    assert await page.js("document.querySelector('[data-option=model] input').value")
    await page.press("Enter")
    await draws(page, before + 1)
    assert page.complaints == []


async def test_ordinary_talk(page: Browser, demo: RunningDemo) -> None:
    await page.click('[data-channel="general"]')
    await page.see("#where", "general")
    await page.click("#text")
    await page.type("helo @Theo")
    await page.press("Escape")
    await page.press("Enter")
    await page.see("#messages .content .mention", "@Theo")

    await page.click("#messages .content", button="right")
    await page.click(".context [data-do=edit]")
    await page.clear()
    await page.type("hello there")
    await page.press("Enter")
    await page.see("#messages .content", "hello there (edited)")

    await page.click("#messages .content", button="right")
    await page.click(".context [data-do=react]")
    await page.click('.context [data-emoji="🔥"]')
    await page.see('#messages [data-emoji="🔥"].mine', "1")
    await page.click('#messages [data-emoji="🔥"]')
    await page.until("!document.querySelector('#messages [data-emoji]')")

    await page.click("#messages .content", button="right")
    await page.click(".context [data-do=reply]")
    await page.type("and welcome")
    await page.press("Enter")
    await page.see("#messages .reply-line", "hello there")

    await page.click("#messages .content", "hello there", button="right")
    await page.click(".context [data-do=delete]")
    await page.see("#messages .reply-line", "deleted")

    # Somebody names her while she is elsewhere: that rings, and is seen when she looks.
    await page.click('[data-channel="imagine"]')
    await page.see("#where", "imagine")
    mia = await page.js(
        "fetch('/sandbox/world').then((r) => r.json())"
        ".then((w) => w.guilds[0].people.find((p) => p.name === 'mia').id)"
    )
    said = {"as": "theo", "do": "message", "channel": "general", "content": f"<@{mia}> hi"}
    await post(f"{demo.facts['discord']['base']}/sandbox/act", said)
    await page.see('[data-channel="general"] .badge', "1")
    await page.click('[data-channel="general"]')
    await page.see("#messages .ringing", "hi")
    await page.until("!document.querySelector('[data-channel=general] .badge')")
    assert page.complaints == []


async def test_words_never_become_markup(page: Browser) -> None:
    evil = "<img src=x onerror=window.evil=1><script>window.evil=1</script>**bold**"
    before = await pictures(page)
    await page.click("#text")
    await page.type(f"draw me {evil}")
    await page.press("Enter")
    await draws(page, before + 1)
    await page.see("#messages strong", "bold")
    assert await page.js("window.evil === undefined")
    assert await page.js("document.querySelectorAll('#messages script, [onerror]').length") == 0
    await page.see("#messages .content", "<script>window.evil=1</script>")
    assert page.complaints == []


async def test_a_bot_that_is_gone_and_back(page: Browser, demo: RunningDemo) -> None:
    door = f"{demo.facts['discord']['base']}/sandbox/bot"
    await page.see("[data-channel=dm] .presence.online")
    assert await post(door, {"do": "kill"}) == {"pid": None}
    await page.see("[data-channel=dm]", "offline")
    await choose(page, "quota")
    await send(page)
    await page.see(".failure", "The application did not respond")
    await page.click("#pending [data-do=dismiss]")
    await page.until("!document.querySelector('.failure')")
    assert (await post(door, {"do": "start"}))["pid"]
    await choose(page, "quota")
    await send(page)
    await page.see(".message.ephemeral", "left today")
    await page.click(".message.ephemeral [data-do=dismiss]")
    await page.until("!document.querySelector('.message.ephemeral')")
    assert page.complaints == []


async def test_on_a_phone(page: Browser) -> None:
    await page.size(390, 844, 2, touch=True)
    before = await pictures(page)
    await page.click(".try", "/imagine")
    await page.type("a lighthouse")
    await page.click(".command-form [data-do=send]")
    await draws(page, before + 1)
    await page.click("#drawer")
    await page.click('[data-channel="general"]')
    await page.see("#where", "general")
    await page.until("document.querySelector('#side').getBoundingClientRect().right <= 0")
    assert await page.js("document.documentElement.scrollWidth") == 390
    assert await page.js("document.getElementById('scroll').scrollWidth") == 390
    assert page.complaints == []

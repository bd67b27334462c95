"""What a person does while the page is busy: nothing of it is undone, and no press goes astray."""

import json

import pytest

from tests.browser.steps import become, choose, draws, pictures
from tests.support.browser import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Holds what a door answers back until `build_window.pass()`.
HOLD = """
(() => {
  const real = window.fetch;
  const open = new Promise((resolve) => { window.pass = resolve; });
  window.fetch = async (path, ...rest) => {
    const answer = await real(path, ...rest);
    if (String(path).includes(%(door)s)) { window.held = true; await open; }
    return answer;
  };
})()
"""
# Lets the page do all that it does with what it has been given, and draw it.
SETTLE = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
# The bot says something else of itself, which the page hears on the next key and after
# `build_window.pass()`.
ANOTHER_WORLD = """
(() => {
  const real = window.fetch, now = Date.now;
  const open = new Promise((resolve) => { window.pass = resolve; });
  Date.now = () => now() + 5000;
  window.fetch = async (path, ...rest) => {
    const answer = await real(path, ...rest);
    if (path !== "/sandbox/world") return answer;
    const world = await answer.json();
    world.bot.activities = [{name: "x", state: "busy"}];
    await open;
    return Response.json(world);
  };
})()
"""
# Messages come in the very moment in which somebody goes up, before the page hears of that.
UP_AND_MESSAGES = """
(async () => {
  const [feed, {state}] = await Promise.all([import("./feed.js"), import("./state.js")]);
  const real = Response.prototype.json;
  await new Promise((done) => {
    Response.prototype.json = async function () {
      const said = await real.call(this);
      if (this.url.includes("/messages?")) {
        document.getElementById("scroll").scrollTop = 0;
        done();
      }
      return said;
    };
    feed.load(state.channel.id);
  });
})()
"""


async def hold(page: Browser, door: str) -> None:
    await page.js(HOLD % {"door": json.dumps(door)})


async def test_who_goes_up_is_not_pulled_back(page: Browser) -> None:
    before = await pictures(page)
    await choose(page, "imagine")
    await page.type("a tall tower")
    await page.press("Enter")
    await draws(page, before + 1)
    await page.size(800, 400)
    await page.until("document.getElementById('scroll').scrollTop > 80")
    await page.js(SETTLE)
    await page.js(UP_AND_MESSAGES)
    await page.js(SETTLE)
    assert await page.js("document.getElementById('scroll').scrollTop") == 0


async def test_a_late_answer_closes_nobody_elses_form(page: Browser) -> None:
    await choose(page, "quota")
    await hold(page, "/sandbox/act")
    await page.click(".command-form [data-do=send]")
    await page.until("window.held")
    await become(page, "mona")
    await choose(page, "imagine")
    await page.type("a calm sea")
    await page.js("window.pass()")
    await page.js(SETTLE)
    assert await page.js("document.querySelector('.command-form textarea')?.value") == "a calm sea"
    await page.press("Escape")
    await become(page, "mia")
    assert await page.js("document.getElementById('text').value") == ""


async def test_what_is_pressed_stays_while_the_bot_says_something_of_itself(page: Browser) -> None:
    await page.see(".channel.unread", "general")  # the greeting, which a new page has not seen
    await page.js(ANOTHER_WORLD)
    await page.click("#text")
    await page.type("/")
    await page.see(".picker [data-command]")
    await page.press("ArrowDown")
    await page.js(
        """void (window.pressed = [...document.querySelectorAll(
          '[data-person], [data-channel="general"], .picker [aria-selected="true"]')])"""
    )
    assert await page.js("window.pressed.length") > 3
    await page.js("window.pass()")
    await page.see("[data-channel=dm]", "busy")
    await page.js(SETTLE)
    assert await page.js("window.pressed.every((node) => node.isConnected)")
    assert await page.js("window.pressed.at(-1).getAttribute('aria-selected')") == "true"
    assert page.complaints == []

"""On the page: a picture of one's own to begin from, and going on from what came of it."""

from __future__ import annotations

import pytest

from tests.browser.steps import choose, draws, pictures, send
from tests.support.browser import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")

ATTACH = """(async () => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 96, height: 64});
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'));
  const files = new DataTransfer();
  files.items.add(new File([blob], 'mine.png', {type: 'image/png'}));
  const input = document.querySelector('[data-option=image] input[type=file]');
  input.files = files.files;
  input.dispatchEvent(new Event('input', {bubbles: true}));
})()"""


async def test_a_picture_is_brought_varied_and_looked_into(page: Browser) -> None:
    before = await pictures(page)
    await choose(page, "imagine")
    await page.type("a fox")
    await page.click('[data-add-option="image"]')
    await page.see("[data-option=image] input[type=file]")
    await page.js(ATTACH)
    await send(page)
    await draws(page, before + 1)

    await page.see("#messages [data-message-id]:last-child button", "Vary")
    await page.click("#messages [data-message-id]:last-child button", "Vary")
    await draws(page, before + 2)

    await page.click("#messages [data-message-id]:last-child button", "Parameters")
    await page.see(".message.ephemeral", "Started from")
    assert page.complaints == []


async def test_the_buttons_of_two_pictures_fit_on_a_phone(page: Browser) -> None:
    before = await pictures(page)
    await page.size(390, 844, 2, touch=True)
    await choose(page, "imagine")
    await page.type("two foxes")
    await page.click('[data-add-option="images"]')
    await page.click("[data-option=images] input")
    await page.type("2")
    await send(page)
    await draws(page, before + 2)
    await page.see("#messages [data-message-id]:last-child button", "Upscale 2")
    assert await page.js("document.documentElement.scrollWidth <= innerWidth")
    assert page.complaints == []

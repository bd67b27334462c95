"""On the page: a message's menu leads to a form and a picture; what is kept is shown and goes."""

from __future__ import annotations

import pytest

from tests.browser.steps import choose, draws, pictures, send
from tests.support.browser import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def menu(page: Browser, name: str) -> None:
    """Open the menu of the newest picture and choose from it."""
    await page.js(
        "[...document.querySelectorAll('#messages [data-message-id]')]"
        ".filter(m => m.querySelector('[data-attachment$=\".png\"] img')).at(-1)"
        ".querySelector('.more').click()"
    )
    await page.click(f'[data-menu-command="{name}"]')


async def test_a_picture_is_remixed_and_read(page: Browser) -> None:
    before = await pictures(page)
    await choose(page, "imagine")
    await page.type("a red fox")
    await send(page)
    await draws(page, before + 1)

    await menu(page, "Remix")
    await page.see("dialog.modal", "Remix this picture")
    field = "document.querySelector('dialog [data-custom-id=prompt]')"
    assert await page.js(f"{field}.value") == "a red fox"
    await page.click("dialog [data-do=submit]")
    await draws(page, before + 2)

    await menu(page, "Show parameters")
    await page.see(".message.ephemeral", "Prompt: a red fox")
    assert page.complaints == []


async def test_what_is_kept_is_a_file_and_goes(page: Browser) -> None:
    before = await pictures(page)
    await choose(page, "imagine")
    await page.type("a red fox")
    await send(page)
    await draws(page, before + 1)

    await choose(page, "privacy export")
    await send(page)
    await page.see('.message.ephemeral [data-attachment$=".json"]')
    await page.see(".message.ephemeral", "All the data I have about you on this server")

    await choose(page, "privacy erase")
    await send(page)
    await page.see(".message.ephemeral", "Erase your data on this server?")
    await page.click(".message.ephemeral button", "Erase")
    await page.see(".message.ephemeral", "deleted on the image server")
    await page.size(390, 844, 2, touch=True)
    assert await page.js("document.documentElement.scrollWidth <= innerWidth")
    assert page.complaints == []

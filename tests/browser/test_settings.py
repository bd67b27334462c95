"""On the page: a moderator sets the server up by clicking, and members see it obeyed."""

from __future__ import annotations

import pytest

from tests.browser.steps import become, choose, draws, pictures, send
from tests.support.browser import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")

PANEL = "#messages .message.ephemeral .v2-container"


async def ask(page: Browser, prompt: str) -> None:
    await choose(page, "imagine")
    await page.type(prompt)
    await send(page)


async def test_a_newcomer_finds_the_greeting_and_draws_by_its_button(page: Browser) -> None:
    await page.click('[data-channel="general"]')
    await page.see("#messages .message", "Hi! Describe it and I'll draw it.")
    await page.click("#messages button", "Set up")
    await page.see("#messages .message.ephemeral", "can set me up.")
    await page.click("#messages button", "Draw one")
    await draws(page, 1)
    assert page.complaints == []


async def test_drawing_is_switched_off_and_on_by_a_click(page: Browser) -> None:
    before = await pictures(page)
    await become(page, "mona")
    await choose(page, "settings")
    await send(page)
    await page.see(PANEL, "Drawing is on.")
    await page.click(f"{PANEL} button", "Turn off")
    await page.see(PANEL, "Drawing is off. Queued pictures are returned")
    await become(page, "mia")
    await ask(page, "a fox that nobody draws")
    await page.see("#messages .message.ephemeral", "a fox that nobody draws")
    assert await pictures(page) == before

    await become(page, "mona")
    await page.click(f"{PANEL} button", "Turn on")
    await page.see(PANEL, "Turn off")
    await become(page, "mia")
    await ask(page, "a fox")
    await draws(page, before + 1)
    assert page.complaints == []


async def test_menus_and_forms_of_the_panel_work_on_a_phone(page: Browser) -> None:
    await page.size(390, 844, 2, touch=True)
    await become(page, "mona")
    await choose(page, "settings")
    await send(page)
    await page.see(PANEL, "Settings · Where")

    await page.click(f"{PANEL} details.many summary")
    await page.click(f"{PANEL} details.many label", "#imagine")
    await page.click(f"{PANEL} details.many button", "Choose")
    await page.see(PANEL, "People can draw only in")

    await page.click(f"{PANEL} button", "Change")
    await page.see("dialog.modal", "Time zone, or a city near you")
    await page.type("Berlim")
    await page.click("dialog.modal [data-do=submit]")
    await page.see(PANEL, "Did you mean one of these?")
    await page.click(f"{PANEL} button", "Fix it")
    await page.until("document.querySelector('dialog.modal input')?.value === 'Berlim'")
    await page.js("document.querySelector('dialog.modal input').value = 'Berlin'")
    await page.click("dialog.modal [data-do=submit]")
    await page.see(PANEL, "Daily limits reset at midnight in Europe/Berlin")

    await page.click(f"{PANEL} button", "Safety")
    await page.click(f"{PANEL} button", "Blocked · 0")
    await page.see("dialog.modal textarea")
    await page.type("gnome*\n")
    await page.click("dialog.modal [data-do=submit]")
    await page.see(f"{PANEL} button", "Blocked · 1")
    assert await page.js("document.documentElement.scrollWidth <= innerWidth")

    await become(page, "mia")
    await ask(page, "garden gnomes")
    await page.see("#messages .message.ephemeral", "isn't allowed on this server")
    assert page.complaints == []

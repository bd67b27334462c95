"""Makes the pictures of the README and the guides: `python docs/screenshots.py`.

It starts the demo, uses it as a person would, and photographs the page with headless Chromium:
`docs/images/demo.png` (one picture finished, one being drawn), `docs/images/phone.png`, and what a
moderator sees in a first week (`week-*.png`, for `docs/moderators.md`).
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.browser import Browser  # noqa: E402 — a script is not installed: path first
from tests.support.demo import RunningDemo, running_demo  # noqa: E402 — as above

IMAGES = ROOT / "docs" / "images"
LOADED = "[...document.images].every((image) => image.complete && image.naturalWidth)"
DRAWN = "new Promise((end) => requestAnimationFrame(() => requestAnimationFrame(() => end(1))))"
PNG = "document.querySelectorAll('[data-attachment$=\".png\"] img').length"


async def pace(demo: RunningDemo, step_s: float) -> None:
    url = f"{demo.facts['swarmui']['base']}/sandbox/script"
    async with aiohttp.ClientSession() as http, http.post(url, json={"set": {"step_s": step_s}}):
        pass


async def say(page: Browser, words: str) -> None:
    await page.click("#text")
    await page.type(words)
    await page.press("Enter")


async def half_drawn(page: Browser) -> None:
    """Until the newest card shows a preview of about the middle."""
    await page.until(
        """(() => {
          const card = [...document.querySelectorAll('.embed')].at(-1);
          const done = Number(/(\\d+) %/.exec(card?.innerText)?.[1] ?? 0);
          const image = card?.querySelector('img');
          return done >= 45 && image?.complete && image.naturalWidth;
        })()""",
        seconds=40,
    )
    await page.until(LOADED)


async def desktop(page: Browser, demo: RunningDemo) -> None:
    await pace(demo, 0.02)
    await say(page, "/imagine a red fox in the snow")
    await page.until(f"{PNG} === 1", seconds=30)
    await page.until(LOADED)
    await pace(demo, 0.45)
    await page.click('[data-person="theo"]')
    await page.see('[data-person="theo"][aria-checked="true"]')
    await say(page, "draw me a fox at night")
    await half_drawn(page)
    await page.js("document.activeElement.blur()")
    await page.screenshot(IMAGES / "demo.png")


async def phone(page: Browser, demo: RunningDemo) -> None:
    await pace(demo, 0.02)
    await page.size(390, 844, 2, touch=True)
    await page.click('[data-person="mia"]')
    await page.see('[data-person="mia"][aria-checked="true"]')
    await say(page, "/imagine a castle on a green hill")
    await page.until(f"{PNG} === 3", seconds=60)
    await page.until(LOADED)
    await page.js("document.activeElement.blur()")
    await page.screenshot(IMAGES / "phone.png")


class Week:
    """mona at work in #general: commands by the people's doors, pictures of what she reads."""

    def __init__(self, page: Browser, demo: RunningDemo) -> None:
        self.page, self.base = page, demo.facts["discord"]["base"]

    async def ask(self, door: str, body: dict[str, object] | None = None) -> Any:
        """One of the sandbox's doors: GET, or POST with a body."""
        async with (
            aiohttp.ClientSession() as http,
            http.request(
                "POST" if body else "GET", f"{self.base}/sandbox/{door}", json=body
            ) as got,
        ):
            if got.status != 200:
                raise SystemExit(await got.text())
            return await got.json()

    async def command(self, name: str, says: str, **options: object) -> None:
        """As mona, until the answer has these words."""
        await self.act(do="command", channel="general", name=name, options=options)
        await self.page.see("#messages .message", says)

    async def act(self, **fields: object) -> Any:
        return await self.ask("act", {"as": "mona", **fields})

    async def shoot(self, name: str, newest: int = 1) -> None:
        """The newest messages as `docs/images/week-<name>.png`."""
        await self.page.until(LOADED)
        await self.page.js("document.activeElement.blur()")
        await self.page.js(DRAWN)
        await self.page.screenshot(IMAGES / f"week-{name}.png", newest=newest)


async def week(page: Browser, demo: RunningDemo) -> None:
    await page.size(1000, 900)
    mona = Week(page, demo)
    guild = (await mona.ask("world"))["guilds"][0]
    people = {one["name"]: one["id"] for one in guild["people"]}
    artists = next(one["id"] for one in guild["roles"] if one["name"] == "Artists")
    general = next(one["id"] for one in guild["channels"] if one["name"] == "general")
    await page.click('[data-channel="general"]')
    await page.see("#messages .message", "Hi! Describe it and I'll draw it.")
    await mona.shoot("greeting")
    await page.click('[data-person="mona"]')
    await page.see('[data-person="mona"][aria-checked="true"]')

    await mona.command("settings", "Settings · Where")
    await mona.shoot("settings")
    shown = (await mona.ask("channels/general/messages?as=mona"))[-1]
    pick = next(one for one in _ids(shown) if one.startswith("settings:pick:where:log_channel"))
    await mona.act(do="component", message=shown["id"], custom_id=pick, values=[general])
    await page.see("#messages .message", "Reports, changes and outages are posted in")

    await mona.command("triggers enable", "general")
    await mona.command("triggers add", "paint me", phrase="paint me")
    await mona.command("triggers list", "paint me")
    await mona.shoot("triggers")

    await mona.command("limits set", "50 a day", role=artists, day=50)
    await mona.command("limits set", "Note: this", member=people["theo"], day=5)
    await mona.shoot("limits")
    await mona.command("limits show", "How much people can draw here.")
    await mona.shoot("rules")
    await mona.command("block", "is blocked from drawing", member=people["mia"], reason="spam")
    await mona.command("blocked", "Blocked members")
    await mona.shoot("block", newest=2)
    await page.see("#messages .message:not(.ephemeral)", "blocked until")
    await mona.shoot("channel")
    await mona.command("limits log", "Change log")
    await mona.shoot("log")


def _ids(part: Any) -> list[str]:
    """Every custom_id in a message."""
    if isinstance(part, list):
        return [found for one in part for found in _ids(one)]
    if not isinstance(part, dict):
        return []
    own = [part["custom_id"]] if "custom_id" in part else []
    return own + _ids([value for value in part.values() if isinstance(value, dict | list)])


async def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        async with (
            running_demo() as demo,
            Browser.start(Path(profile), width=1280, height=1172) as page,
        ):
            await page.open(demo.page)
            await page.see("#text")
            await desktop(page, demo)
            await phone(page, demo)
            await week(page, demo)
            if page.complaints:
                raise SystemExit("\n".join(page.complaints))


if __name__ == "__main__":
    asyncio.run(main())

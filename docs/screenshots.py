"""Makes the pictures of the README and the guides: `python docs/screenshots.py`.

It starts the demo, uses it as a person would, and photographs the page with headless Chromium:
`docs/images/demo.png` (one picture finished, one being drawn) and `docs/images/phone.png`.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import aiohttp

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.browser import Browser  # noqa: E402 — a script is not installed: path first
from tests.support.demo import RunningDemo, running_demo  # noqa: E402 — as above

IMAGES = ROOT / "docs" / "images"
LOADED = "[...document.images].every((image) => image.complete && image.naturalWidth)"
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


async def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        async with (
            running_demo() as demo,
            Browser.start(Path(profile), width=1280, height=1130) as page,
        ):
            await page.open(demo.page)
            await page.see("#text")
            await desktop(page, demo)
            await phone(page, demo)
            if page.complaints:
                raise SystemExit("\n".join(page.complaints))


if __name__ == "__main__":
    asyncio.run(main())

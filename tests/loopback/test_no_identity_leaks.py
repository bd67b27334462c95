"""No name and no id of Discord's reaches SwarmUI, by whatever way a picture is asked for.

Everything that the bot sends to SwarmUI is overheard on the wire: heads, bodies, frames, files.
"""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.support.tap import Tap, tap
from tests.support.town import Town, is_picture, town

NAMES = ("Wigglesworth", "Quuxibald", "Artists", "Zanzibaroo")


def photo(text: str) -> dict[str, str]:
    """A picture with names in its file name, its EXIF and its text chunks."""
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x013B], exif[0x010E], exif[0x8298] = "Quuxibald", text, "Zanzibaroo"
    info = PngInfo()
    info.add_text("parameters", json.dumps({"sui_image_params": {"prompt": f"a boat {text}"}}))
    info.add_text("Author", "Quuxibald")
    Image.new("RGB", (96, 64), (30, 90, 160)).save(out, "PNG", pnginfo=info, exif=exif.tobytes())
    return {"name": "Quuxibald.png", "base64": base64.b64encode(out.getvalue()).decode()}


def rename(here: Town) -> None:
    """Give people and the server names that nothing else has."""
    world = here.discord.world
    for key, user in world.users.items():
        world.users[key] = replace(user, global_name=f"Quuxibald {key[-3:]}")
    for key, guild in world.guilds.items():
        world.guilds[key] = replace(guild, name="Wigglesworth Hall")


def ids(here: Town) -> set[str]:
    """Every id that this Discord has given away."""
    world = here.discord.world
    found: set[str] = {world.application_id, world.bot_id}
    for things in (
        world.users,
        world.guilds,
        world.channels,
        world.roles,
        world.messages,
        world.interactions,
    ):
        found |= set(things)
    return found


async def drawn(here: Town, true: int, channel: str = "imagine") -> dict[str, Any]:
    """Wait until there are so many results; the newest."""
    seen: list[dict[str, Any]] = []

    async def enough() -> bool:
        nonlocal seen
        all_of_them = await here.messages(channel)
        seen = [one for one in all_of_them if is_picture(one) and one["author"].get("bot")]
        return len(seen) >= true

    await here.until(enough, f"{true} pictures")
    return seen[-1]


async def form(here: Town, who: str, interaction: str, **fields: str) -> None:
    """Fill in the form that was opened."""
    state = await here.answered(interaction)
    assert state["modal"], state
    sent = await here.act(who, "modal", modal=interaction, fields=fields)
    assert (await here.answered(sent["interaction"]))["state"] == "answered"


async def every_way(here: Town, mia: str, theo: str) -> int:
    """Ask for a picture by each way there is; how many were drawn."""
    about = f"for <@{mia}> of <#{here.channel('general')}> and <@&{here.role('Artists')}>"
    bot = here.discord.world.bot_id
    await here.command("mia", "imagine", prompt=f"a fox {about}", negative=about)
    result = await drawn(here, 1)
    await here.act("mia", "message", channel="imagine", content=f"draw me an owl {about}")
    await drawn(here, 2)
    await here.act("theo", "message", channel="imagine", content=f"<@{bot}> a boat {about}")
    await drawn(here, 3)
    for count, action in enumerate(("reroll", "vary", "upscale"), 4):
        await here.press("mia", result, action)
        await drawn(here, count)
    custom_id = next(
        one["custom_id"]
        for row in result["components"]
        for one in row["components"]
        if one["custom_id"].startswith("edit:")
    )
    pressed = await here.act("mia", "component", message=result["id"], custom_id=custom_id)
    await form(here, "mia", pressed["interaction"], prompt=f"a tower {about}")
    await drawn(here, 7)
    await here.command("mia", "imagine", prompt="a hill", image=photo(about))
    await drawn(here, 8)
    picture = photo(about)
    posted = await here.act(
        "theo", "message", channel="imagine", content=f"look {about}", files=[picture]
    )
    remix = await here.act("mia", "menu", message=posted["message"], name="Remix")
    await form(here, "mia", remix["interaction"])  # as it came out of the picture
    await drawn(here, 9)
    text = await here.act("mia", "menu", message=posted["message"], name="Imagine this text")
    await form(here, "mia", text["interaction"])
    await drawn(here, 10)
    await here.act(
        "mona", "message", channel="imagine", content=f"draw me a lake {about}", files=[picture]
    )
    await drawn(here, 11)
    return 11


def lacks(heard: str, here: Town) -> None:
    """Nothing that leads to anybody is in it."""
    assert [name for name in NAMES if name.casefold() in heard.casefold()] == []
    numbers = set(re.findall(r"\d{15,}", heard))
    assert numbers & ids(here) == set()
    assert [one for one in ids(here) if one in heard] == []


def begun_from(heard: str) -> list[Image.Image]:
    """Every picture that was sent along."""
    found = re.findall(r"data:image/\w+;base64,([\w+/=]+)", heard)
    return [Image.open(io.BytesIO(base64.b64decode(one))) for one in found]


async def overheard(tmp_path: Path, here: Town, wire: Tap) -> None:
    here.swarm.base, direct = wire.base, here.swarm.base
    await here.start_bot()
    here.swarm.base = direct
    rename(here)
    count = await every_way(here, here.person("mia"), here.person("theo"))
    heard = wire.heard()
    assert len((await here.swarm_report())["generations"]) == count
    for words in ("a fox", "an owl", "a boat", "a tower", "a hill", "look", "a lake"):
        assert words in heard, words  # we do hear what is said
    lacks(heard, here)
    pictures = begun_from(heard)
    assert len(pictures) >= 3
    for picture in pictures:
        assert picture.info.keys() <= {"dpi", "jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert dict(picture.getexif()) == {}
    saved = "\n".join(str(path) for path in here.swarm.state.files.root.rglob("*"))
    lacks(saved, here)
    await here.clean()


async def test_by_websocket(tmp_path: Path) -> None:
    async with town(tmp_path) as here, tap(here.swarm.base) as wire:
        await overheard(tmp_path, here, wire)

"""Pictures are chosen by their type and fetched only if they are small enough, and from Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from aiohttp import web

from bot.adapters.discord.interactions import attachments
from bot.adapters.discord.interactions.attachments import (
    SIZE_MAX,
    ProxiedImage,
    find_image,
    find_message_image,
    make_reader,
)
from bot.core.errors import Refused

COPY = "https://images-ext-1.discordapp.net/external/x/https/example.org/fox.png"


def attachment(kind: str | None, name: str = "a.bin", size: int = 10, **more: Any) -> Any:
    shape = {"width": None, "height": None} | more
    return SimpleNamespace(content_type=kind, filename=name, size=size, **shape)


def test_the_first_usable_picture_wins_over_an_earlier_one_of_another_kind() -> None:
    gif, png = attachment("image/gif"), attachment("image/png")
    assert find_image([attachment("text/plain"), gif, png]) is png
    assert find_image([gif]) is gif


def test_a_picture_without_a_type_is_known_by_its_name() -> None:
    nameless = attachment(None, "Fox.JPEG")
    assert find_image([attachment(None, "notes.txt"), nameless]) is nameless


@pytest.mark.parametrize("files", [[], [attachment("video/mp4")], [attachment(None, "a.zip")]])
def test_other_files_are_none(files: list[Any]) -> None:
    assert find_image(files) is None


def test_parameters_of_a_type_do_not_count() -> None:
    webp = attachment("IMAGE/WEBP; q=1")
    assert find_image([webp]) is webp


async def test_the_largest_picture_is_fetched_and_a_larger_one_is_not() -> None:
    fetched: list[int] = []

    async def read() -> bytes:
        fetched.append(1)
        return b"data"

    assert await make_reader(attachment("image/png", size=SIZE_MAX, read=read))() == b"data"
    with pytest.raises(Refused) as refused:
        await make_reader(attachment("image/png", size=SIZE_MAX + 1, read=read))()
    assert refused.value.rule == "input.large"
    assert fetched == [1]


@pytest.mark.parametrize(
    ("kind", "side", "is_fetched"),
    [
        ("image/png", 4_000, True),
        ("image/png", 4_001, False),
        ("image/jpeg", 8_000, True),
        ("image/jpeg", 8_001, False),
        ("image/webp", 3_000, False),
        ("image/png", None, True),  # Discord does not say it of every file
    ],
)
async def test_more_pixels_than_are_decoded_are_not_fetched(
    kind: str, side: int | None, is_fetched: bool
) -> None:
    async def read() -> bytes:
        return b"data"

    one = attachment(kind, read=read, width=side, height=side)
    assert await make_reader(one, decoded=False)() == b"data"
    if is_fetched:
        assert await make_reader(one)() == b"data"
        return
    with pytest.raises(Refused, match="Send a smaller copy") as refused:
        await make_reader(one)()
    assert refused.value.rule == "input.pixels"


async def test_a_download_that_fails_is_a_refusal() -> None:
    async def read() -> bytes:
        raise OSError("reset")

    with pytest.raises(Refused) as refused:
        await make_reader(attachment("image/png", read=read))()
    assert refused.value.rule == "input.away"


def embed(kind: str = "image", url: str = "https://example.org/fox.png", **pictures: str) -> Any:
    shown = {
        key: {"url": "https://example.org/fox.png", "proxy_url": copy}
        for key, copy in pictures.items()
    }
    return discord.Embed.from_dict({"type": kind, "url": url, **shown})  # type: ignore[typeddict-item]


def part(content: str = "", files: Any = (), embeds: Any = (), components: Any = ()) -> Any:
    return SimpleNamespace(
        content=content,
        attachments=list(files),
        embeds=list(embeds),
        components=list(components),
        message_snapshots=[],
    )


def media(url: str = COPY, kind: str | None = "image/png") -> Any:
    return SimpleNamespace(url="https://example.org/a", proxy_url=url, content_type=kind)


@pytest.mark.parametrize(
    "message",
    [
        part(embeds=[embed(thumbnail=COPY)]),
        part(embeds=[embed(), embed("rich", image=COPY)]),
        part(components=[SimpleNamespace(items=[SimpleNamespace(media=media(kind="video/mp4")),
                                                SimpleNamespace(media=media())])]),
        part(components=[SimpleNamespace(children=[SimpleNamespace(
            children=[], accessory=SimpleNamespace(media=media(), spoiler=False))])]),
    ],
)  # fmt: skip
def test_a_picture_that_discord_shows_from_elsewhere_is_found(message: Any) -> None:
    assert find_message_image(message) == ProxiedImage(COPY)
    forward = part()
    forward.message_snapshots = [message]
    assert find_message_image(forward) == ProxiedImage(COPY)


def test_a_file_comes_before_what_is_shown_also_a_forwarded_one() -> None:
    png = attachment("image/png")
    message = part(embeds=[embed(thumbnail=COPY)])
    message.message_snapshots = [part(files=[png])]
    assert find_message_image(message) is png


@pytest.mark.parametrize(
    "copy",
    [
        "https://example.org/fox.png",
        "http://media.discordapp.net/fox.png",
        "https://discordapp.net.example.org/fox.png",
        "https://evildiscordapp.net/fox.png",
        "file:///etc/passwd",
        "//media.discordapp.net/a.png",
        "http://[",
        "",
    ],
)
def test_an_address_that_is_not_discords_is_never_opened(copy: str) -> None:
    assert find_message_image(part(embeds=[embed(image=copy, thumbnail=copy)])) is None
    assert find_message_image(part(components=[SimpleNamespace(media=media(copy))])) is None
    without = discord.Embed.from_dict({"type": "image", "thumbnail": {"url": COPY}})
    assert find_message_image(part(embeds=[without])) is None


def test_a_link_or_container_that_hides_its_picture_stays_a_spoiler() -> None:
    shown = embed(thumbnail=COPY)
    for content, is_hidden in (("|| https://example.org/fox.png ||", True), ("|| x ||", False)):
        found = find_message_image(part(content, embeds=[shown]))
        assert found is not None
        assert found.is_spoiler() is is_hidden
    box = SimpleNamespace(spoiler=True, children=[SimpleNamespace(media=media())])
    assert find_message_image(part(components=[box])) == ProxiedImage(COPY, spoiler=True)


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """Discord's media proxy, which also knows a way out and a file without an end."""

    async def give(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name == "away":
            raise web.HTTPFound("https://example.org/fox.png")
        if name == "gone":
            raise web.HTTPNotFound
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(40 if name == "endless" else 1):
            await answer.write(bytes(1_000_000) if name == "endless" else b"data")
        return answer

    app = web.Application()
    app.router.add_get("/{name}", give)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    monkeypatch.setattr(discord.Asset, "BASE", base)
    yield base
    await runner.cleanup()


async def test_discords_copy_is_fetched(proxy: str) -> None:
    found = find_message_image(part(embeds=[embed(thumbnail=f"{proxy}/fox")]))
    assert found is not None
    assert await make_reader(found)() == b"data"


@pytest.mark.parametrize(
    ("name", "rule"), [("away", "input.away"), ("gone", "input.away"), ("endless", "input.large")]
)
async def test_a_copy_that_leads_away_is_gone_or_has_no_end_is_a_refusal(
    proxy: str, name: str, rule: str
) -> None:
    with pytest.raises(Refused) as refused:
        await make_reader(ProxiedImage(f"{proxy}/{name}"))()
    assert refused.value.rule == rule


async def test_a_copy_that_never_comes_is_a_refusal(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "_DOWNLOAD_TIMEOUT_S", 0.0)
    with pytest.raises(Refused) as refused:
        await make_reader(ProxiedImage(f"{proxy}/fox"))()
    assert refused.value.rule == "input.away"

"""Attachments are chosen by their type and fetched only if they are small enough."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.adapters.discord.interactions.attachments import SIZE_MAX, find_image, make_reader
from bot.core.errors import Refused


def attachment(kind: str | None, name: str = "a.bin", size: int = 10, **more: Any) -> Any:
    return SimpleNamespace(content_type=kind, filename=name, size=size, **more)


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


async def test_a_download_that_fails_is_a_refusal() -> None:
    async def read() -> bytes:
        raise OSError("reset")

    with pytest.raises(Refused) as refused:
        await make_reader(attachment("image/png", read=read))()
    assert refused.value.rule == "input.away"

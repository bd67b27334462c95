"""Videos and sounds: known by their bytes, kept as they came, refused when broken off."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.adapters.pictures import FileSpool, media
from bot.adapters.pictures.resize import fit_to_limit, make_thumbnail
from bot.adapters.pictures.validate import MediaInfo, inspect_header, verify_image
from bot.core.errors import BadPicture, FilesTooLarge
from bot.core.ids import JobId
from bot.core.jobs.model import FittedFile
from bot.core.jobs.upload_limits import PERSON_LIMIT

JOB = JobId("k3v7q2m7x4t6w2z5b6na")


def box(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(body)) + name + body


def mp4(brand: bytes = b"isom", frames: bytes = bytes(500)) -> bytes:
    return (
        box(b"ftyp", brand + bytes(4))
        + box(b"moov", box(b"mvhd", bytes(100)))
        + box(b"mdat", frames)
    )


def webm(body: bytes = bytes(300)) -> bytes:
    head = b"\x1a\x45\xdf\xa3" + b"\x84" + b"\x42\x86\x81\x01"
    return head + b"\x18\x53\x80\x67" + b"\x01" + len(body).to_bytes(7, "big") + body


def mp3(tag: bytes = b"") -> bytes:
    frame = b"\xff\xfb\x90\x00" + bytes(413)  # MPEG 1, layer III, 128 kbit/s, 44.1 kHz
    return tag + frame * 5


def wav(body: bytes = bytes(400)) -> bytes:
    inside = b"WAVE" + b"fmt " + struct.pack("<I", 16) + bytes(16) + b"data"
    inside += struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


def flac() -> bytes:
    return b"fLaC" + b"\x80\x00\x00\x22" + bytes(34) + b"\xff\xf8" + bytes(200)


def aac() -> bytes:
    size = 200
    head = bytes((0xFF, 0xF1, 0x50, 0x80 | size >> 11, size >> 3 & 255, (size & 7) << 5 | 31, 0xFC))
    return (head + bytes(size - 7)) * 4


def ogg() -> bytes:
    pages = (b"OggS\0\2", b"OggS\0\0", b"OggS\0\4")
    return b"".join(page + bytes(20) + b"\2\xff\x64" + bytes(355) for page in pages)


ID3 = b"ID3\x04\x00\x00" + bytes((0, 0, 1, 2)) + bytes(130)
WHOLE = {
    "mp4": mp4(),
    "mov": mp4(b"qt  "),
    "webm": webm(),
    "mp3": mp3(),
    "wav": wav(),
    "flac": flac(),
    "aac": aac(),
    "ogg": ogg(),
}


def test_every_kind_has_an_example() -> None:
    assert set(WHOLE) == media.MEDIA_KINDS


@pytest.mark.parametrize("kind", sorted(WHOLE))
async def test_it_is_known_by_its_bytes_and_kept_byte_for_byte(kind: str, tmp_path: Path) -> None:
    assert verify_image(WHOLE[kind]) == inspect_header(WHOLE[kind]) == MediaInfo(kind, 0, 0)
    spool = FileSpool(tmp_path)
    kept = await spool.save_image(JOB, 0, WHOLE[kind])
    assert await spool.list_spooled_files(JOB) == (kept,)
    whole = FittedFile(f"swarmbot-{JOB}-1.{kind}", WHOLE[kind])
    assert await spool.read_within_limit(kept, 10**6) == whole


def test_a_sound_may_begin_with_a_tag() -> None:
    assert verify_image(mp3(ID3)).kind == "mp3"


def test_a_stream_of_unknown_length_is_whole() -> None:
    data = WHOLE["webm"]
    at = data.index(b"\x18\x53\x80\x67") + 4
    assert verify_image(data[:at] + b"\x01" + b"\xff" * 7 + bytes(50)).kind == "webm"


@pytest.mark.parametrize("kind", ["mp4", "mov", "webm", "wav"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_what_is_broken_off_is_refused(kind: str, share: float) -> None:
    with pytest.raises(BadPicture):
        verify_image(WHOLE[kind][: int(len(WHOLE[kind]) * share)])


@pytest.mark.parametrize("kind", ["mp3", "flac", "aac"])
def test_a_head_without_a_body_is_refused(kind: str) -> None:
    head = ID3 if kind == "mp3" else WHOLE[kind][:9]
    with pytest.raises(BadPicture):
        verify_image(head)


def test_a_video_without_an_index_is_refused() -> None:
    with pytest.raises(BadPicture):
        verify_image(box(b"ftyp", b"isom" + bytes(4)) + box(b"mdat", bytes(500)))


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfb\x90\x00" + bytes(1000), box(b"ftyp", b"avif" + bytes(4)), b"<!DOCTYPE html><html>"],
    ids=["one frame of noise", "a still picture in a video's box", "a page"],
)
def test_what_only_looks_like_it_is_refused(data: bytes) -> None:
    with pytest.raises(BadPicture):
        verify_image(data)


@given(st.sampled_from(sorted(WHOLE)), st.data())
@settings(max_examples=300, deadline=None)
def test_any_damage_is_a_bad_picture_or_none_at_all(kind: str, data: st.DataObject) -> None:
    torn = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        torn[data.draw(st.integers(0, len(torn) - 1))] = data.draw(st.integers(0, 255))
    torn = torn[: data.draw(st.integers(0, len(torn)))]
    try:
        verify_image(bytes(torn))
    except BadPicture:
        return


def test_only_pictures_are_made_smaller() -> None:
    for kind, data in WHOLE.items():
        with pytest.raises(FilesTooLarge):
            fit_to_limit(data, kind, len(data) - 1)
        with pytest.raises(BadPicture):
            make_thumbnail(data)


async def test_more_than_a_message_holds_is_refused_with_a_clear_word(tmp_path: Path) -> None:
    spool = FileSpool(tmp_path)
    half = mp4(frames=bytes(PERSON_LIMIT // 2 - 200))
    await spool.save_image(JOB, 0, half)
    await spool.save_image(JOB, 1, half)
    await spool.save_image(JOB, 1, half)  # the same again is no third one
    with pytest.raises(
        BadPicture, match=r"too large for Discord: 15 MB\. The limit for videos and sounds is 10 MB"
    ):
        await spool.save_image(JOB, 2, half)
    assert [kept.index for kept in await spool.list_spooled_files(JOB)] == [0, 1]
    await spool.save_image(JOB, 2, half, media_max=16 * 1024**2)
    with pytest.raises(BadPicture, match="20 MB"):
        await spool.save_image(JOB, 3, half, media_max=16 * 1024**2)


async def test_one_file_of_a_job_can_be_taken_back(tmp_path: Path) -> None:
    spool = FileSpool(tmp_path)
    for index in (1, 10):
        await spool.save_image(JOB, index, WHOLE["mp3"])
    await spool.delete_spooled_file(JOB, 1)
    await spool.delete_spooled_file(JOB, 1)
    assert [kept.index for kept in await spool.list_spooled_files(JOB)] == [10]


def moving(form: str) -> bytes:
    out = BytesIO()
    first, *others = (Image.effect_noise((40, 30), 80 + one).convert("RGB") for one in range(4))
    first.save(out, form, save_all=True, append_images=others, duration=100)
    return out.getvalue()


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
async def test_an_animation_that_fits_goes_on_moving(form: str, tmp_path: Path) -> None:
    data = moving(form)
    spool = FileSpool(tmp_path)
    kept = await spool.save_image(JOB, 0, data)
    sent = await spool.read_within_limit(kept, len(data))
    assert (sent.name.rpartition(".")[2], sent.data) == (form.lower(), data)
    assert not sent.lost_motion
    with Image.open(BytesIO(sent.data)) as image:
        assert getattr(image, "n_frames", 1) == 4
    small = await spool.read_within_limit(kept, len(data) // 2)
    assert (small.is_copy, small.lost_motion) == (True, True)


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_an_animation_that_is_broken_off_is_refused(form: str, share: float) -> None:
    data = moving(form)
    with pytest.raises(BadPicture):
        verify_image(data[: int(len(data) * share)])

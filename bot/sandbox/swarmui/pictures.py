"""Pictures drawn from prompt and seed, their previews, and the files they become.

Everything is decided by the words and the seed: the same request gives the same pixels. All of this
takes its time; call it off the event loop.
"""

from __future__ import annotations

import base64
import io
import math
import struct
import zlib
from functools import lru_cache
from typing import Final

from PIL import Image, PngImagePlugin

from bot.sandbox.swarmui.scene import Scene, dice

MOST_PIXELS: Final = 2_100_000


def draw(prompt: str, seed: int, width: int, height: int) -> Image.Image:
    """Draw a prompt. Above two megapixels it is drawn smaller and enlarged."""
    shrink = min(1.0, math.sqrt(MOST_PIXELS / (width * height)))
    size = (max(16, round(width * shrink)), max(16, round(height * shrink)))
    picture = Scene(prompt, seed, size).paint()
    return picture if size == (width, height) else picture.resize((width, height))


def enlarge(picture: Image.Image, wanted: tuple[int, int]) -> Image.Image:
    """Return the image in that size, the same object if it has it."""
    if picture.size == wanted:
        return picture
    return picture.resize(wanted, Image.Resampling.LANCZOS)


def redraw(
    start: Image.Image, drawn: Image.Image, creativity: float, mask: Image.Image | None
) -> Image.Image:
    """Change a picture by so much (0..1), and only where the mask is white."""
    start = enlarge(start, drawn.size)
    changed = Image.blend(start, drawn, creativity)
    if mask is None:
        return changed
    return Image.composite(changed, start, enlarge(mask.convert("L"), drawn.size))


def preview(picture: Image.Image, share: float, seed: int) -> bytes:
    """Return a small JPEG of an image that is `share` (0..1) done."""
    share = min(max(share, 0.0), 1.0)
    scale = 192 / max(picture.size)
    size = (max(8, round(picture.width * scale)), max(8, round(picture.height * scale)))
    small = picture.resize(size, Image.Resampling.BOX)
    cells = 6 + round(share * share * 60)
    coarse = small.resize((cells, max(4, cells * size[1] // size[0])), Image.Resampling.BOX)
    blurred = coarse.resize(size, Image.Resampling.BICUBIC)
    shown = Image.blend(blurred, small, share**3)
    noise = Image.frombytes("RGB", size, dice(f"{seed}{share}").randbytes(size[0] * size[1] * 3))
    return jpeg(Image.blend(shown, noise, 0.45 * (1 - share) ** 1.5), quality=80)


def jpeg(picture: Image.Image, *, quality: int = 90) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def encode(picture: Image.Image, form: str, metadata: str | None) -> bytes:
    """Encode an image as SwarmUI does. `form` is PNG, JPG, WEBP or WEBP_LOSSLESS.

    PNG carries the metadata in a text chunk called `parameters`, the others in EXIF.
    """
    out = io.BytesIO()
    if form == "PNG":
        chunks = PngImagePlugin.PngInfo()
        if metadata is not None:
            chunks.add_text("parameters", metadata)
        picture.save(out, "PNG", pnginfo=chunks, compress_level=3)
        return out.getvalue()
    exif = Image.Exif()
    if metadata is not None:
        exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + metadata.encode("utf-16-be")
    if form == "JPG":
        picture.save(out, "JPEG", quality=95, exif=exif)
    else:
        picture.save(out, "WEBP", lossless=form == "WEBP_LOSSLESS", quality=90, exif=exif)
    return out.getvalue()


def decoded(data: bytes) -> Image.Image:
    """Decode an image, or raise ValueError if there is none."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.convert("RGB")
    except OSError as error:
        raise ValueError("no picture") from error


def model_preview(url: str) -> bytes:
    """Make a preview of a data URL, its shorter side 256 pixels; raises ValueError for others."""
    head, mark, body = url.partition(",")
    if not head.startswith("data:") or not mark:
        raise ValueError("no data URL")
    picture = decoded(base64.b64decode(body))
    scale = 256 / min(picture.size)
    return jpeg(picture.resize((int(picture.width * scale), int(picture.height * scale))))


@lru_cache(maxsize=1)
def placeholder() -> bytes:
    """Return the picture of models that have none."""
    return jpeg(Image.new("RGB", (512, 512), "#606060"))


def padded(data: bytes, extra: int = 6_000_000) -> bytes:
    """Enlarge a PNG by a chunk that readers skip. Other bytes get a tail."""
    body = bytes(extra)
    if not data.endswith(b"IEND\xaeB`\x82"):
        return data + body
    chunk = b"paDd" + body
    packed = struct.pack(">I", extra) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return data[:-12] + packed + data[-12:]


def metadata_of(data: bytes) -> str | None:
    """Return what `encode` wrote, or None."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            if "parameters" in picture.info:
                return str(picture.info["parameters"])
            comment = picture.getexif().get_ifd(0x8769).get(0x9286)
    except OSError:
        return None
    if isinstance(comment, bytes) and comment.startswith(b"UNICODE\0"):
        return comment[8:].decode("utf-16-be", "replace")
    return None


def thumbnail(data: bytes) -> bytes | None:
    """Return a JPEG whose shorter side has 256 pixels, or None for no image."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            small = picture.convert("RGB")
    except OSError:
        return None
    scale = 256 / min(small.size)
    if scale < 1:
        small = small.resize((round(small.width * scale), round(small.height * scale)))
    return jpeg(small)

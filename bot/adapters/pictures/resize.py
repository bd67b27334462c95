"""Smaller copies for upload limits and previews. Synchronous. Call it in a thread."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from PIL import Image

from bot.adapters.pictures import media, metadata
from bot.adapters.pictures.pixel_modes import convert_color, flatten_alpha
from bot.adapters.pictures.validate import open_image
from bot.core.errors import FilesTooLarge

# As base64 it has room within a megabyte, which is nginx's limit.
SMALL_JPEG_MAX: Final = 700_000
THUMBNAIL_SIDE: Final = 512
_SCALES: Final = (1.0, 0.75, 0.5, 0.35, 0.25, 0.125, 0.0625)
_QUALITIES: Final = (92, 80, 65)
_WEBP_SIDE: Final = 16383


def fit_to_limit(data: bytes, kind: str, limit: int) -> tuple[str, bytes]:
    """Kind and bytes of at most `limit` bytes, the parameters kept inside as long as they fit.

    The original where it fits; else the same pixels as a tighter PNG; else WebP, then JPEG, at
    falling quality, and so on at falling sizes. An animation becomes its first frame. Videos and
    sounds are sent as they are or not at all. Raises FilesTooLarge where nothing is small enough,
    BadPicture where the file is none.
    """
    if len(data) <= limit:
        return kind, data
    if kind in media.MEDIA_KINDS:
        raise FilesTooLarge(f"the file is above {limit} bytes, and only pictures can shrink")
    with open_image(data) as image:
        image.load()
        text = metadata.read_parameters(data)
        if kind == "png" and len(tight := _encode_png(image, text)) <= limit:
            return "png", tight
        exif = metadata.build_exif(text)
        for scale in _SCALES:
            smaller = _scale_image(image, scale)
            for kind, encode in _ENCODERS:
                if kind == "webp" and max(smaller.size) > _WEBP_SIDE:
                    continue
                for quality in _QUALITIES:
                    if len(copy := encode(smaller, quality, exif)) <= limit:
                        return kind, copy
        bare = _encode_jpeg(_scale_image(image, _SCALES[-1]), _QUALITIES[-1], b"")
        if len(bare) <= limit:
            return "jpg", bare
    raise FilesTooLarge(f"no copy of the picture is below {limit} bytes")


def convert_bitmap(data: bytes) -> bytes:
    """Return a BMP as a PNG, because Discord shows none. Other data is unchanged.

    Raises BadPicture for a damaged one.
    """
    if not data.startswith(b"BM"):
        return data
    with open_image(data, ("BMP",)) as image:
        image.load()
        return _encode_png(image, "")


def make_thumbnail(data: bytes, side: int = THUMBNAIL_SIDE) -> bytes:
    """Return a JPEG of at most `side` pixels, without metadata. Raise BadPicture."""
    with open_image(data) as image:
        image.draft("RGB", (side, side))
        image.load()
        small = flatten_alpha(image)
        small.thumbnail((side, side))
        return _encode_jpeg(small, 80, b"")


def make_small_jpeg(data: bytes, side: int, limit: int = SMALL_JPEG_MAX) -> bytes:
    """Return a JPEG of at most `side` pixels and `limit` bytes. Raise BadPicture."""
    small = make_thumbnail(data, side)
    while len(small) > limit and side > THUMBNAIL_SIDE // 4:
        side = side * 3 // 4
        small = make_thumbnail(data, side)
    return small


def _encode_png(image: Image.Image, text: str) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", optimize=True, pnginfo=metadata.build_png_info(text))
    return out.getvalue()


def _encode_webp(image: Image.Image, quality: int, exif: bytes) -> bytes:
    out = BytesIO()
    convert_color(image).save(out, "WEBP", quality=quality, method=4, exif=exif)
    return out.getvalue()


def _encode_jpeg(image: Image.Image, quality: int, exif: bytes) -> bytes:
    out = BytesIO()
    flatten_alpha(image).save(out, "JPEG", quality=quality, optimize=True, exif=exif)
    return out.getvalue()


_ENCODERS: Final = (("webp", _encode_webp), ("jpg", _encode_jpeg))


def _scale_image(image: Image.Image, scale: float) -> Image.Image:
    if scale == 1.0:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return convert_color(image).resize(size, Image.Resampling.LANCZOS)

"""The bytes behind attachments, in memory or in a folder, and what a picture's header tells."""

import io
import mimetypes
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

FORGOTTEN_KEPT = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """One file part of a request; `index` is the n of `files[n]`."""

    index: int
    filename: str
    data: bytes
    content_type: str


class Files:
    """Keeps bytes by attachment id. With a folder they are written at once, else held in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._held: dict[str, bytes] = {}
        self._forgotten: list[str] = []
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def put(self, attachment_id: str, data: bytes) -> None:
        if self._folder is None:
            self._held[attachment_id] = data
        else:
            (self._folder / attachment_id).write_bytes(data)

    def get(self, attachment_id: str) -> bytes | None:
        if self._folder is None:
            return self._held.get(attachment_id)
        path = self._folder / attachment_id
        return path.read_bytes() if attachment_id.isdigit() and path.is_file() else None

    def forget(self, attachment_id: str) -> None:
        """Remove files. As with Discord, they can be fetched for a while."""
        self._forgotten.append(attachment_id)
        if len(self._forgotten) > FORGOTTEN_KEPT:
            oldest = self._forgotten.pop(0)
            self._held.pop(oldest, None)
            if self._folder is not None:
                (self._folder / oldest).unlink(missing_ok=True)


def plain_name(name: str) -> str:
    """Discord keeps letters, digits, dot, dash and underscore of a file's name."""
    return re.sub(r"[^\w.\-]", "_", name)[:260] or "unknown"


def content_type_of(upload: Upload) -> str | None:
    """Return the type that the file's name tells. Discord gives none for unknown extensions."""
    return mimetypes.guess_type(upload.filename)[0]


def type_of_picture(data: bytes) -> str:
    """Return the type of a picture by its first bytes."""
    heads = {b"\x89PNG": "image/png", b"\xff\xd8": "image/jpeg", b"GIF8": "image/gif"}
    kinds = (kind for head, kind in heads.items() if data.startswith(head))
    return next(kinds, "image/webp" if data[8:12] == b"WEBP" else "application/octet-stream")


def size_of_picture(data: bytes) -> tuple[int, int] | None:
    """Width and height from the header; None where it is no picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as picture:
                return picture.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None

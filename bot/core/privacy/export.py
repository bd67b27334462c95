"""Export of a person's data as JSON files, zipped or split if large. Blocking."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeAlias

from bot.core.privacy.model import ExportRow
from bot.core.ui.card import FileUpload

FORMAT_VERSION: Final = 1
PLAIN_MAX: Final = 1_000_000  # bytes; a larger file takes long to send, and others wait
ALT_TEXT: Final = "Your data, as JSON"
PersonalData: TypeAlias = Mapping[str, tuple[ExportRow, ...]]


def build_export_files(
    kept: PersonalData, *, user: int, guild: int, now: datetime, limit: int
) -> tuple[FileUpload, ...]:
    """Build files of at most `limit` bytes, plain, zipped, or as several zips.

    Each holds a complete JSON document. A single row over the limit is sent anyway.
    """
    head: dict[str, object] = {
        "form": FORMAT_VERSION,
        "made_at": now.isoformat(timespec="seconds"),
        "person": str(user),
        "server": str(guild) if guild else "all",
    }
    name = f"swarmbot-kept-of-me-{now:%Y-%m-%d}"
    plain = _format_document(head, kept)
    if len(plain) <= min(limit, PLAIN_MAX):
        return (FileUpload(f"{name}.json", plain, ALT_TEXT),)
    packed = _zip_in_parts(head, kept, name, limit)
    if len(packed) == 1:
        return (FileUpload(f"{name}.zip", packed[0], ALT_TEXT),)
    names = (f"{name}-{number}-of-{len(packed)}.zip" for number in range(1, len(packed) + 1))
    return tuple(FileUpload(*file, ALT_TEXT) for file in zip(names, packed, strict=True))


def _zip_in_parts(
    head: Mapping[str, object], kept: PersonalData, name: str, limit: int
) -> list[bytes]:
    data = _zip_file(f"{name}.json", _format_document(head, kept))
    rows = [(table, row) for table, of_it in kept.items() for row in of_it]
    if len(data) <= limit or len(rows) < 2:
        return [data]
    half = len(rows) // 2
    halves = map(_group_rows, (rows[:half], rows[half:]))
    return [part for some in halves for part in _zip_in_parts(head, some, name, limit)]


def _group_rows(rows: list[tuple[str, ExportRow]]) -> PersonalData:
    kept: dict[str, list[ExportRow]] = {}
    for table, row in rows:
        kept.setdefault(table, []).append(row)
    return {table: tuple(of_it) for table, of_it in kept.items()}


def _format_document(head: Mapping[str, object], kept: PersonalData) -> bytes:
    # Ids are larger than what JavaScript takes for a whole number: readers there would round them.
    body = {table: [_stringify_ids(row) for row in rows] for table, rows in kept.items()}
    return json.dumps({**head, "kept": body}, ensure_ascii=False, indent=1).encode()


def _stringify_ids(row: ExportRow) -> dict[str, object]:
    large = {name: str(v) for name, v in row.items() if isinstance(v, int) and abs(v) >= 2**53}
    return {**row, **large}


def _zip_file(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()

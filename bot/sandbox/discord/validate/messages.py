"""Limits of a message, new or changed: words, embeds, components, files and whom it may call."""

import re

from bot.sandbox.discord.errors import no
from bot.sandbox.discord.files import Upload, plain_name
from bot.sandbox.discord.messageviews import named_files
from bot.sandbox.discord.model import V2, Json, Message
from bot.sandbox.discord.validate.components import Components
from bot.sandbox.discord.validate.embeds import check_embeds
from bot.sandbox.discord.validate.form import Form, join

PARSE = ("users", "roles", "everyone")
FILES_MOST = 10


def check_message(
    body: Json,
    uploads: tuple[Upload, ...],
    size_limit: int,
    old: Message | None = None,
    path: str = "",
) -> None:
    """`old` is the message that is changed; `size_limit` is bytes for one file.

    Raises FormError, or ApiError 40005 for a file that is too large.
    """
    form = Form()
    form.text(body, "content", path, 2000)
    check_embeds(form, body, path)
    flags = form.whole(body, "flags", path, 0, 2**31 - 1) or 0
    was_v2 = bool(old and old.flags & V2)
    v2 = bool(flags & V2) or was_v2
    Components(form).message(body, path, v2=v2)
    if v2 and (body.get("content") or body.get("embeds") or body.get("poll")):
        form.flaw(
            join(path, "flags"),
            "Content, embeds and polls cannot be used with MessageFlags.IS_COMPONENTS_V2",
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        )
    if was_v2 and uploads:
        form.flaw(join(path, "attachments"), "Files cannot be added by an edit to components V2")
    for key in ("tts", "enforce_nonce"):
        form.yes_or_no(body, key, path)
    for key in ("poll", "sticker_ids"):
        if body.get(key):
            form.flaw(join(path, key), "The sandbox has no polls and no stickers")
    reference = body.get("message_reference")
    if isinstance(reference, dict):
        form.snowflake(reference.get("message_id"), join(path, "message_reference/message_id"))
    _nonce(form, body, path)
    _allowed_mentions(form, body, path)
    _attachments(form, body, uploads, old, path)
    form.done()
    if any(len(upload.data) > size_limit for upload in uploads):
        raise no(40005)


def _nonce(form: Form, body: Json, path: str) -> None:
    nonce = body.get("nonce")
    if isinstance(nonce, str) and len(nonce) > 25:
        form.flaw(join(path, "nonce"), "Must be 25 or fewer in length.", "BASE_TYPE_MAX_LENGTH")
    elif nonce is not None and not isinstance(nonce, int | str):
        form.flaw(join(path, "nonce"), "Must be a string or a number.")


def _allowed_mentions(form: Form, body: Json, path: str) -> None:
    allowed = body.get("allowed_mentions")
    at = join(path, "allowed_mentions")
    if allowed is None:
        return
    if not isinstance(allowed, dict):
        form.flaw(at, "Only dictionaries may be used in a DictType", "DICT_TYPE_CONVERT")
        return
    parse = form.many(allowed, "parse", at, 3)
    for index, kind in enumerate(parse):
        if kind not in PARSE:
            form.flaw(
                join(at, f"parse/{index}"), f"Value must be one of {PARSE}.", "BASE_TYPE_CHOICES"
            )
    form.yes_or_no(allowed, "replied_user", at)
    for key in ("users", "roles"):
        ids = form.many(allowed, key, at, 100)
        for index, value in enumerate(ids):
            form.snowflake(value, join(at, f"{key}/{index}"))
        if ids and key in parse:
            form.flaw(
                at,
                f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.',
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
            )


def _attachments(
    form: Form, body: Json, uploads: tuple[Upload, ...], old: Message | None, path: str
) -> None:
    at = join(path, "attachments")
    listed = form.each(form.many(body, "attachments", path, FILES_MOST), at)
    ours = {str(file.id) for file in old.files} if old else set()
    parts = {str(upload.index) for upload in uploads}
    names = [file.filename for file in old.files] if old and body.get("attachments") is None else []
    fresh = set()
    for where, entry in listed:
        form.text(entry, "description", where, 1024)
        form.text(entry, "filename", where, 1024)
        key = str(entry.get("id"))
        if key in ours:
            names += [file.filename for file in old.files if old and file.id == key] if old else []
        elif key in parts:
            fresh.add(key)
        elif re.fullmatch(r"\d{1,20}", key):
            form.flaw(
                where,
                f"Attachment {key} is neither a file sent nor one of the message",
                "MESSAGE_ATTACHMENT_NOT_FOUND",
            )
        else:
            form.flaw(join(where, "id"), f"Value {key!r} is not snowflake.", "NUMBER_TYPE_COERCE")
    if listed and fresh != parts:
        form.flaw(at, f"{len(parts)} file parts, but {len(fresh)} of them are listed")
    said = {str(entry.get("id")): entry.get("filename") for _, entry in listed}
    names += [plain_name(said.get(str(u.index)) or u.filename) for u in uploads]
    stay = len(names)
    if stay > FILES_MOST:
        form.flaw(at, f"Must be between 0 and {FILES_MOST} in length.", "BASE_TYPE_BAD_LENGTH")
    for name in dict.fromkeys(named_files([body.get("embeds"), body.get("components")])):
        if name not in names:
            form.flaw(
                path,
                f"attachment://{name} is not among the files",
                "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
            )

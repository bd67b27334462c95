"""The files of a message: new ones kept and measured, old ones that stay."""

from dataclasses import replace

from bot.sandbox.discord.files import Upload, content_type_of, plain_name, size_of_picture
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import Attachment, Json, Message

SPOILER = 1 << 3


def new_files(
    hub: Hub, channel_id: str, body: Json, uploads: tuple[Upload, ...]
) -> tuple[Attachment, ...]:
    said = {str(entry.get("id")): entry for entry in body.get("attachments") or []}
    return tuple(
        keep(hub, channel_id, upload, said.get(str(upload.index), {})) for upload in uploads
    )


def keep(hub: Hub, channel_id: str, upload: Upload, said: Json) -> Attachment:
    name = plain_name(said.get("filename") or upload.filename)
    picture = size_of_picture(upload.data)
    width, height = picture or (None, None)
    spoiler = name.startswith("SPOILER_") or bool(said.get("is_spoiler"))
    file = Attachment(
        hub.new_id(),
        channel_id,
        name,
        len(upload.data),
        content_type_of(upload),
        width,
        height,
        said.get("description"),
        SPOILER if spoiler else 0,
    )
    hub.files.put(file.id, upload.data)
    return file


def files_after(
    hub: Hub, message: Message, body: Json, uploads: tuple[Upload, ...]
) -> tuple[Attachment, ...]:
    """Append new files. A list of attachments says which old ones stay."""
    new = new_files(hub, message.channel_id, body, uploads)
    if body.get("attachments") is None:
        stay = () if "attachments" in body else message.files
        return (*stay, *new)
    said = {str(entry.get("id")): entry for entry in body["attachments"]}
    stay = tuple(
        replace(file, description=said[file.id].get("description", file.description))
        for file in message.files
        if file.id in said
    )
    return (*stay, *new)

"""What the bot's answers do: messages appear, modals open, and the person sees the state change."""

from dataclasses import replace

from bot.sandbox.discord import parts, posts
from bot.sandbox.discord.files import Upload
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.model import EPHEMERAL, Interaction, Json, Message

Uploads = tuple[Upload, ...]


def first(hub: Hub, interaction: Interaction, data: Json, uploads: Uploads) -> Interaction:
    """Carry out the first answer; `interaction.kind` says which. The stored value is returned."""
    viewer = interaction.user_id if int(data.get("flags") or 0) & EPHEMERAL else None
    if interaction.kind == 4:
        message = posts.create(hub, _origin(hub, interaction, viewer), data, uploads)
        interaction = _with(replace(interaction, original_id=message.id), message)
    elif interaction.kind == 5:
        message = posts.loading(hub, _origin(hub, interaction, viewer))
        interaction = _with(replace(interaction, original_id=message.id), message)
    elif interaction.kind == 6:
        interaction = replace(interaction, original_id=interaction.source_id)
    elif interaction.kind == 7:
        source = hub.world.message(interaction.source_id)
        interaction = replace(interaction, original_id=interaction.source_id)
        if source is not None:
            interaction = _with(interaction, posts.edit(hub, source, data, uploads))
    elif interaction.kind == 8:
        interaction = replace(interaction, choices=tuple(data["choices"]))
        if waiting := hub.choosing.get(interaction.id):
            waiting.set()
    elif interaction.kind == 9:
        modal = {
            "id": interaction.id,
            "interaction": interaction.id,
            "channel": interaction.channel_id,
            "title": data["title"],
            "custom_id": data["custom_id"],
            "components": list(parts.completed(data["components"])),
        }
        interaction = replace(interaction, modal=modal, modal_open=True)
    store(hub, interaction)
    if interaction.modal is not None:
        told = {"id": interaction.id, "interaction": interaction.id, "modal": interaction.modal}
        hub.watchers.tell(interaction.user_id, "modal", told)
    return interaction


def follow_up(hub: Hub, interaction: Interaction, body: Json, uploads: Uploads) -> Message:
    """Send a new message. After a defer the first one fills in the deferred answer."""
    original = hub.world.message(interaction.original_id)
    if original is not None and original.loading:
        message = posts.edit(hub, original, body, uploads)
        noted(hub, interaction, original)
        return message
    viewer = interaction.user_id if int(body.get("flags") or 0) & EPHEMERAL else None
    answered = original.id if original else None
    origin = posts.Origin(
        interaction.channel_id,
        hub.world.bot_id,
        reply_to=answered,
        interaction_id=interaction.id,
        viewer=viewer,
    )
    message = posts.create(hub, origin, body, uploads)
    store(hub, _with(hub.world.interactions[interaction.id], message))
    return message


def noted(hub: Hub, interaction: Interaction, before: Message) -> None:
    """After a change by token: a deferred answer that is filled in or gone is answered now."""
    if before.loading:
        store(hub, replace(interaction, filled_at=hub.now()))


def store(hub: Hub, interaction: Interaction) -> None:
    """Keep it, and tell the person who began it."""
    hub.world.interactions[interaction.id] = interaction
    hub.world.tokens[interaction.token] = interaction.id
    hub.changed()
    if interaction.type != 4:
        hub.watchers.tell(interaction.user_id, "interaction", seen(hub, interaction))


def seen(hub: Hub, interaction: Interaction) -> Json:
    """Return the doors' view of an interaction."""
    state, after_s = interaction.state(hub.now(), hub.world.loading(interaction))
    return {
        "id": interaction.id,
        "interaction": interaction.id,
        "channel": interaction.channel_id,
        "user": interaction.user_id,
        "state": state,
        "after_ms": round(after_s * 1000),
        "modal": interaction.modal,
        "messages": list(interaction.messages),
    }


def _origin(hub: Hub, interaction: Interaction, viewer: str | None) -> posts.Origin:
    """Return the origin of an answer. A component's answer replies to its message."""
    kind, target = 0, None
    if interaction.type == 2:
        kind = 23 if interaction.menu else 20
    elif interaction.type in (3, 5) and hub.world.message(interaction.source_id):
        target = interaction.source_id
    return posts.Origin(
        interaction.channel_id,
        hub.world.bot_id,
        kind,
        target,
        interaction.id,
        viewer,
    )


def _with(interaction: Interaction, message: Message) -> Interaction:
    if message.id in interaction.messages:
        return interaction
    return replace(interaction, messages=(*interaction.messages, message.id))

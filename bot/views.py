"""Views of the settings for the flow and the adapters."""

from __future__ import annotations

from datetime import timedelta

from bot.adapters.swarmui import SwarmSettings
from bot.config import Settings
from bot.core.drawing.request import DrawingBounds
from bot.flow.runtime.context import HostSettings


def build_host_settings(settings: Settings) -> HostSettings:
    """Build the flow's view of the settings."""
    return HostSettings(
        bounds=DrawingBounds(
            images_max=settings.drawing.images_max,
            steps_max=settings.drawing.steps_max,
            megapixels_max=settings.drawing.megapixels_max,
            prompt_max=settings.drawing.prompt_max,
            default_model=settings.swarmui.model,
            upscaled_megapixels_max=settings.drawing.upscaled_megapixels_max,
            advanced=settings.advanced.parameters,
            advanced_roles=settings.advanced.roles,
            tags=tuple(settings.tags),
        ),
        max_in_flight=settings.swarmui.max_in_flight,
        running_per_member=settings.quota.running,
        outage_wait=timedelta(minutes=settings.swarmui.outage_wait_minutes),
        deliver_within=timedelta(hours=settings.storage.spool_hours),
        ping_after_s=settings.ring.after_s,
        ping_after_messages=settings.ring.after_messages,
        trigger_phrases=settings.triggers.phrases,
        trigger_channels=settings.triggers.channels,
        mention_triggers=settings.triggers.mentions,
        log_prompts=settings.log.prompts,
        refresh_minutes=settings.swarmui.refresh_minutes,
        time_zone=settings.quota.time_zone,
        classifier_required=settings.moderation.on_failure == "refuse",
    )


def classifies_images(settings: Settings) -> bool:
    """Return True if the host's classifier checks every image first."""
    return bool(settings.moderation.url) and settings.moderation.pictures


def build_swarm_settings(settings: Settings) -> SwarmSettings:
    """Build the SwarmUI client's view of the settings.

    Previews are off if finished images are classified first.
    """
    return SwarmSettings(
        url=settings.swarmui.url,
        token=settings.swarmui.token.get_secret_value(),
        authorization=settings.swarmui.authorization.get_secret_value(),
        previews=settings.swarmui.previews and not classifies_images(settings),
    )

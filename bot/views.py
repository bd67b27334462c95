"""Views of the settings for the flow and the adapters."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.adapters.swarmui import SwarmSettings
from bot.config import Settings
from bot.core.drawing.request import DrawingBounds
from bot.core.pauses import parse_window
from bot.flow.runtime.context import HostSettings


def build_host_settings(settings: Settings) -> HostSettings:
    """Build the flow's view of the settings."""
    swarmui, ping, triggers = settings.swarmui, settings.ring, settings.triggers
    return HostSettings(
        bounds=DrawingBounds(
            **dict(settings.drawing),
            default_model=swarmui.model,
            advanced=settings.advanced.parameters,
            advanced_roles=settings.advanced.roles,
            tags=tuple(settings.tags),
        ),
        max_in_flight=swarmui.max_in_flight,
        running_per_member=settings.quota.running,
        outage_wait=timedelta(minutes=swarmui.outage_wait_minutes),
        lost_stream=timedelta(minutes=swarmui.lost_stream_minutes),
        deliver_within=timedelta(hours=settings.storage.spool_hours),
        ping_after_s=ping.after_s,
        ping_after_messages=ping.after_messages,
        trigger_phrases=triggers.phrases,
        trigger_channels=triggers.channels,
        mention_triggers=triggers.mentions,
        log_prompts=settings.log.prompts,
        log_channel=settings.log.channel,
        refresh_minutes=swarmui.refresh_minutes,
        time_zone=settings.quota.time_zone,
        delete_forgotten_files=settings.storage.swarmui_files == "with history",
        pause_windows=tuple(map(parse_window, settings.pause.schedule)),
        pause_zone=find_pause_zone(settings),
        classifier_required=settings.moderation.on_failure == "refuse",
    )


def find_pause_zone(settings: Settings) -> ZoneInfo:
    """Return the time zone of the host's pauses."""
    return ZoneInfo(settings.pause.time_zone or settings.quota.time_zone)


def classifies_images(settings: Settings) -> bool:
    """Return True if the host's classifier checks every image first."""
    return bool(settings.moderation.url) and settings.moderation.pictures


def build_swarm_settings(settings: Settings) -> SwarmSettings:
    """Build the SwarmUI client's view of the settings.

    Previews are off if finished images are classified first.
    """
    swarmui = settings.swarmui
    return SwarmSettings(
        url=swarmui.url,
        token=swarmui.token.get_secret_value(),
        authorization=swarmui.authorization.get_secret_value(),
        silence_s=swarmui.silence_minutes * 60,
        lost_stream_s=swarmui.lost_stream_minutes * 60,
        previews=swarmui.previews and not classifies_images(settings),
    )

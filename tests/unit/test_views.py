"""What the parts see of the host's settings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.views import build_host_settings, build_swarm_settings, classifies_images
from tests.support.program import build_settings

CLASSIFIER = "http://127.0.0.1:9"


def test_each_setting_reaches_the_flow() -> None:
    host = build_host_settings(
        build_settings(
            drawing={"images_max": 3, "steps_max": 30, "megapixels_max": 1.5, "prompt_max": 99},
            swarmui={
                "model": "sdxl",
                "max_in_flight": 5,
                "outage_wait_minutes": 7,
                "refresh_minutes": 8,
            },
            quota={"running": 4, "time_zone": "Europe/Berlin"},
            storage={"spool_hours": 5},
            ring={"after_s": 9, "after_messages": 10},
            triggers={"phrases": ["paint me"], "channels": [70], "mentions": False},
            log={"prompts": True},
            tags={"lora": [5], "random": "everyone"},
            advanced={"parameters": ["sampler"], "roles": [6]},
        )
    )
    bounds = host.bounds
    assert (bounds.images_max, bounds.steps_max, bounds.megapixels_max) == (3, 30, 1.5)
    assert (bounds.prompt_max, bounds.default_model) == (99, "sdxl")
    assert (bounds.advanced, bounds.advanced_roles) == (("sampler",), (6,))
    assert (dict(bounds.tags)["lora"], dict(bounds.tags)["random"]) == ((5,), None)
    assert dict(bounds.tags)["wildcard"] == (), "a tag is shut until the host opens it"
    assert (host.max_in_flight, host.running_per_member, host.refresh_minutes) == (5, 4, 8)
    assert (host.outage_wait, host.deliver_within) == (timedelta(minutes=7), timedelta(hours=5))
    assert (host.ping_after_s, host.ping_after_messages) == (9, 10)
    assert (host.trigger_phrases, host.trigger_channels) == (("paint me",), (70,))
    assert (host.mention_triggers, host.log_prompts) == (False, True)
    assert host.time_zone == "Europe/Berlin"


@pytest.mark.parametrize(("on_failure", "required"), [("refuse", True), ("draw", False)])
def test_a_classifier_that_does_not_answer_is_waited_for_as_the_host_says(
    on_failure: str, required: bool
) -> None:
    settings = build_settings(moderation={"url": CLASSIFIER, "on_failure": on_failure})
    assert build_host_settings(settings).classifier_required is required


@pytest.mark.parametrize(
    ("url", "pictures", "looked_at"),
    [("", True, False), (CLASSIFIER, False, False), (CLASSIFIER, True, True)],
)
def test_no_preview_is_shown_where_pictures_are_looked_at_first(
    url: str, pictures: bool, looked_at: bool
) -> None:
    settings = build_settings(moderation={"url": url, "pictures": pictures})
    assert classifies_images(settings) is looked_at
    assert build_swarm_settings(settings).previews is not looked_at


def test_the_client_of_swarmui_gets_its_address_and_secrets() -> None:
    settings = build_settings(
        swarmui={
            "url": "http://10.0.0.5:7801",
            "token": "a-token",
            "authorization": "Basic eA==",
            "previews": False,
        }
    )
    swarm = build_swarm_settings(settings)
    assert (swarm.url, swarm.token, swarm.authorization) == (
        "http://10.0.0.5:7801",
        "a-token",
        "Basic eA==",
    )
    assert not swarm.previews

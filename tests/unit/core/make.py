"""Jobs, orders and balances for tests, with everything that does not matter filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.drawing.request import GenerationParams, Model, RequestContext
from bot.core.ids import JobId, build_job_id
from bot.core.jobs.job import Job
from bot.core.limits.quota import Balance, Limits, Window

T0 = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY_ENDS = datetime(2026, 11, 25, tzinfo=UTC)
MONTH_ENDS = datetime(2026, 12, 1, tzinfo=UTC)
MIA = RequestContext(user=1, name="mia", guild=10, channel=100)

SDXL = Model(
    "official/sd_xl_base.safetensors",
    "SDXL",
    "stable-diffusion-xl-v1-base",
    "stable-diffusion-xl-v1",
    1024,
    1024,
)
FLUX = Model("flux1-dev.safetensors", "Flux Dev", "Flux.1-dev", "flux-1", 1024, 1024)
SD15 = Model("sd15.safetensors", "", "stable-diffusion-v1", "stable-diffusion-v1", 512, 512)
MODELS = (SDXL, FLUX, SD15)


def an_id(number: int) -> JobId:
    return build_job_id((number << 4).to_bytes(13, "big"))


def an_order(**changes: Any) -> GenerationParams:
    values: dict[str, Any] = {
        "prompt": "a red fox",
        "negative": "",
        "model": "sd_xl.safetensors",
        "model_title": "SDXL",
        "width": 1024,
        "height": 1024,
        "images": 1,
        "seed": 42,
        "steps": 30,
        "cfg": 7.0,
    }
    return GenerationParams(**{**values, **changes})


def a_job(
    number: int = 1, *, order: GenerationParams | None = None, age_s: float = 0.0, **changes: Any
) -> Job:
    """A queued job that was asked for `age_s` seconds after the start of time."""
    values: dict[str, Any] = {
        "id": an_id(number),
        "requester": 1,
        "requester_name": "Ada",
        "guild": 10,
        "channel": 100,
        "source": f"interaction:{number}",
        "order": order or an_order(),
        "created_at": T0 + timedelta(seconds=age_s),
    }
    return Job(**{**values, **changes})


def a_balance(
    day: int | None = 20, day_used: int = 0, month: int | None = None, month_used: int = 0
) -> Balance:
    window = Window("2026-11-24", "2026-11", DAY_ENDS, MONTH_ENDS)
    return Balance(Limits(day=day, month=month), day_used, month_used, window)

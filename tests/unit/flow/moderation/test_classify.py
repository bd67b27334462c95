"""What stands between a finished picture and the spool, where the host has a classifier."""

from __future__ import annotations

import threading
from hashlib import sha256
from typing import Any

import pytest

from bot.core.moderation.verdict import ClassifierVerdict
from bot.flow.moderation import classify
from bot.flow.moderation.classify import ClassifiedSink
from tests.support.books import job_id


class Willing:
    """Books, spool and classifier of somebody who has nothing against anything."""

    async def find_job(self, _: object) -> None:
        return None

    async def classify_image(self, _: bytes, *, age_restricted: bool) -> ClassifierVerdict:
        assert not age_restricted
        return ClassifierVerdict.ALLOWED

    async def save_image(self, *kept: object, media_max: int) -> tuple[object, ...]:
        assert media_max
        return kept


async def test_a_film_is_read_through_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """To know it again takes a tenth of a second, in which nobody else would be answered."""
    threads = set()

    def slow(data: bytes) -> Any:
        threads.add(threading.current_thread())
        return sha256(data)

    monkeypatch.setattr(classify, "sha256", slow)
    willing: Any = Willing()
    spool = ClassifiedSink(willing, willing, willing, strict=True)
    kept: Any = await spool.save_image(job_id(1), 0, b"a film")
    assert kept == (job_id(1), 0, b"a film")
    assert threads
    assert threading.main_thread() not in threads

"""A running job whose stream is gone: a generation goes on without us, so look before drawing.

Nothing is ever submitted twice without asking for the pictures in the job's own folder first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from bot.core import words
from bot.core.errors import BackendError, BadPicture
from bot.core.job import Event, Failed, Generated, Job, Lost
from bot.flow.kit import Kit
from bot.flow.outage import Outage

log = structlog.stdlib.get_logger(__name__)

LOOK_EVERY_S: Final = 2.0
LONGEST_WORK: Final = timedelta(minutes=15)


class Salvage:
    """Finds out how a lost job ended."""

    def __init__(self, kit: Kit, outage: Outage) -> None:
        self._kit, self._outage = kit, outage

    async def outcome(self, job: Job) -> Event:
        """Generated with what was found, Lost where there is nothing, Failed after too long."""
        began = self._kit.clock.now()
        while True:
            now = self._kit.clock.now()
            try:
                if now - began < LONGEST_WORK and await self._kit.painter.busy(job.session):
                    await self._kit.clock.sleep(LOOK_EVERY_S)
                    continue
                await self._kit.painter.stop(job.session)
                await self._collect(job)
                break
            except BackendError as error:
                if now - began > self._kit.house.down_wait:
                    k = len(await self._kit.spool.kept(job.id))
                    return Failed(k, words.NOT_BACK_IN_TIME)
                await self._outage.begin(error)
                await self._kit.clock.sleep(LOOK_EVERY_S)
        k = len(await self._kit.spool.kept(job.id))
        log.info("salvaged", job=job.id, pictures=k)
        return Generated(k) if k else Lost(words.RESTARTED)

    async def _collect(self, job: Job) -> None:
        """Fetch into the spool what lies in the job's folder, beyond what is there already."""
        have = len(await self._kit.spool.kept(job.id))
        refs = await self._kit.painter.found(job.folder)
        if len(refs) <= have:
            return
        for index, ref in enumerate(refs[: job.order.images]):
            data = await self._kit.painter.fetch(ref)
            try:
                await self._kit.spool.keep(job.id, index, data)
            except BadPicture as error:
                log.warning("no picture", job=job.id, index=index, why=error.sentence)

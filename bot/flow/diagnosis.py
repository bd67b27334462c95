"""Service of `/diagnose`, which runs the checks of SwarmUI within a time limit."""

from __future__ import annotations

import asyncio
import importlib.metadata
from contextlib import aclosing, suppress
from typing import Final

import structlog

from bot.core import causes
from bot.core.check_result import CheckResult
from bot.core.diagnosis import BotState, build_own_results, diagnosis_card
from bot.core.drawing.request import RequestContext
from bot.core.errors import BackendError
from bot.core.jobs.job import State
from bot.core.ui.card import MessageCard
from bot.flow.jobs.queue import JobQueue
from bot.flow.ports import FlowPorts
from bot.flow.runtime.tasks import TaskSupervisor

log = structlog.stdlib.get_logger(__name__)
TIME_LIMIT_S: Final = 25.0
MODELS_SHOWN: Final = 5


class Diagnosis:
    """Service of /diagnose. One runs at a time, and others get its results."""

    def __init__(
        self,
        queue: JobQueue,
        ports: FlowPorts,
        tasks: TaskSupervisor,
        *,
        time_limit_s: float = TIME_LIMIT_S,
    ) -> None:
        self._queue, self._ports, self._tasks = queue, ports, tasks
        self._time_limit_s = time_limit_s
        self._running: asyncio.Task[tuple[CheckResult, ...]] | None = None

    async def diagnose(self, asker: RequestContext) -> MessageCard:
        """Return the card of a diagnosis, at the latest when the time limit is over."""
        if self._running is None or self._running.done():
            self._running = self._tasks.spawn_task(self._check_backend(), "diagnose")
        checked = await asyncio.shield(self._running)
        return diagnosis_card((*checked, *build_own_results(await self._read_state(asker))))

    async def _check_backend(self) -> tuple[CheckResult, ...]:
        """Run the checks. The picture is left out while members' pictures are in the queue."""
        results: list[CheckResult] = []
        checks = self._ports.check_backend
        if checks is None:
            return ()
        try:
            async with asyncio.timeout(self._time_limit_s):
                async with aclosing(checks(picture=not self._queue.living_jobs)) as found:
                    async for result in found:
                        results.append(result)
                with suppress(BackendError):  # which model is in memory by now
                    await self._ports.catalog.refresh_catalog()
        except TimeoutError:
            late = f"The checks were not done within {self._time_limit_s:g} s."
            results.append(CheckResult("time", False, late, causes.NO_ANSWER.fix))
        except Exception:
            log.exception("check broke")
            results.append(CheckResult("checks", False, "They failed.", "Look into my log."))
        return tuple(results)

    async def _read_state(self, asker: RequestContext) -> BotState:
        jobs, models = self._queue.living_jobs, self._ports.catalog.get_snapshot().models
        running = [job for job in jobs if job.state is State.RUNNING]
        drawn = dict.fromkeys(job.order.model_title or job.order.model for job in running)
        loaded = [model.title or model.name for model in models if model.loaded]
        return BotState(
            waiting=sum(job.state is State.QUEUED for job in jobs),
            running=len(running),
            drawn_models=tuple(drawn)[:MODELS_SHOWN],
            loaded=tuple(loaded[:MODELS_SHOWN]),
            last_failure=await self._ports.stores.jobs.find_last_failure(asker.guild),
            free_bytes=await self._ports.spool.measure_free_space(),
            version=_find_version(),
        )


def _find_version() -> str:
    try:
        return importlib.metadata.version("swarmui-discord-bot")
    except importlib.metadata.PackageNotFoundError:
        return "of an unknown version"

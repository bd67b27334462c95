"""The people's side of events: one WebSocket for each person who looks on."""

import asyncio
import json
from collections.abc import Callable

from bot.sandbox.discord.model import Json


class Watchers:
    """Queues of events by person; a watcher that does not read loses nothing but memory."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._queues: dict[str, list[asyncio.Queue[str]]] = {}

    def people(self) -> tuple[str, ...]:
        return tuple(self._queues)

    def open(self, user_id: str) -> "asyncio.Queue[str]":
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._queues.setdefault(user_id, []).append(queue)
        return queue

    def close(self, user_id: str, queue: "asyncio.Queue[str]") -> None:
        self._queues[user_id].remove(queue)
        if not self._queues[user_id]:
            del self._queues[user_id]

    def end(self) -> None:
        """Nobody is told anything more; an empty line says so to the sockets' writers."""
        for queues in self._queues.values():
            for queue in queues:
                queue.put_nowait("")

    def tell(self, user_id: str, kind: str, event: Json) -> None:
        queues = self._queues.get(user_id)
        if queues:
            line = json.dumps({"t": round(self._now(), 3), "kind": kind} | event)
            for queue in queues:
                queue.put_nowait(line)

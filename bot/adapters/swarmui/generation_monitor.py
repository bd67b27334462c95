"""What one request has come to while it is streamed, and when its silence is too long."""

from __future__ import annotations

import asyncio
from typing import Final

from websockets.asyncio.client import ClientConnection

from bot.adapters.swarmui.context import Kit
from bot.adapters.swarmui.http import LONG
from bot.adapters.swarmui.protocol import Closing, Heard, KeepAlive, Trouble, decode
from bot.adapters.swarmui.sessions import working
from bot.adapters.swarmui.websocket import NOTHING_CAME, NoWebSocket
from bot.core.drawing.request import GenerationParams
from bot.core.errors import BackendDown, BackendError, BackendStalled, NoPicture, ProtocolError
from bot.core.jobs.progress import (
    ImageReady,
    RequestEnded,
    SamplingStep,
    SessionRenewed,
    StatusFrame,
    SwarmEvent,
)
from bot.core.jobs.stall_timeout import compute_stall_timeout

# Between the last picture and `discard_indices` lie milliseconds; a server that says neither that
# nor anything else has still done what we asked.
AFTER_LAST_S: Final = 5.0
# The counters that say "nothing is under way" are asked for twice: the end may be on its way.
IDLE_AGAIN_S: Final = 5.0
# A backend of this kind shows no steps; the name stands in the features that a status frame lists.
MUTE: Final = '"autowebui"'
SHOWING: Final = '"comfyui"'
DROPPED: Final = "The connection to the drawing computer broke in the middle of the picture."


class Watch:
    """What one request has come to: which pictures came, what went wrong, who has been silent.

    Three things end a silence, none of them an interrupt of the person's: the patience of
    `stall_timeout` with what was drawn last; the first frame that does not come; and the
    server's own counters, asked for when not even a `keep_alive` came for `look_s`: they say that
    nothing is under way, or do not come either (another process, a dead line).
    """

    def __init__(self, kit: Kit, order: GenerationParams) -> None:
        self._kit, self.order = kit, order
        self._wanted = order.images
        self._seen: set[int] = set()
        self._garbage = False
        self._started = self._last = self._frame = asyncio.get_running_loop().time()
        self._listened = False
        self._idle = False
        self.begun = False
        self.status: StatusFrame | None = None
        self.discarded: set[int] = set()
        self.error: BackendError | None = None

    @property
    def complete(self) -> bool:
        """Every picture that was asked for is there."""
        return len(self._seen) == self._wanted

    @property
    def pictures(self) -> int:
        """How many are there."""
        return len(self._seen)

    @property
    def free(self) -> bool:
        """The server's last word was that nothing of this session is under way."""
        return self.status is not None and not working(self.status)

    async def hear(self, socket: ClientConnection, session: str) -> tuple[Heard, ...]:
        """The next frame, decoded.

        Raises ConnectionClosed, NoWebSocket, Silent, or Down where the request is not there any
        more.
        """
        while True:
            deadline = self._deadline()
            look = self._frame + (IDLE_AGAIN_S if self._idle else self._kit.settings.look_s)
            try:
                async with asyncio.timeout_at(min(deadline, look)):
                    frame = await socket.recv()
                break
            except TimeoutError as error:
                if look < deadline:
                    await self._look(session)
                    continue
                if self.complete:
                    return (RequestEnded(),)
                if self._deadline() > deadline:
                    continue  # meanwhile another stream of ours was alive
                if not self._listened:
                    raise NoWebSocket(NOTHING_CAME, submitted=True) from error
                raise BackendStalled from error
        self._frame, self._idle = asyncio.get_running_loop().time(), False
        try:
            heard = decode(frame) if len(frame) < LONG else await asyncio.to_thread(decode, frame)
        except ProtocolError:
            # One broken frame is no reason to lose the pictures after it.
            self._garbage = True
            return ()
        self._listened = True
        self._kit.health.websocket_works()
        if any(not isinstance(word, KeepAlive) for word in heard):
            self._last = asyncio.get_running_loop().time()
            self._kit.beat()
        if isinstance(frame, str) and any(isinstance(word, StatusFrame) for word in heard):
            self._kit.mute = MUTE in frame and SHOWING not in frame
        return heard

    def note(self, word: Heard) -> SwarmEvent | None:
        """Take a word in; returns it if it is for the caller.

        Pictures beyond those asked for, intermediates (negative) and doubles are not.
        """
        match word:
            case StatusFrame():
                self.status = word
                return word
            case ImageReady(index=index):
                if index in self._seen or not 0 <= index < self._wanted:
                    return None
                self._seen.add(index)
                return word
            case Trouble(error=error):
                self.error = self.error or error
                return None
            case RequestEnded(discarded=discarded):
                self.discarded = self._seen & set(discarded)
                return None
            case KeepAlive() | Closing() | SessionRenewed():
                return None
            case _:
                if isinstance(word, SamplingStep):
                    self.begun = True
                    self._kit.steppers.add(self.order.model)
                return word if 0 <= word.index < self._wanted else None

    def verdict(self) -> BackendError | None:
        """What the request failed with, now that it is over; None if every picture came.

        Fewer pictures than asked for without an error are an interrupt from elsewhere.
        """
        if self.complete:
            return None
        if self.error is not None:
            return self.error
        if self.pictures:
            return None
        return ProtocolError() if self._garbage else NoPicture()

    def _deadline(self) -> float:
        """When the silence is too long."""
        settings = self._kit.settings
        if self.complete:
            return self._last + AFTER_LAST_S
        if not self._listened:
            return self._started + settings.first_frame_s
        if self.status is not None and self.status.loading:
            return max(self._last, self._kit.pulse) + settings.load_s
        if self.queued:
            return max(self._last, self._kit.pulse) + settings.queue_s
        if self.begun:
            return self._last + self.patience
        # A picture of ours that is being drawn excuses the one that waits behind it, in a queue
        # of the backend's own that SwarmUI does not tell from drawing.
        return max(self._last, self._kit.pulse) + max(
            self.patience, *(other.patience for other in self._kit.watches if other.begun), 0.0
        )

    @property
    def queued(self) -> bool:
        """It waits for a backend."""
        return self.status is not None and bool(
            self.status.waiting_backends and not self.status.live
        )

    @property
    def patience(self) -> float:
        """Seconds that a drawing of this order may say nothing."""
        kit = self._kit
        return compute_stall_timeout(
            self.order,
            kit.usual(self.order),
            steps_seen=self.order.model in kit.steppers,
            is_mute=kit.mute,
            unknown=kit.settings.silence_s,
            mute=kit.settings.queue_s,
        )

    async def _look(self, session: str) -> None:
        """Not even a `keep_alive` came. Raises Down where nothing is under way any more."""
        try:
            idle = not working(await self._kit.sessions.status(session))
        except BackendError as error:
            raise BackendDown(DROPPED) from error
        if idle and self._idle and not self.complete:
            raise BackendDown(DROPPED)
        self._frame, self._idle = asyncio.get_running_loop().time(), idle

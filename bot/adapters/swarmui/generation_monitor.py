"""State of one streamed request, and detection of stalls."""

from __future__ import annotations

import asyncio
from typing import Final

from websockets.asyncio.client import ClientConnection

from bot.adapters.swarmui import protocol
from bot.adapters.swarmui.context import SwarmContext
from bot.adapters.swarmui.http import THREAD_PARSE_MIN
from bot.adapters.swarmui.sessions import is_working
from bot.adapters.swarmui.websocket import NO_FRAME_TEXT, NoWebSocket
from bot.core.drawing.request import GenerationParams
from bot.core.errors import (
    BackendDown,
    BackendError,
    BackendStalled,
    GenerationInterrupted,
    GenerationNotStarted,
    NoPicture,
    ProtocolError,
)
from bot.core.jobs import progress

# Between the last picture and `discard_indices` lie milliseconds; a server that says neither that
# nor anything else has still done what we asked.
END_GRACE_S: Final = 5.0
# The counters that say "nothing is under way" are asked for twice: the end may be on its way.
IDLE_RECHECK_S: Final = 5.0
# So long a request waits for its first progress before people are told that the server is busy.
BUSY_AFTER_S: Final = 15.0
# A backend of this kind shows no steps; the name stands in the features that a status frame lists.
AUTOWEBUI_MARKER: Final = '"autowebui"'
COMFYUI_MARKER: Final = '"comfyui"'
# An interrupt of somebody else is silent for what waits.
STOPPED_WAITING_TEXT: Final = "Probably stopped on the image server while it waited."
CONNECTION_BROKE_TEXT: Final = "The connection to the image server broke during the picture."


class GenerationWatch:
    """State of one request, with its images, failures and last activity.

    Three things end a silence. `silence_s` passes without a frame about this request, of which a
    load that the counters show does not count. The first frame does not come. Or not even a
    `keep_alive` came for `look_s`, and the server's counters say that nothing is in progress or do
    not come either.
    """

    def __init__(self, kit: SwarmContext, order: GenerationParams) -> None:
        self._context, self.order = kit, order
        self._seen_indices: set[int] = set()
        self._had_broken_frame = self._was_waiting = self._was_live = False
        self._started_at = self._last_event_at = self._last_frame_at = _loop_time()
        self._received_frame = False
        self._was_idle = False
        self._told_busy = False
        self.has_progress = False
        self.status: progress.StatusFrame | None = None
        self.discarded: set[int] = set()
        self.error: BackendError | None = None

    @property
    def picture_count(self) -> int:
        """Return how many images have arrived."""
        return len(self._seen_indices)

    @property
    def is_complete(self) -> bool:
        """Return True if all images of the order have arrived."""
        return self.picture_count == self.order.images

    @property
    def is_free(self) -> bool:
        """Return True if the last status said that nothing of this session is in progress."""
        return self.status is not None and not is_working(self.status)

    async def receive_frame(
        self, socket: ClientConnection, session: str
    ) -> tuple[protocol.FrameEvent, ...]:
        """Return the next frame, decoded, or ServerBusy when the first progress is long in coming.

        Raises ConnectionClosed, NoWebSocket, BackendStalled, GenerationNotStarted, or BackendDown
        if the request is gone.
        """
        while True:
            deadline = self._compute_deadline()
            pause = IDLE_RECHECK_S if self._was_idle else self._context.settings.look_s
            look = self._last_frame_at + pause
            if self._may_be_busy:
                look = min(look, self._last_event_at + BUSY_AFTER_S)
            try:
                async with asyncio.timeout_at(min(deadline, look)):
                    frame = await socket.recv()
                break
            except TimeoutError as error:
                if look < deadline:
                    if self._may_be_busy and _loop_time() >= self._last_event_at + BUSY_AFTER_S:
                        self._told_busy = True
                        return (progress.ServerBusy(),)
                    await self._check_session(session)
                    continue
                if self.is_complete:
                    return (progress.RequestEnded(),)
                if self._compute_deadline() > deadline:
                    continue  # meanwhile another stream of ours was alive
                if not self._received_frame:
                    raise NoWebSocket(NO_FRAME_TEXT, submitted=True) from error
                raise (BackendStalled if self.has_progress else GenerationNotStarted) from error
        self._last_frame_at, self._was_idle = _loop_time(), False
        try:
            if len(frame) < THREAD_PARSE_MIN:
                heard = protocol.decode_frame(frame)
            else:
                heard = await asyncio.to_thread(protocol.decode_frame, frame)
        except ProtocolError:
            # One broken frame is no reason to lose the pictures after it.
            self._had_broken_frame = True
            return ()
        self._received_frame = True
        self._context.health.enable_websocket()
        if any(not isinstance(word, protocol.KeepAlive) for word in heard):
            self._last_event_at = _loop_time()
            self._context.record_activity()
        if isinstance(frame, str) and any(isinstance(word, progress.StatusFrame) for word in heard):
            self._context.no_step_events = AUTOWEBUI_MARKER in frame and COMFYUI_MARKER not in frame
        return heard

    def record_event(self, word: protocol.FrameEvent) -> progress.SwarmEvent | None:
        """Record an event and return it if it is for the caller.

        Surplus, intermediate (negative) and duplicate images are not.
        """
        match word:
            case progress.StatusFrame():
                self.status = word
                self._was_waiting = self._was_waiting or word.waiting_backends > 0
                self._was_live = self._was_live or word.live > 0
                return word
            case progress.ImageReady(index=index):
                if index in self._seen_indices or not 0 <= index < self.order.images:
                    return None
                self._seen_indices.add(index)
                return word
            case protocol.ErrorFrame(error=error):
                self.error = self.error or error
                return None
            case progress.RequestEnded(discarded=discarded):
                self.discarded = self._seen_indices & set(discarded)
                return None
            case progress.ServerBusy():
                return word
            case protocol.KeepAlive() | protocol.CloseFrame() | progress.SessionRenewed():
                return None
            case _:
                self.has_progress = True
                return word if 0 <= word.index < self.order.images else None

    def find_failure(self) -> BackendError | None:
        """Return why the finished request failed, or None if every image came.

        Missing images without an error mean an interrupt from elsewhere.
        """
        if self.is_complete:
            return None
        if self.error is not None:
            return self.error
        if self.picture_count:
            return None
        if self._had_broken_frame:
            return ProtocolError()
        waited = self._was_waiting and not self._was_live and not self.has_progress
        return GenerationInterrupted(STOPPED_WAITING_TEXT) if waited else NoPicture()

    def _compute_deadline(self) -> float:
        kit, settings = self._context, self._context.settings
        if self.is_complete:
            return self._last_event_at + END_GRACE_S
        if not self._received_frame:
            return self._started_at + settings.first_frame_s
        # A picture of ours that is being drawn excuses the one that waits behind it.
        anybody = self._last_event_at if self.has_progress else kit.last_activity
        last = max(self._last_event_at, anybody)
        if self.status is not None and self.status.loading:
            return last + settings.load_s
        return last + (settings.lost_stream_s if kit.no_step_events else settings.silence_s)

    @property
    def _may_be_busy(self) -> bool:
        """Return True if the server works for others, as far as this stream shows."""
        now = self.status
        if self._told_busy or self.has_progress or now is None or now.loading:
            return False
        ours = any(other.has_progress for other in self._context.active_watches)
        return bool(now.live or now.waiting_backends) and not self.picture_count and not ours

    async def _check_session(self, session: str) -> None:
        """Not even a `keep_alive` came. Raises BackendDown where nothing is under way any more."""
        try:
            idle = not is_working(await self._context.sessions.fetch_status(session))
        except BackendError as error:
            raise BackendDown(CONNECTION_BROKE_TEXT) from error
        if idle and self._was_idle and not self.is_complete:
            raise BackendDown(CONNECTION_BROKE_TEXT)
        self._last_frame_at, self._was_idle = _loop_time(), idle


def _loop_time() -> float:
    return asyncio.get_running_loop().time()

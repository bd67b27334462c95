"""The bot as a process of its own, which the launcher starts, ends and looks after."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final

GRACE_S: Final = 5.0
_PR_SET_PDEATHSIG: Final = 1


class DidNotStart(Exception):
    """It ended, or took too long, before it was ready; str() says why, with its last lines."""


class Child:
    """One process at a time. Its log is appended to `log`, or goes to our standard error if None.

    `died` is called with the exit code when a ready process ends and nobody here asked it to.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path | None,
        died: Callable[[int], None],
    ) -> None:
        self._command, self._environment = tuple(command), dict(environment)
        self._log, self._died = log, died
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._expected = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start the program. Raise OSError if it cannot run, RuntimeError if one runs."""
        if self._process is not None:
            raise RuntimeError("it is running already")
        self._expected = True
        with _output(self._log) as output:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=_die_with_parent(),
            )
        self._watch = asyncio.create_task(self._until_end(self._process), name="the bot's end")

    async def ready(self, is_ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `is_ready()` says so. Raises DidNotStart."""
        process = self._process
        try:
            async with asyncio.timeout(seconds):
                while not is_ready():
                    if process is None or process.returncode is not None:
                        code = None if process is None else process.returncode
                        raise DidNotStart(f"It ended with exit code {code}.{self._tail()}")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise DidNotStart(f"It was not ready after {seconds:g} s.{self._tail()}") from None
        self._expected = False

    async def end(self, *, at_once: bool = False) -> None:
        """Ask it to end and wait; after five seconds, or `at_once`, it is killed."""
        process, watch = self._process, self._watch
        if process is None or watch is None:
            return
        self._expected = True
        with contextlib.suppress(ProcessLookupError):
            if at_once:
                process.kill()
            else:
                process.terminate()
        try:
            async with asyncio.timeout(GRACE_S):
                await asyncio.shield(watch)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await watch

    async def _until_end(self, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        self._process = None
        if not self._expected:
            self._died(code)

    def _tail(self) -> str:
        if self._log is None:
            return " Its log is above."
        with self._log.open(encoding="utf-8", errors="replace") as lines:
            last = deque(lines, maxlen=15)
        return f" The end of its log ({self._log}):\n\n{''.join(last)}"


@contextlib.contextmanager
def _output(log: Path | None) -> Iterator[int | BinaryIO]:
    """Where the process writes; our own handle is closed as soon as it has its copy."""
    if log is None:
        # Standard output belongs to the launcher alone.
        yield sys.stderr.fileno()
        return
    with log.open("ab") as file:
        yield file


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux the kernel ends the child even when we are killed and can do nothing ourselves."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return before_exec

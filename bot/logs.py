"""Logging with structlog, one line per step, without secrets and prompts."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, Literal, TextIO

import structlog

TEXT_MAX: Final = 20_000  # characters of a value; a traceback of a deep stack has as many
_CUT: Final = " … cut … "
_SECRET_PATTERNS: Final = re.compile(
    # A bot token. It begins where a word does, so that a long word is read once.
    r"(?<![\w-])[\w-]{20,}\.[\w-]{5,}\.[\w-]{20,}"
    r"|(?<=/webhooks/)\d+/[\w.-]+"  # an interaction token in an address
    r"|(?<=/interactions/)\d+/[\w.-]+"
    r"|(?<=swarm_token=)[^;\s]+"
    r"|\b[0-9a-f]{40}\b"  # a SwarmUI session
)


# Libraries that tell every statement or frame at DEBUG, people's words and secrets included.
QUIET_LOGGERS: Final = ("aiosqlite", "PIL", "asyncio", "discord", "websockets", "aiohttp")


def hide_secrets(text: str) -> str:
    """Return `text` without anything that looks like one of the bot's secrets.

    The middle of a long text is left out first, and with it each word that was cut in two: half a
    secret has no form to be known by.
    """
    if len(text) > TEXT_MAX:
        half = TEXT_MAX // 2
        head, tail = text[:half].rsplit(None, 1)[:-1], text[-half:].split(None, 1)[1:]
        text = f"{''.join(head)}{_CUT}{''.join(tail)}"
    return _SECRET_PATTERNS.sub("[hidden]", text)


def _hide_event_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = hide_secrets(value)
    return event


def set_up_logging(
    level: str, style: Literal["console", "json"], stream: TextIO | None = None
) -> None:
    """Send everything, discord.py's own lines too, to `stream` (standard error)."""
    shared: list[structlog.types.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _hide_event_secrets,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=(stream or sys.stderr).isatty())
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in QUIET_LOGGERS:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))

"""Pictures that a caller brings, to be kept among those that were drawn."""

from __future__ import annotations

import base64
from typing import Any

from bot.sandbox.swarmui import frames, params, pictures
from bot.sandbox.swarmui.accounts import Session
from bot.sandbox.swarmui.errors import InternalFault
from bot.sandbox.swarmui.frames import Frame
from bot.sandbox.swarmui.intake import Intake
from bot.sandbox.swarmui.keeping import Keeper
from bot.sandbox.swarmui.script import Generation
from bot.sandbox.swarmui.work import Call, Work


async def keep_given(
    intake: Intake, keeper: Keeper, session: Session, told: str, root: dict[str, Any]
) -> Frame:
    """Save a picture that the caller brings, as if it had been drawn; raises Refused."""
    try:
        picture = pictures.decoded(base64.b64decode(told.partition(",")[2], validate=True))
    except ValueError as error:
        raise InternalFault("no picture") from error
    call = Call(session, 1, root, _unheard, _unheard, _gone)
    claim = session.claim()
    claim.disposed = True
    work = Work(call, claim, session.interrupted, Generation(None, "", {}))
    intake.read(work)
    date = work.stamp.at.strftime("%Y-%m-%d")
    metadata = frames.metadata(params.shown(work.read), work.extra, preview=False, date=date)
    shown = await keeper.keep(work, work.read, picture, metadata)
    return {
        "image": shown,
        "batch_index": "0",
        "request_id": work.request,
        "metadata": metadata,
    }


def _unheard(_: object) -> None:
    """Nobody listens to a picture that was only brought."""


def _gone() -> None:
    """Nor is there a connection of its own to cut."""

"""From the body of a request to what is to be drawn: values, presets, counters, a name's time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bot.sandbox.swarmui import files, params
from bot.sandbox.swarmui.accounts import Session
from bot.sandbox.swarmui.models import ModelFile
from bot.sandbox.swarmui.reading import Reader, complete
from bot.sandbox.swarmui.wildcards import Wildcards
from bot.sandbox.swarmui.work import Work


class Intake:
    """Reads requests on behalf of whoever sent them."""

    def __init__(
        self, models: Iterable[ModelFile], wildcards: Wildcards, store: files.Files
    ) -> None:
        self._models, self._wildcards, self._store = models, wildcards, store

    def reader(self, session: Session) -> Reader:
        return Reader(
            self._models,
            session.user.may,
            lambda path: self._store.exists(session.user.name, path),
            self._wildcards.options(),
        )

    def file(self, session: Session, path: str) -> bytes:
        """Return a picture on the server that a request names."""
        return self._store.read(self._store.folder_of(session.user.name) / files.asked(path))

    def read(self, work: Work) -> None:
        """Fill the work from its request; raises Refused, or InternalFault where SwarmUI breaks."""
        session, root = work.call.session, work.call.root
        reader = self.reader(session)
        work.read = reader.read(root)
        asked = root.get("presets")
        if isinstance(asked, list) and asked:
            for title in asked:
                preset = session.user.preset(params.as_text(title))
                if preset is not None:
                    reader.preset(work.read, preset["param_map"])
            work.extra["presets_used"] = [params.as_text(title) for title in asked]
        complete(work.read)
        work.claim.gens = int(work.read.get("images", 1))
        work.request = session.user.next_request()
        extra = root.get("extra_metadata")
        if isinstance(extra, dict):
            work.extra |= {
                key: value if isinstance(value, list) else params.json_text(value)
                for key, value in extra.items()
            }
        now = datetime.now().astimezone()
        work.stamp = files.Stamp(now, session.user.next_in_minute(now.strftime("%Y%m%d%H%M")))


def numbered(read: dict[str, Any], number: int) -> dict[str, Any]:
    """Return the parameters of one image. Its seed or variation seed counts up."""
    mine = dict(read)
    if not mine.get("noseedincrement"):
        step = number * int(mine.get("batchsize", 1))
        varied = float(mine.get("variationseedstrength", 0)) > 0
        mine["variationseed" if varied and "variationseed" in mine else "seed"] += step
    return mine

"""From a picture to what its frame says: a file under the user's folder, or a data URL."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any, Final

from PIL import Image

from bot.sandbox.swarmui import files, pictures
from bot.sandbox.swarmui.errors import Refused
from bot.sandbox.swarmui.script import Script
from bot.sandbox.swarmui.work import Work

NOT_SAVED: Final = "Server failed to save an image."
_EXTENSIONS: Final = {"PNG": "png", "JPG": "jpg", "WEBP": "webp", "WEBP_LOSSLESS": "webp"}


class Keeper:
    """Saves pictures; `dripping` are the files that are to be sent slowly."""

    def __init__(self, store: files.Files, script: Script) -> None:
        self._store, self._script = store, script
        self._writing: set[asyncio.Task[None]] = set()
        self.dripping: set[Path] = set()

    def forget(self) -> None:
        """Lose what is not written yet, and close the databases, as the end of the process does."""
        for task in self._writing:
            task.cancel()
        self._store.databases.forget()

    async def close(self) -> None:
        """Forget, and wait until no task is left."""
        tasks = tuple(self._writing)
        self.forget()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def keep(self, work: Work, read: dict[str, Any], picture: Image.Image, told: str) -> str:
        """Save a picture and answer what its frame says: a path, or a data URL if not saved."""
        call, user = work.call, work.call.session.user.name
        held = call.session.user.settings
        form = str(read.get("imageformat", held["fileformat.imageformat"]))
        unsaved = bool(read.get("donotsave")) or not held["savefiles"]
        if unsaved:
            form = "PNG"
        form = form if form in _EXTENSIONS else "JPG"
        plain = unsaved or not held["fileformat.savemetadata"]
        data = await asyncio.to_thread(pictures.encode, picture, form, None if plain else told)
        if call.fault == "huge":
            data = await asyncio.to_thread(pictures.padded, data)
        if call.fault == "not_a_picture":
            data = b"<html><body>502 Bad Gateway</body></html>\n"
        if unsaved:
            return "data:image/png;base64," + base64.b64encode(data).decode("ascii")
        asked = read.get("overrideoutpathformat") if self._script.override_path else None
        shape = str(asked or held["outpathbuilder.format"])
        path = files.filled(shape, work.stamp, read, user)
        try:
            target = await asyncio.to_thread(
                self._store.take_name, user, path, _EXTENSIONS[form], data
            )
        except OSError:
            raise Refused(NOT_SAVED) from None
        writing = asyncio.create_task(self._write(target, data), name=f"write {target.name}")
        self._writing.add(writing)
        writing.add_done_callback(self._writing.discard)
        if not self._script.save_s:
            await asyncio.wait({writing})
        if call.fault == "slow_drip":
            self.dripping.add(target)
        shown = self._store.shown(target)
        work.record.images.append(shown)
        return shown

    async def _write(self, target: Path, data: bytes) -> None:
        await asyncio.sleep(self._script.save_s)
        await asyncio.to_thread(self._store.write, target, data)

"""What lies in a job's folder over there is found whatever it is, and nothing else is."""

from __future__ import annotations

from bot.adapters.swarmui import SwarmClient, SwarmSettings
from tests.support.drawing import FOLDER
from tests.support.frames import FrameServer


async def test_videos_and_sounds_are_found_too() -> None:
    stem = f"raw/{FOLDER}"
    names = [f"{stem}.mp4", f"{stem}-2.mp3", f"{stem}-1.webm", f"{stem}-3.html", f"{stem}-4.png"]
    server = FrameServer()
    server.answers["ListImages"] = {"files": [{"src": name} for name in names], "folders": []}
    async with server.running(), SwarmClient.open(SwarmSettings(url=server.base)) as swarm:
        refs = await swarm.list_saved_images(FOLDER)
    assert [ref.rpartition(FOLDER)[2] for ref in refs] == [".mp4", "-1.webm", "-2.mp3", "-4.png"]

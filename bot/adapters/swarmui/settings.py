"""Settings of the SwarmUI client, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from yarl import URL

USER_AGENT: Final = "swarmui-discord-bot"


@dataclass(frozen=True, slots=True)
class SwarmSettings:
    """Address, secrets and deadlines in seconds. Its repr shows no secret.

    `token` is the value of SwarmUI's cookie `swarm_token`; `authorization` is a whole header.
    `silence_s` is how long a stream may bring nothing of its request, `lost_stream_s` the same
    where no frames come, as over HTTP, and `load_s` the same while a model is loaded. After
    `look_s` without a frame, while SwarmUI sends one every 30 s, the server is asked for its
    status. `answer_s` bounds an ordinary answer, `first_frame_s` the time to the first frame on a
    WebSocket, `websocket_again_s` the pause after a failed WebSocket.
    """

    url: str = field(default="http://127.0.0.1:7801", repr=False)  # it may hold a password
    token: str = field(default="", repr=False)  # the value of SwarmUI's cookie `swarm_token`
    authorization: str = field(default="", repr=False)  # the whole header, if the server wants one
    previews: bool = True
    silence_s: float = 900.0
    lost_stream_s: float = 3600.0
    load_s: float = 3600.0
    look_s: float = 45.0  # after this time without any frame (one comes every 30 s) we ask
    connect_s: float = 10.0
    answer_s: float = 30.0  # for one ordinary answer
    first_frame_s: float = 20.0  # from our request on a WebSocket to the first frame
    websocket_again_s: float = 600.0  # how long a missing WebSocket is left alone
    poll_s: float = 1.0

    @property
    def base_url(self) -> URL:
        """The address without a trailing slash, query or fragment."""
        url = URL(self.url.strip())
        return url.with_path(url.path.rstrip("/"))

    @property
    def display_url(self) -> str:
        """Return the address without user name and password."""
        return str(self.base_url.with_user(None)).rstrip("/")

    def build_http_url(self, path: str) -> URL:
        """Return the URL of a quoted `path` below the address."""
        return URL(f"{str(self.base_url).rstrip('/')}/{path}", encoded=True)

    def build_websocket_url(self, path: str) -> str:
        """Return the same URL with the scheme ws or wss."""
        http = self.build_http_url(path)
        return str(http.with_scheme("wss" if http.scheme == "https" else "ws"))

    def build_headers(self) -> dict[str, str]:
        """Return the headers of every request, without an Origin."""
        headers = {"User-Agent": USER_AGENT}
        if self.token:
            headers["Cookie"] = f"swarm_token={self.token}"
        if self.authorization:
            headers["Authorization"] = self.authorization
        return headers


def hurry_settings(settings: SwarmSettings) -> SwarmSettings:
    """Return the settings for checks that somebody waits for."""
    return replace(settings, connect_s=5.0, answer_s=5.0, first_frame_s=5.0)

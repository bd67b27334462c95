"""What outside scripts judge the bot by: its requests, the answers, and the rules it broke."""

from collections import Counter
from dataclasses import dataclass, field

from bot.sandbox.discord.model import Json


@dataclass(slots=True)
class Report:
    """Counts since the server started. `live_mentions` counts every person, role or @everyone.

    `refused_edits` counts edits of each message that were answered with 400 to 404, and
    `without_components` the requests by token whose components were ignored.
    """

    requests: int = 0
    responses: Counter[int] = field(default_factory=Counter)
    invalid: list[Json] = field(default_factory=list)
    unknown_routes: list[str] = field(default_factory=list)
    live_mentions: int = 0
    edits_per_message: Counter[str] = field(default_factory=Counter)
    refused_edits: Counter[str] = field(default_factory=Counter)
    without_components: int = 0
    gateway: Counter[str] = field(default_factory=Counter)

    def broke(self, route: str, field_name: str, why: str) -> None:
        self.invalid.append({"route": route, "field": field_name, "why": why})

    def as_json(self) -> Json:
        return {
            "requests": self.requests,
            "responses": {str(status): n for status, n in sorted(self.responses.items())},
            "rate_limited": self.responses[429],
            "invalid": self.invalid,
            "unknown_routes": self.unknown_routes,
            "live_mentions": self.live_mentions,
            "edits_per_message_max": max(self.edits_per_message.values(), default=0),
            "refused_edits": dict(self.refused_edits),
            "without_components": self.without_components,
            "gateway": dict(self.gateway),
        }

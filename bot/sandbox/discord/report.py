"""What outside scripts judge the bot by: its requests, the answers, and the rules it broke."""

from collections import Counter
from dataclasses import dataclass, field

from bot.sandbox.discord.model import Json


@dataclass(slots=True)
class Report:
    """Counts since the server started. `live_mentions` counts every person, role or @everyone."""

    requests: int = 0
    responses: Counter[int] = field(default_factory=Counter)
    invalid: list[Json] = field(default_factory=list)
    unknown_routes: list[str] = field(default_factory=list)
    live_mentions: int = 0
    edits_per_message: Counter[str] = field(default_factory=Counter)
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
            "gateway": dict(self.gateway),
        }

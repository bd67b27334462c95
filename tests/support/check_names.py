"""Names of the lines of `swarmbot check`, in their order."""

DISCORD_CHECKS = [
    "token",
    "clock",
    "intent",
    "interactions",
    "invite",
    "gateway",
    "session starts",
    "server",
    "slash commands",
    "registered commands",
    "channels",
]

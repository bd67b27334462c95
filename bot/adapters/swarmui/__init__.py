"""Client of SwarmUI's API with the ports `ImageBackend`, `Lease` and `Catalog`.

`Swarm.open(settings)` returns the backend with the catalog as `swarm.catalog`. `probe` holds the
checks of `swarmbot check`.
"""

from bot.adapters.swarmui.catalog import SwarmCatalog
from bot.adapters.swarmui.client import SwarmClient
from bot.adapters.swarmui.health import Health
from bot.adapters.swarmui.probe import probe_swarmui
from bot.adapters.swarmui.settings import SwarmSettings, hurry_settings

__all__ = [
    "Health",
    "SwarmCatalog",
    "SwarmClient",
    "SwarmSettings",
    "hurry_settings",
    "probe_swarmui",
]

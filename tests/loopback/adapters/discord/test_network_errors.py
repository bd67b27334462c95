"""The whole bot on a computer that does not trust Discord's certificate."""

from __future__ import annotations

import asyncio
from pathlib import Path

from structlog.testing import capture_logs

from bot import app
from bot.adapters.discord.network_errors import CERTIFICATE_REASON
from bot.config import Settings
from tests.support.proxy import Proxy
from tests.support.town import town


def behind(settings: Settings, old: str, new: str) -> Settings:
    """Replace the beginning of Discord's address."""
    base = settings.discord.api_base.replace(old, new)
    return settings.model_copy(
        update={"discord": settings.discord.model_copy(update={"api_base": base})}
    )


async def test_an_untrusted_certificate_is_one_line_and_is_tried_again(tmp_path: Path) -> None:
    async with town(tmp_path) as here, Proxy(here.discord.base).running(tls=True) as proxy:
        settings = behind(here.settings(), here.discord.base, proxy.base)
        with capture_logs() as logs:
            bot = asyncio.create_task(app.run(settings, here.said.append))
            await here.until(
                lambda: sum(one["event"] == "Discord cannot be reached" for one in logs) > 1
            )
            assert not bot.done()
            bot.cancel()
            await asyncio.wait([bot])
        told = [one for one in logs if one["event"] == "Discord cannot be reached"]
        assert {one["why"] for one in told} == {CERTIFICATE_REASON}
        assert all("SSL_CERT_FILE" in one["fix"] for one in told)
        assert not [one for one in logs if "exc_info" in one or "lost" in one["event"]]

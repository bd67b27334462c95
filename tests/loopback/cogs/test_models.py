"""/models over real sockets: previews from SwarmUI, a search, a model of one's own, an absence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.town import Town, town


def custom_ids(message: dict[str, Any]) -> list[str]:
    rows = message["components"]
    return [one["custom_id"] for row in rows for one in row["components"]]


def options(message: dict[str, Any]) -> list[dict[str, Any]]:
    rows = message["components"]
    found = [one for row in rows for one in row["components"] if one["type"] == 3]
    return list(found[0]["options"])


async def panel(here: Town, **named: Any) -> dict[str, Any]:
    state = await here.command("mia", "models", **named)
    return await here.message(state["messages"][0])


async def test_a_model_is_found_looked_at_made_usual_and_drawn_with(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        shown = await panel(here)
        assert shown["flags"] & 64
        thumbnails = [one["thumbnail"]["url"] for one in shown["embeds"] if "thumbnail" in one]
        assert thumbnails, shown
        for url in thumbnails:
            async with here.http.get(url) as answer:
                assert (await answer.read())[:2] == b"\xff\xd8"
        last = options(shown)[-1]
        menu = next(one for one in custom_ids(shown) if one.startswith("models:pick:"))
        asked = await here.act(
            "mia", "component", message=shown["id"], custom_id=menu, values=[last["value"]]
        )
        await here.answered(asked["interaction"])
        card = await here.message(shown["id"])
        assert len(card["embeds"]) == 1
        await here.press("mia", card, "models:usual")
        picture = await here.picture(await here.imagine("mia"))
        [(usual,)] = here.rows("SELECT model FROM personal")
        assert usual == last["description"]
        assert picture["attachments"]
        report = await here.swarm_report()
        assert report["generations"][-1]["parameters"]["model"] == usual

        card = await here.message(shown["id"])
        form = await here.press("mia", card, "models:draw")
        sent = await here.act(
            "mia", "modal", modal=form["modal"]["id"], fields={"prompt": "an owl"}
        )
        state = await here.answered(sent["interaction"])
        drawn = await here.picture(await here.message(state["messages"][0]))
        assert drawn["content"].startswith("an owl")
        await here.clean()


async def test_the_list_is_there_after_a_restart_while_swarmui_is_away(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.start_bot()
        before = await panel(here, search="fox")
        await here.stop_bot()
        await here.script(down=True)
        await here.start_bot()
        after = await panel(here)
        assert "The image server is offline. This list was made <t:" in after["content"]
        assert after["embeds"]
        assert before["content"].startswith(("There's no model called", "1 of"))

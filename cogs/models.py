"""/models with pages of images and the member's default model."""

from __future__ import annotations

from typing import Final

from discord import app_commands

from bot.adapters.discord.cog_bases import BotCog
from bot.adapters.discord.interactions.context import BotInteraction, build_context
from bot.adapters.discord.interactions.forms import model_prompt_modal, read_draw_form
from bot.adapters.discord.interactions.responder import InteractionResponder
from bot.adapters.discord.interactions.router import ComponentEvent, ComponentRoute
from bot.adapters.discord.render.models import render_model_page
from bot.core.models import ItemKind, ListPosition
from bot.flow.drawing.requests import DrawingRequests
from bot.flow.models import ModelBrowser

KIND_CHOICES: Final = [
    app_commands.Choice(name="Models", value=ItemKind.MODELS.value),
    app_commands.Choice(name="LoRAs", value=ItemKind.LORAS.value),
    app_commands.Choice(name="Styles", value=ItemKind.STYLES.value),
]
LIST_PATTERN: Final = (
    r"(?P<verb>page|all|refresh|pick):(?P<kind>[mls]):(?P<page>[0-9]{1,6}):(?P<search>.*)"
)
ITEM_PATTERN: Final = r"(?P<kind>[mls]):(?P<key>[0-9a-f]{12})"


class ModelsCog(BotCog):
    """/models. Only the member who opened a panel sees it."""

    def __init__(
        self,
        browser: ModelBrowser,
        requests: DrawingRequests,
        responder: InteractionResponder,
        *,
        prompt_max: int,
    ) -> None:
        self._browser, self._requests, self._responder = browser, requests, responder
        self._prompt_max = prompt_max
        self.routes = (
            ComponentRoute(("models",), LIST_PATTERN, self._change_list),
            ComponentRoute(("models",), rf"draw:{ITEM_PATTERN}", self._open_form),
            ComponentRoute(("models",), rf"form:{ITEM_PATTERN}", self._submit_form, form=True),
            ComponentRoute(("models",), rf"(?P<verb>usual|forget):{ITEM_PATTERN}", self._set_usual),
        )

    @app_commands.command(description="Browse models and set your default")
    @app_commands.describe(
        search="Only names with these words", kind="Models, LoRAs or styles (default: models)"
    )
    @app_commands.choices(kind=KIND_CHOICES)
    async def models(
        self, interaction: BotInteraction, search: str = "", kind: str = ItemKind.MODELS.value
    ) -> None:
        """Show the first page privately."""
        asker = build_context(interaction)
        place = ListPosition(ItemKind(kind), 0, search.strip())
        await self._responder.show_panel(
            interaction, self._browser.show_page(asker, place), render_model_page
        )

    async def _open_form(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        kind, key = ItemKind(press.arguments["kind"]), press.arguments["key"]
        title = self._browser.find_title(kind, key) or f"this {kind.singular_name}"
        form = model_prompt_modal(kind, key, title, prompt_max=self._prompt_max)
        await self._responder.open_form(interaction, form)

    async def _submit_form(self, interaction: BotInteraction, form: ComponentEvent) -> None:
        asker = build_context(interaction)
        asked, _ = read_draw_form(f"interaction:{interaction.id}", form.fields or {})
        wish = self._browser.build_request(
            ItemKind(form.arguments["kind"]), form.arguments["key"], asked.prompt, asked.source
        )
        await self._responder.answer_job(
            interaction,
            self._requests.submit_request(wish, asker),
            private=self._requests.is_private(wish, asker),
        )

    async def _set_usual(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        asker, key = build_context(interaction), press.arguments["key"]
        place = ListPosition(ItemKind(press.arguments["kind"]))
        change = (
            self._browser.set_usual_model
            if press.arguments["verb"] == "usual"
            else self._browser.clear_usual_model
        )
        await self._responder.show_panel(interaction, change(asker, key, place), render_model_page)

    async def _change_list(self, interaction: BotInteraction, press: ComponentEvent) -> None:
        asker, arguments = build_context(interaction), press.arguments
        place = ListPosition(
            ItemKind(arguments["kind"]), int(arguments["page"]), arguments.get("search", "")
        )
        match arguments["verb"]:
            case "pick":
                key = press.values[0] if press.values else ""
                asking = self._browser.show_item(asker, key, place)
            case "refresh":
                asking = self._browser.refresh_catalog(asker, place)
            case _:
                asking = self._browser.show_page(asker, place)
        await self._responder.show_panel(interaction, asking, render_model_page)

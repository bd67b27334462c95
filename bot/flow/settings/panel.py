"""Service of the /settings panel. Each press changes one setting at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, TypeAlias

from bot.core import models as model_cards
from bot.core.drawing.name_match import build_item_key, find_similar
from bot.core.drawing.request import DrawRequest, RequestContext
from bot.core.errors import Refused
from bot.core.history.model import Draft
from bot.core.ids import JobId
from bot.core.jobs.job import State
from bot.core.models import ItemKind
from bot.core.policy import GuildSettings
from bot.core.settings import edits as settings_edits
from bot.core.settings import forms as settings_forms
from bot.core.settings import panel as settings_cards
from bot.core.settings import panel_text
from bot.core.settings.edits import SettingsEdit
from bot.core.settings.page_who import HOST_VALUE, find_chosen, find_role_bounds
from bot.core.settings.panel_text import WORD_LISTS
from bot.core.settings.view import WHERE_VIEW, WHO_VIEW, PanelState, SettingsView
from bot.core.ui.layout import Layout, ModalForm
from bot.flow.ports import FlowPorts
from bot.flow.runtime.context import FlowContext
from bot.flow.settings.store import GuildSettingsCache, list_time_zones

Names: TypeAlias = tuple[str, ...]
FORM_DRAFT_SOURCE: Final = "settings"  # the source of a draft that keeps a form's text


@dataclass(frozen=True, slots=True)
class SettingsSession:
    """Open panel, with the guild's roles as far as known."""

    asker: RequestContext
    view: SettingsView = WHERE_VIEW
    role_names: Mapping[int, str] = field(default_factory=dict)


class SettingsPanel:
    """Service of the /settings panel, whose permission was checked before.

    A press reads the present settings, not what the panel showed. `troubled` returns True for a
    guild whose log channel could not be written.
    """

    def __init__(
        self,
        guild_settings: GuildSettingsCache,
        log_has_failed: Callable[[int], bool],
        ports: FlowPorts,
        context: FlowContext,
    ) -> None:
        self._jobs, self._history = ports.stores.jobs, ports.stores.history
        self._catalog, self._context = ports.catalog, context
        self._guild_settings, self._log_has_failed = guild_settings, log_has_failed

    async def show_page(self, panel: SettingsSession, notice: str = "", near: Names = ()) -> Layout:
        """Show the current settings, a notice of what just happened and search results."""
        state = replace(self._build_state(panel), notice=notice, search_results=near)
        return await self._render(panel, state)

    async def apply_button(self, panel: SettingsSession, argument: str) -> Layout:
        """Apply a button `field=value`. An unknown one changes nothing."""
        name, _, value = argument.partition("=")
        view = panel.view
        match name:
            case "drawing" | "private" | "private_allowed":
                return await self._set_field(panel, name, value == "on")
            case "list" if view.name in ("models", "loras"):
                return await self._edit_name_list(panel, lambda _: ())
            case "role" if view.role:
                role = view.role
                panel, edit = replace(panel, view=WHO_VIEW), settings_edits.remove_role(role)
                notice = panel_text.describe_role_change(role, None)
                return await self._apply_edit(panel, edit, lambda _: notice)
            case _:
                return await self.show_page(panel)

    async def apply_selection(self, panel: SettingsSession, argument: str, values: Names) -> Layout:
        """Apply a menu's choice of none, one or several values."""
        first = values[0] if values else ""
        match argument:
            case "zone" if first:
                return await self._set_field(panel, "time_zone", first)
            case "model":
                return await self._set_default_model(panel, first)
            case "role" if first == str(panel.asker.guild):  # the id of @everyone
                panel = replace(panel, view=WHO_VIEW)
                return await self.show_page(panel, panel_text.EVERYONE_NOTE)
            case "role" | "ruled" if first.isdecimal():
                panel = replace(panel, view=SettingsView("role", int(first)))
                return await self.show_page(panel)
            case "add" | "remove" if panel.view.name in ("models", "loras"):
                return await self._change_names(panel, argument, set(values))
            case "channels" | "log_channel" | "ring" | "spoiler" | "adult":
                try:
                    value = settings_edits.MENU_PARSERS[argument](values)
                except ValueError:  # this version knows no such choice
                    return await self.show_page(panel)
                return await self._set_field(panel, argument, value)
            case _:
                return await self.show_page(panel)

    async def reject_log_channel(self, panel: SettingsSession, sentence: str) -> Layout:
        """Refuse a log channel in which the bot may not write."""
        return await self._show_error(panel, f"{sentence} Nothing was changed.")

    async def open_form(self, panel: SettingsSession, argument: str) -> ModalForm | Layout:
        """Return a form with the current values, or what was typed before a refusal."""
        kind, _, draft = argument.partition(".")
        if kind not in ("zone", "search", "bounds", *WORD_LISTS):
            return await self.show_page(panel)
        typed = None
        kept = await self._history.find_draft(JobId(draft)) if draft else None
        asker = panel.asker
        if kept is not None and (kept.user, kept.guild) == (asker.user, asker.guild):
            typed = kept.request.prompt
        try:
            return settings_forms.build_form(self._build_state(panel), panel.view, kind, typed)
        except Refused as refused:
            return await self._show_error(panel, refused.sentence)

    async def submit_form(
        self, panel: SettingsSession, argument: str, fields: Mapping[str, str]
    ) -> Layout:
        """Submit a form. A refused one can be opened again with what was typed."""
        kind, _, began = argument.partition(".")
        text = settings_forms.join_fields(kind, fields)
        match kind:
            case "zone":
                return await self._set_time_zone(panel, text)
            case "search":
                return await self._search_items(panel, text)
            case "bounds":
                role = panel.view.role
                try:
                    edit = settings_edits.set_bounds(role, settings_forms.parse_bounds(text))
                except Refused as refused:
                    return await self._show_refusal(panel, refused, kind, text)
                describe = partial(self._describe_bounds, role)
            case "words" | "age_words" | "allowed_words":
                edit = settings_edits.set_field(kind, settings_forms.split_lines(text))
                describe = partial(self._describe_field, kind)
            case _:
                return await self.show_page(panel)
        edit = settings_edits.guard_unchanged(panel.view, kind, began, edit)
        return await self._apply_edit(panel, edit, describe, kind, text)

    async def _set_field(self, panel: SettingsSession, name: str, value: object) -> Layout:
        edit = settings_edits.set_field(name, value)
        return await self._apply_edit(panel, edit, partial(self._describe_field, name))

    def _describe_field(self, name: str, settings: GuildSettings) -> str:
        after_s = self._context.host.ping_after_s
        return panel_text.describe_change(name, settings, self._load_titles(), after_s)

    def _describe_bounds(self, role: int, settings: GuildSettings) -> str:
        if role:
            return panel_text.describe_role_change(role, find_role_bounds(settings, role))
        return panel_text.describe_everyone_bounds(settings, self._context.host.bounds)

    async def _set_default_model(self, panel: SettingsSession, key: str) -> Layout:
        if key == HOST_VALUE:
            return await self._set_field(panel, "model", "")
        names = [name for name, _ in self._list_items("models") if build_item_key(name) == key]
        if not names:
            return await self._show_error(panel, panel_text.describe_missing("model"))
        return await self._set_field(panel, "model", names[0])

    async def _change_names(self, panel: SettingsSession, verb: str, keys: set[str]) -> Layout:
        def remove_names(chosen: Names) -> Names:
            return tuple(name for name in chosen if build_item_key(name) not in keys)

        def add_names(chosen: Names) -> Names:
            return (*chosen, *(name for name in new if name not in chosen))

        if verb == "remove":
            return await self._edit_name_list(panel, remove_names)
        items = self._list_items(panel.view.name)
        new = [name for name, _ in items if build_item_key(name) in keys]
        if not new:
            what = "model" if panel.view.name == "models" else "LoRA"
            return await self._show_error(panel, panel_text.describe_missing(what))
        return await self._edit_name_list(panel, add_names)

    async def _edit_name_list(
        self, panel: SettingsSession, change: Callable[[Names], Names]
    ) -> Layout:
        view = panel.view

        def describe(settings: GuildSettings) -> str:
            names, titles = find_chosen(settings, view), self._load_titles()
            return panel_text.describe_list_change(view.name, view.role, names, titles)

        return await self._apply_edit(panel, settings_edits.edit_names(view, change), describe)

    async def _set_time_zone(self, panel: SettingsSession, text: str) -> Layout:
        if not text:
            return await self._set_field(panel, "time_zone", "")
        known = await list_time_zones()
        near = settings_forms.find_zones(text, known)
        if len(near) == 1:
            return await self._set_field(panel, "time_zone", near[0])
        if near:
            notice = panel_text.describe_zone_matches(text, len(near))
            return await self.show_page(panel, notice, near)
        near = settings_forms.find_similar_zones(text, known)
        refused = Refused("settings.time_zone", panel_text.describe_unknown_zone(text, any(near)))
        return await self._show_refusal(panel, refused, "zone", text, near)

    async def _search_items(self, panel: SettingsSession, text: str) -> Layout:
        kind = ItemKind.LORAS if panel.view.name == "loras" else ItemKind.MODELS
        listed = model_cards.list_items(self._catalog.get_snapshot(), kind)
        found = model_cards.filter_items(listed, text)
        near = tuple(model_cards.item_name(one) for one in found)
        if not near:
            titles = find_similar(text, (one.title or model_cards.item_name(one) for one in listed))
            notice = panel_text.describe_no_match(kind.singular_name, text, titles)
            return await self._show_error(panel, notice)
        notice = panel_text.describe_matches(kind.singular_name, text, len(near))
        return await self.show_page(panel, notice, near)

    async def _apply_edit(
        self,
        panel: SettingsSession,
        edit: SettingsEdit,
        describe: Callable[[GuildSettings], str],
        kind: str = "",
        text: str = "",
    ) -> Layout:
        before = self._guild_settings.get_settings(panel.asker.guild)
        try:
            after = await self._guild_settings.edit_settings(panel.asker, edit)
        except Refused as refused:
            return await self._show_refusal(panel, refused, kind, text)
        notice = describe(after)
        if after == before:
            notice = panel_text.describe_no_change(notice)
        return await self.show_page(panel, notice)

    async def _show_refusal(
        self, panel: SettingsSession, refused: Refused, kind: str, text: str, near: Names = ()
    ) -> Layout:
        if not text:
            return await self._show_error(panel, refused.sentence, near)
        asker, draft = panel.asker, self._context.ids.new_job_id()
        request = DrawRequest(f"{FORM_DRAFT_SOURCE}:{draft}", text)
        typed = Draft(draft, asker.user, asker.guild, request)
        await self._history.save_draft(typed, self._context.clock.now())
        return await self._show_error(panel, refused.sentence, near, f"{kind}.{draft}")

    async def _show_error(
        self, panel: SettingsSession, text: str, near: Names = (), retry_form: str = ""
    ) -> Layout:
        """Show why nothing was changed. `retry_form` is the refused form with its draft."""
        state = replace(self._build_state(panel), notice=text, is_error=True, search_results=near)
        return await self._render(panel, replace(state, retry_form=retry_form))

    async def _render(self, panel: SettingsSession, state: PanelState) -> Layout:
        guild = panel.asker.guild
        if panel.view == WHERE_VIEW and state.policy.drawing:
            jobs = await self._jobs.list_living_jobs()
            queued = [job for job in jobs if job.guild == guild and job.state is State.QUEUED]
            state = replace(state, waiting=sum(job.order.images for job in queued))
        return settings_cards.build_panel(state, panel.view)

    def _build_state(self, panel: SettingsSession) -> PanelState:
        host = self._context.host
        models, loras = self._list_items("models"), self._list_items("loras")
        return PanelState(
            policy=self._guild_settings.get_settings(panel.asker.guild),
            host=host.bounds,
            host_zone=host.time_zone,
            ring_after_s=host.ping_after_s,
            models=models,
            loras=loras,
            titles=dict((*models, *loras)),
            role_names=panel.role_names,
            log_channel_lost=self._log_has_failed(panel.asker.guild),
        )

    def _list_items(self, what: str) -> tuple[tuple[str, str], ...]:
        kind = ItemKind.MODELS if what == "models" else ItemKind.LORAS
        items = model_cards.list_items(self._catalog.get_snapshot(), kind)
        names = map(model_cards.item_name, items)
        return tuple((name, item.title or name) for name, item in zip(names, items, strict=True))

    def _load_titles(self) -> dict[str, str]:
        return dict((*self._list_items("models"), *self._list_items("loras")))

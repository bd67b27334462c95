"""Service of the /settings panel. Each press changes one setting at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

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
from bot.core.settings.page_access import HOST_VALUE, find_chosen, find_role_bounds
from bot.core.settings.panel_text import WORD_LISTS
from bot.core.settings.view import WHERE_VIEW, WHO_VIEW, PanelState, SettingsView
from bot.core.ui.layout import Layout, ModalForm
from bot.flow.ports import Catalog, HistoryStore, JobStore
from bot.flow.runtime.context import FlowContext
from bot.flow.settings import time_zones
from bot.flow.settings.store import GuildSettingsCache

FORM_DRAFT_SOURCE: Final = "settings"  # the source of a draft that keeps a form's text


@dataclass(frozen=True, slots=True)
class SettingsSession:
    """Open panel with its asker and view. `stamp` is the token of its buttons.

    `list_role_names` are the guild's roles as far as known.
    """

    asker: RequestContext
    pass_token: str
    view: SettingsView = WHERE_VIEW
    role_names: Mapping[int, str] = field(default_factory=dict)


class SettingsPanel:
    """Answers the panel of /settings. Who may use it was asked before.

    Nothing here trusts what the panel showed: a press reads what holds now. `troubled` says of
    which guild the log channel could not be written the last time.
    """

    def __init__(
        self,
        guild_settings: GuildSettingsCache,
        log_has_failed: Callable[[int], bool] = lambda _: False,
        *,
        jobs: JobStore,
        history: HistoryStore,
        catalog: Catalog,
        context: FlowContext,
    ) -> None:
        self._jobs, self._history, self._catalog = jobs, history, catalog
        self._context = context
        self._guild_settings, self._log_has_failed = guild_settings, log_has_failed

    async def show_page(self, panel: SettingsSession) -> Layout:
        """Show the current settings."""
        return await self._build_layout(panel)

    async def apply_button(self, panel: SettingsSession, argument: str) -> Layout:
        """Apply a button `field=value`. An unknown one changes nothing."""
        name, _, value = argument.partition("=")
        view = panel.view
        match name:
            case "drawing" | "private":
                return await self._set_field(panel, name, value == "on")
            case "list" if view.name in ("models", "loras"):
                return await self._edit_name_list(panel, lambda _: ())
            case "role" if view.role:
                role = view.role
                return await self._apply_edit(
                    replace(panel, view=WHO_VIEW),
                    settings_edits.remove_role(role),
                    lambda _: panel_text.describe_role_change(role, None),
                )
            case _:
                return await self._build_layout(panel)

    async def apply_selection(
        self, panel: SettingsSession, argument: str, values: tuple[str, ...]
    ) -> Layout:
        """Apply a menu's choice of none, one or several values."""
        first = values[0] if values else ""
        match argument:
            case "zone" if first:
                return await self._set_field(panel, "time_zone", first)
            case "model":
                return await self._set_default_model(panel, first)
            case "role" if first == str(panel.asker.guild):  # the id of @everyone
                return await self._build_layout(
                    replace(panel, view=WHO_VIEW), panel_text.EVERYONE_NOTE
                )
            case "role" | "ruled" if first.isdecimal():
                return await self._build_layout(
                    replace(panel, view=SettingsView("role", int(first)))
                )
            case "add" | "remove" if panel.view.name in ("models", "loras"):
                return await self._change_names(panel, argument, frozenset(values))
            case "channels" | "log_channel" | "ring" | "spoiler" | "adult":
                try:
                    value = settings_edits.MENU_PARSERS[argument](values)
                except ValueError:  # this version knows no such choice
                    return await self._build_layout(panel)
                return await self._set_field(panel, argument, value)
            case _:
                return await self._build_layout(panel)

    async def reject_log_channel(self, panel: SettingsSession, sentence: str) -> Layout:
        """Refuse a log channel in which the bot may not write."""
        return await self._build_layout(panel, f"{sentence} Nothing was changed.", bad=True)

    async def open_form(self, panel: SettingsSession, argument: str) -> ModalForm | Layout:
        """Return a form with the current values, or what was typed before a refusal."""
        kind, _, draft = argument.partition(".")
        if kind not in ("zone", "search", "bounds", *WORD_LISTS):
            return await self._build_layout(panel)
        typed: str | None = None
        if draft:
            kept = await self._history.find_draft(JobId(draft))
            asker = panel.asker
            if kept is not None and (kept.user, kept.guild) == (asker.user, asker.guild):
                typed = kept.request.prompt
        try:
            return settings_forms.build_form(self._build_state(panel), panel.view, kind, typed)
        except Refused as refused:
            return await self._build_layout(panel, refused.sentence, bad=True)

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
                try:
                    edit = settings_edits.set_bounds(
                        panel.view.role, settings_forms.parse_bounds(text)
                    )
                except Refused as refused:
                    return await self._show_refusal(panel, refused, kind, text)
                told = self._bounds_notice(panel.view.role)
            case "words" | "age_words" | "allowed_words":
                edit, told = (
                    settings_edits.set_field(kind, settings_forms.split_lines(text)),
                    self._field_notice(kind),
                )
            case _:
                return await self._build_layout(panel)
        edit = settings_edits.guard_unchanged(panel.view, kind, began, edit)
        return await self._apply_edit(panel, edit, told, kind, text)

    # --- what changes ------------------------------------------------------------------------

    async def _set_field(self, panel: SettingsSession, name: str, value: object) -> Layout:
        return await self._apply_edit(
            panel, settings_edits.set_field(name, value), self._field_notice(name)
        )

    def _field_notice(self, name: str) -> Callable[[GuildSettings], str]:
        after_s = self._context.host.ping_after_s
        return lambda policy: panel_text.describe_change(name, policy, self._load_titles(), after_s)

    def _bounds_notice(self, role: int) -> Callable[[GuildSettings], str]:
        if role:
            return lambda policy: panel_text.describe_role_change(
                role, find_role_bounds(policy, role)
            )
        host = self._context.host.bounds
        return lambda policy: panel_text.describe_everyone_bounds(policy, host)

    async def _set_default_model(self, panel: SettingsSession, key: str) -> Layout:
        if key == HOST_VALUE:
            return await self._set_field(panel, "model", "")
        name = next(
            (name for name, _ in self._list_items("models") if build_item_key(name) == key), None
        )
        if name is None:
            return await self._build_layout(panel, panel_text.describe_missing("model"), bad=True)
        return await self._set_field(panel, "model", name)

    async def _change_names(
        self, panel: SettingsSession, verb: str, keys: frozenset[str]
    ) -> Layout:
        """Add to a list what the server has, or take away what the list has."""
        if verb == "remove":
            return await self._edit_name_list(
                panel,
                lambda chosen: tuple(one for one in chosen if build_item_key(one) not in keys),
            )
        new = tuple(
            name for name, _ in self._list_items(panel.view.name) if build_item_key(name) in keys
        )
        if not new:
            what = "model" if panel.view.name == "models" else "LoRA"
            return await self._build_layout(panel, panel_text.describe_missing(what), bad=True)
        return await self._edit_name_list(
            panel, lambda chosen: (*chosen, *(one for one in new if one not in chosen))
        )

    async def _edit_name_list(
        self, panel: SettingsSession, change: Callable[[tuple[str, ...]], tuple[str, ...]]
    ) -> Layout:
        view = panel.view

        def list_notice(policy: GuildSettings) -> str:
            return panel_text.describe_list_change(
                view.name, view.role, find_chosen(policy, view), self._load_titles()
            )

        return await self._apply_edit(panel, settings_edits.edit_names(view, change), list_notice)

    async def _set_time_zone(self, panel: SettingsSession, text: str) -> Layout:
        if not text:
            return await self._set_field(panel, "time_zone", "")
        known = await time_zones.list_time_zones()
        near = settings_forms.find_zones(text, known)
        if len(near) == 1:
            return await self._set_field(panel, "time_zone", near[0])
        if near:
            said = panel_text.describe_zone_matches(text, len(near))
            return await self._build_layout(panel, said, near=near)
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
            return await self._build_layout(
                panel, panel_text.describe_no_match(kind.singular_name, text, titles), bad=True
            )
        return await self._build_layout(
            panel, panel_text.describe_matches(kind.singular_name, text, len(near)), near=near
        )

    async def _apply_edit(
        self,
        panel: SettingsSession,
        edit: SettingsEdit,
        told: Callable[[GuildSettings], str],
        kind: str = "",
        text: str = "",
    ) -> Layout:
        before = self._guild_settings.get_settings(panel.asker.guild)
        try:
            after = await self._guild_settings.edit_settings(panel.asker, edit)
        except Refused as refused:
            return await self._show_refusal(panel, refused, kind, text)
        said = told(after)
        return await self._build_layout(
            panel, said if after != before else panel_text.describe_no_change(said)
        )

    async def _show_refusal(
        self,
        panel: SettingsSession,
        refused: Refused,
        kind: str,
        text: str,
        near: tuple[str, ...] = (),
    ) -> Layout:
        """Show the reason. What was typed is kept for a day."""
        correct = ""
        if text:
            asker, draft = panel.asker, self._context.ids.new_job_id()
            wish = DrawRequest(f"{FORM_DRAFT_SOURCE}:{draft}", text)
            await self._history.save_draft(
                Draft(draft, asker.user, asker.guild, wish), self._context.clock.now()
            )
            correct = f"{kind}.{draft}"
        return await self._build_layout(
            panel, refused.sentence, bad=True, near=near, correct=correct
        )

    # --- what is seen ------------------------------------------------------------------------

    async def _build_layout(
        self,
        panel: SettingsSession,
        told: str = "",
        *,
        bad: bool = False,
        near: tuple[str, ...] = (),
        correct: str = "",
    ) -> Layout:
        seen = replace(
            self._build_state(panel),
            notice=told,
            is_error=bad,
            search_results=near,
            retry_form=correct,
        )
        if panel.view == WHERE_VIEW and seen.policy.drawing:
            living = await self._jobs.list_living_jobs()
            mine = (
                job.order.images
                for job in living
                if job.guild == panel.asker.guild and job.state is State.QUEUED
            )
            seen = replace(seen, waiting=sum(mine))
        return settings_cards.build_panel(seen, panel.view)

    def _build_state(self, panel: SettingsSession) -> PanelState:
        house = self._context.host
        models, loras = self._list_items("models"), self._list_items("loras")
        return PanelState(
            policy=self._guild_settings.get_settings(panel.asker.guild),
            host=house.bounds,
            pass_token=panel.pass_token,
            host_zone=house.time_zone,
            ring_after_s=house.ping_after_s,
            models=models,
            loras=loras,
            titles=dict((*models, *loras)),
            role_names=panel.role_names,
            log_channel_lost=self._log_has_failed(panel.asker.guild),
        )

    def _list_items(self, what: str) -> tuple[tuple[str, str], ...]:
        shelf = self._catalog.get_snapshot()
        kind = ItemKind.MODELS if what == "models" else ItemKind.LORAS
        return tuple(
            (model_cards.item_name(one), one.title or model_cards.item_name(one))
            for one in model_cards.list_items(shelf, kind)
        )

    def _load_titles(self) -> dict[str, str]:
        return dict((*self._list_items("models"), *self._list_items("loras")))

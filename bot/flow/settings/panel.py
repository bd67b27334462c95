"""/settings: each press changes what it names, at once, and the panel says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from bot.core import models as model_cards
from bot.core.drawing.name_match import key_of
from bot.core.drawing.request import Asker, Wish
from bot.core.errors import Refused
from bot.core.history.model import Draft
from bot.core.ids import JobId
from bot.core.jobs.job import State
from bot.core.models import Kind
from bot.core.policy import Policy
from bot.core.settings import edits as settings_edits
from bot.core.settings import forms as settings_forms
from bot.core.settings import panel as settings_cards
from bot.core.settings import panel_text
from bot.core.settings.edits import Edit
from bot.core.settings.page_access import HOSTS, chosen_of, of_role
from bot.core.settings.panel_text import LISTS
from bot.core.settings.view import WHERE, WHO, Seen, View
from bot.core.ui.layout import Form, Sheet
from bot.flow.runtime.services import Kit
from bot.flow.settings import time_zones
from bot.flow.settings.store import Policies

TYPED: Final = "settings"  # the source of a draft that keeps a form's text


@dataclass(frozen=True, slots=True)
class Panel:
    """Whose panel it is, and what it shows. `stamp` is the pass that its buttons carry on.

    `role_names` are the server's roles, as far as Discord told of them.
    """

    asker: Asker
    stamp: str
    view: View = WHERE
    role_names: Mapping[int, str] = field(default_factory=dict)


class SettingsDesk:
    """Answers the panel of /settings. Who may use it was asked before.

    Nothing here trusts what the panel showed: a press reads what holds now. `troubled` says of
    which guild the log channel could not be written the last time.
    """

    def __init__(
        self, kit: Kit, policies: Policies, troubled: Callable[[int], bool] = lambda _: False
    ) -> None:
        self._kit, self._policies, self._troubled = kit, policies, troubled

    async def page(self, panel: Panel) -> Sheet:
        """What is in force."""
        return await self._sheet(panel)

    async def put(self, panel: Panel, argument: str) -> Sheet:
        """A button: `field=value`. One that this version does not know changes nothing."""
        name, _, value = argument.partition("=")
        view = panel.view
        match name:
            case "drawing" | "private":
                return await self._change(panel, name, value == "on")
            case "list" if view.name in ("models", "loras"):
                return await self._list(panel, lambda _: ())
            case "role" if view.role:
                role = view.role
                return await self._edit(
                    replace(panel, view=WHO),
                    settings_edits.without_role(role),
                    lambda _: panel_text.role_changed(role, None),
                )
            case _:
                return await self._sheet(panel)

    async def pick(self, panel: Panel, argument: str, values: tuple[str, ...]) -> Sheet:
        """A menu's choice: none, one or several."""
        first = values[0] if values else ""
        match argument:
            case "zone" if first:
                return await self._change(panel, "time_zone", first)
            case "model":
                return await self._default(panel, first)
            case "role" if first == str(panel.asker.guild):  # the id of @everyone
                return await self._sheet(replace(panel, view=WHO), panel_text.EVERYBODY)
            case "role" | "ruled" if first.isdecimal():
                return await self._sheet(replace(panel, view=View("role", int(first))))
            case "add" | "remove" if panel.view.name in ("models", "loras"):
                return await self._names(panel, argument, frozenset(values))
            case "channels" | "log_channel" | "ring" | "spoiler" | "adult":
                try:
                    value = settings_edits.READ[argument](values)
                except ValueError:  # this version knows no such choice
                    return await self._sheet(panel)
                return await self._change(panel, argument, value)
            case _:
                return await self._sheet(panel)

    async def lacks(self, panel: Panel, sentence: str) -> Sheet:
        """The chosen log channel is none that the bot may write in."""
        return await self._sheet(panel, f"{sentence} Nothing was changed.", bad=True)

    async def form(self, panel: Panel, argument: str) -> Form | Sheet:
        """A form to open, with what was typed into it before where that was refused."""
        kind, _, draft = argument.partition(".")
        if kind not in ("zone", "search", "bounds", *LISTS):
            return await self._sheet(panel)
        typed: str | None = None
        if draft:
            kept = await self._kit.books.draft(JobId(draft))
            asker = panel.asker
            if kept is not None and (kept.user, kept.guild) == (asker.user, asker.guild):
                typed = kept.wish.prompt
        try:
            return settings_forms.form(self._seen(panel), panel.view, kind, typed)
        except Refused as refused:
            return await self._sheet(panel, refused.sentence, bad=True)

    async def send(self, panel: Panel, argument: str, fields: Mapping[str, str]) -> Sheet:
        """A form came back. Where it is refused, a button opens it again with what was typed."""
        kind, _, began = argument.partition(".")
        text = settings_forms.typed(kind, fields)
        match kind:
            case "zone":
                return await self._zone(panel, text)
            case "search":
                return await self._search(panel, text)
            case "bounds":
                try:
                    edit = settings_edits.bounds(panel.view.role, settings_forms.numbers(text))
                except Refused as refused:
                    return await self._refused(panel, refused, kind, text)
                told = self._told_bounds(panel.view.role)
            case "words" | "age_words" | "allowed_words":
                edit, told = (
                    settings_edits.setting(kind, settings_forms.lines(text)),
                    self._told(kind),
                )
            case _:
                return await self._sheet(panel)
        edit = settings_edits.unless_changed(panel.view, kind, began, edit)
        return await self._edit(panel, edit, told, kind, text)

    # --- what changes ------------------------------------------------------------------------

    async def _change(self, panel: Panel, name: str, value: object) -> Sheet:
        return await self._edit(panel, settings_edits.setting(name, value), self._told(name))

    def _told(self, name: str) -> Callable[[Policy], str]:
        after_s = self._kit.house.ring_after_s
        return lambda policy: panel_text.changed(name, policy, self._titles(), after_s)

    def _told_bounds(self, role: int) -> Callable[[Policy], str]:
        if role:
            return lambda policy: panel_text.role_changed(role, of_role(policy, role))
        host = self._kit.house.bounds
        return lambda policy: panel_text.for_everybody(policy, host)

    async def _default(self, panel: Panel, key: str) -> Sheet:
        if key == HOSTS:
            return await self._change(panel, "model", "")
        name = next((name for name, _ in self._listed("models") if key_of(name) == key), None)
        if name is None:
            return await self._sheet(panel, panel_text.gone("model"), bad=True)
        return await self._change(panel, "model", name)

    async def _names(self, panel: Panel, verb: str, keys: frozenset[str]) -> Sheet:
        """Add to a list what the server has, or take away what the list has."""
        if verb == "remove":
            return await self._list(
                panel, lambda chosen: tuple(one for one in chosen if key_of(one) not in keys)
            )
        new = tuple(name for name, _ in self._listed(panel.view.name) if key_of(name) in keys)
        if not new:
            what = "model" if panel.view.name == "models" else "LoRA"
            return await self._sheet(panel, panel_text.gone(what), bad=True)
        return await self._list(
            panel, lambda chosen: (*chosen, *(one for one in new if one not in chosen))
        )

    async def _list(
        self, panel: Panel, change: Callable[[tuple[str, ...]], tuple[str, ...]]
    ) -> Sheet:
        view = panel.view

        def told(policy: Policy) -> str:
            return panel_text.list_changed(
                view.name, view.role, chosen_of(policy, view), self._titles()
            )

        return await self._edit(panel, settings_edits.names(view, change), told)

    async def _zone(self, panel: Panel, text: str) -> Sheet:
        if not text:
            return await self._change(panel, "time_zone", "")
        known = await time_zones.known()
        near = settings_forms.zones(text, known)
        if len(near) == 1:
            return await self._change(panel, "time_zone", near[0])
        if near:
            said = panel_text.zone_several(text, len(near))
            return await self._sheet(panel, said, near=near)
        near = settings_forms.zones_alike(text, known)
        refused = Refused("settings.time_zone", panel_text.zone_unknown(text, any(near)))
        return await self._refused(panel, refused, "zone", text, near)

    async def _search(self, panel: Panel, text: str) -> Sheet:
        kind = Kind.LORAS if panel.view.name == "loras" else Kind.MODELS
        listed = model_cards.listed(self._kit.catalog.shelf(), kind)
        found = model_cards.matching(listed, text)
        near = tuple(model_cards.name_of(one) for one in found)
        if not near:
            titles = self._kit.catalog.alike(kind.value, text, 3)
            return await self._sheet(panel, panel_text.not_found(kind.one, text, titles), bad=True)
        return await self._sheet(panel, panel_text.found(kind.one, text, len(near)), near=near)

    async def _edit(
        self,
        panel: Panel,
        edit: Edit,
        told: Callable[[Policy], str],
        kind: str = "",
        text: str = "",
    ) -> Sheet:
        before = self._policies.of(panel.asker.guild)
        try:
            after = await self._policies.edit(panel.asker, edit)
        except Refused as refused:
            return await self._refused(panel, refused, kind, text)
        said = told(after)
        return await self._sheet(panel, said if after != before else panel_text.unchanged(said))

    async def _refused(
        self, panel: Panel, refused: Refused, kind: str, text: str, near: tuple[str, ...] = ()
    ) -> Sheet:
        """Say why; what was typed is kept for a day, so that it can be corrected."""
        correct = ""
        if text:
            asker, draft = panel.asker, self._kit.fresh.job_id()
            wish = Wish(f"{TYPED}:{draft}", text)
            await self._kit.books.keep_draft(
                Draft(draft, asker.user, asker.guild, wish), self._kit.clock.now()
            )
            correct = f"{kind}.{draft}"
        return await self._sheet(panel, refused.sentence, bad=True, near=near, correct=correct)

    # --- what is seen ------------------------------------------------------------------------

    async def _sheet(
        self,
        panel: Panel,
        told: str = "",
        *,
        bad: bool = False,
        near: tuple[str, ...] = (),
        correct: str = "",
    ) -> Sheet:
        seen = replace(self._seen(panel), told=told, bad=bad, near=near, correct=correct)
        if panel.view == WHERE and seen.policy.drawing:
            living = await self._kit.books.living()
            mine = (
                job.order.images
                for job in living
                if job.guild == panel.asker.guild and job.state is State.QUEUED
            )
            seen = replace(seen, waiting=sum(mine))
        return settings_cards.panel(seen, panel.view)

    def _seen(self, panel: Panel) -> Seen:
        house = self._kit.house
        models, loras = self._listed("models"), self._listed("loras")
        return Seen(
            policy=self._policies.of(panel.asker.guild),
            host=house.bounds,
            stamp=panel.stamp,
            host_zone=house.time_zone,
            ring_after_s=house.ring_after_s,
            models=models,
            loras=loras,
            titles=dict((*models, *loras)),
            role_names=panel.role_names,
            log_lost=self._troubled(panel.asker.guild),
        )

    def _listed(self, what: str) -> tuple[tuple[str, str], ...]:
        shelf = self._kit.catalog.shelf()
        kind = Kind.MODELS if what == "models" else Kind.LORAS
        return tuple(
            (model_cards.name_of(one), one.title or model_cards.name_of(one))
            for one in model_cards.listed(shelf, kind)
        )

    def _titles(self) -> dict[str, str]:
        return dict((*self._listed("models"), *self._listed("loras")))

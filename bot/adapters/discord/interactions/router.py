"""Router of component presses and submitted forms.

Every `custom_id` has one grammar, `<action>[:<argument>…][:<target>]`. The action comes first, the
job, draft or member last. An id holds all that its handler needs, so a component works for as long
as Discord shows it, also after a restart. Ids that were sent once keep their meaning.

A view or modal is finished before it is sent, so discord.py keeps none of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import discord

from bot.adapters.discord.interactions.context import BotInteraction
from bot.core.ids import ID_PATTERN, JobId

JOB_PATTERN: Final = rf"(?:(?P<argument>[0-9]+):)?(?P<target>{ID_PATTERN})"
"""Arguments of a button under a job's card: a number, if any, and the job or draft."""
_KINDS: Final = (discord.InteractionType.component, discord.InteractionType.modal_submit)


@dataclass(frozen=True, slots=True)
class ComponentEvent:
    """Pressed component or submitted form.

    `arguments` are the named groups of the route. `values` are a menu's choices, `fields` a form's
    texts by `custom_id`.
    """

    custom_id: str
    action: str
    arguments: Mapping[str, str]
    values: tuple[str, ...] = ()
    fields: Mapping[str, str] | None = None

    @property
    def target(self) -> JobId:
        """Return the job or draft at the end of the id."""
        return JobId(self.arguments["target"])

    @property
    def argument(self) -> str:
        """Return the number before the target, or ""."""
        return self.arguments.get("argument", "")


ComponentHandler: TypeAlias = Callable[[BotInteraction, ComponentEvent], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ComponentRoute:
    """Handler of some actions whose arguments match a pattern, as a press or as a form."""

    actions: tuple[str, ...]
    pattern: str
    handler: ComponentHandler
    form: bool = False


class InteractionRouter:
    """Routes of all cogs, looked up by action."""

    def __init__(self, routes: Iterable[ComponentRoute]) -> None:
        self._routes: dict[tuple[str, bool], list[tuple[re.Pattern[str], ComponentHandler]]] = (
            defaultdict(list)
        )
        for route in routes:
            for action in route.actions:
                entry = (re.compile(route.pattern, re.DOTALL), route.handler)
                self._routes[action, route.form].append(entry)

    async def handle(self, interaction: BotInteraction) -> bool:
        """Call the handler of a press or form, or return False if there is none."""
        if interaction.type not in _KINDS:
            return False
        data: Mapping[str, Any] = interaction.data or {}
        custom_id = str(data.get("custom_id", ""))
        action, _, rest = custom_id.partition(":")
        form = interaction.type is discord.InteractionType.modal_submit
        for pattern, handler in self._routes.get((action, form), ()):
            if found := pattern.fullmatch(rest):
                arguments = {key: text for key, text in found.groupdict().items() if text}
                values = tuple(str(value) for value in data.get("values") or ())
                fields = _read_fields(data) if form else None
                event = ComponentEvent(custom_id, action, arguments, values, fields)
                await handler(interaction, event)
                return True
        return False


def _read_fields(data: Mapping[str, Any]) -> dict[str, str]:
    """Return a form's texts by `custom_id`. Fields sit in rows or, newer, each in a label."""
    fields: dict[str, str] = {}
    stack = list(data.get("components", ()))
    while stack:
        component = stack.pop()
        stack.extend(component.get("components", ()))
        if "component" in component:
            stack.append(component["component"])
        if "custom_id" in component:
            fields[component["custom_id"]] = str(component.get("value") or "")
    return fields

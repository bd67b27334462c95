"""Limits of components: rows of buttons and selects, and the layouts of components V2."""

from typing import Any

from bot.sandbox.discord.model import Json
from bot.sandbox.discord.validate.form import Form, join, kind_of

ROW, BUTTON, SELECT, INPUT = 1, 2, 3, 4
SELECTS = frozenset({3, 5, 6, 7, 8})
IN_ROW = frozenset({BUTTON}) | SELECTS
TOP_V2 = frozenset({ROW, 9, 10, 12, 13, 14, 17})
IN_CONTAINER = TOP_V2 - {17}


class Components:
    """One message's or modal's components: counts parts and letters, and remembers custom_ids."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.ids: set[str] = set()
        self.numbers: set[int] = set()
        self.count = 0
        self.letters = 0

    def message(self, node: Json, path: str, *, v2: bool) -> None:
        at = join(path, "components")
        parts = self.form.many(node, "components", path, 40 if v2 else 5)
        self._all(parts, at, TOP_V2 if v2 else frozenset({ROW}))
        if self.count > 40:
            self.form.flaw(at, "The maximum number of components is 40", "COMPONENT_MAX_TOTAL")
        if self.letters > 4000:
            self.form.flaw(
                at, "The text of all components is over 4000 characters", "COMPONENT_MAX_TEXT"
            )

    def _all(self, parts: list[Any], at: str, allowed: frozenset[int]) -> None:
        for where, part in self.form.each(parts, at):
            if kind_of(part) not in allowed:
                self.form.flaw(
                    join(where, "type"),
                    f"Value must be one of {tuple(sorted(allowed))}.",
                    "UNION_TYPE_CHOICES",
                )
                continue
            self.one(part, where)

    def one(self, part: Json, at: str) -> None:
        form, kind = self.form, part["type"]
        self.count += 1
        number = form.whole(part, "id", at, 0, 2**31 - 1)
        if number and number in self.numbers:
            form.flaw(
                join(at, "id"), "Component id cannot be duplicated", "COMPONENT_ID_DUPLICATED"
            )
        self.numbers.add(number or 0)
        if kind == ROW:
            self._row(part, at)
        elif kind == BUTTON:
            self._button(part, at)
        elif kind in SELECTS:
            self.select(part, at)
        elif kind == 10:
            self.letters += len(form.text(part, "content", at, 4000, 1, needed=True) or "")
        elif kind == 17:
            self._all(
                form.many(part, "components", at, 40, 1), join(at, "components"), IN_CONTAINER
            )
        elif kind == 9:
            self._section(part, at)
        elif kind == 12:
            for where, item in form.each(form.many(part, "items", at, 10, 1), join(at, "items")):
                self._media(item, where)
        elif kind == 14:
            form.whole(part, "spacing", at, 1, 2)
            form.yes_or_no(part, "divider", at)
        elif kind == 13 and not isinstance(part.get("file"), dict):
            form.flaw(join(at, "file"), "This field is required", "BASE_TYPE_REQUIRED")

    def _row(self, part: Json, at: str) -> None:
        inside = self.form.many(part, "components", at, 5, 1)
        kinds = [item.get("type") for item in inside if isinstance(item, dict)]
        if len(kinds) > 1 and any(kind != BUTTON for kind in kinds):
            self.form.flaw(
                at, "A select must be alone in its row", "COMPONENT_LAYOUT_WIDTH_EXCEEDED"
            )
        self._all(inside, join(at, "components"), IN_ROW)

    def _section(self, part: Json, at: str) -> None:
        inside = self.form.many(part, "components", at, 3, 1)
        self._all(inside, join(at, "components"), frozenset({10}))
        accessory = part.get("accessory")
        if not isinstance(accessory, dict):
            self.form.flaw(join(at, "accessory"), "This field is required", "BASE_TYPE_REQUIRED")
        elif kind_of(accessory) == 11:
            self.count += 1
            self._media(accessory, join(at, "accessory"))
        else:
            self._all([accessory], join(at, "accessory"), frozenset({BUTTON}))

    def _media(self, item: Json, at: str) -> None:
        self.form.text(item, "description", at, 1024)
        media = item.get("media")
        if not isinstance(media, dict) or not isinstance(media.get("url"), str):
            self.form.flaw(join(at, "media"), "This field is required", "BASE_TYPE_REQUIRED")
        elif not media["url"].startswith(("http://", "https://", "attachment://")):
            self.form.flaw(join(at, "media/url"), "Not a well formed URL.", "URL_TYPE_INVALID_URL")

    def custom_id(self, part: Json, at: str) -> None:
        value = self.form.text(part, "custom_id", at, 100, 1, needed=True)
        if value in self.ids:
            self.form.flaw(
                join(at, "custom_id"),
                "Component custom id cannot be duplicated",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
            )
        self.ids.add(value or "")

    def _button(self, part: Json, at: str) -> None:
        form = self.form
        if "style" not in part:
            form.flaw(join(at, "style"), "This field is required", "BASE_TYPE_REQUIRED")
        style = form.whole(part, "style", at, 1, 6)
        form.yes_or_no(part, "disabled", at)
        if not isinstance(part.get("emoji"), dict | None):
            form.flaw(join(at, "emoji"), "Only dictionaries may be used in a DictType")
        form.text(part, "label", at, 80)
        if style == 5:
            form.text(part, "url", at, 512, 1, needed=True)
            if part.get("custom_id"):
                form.flaw(
                    join(at, "custom_id"),
                    "A link button takes no custom id",
                    "BUTTON_COMPONENT_INVALID",
                )
        elif style == 6:
            form.text(part, "sku_id", at, 20, 1, needed=True)
        else:
            self.custom_id(part, at)
            if part.get("url"):
                form.flaw(
                    join(at, "url"), "Only a link button takes a url", "BUTTON_COMPONENT_INVALID"
                )
        if style != 6 and not (part.get("label") or part.get("emoji")):
            form.flaw(
                join(at, "label"), "A button must have a label or emoji", "BUTTON_COMPONENT_INVALID"
            )

    def select(self, part: Json, at: str) -> None:
        form = self.form
        self.custom_id(part, at)
        form.yes_or_no(part, "disabled", at)
        form.text(part, "placeholder", at, 150)
        low = form.whole(part, "min_values", at, 0, 25)
        high = form.whole(part, "max_values", at, 1, 25)
        if low is not None and low > (1 if high is None else high):
            form.flaw(join(at, "min_values"), "Must not be over max_values", "NUMBER_TYPE_MAX")
        if part["type"] != SELECT:
            return
        options = form.each(form.many(part, "options", at, 25, 1), join(at, "options"))
        values = set()
        for where, option in options:
            form.text(option, "label", where, 100, 1, needed=True)
            form.text(option, "description", where, 100)
            value = form.text(option, "value", where, 100, 1, needed=True)
            if value in values:
                form.flaw(
                    join(where, "value"),
                    "The specified option value is already used",
                    "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                )
            values.add(value)
        if high is not None and high > len(options):
            form.flaw(
                join(at, "max_values"), "Must not be over the number of options", "NUMBER_TYPE_MAX"
            )

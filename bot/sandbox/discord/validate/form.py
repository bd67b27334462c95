"""Collects the flaws of a form, so that the answer names all of them at once."""

import re
from typing import Any

from bot.sandbox.discord.errors import FormError
from bot.sandbox.discord.model import Json


class Form:
    """Checks return what has the right type, else None; paths are joined by `/`."""

    def __init__(self) -> None:
        self.flaws: list[tuple[str, str, str]] = []

    def flaw(self, path: str, message: str, code: str = "BASE_TYPE_BAD") -> None:
        self.flaws.append((path, code, message))

    def done(self) -> None:
        if self.flaws:
            raise FormError(self.flaws)

    def text(
        self, node: Json, key: str, path: str, most: int, least: int = 0, *, needed: bool = False
    ) -> str | None:
        at = join(path, key)
        value = node.get(key)
        if value is None:
            if needed:
                self.flaw(at, "This field is required", "BASE_TYPE_REQUIRED")
            return None
        if not isinstance(value, str):
            self.flaw(at, "Could not interpret as string.", "STRING_TYPE_CONVERT")
            return None
        if len(value) > most:
            self.flaw(at, f"Must be {most} or fewer in length.", "BASE_TYPE_MAX_LENGTH")
        elif len(value) < least:
            self.flaw(at, f"Must be between {least} and {most} in length.", "BASE_TYPE_BAD_LENGTH")
        return value

    def many(self, node: Json, key: str, path: str, most: int, least: int = 0) -> list[Any]:
        """Return the list under `key`. An absent one is empty unless `least` says otherwise."""
        at = join(path, key)
        value = node.get(key)
        if value is None:
            if least:
                self.flaw(at, "This field is required", "BASE_TYPE_REQUIRED")
            return []
        if not isinstance(value, list):
            self.flaw(at, "Only iterables may be used in a ListType", "LIST_TYPE_CONVERT")
            return []
        if not least <= len(value) <= most:
            self.flaw(at, f"Must be between {least} and {most} in length.", "BASE_TYPE_BAD_LENGTH")
        return value

    def whole(self, node: Json, key: str, path: str, least: int, most: int) -> int | None:
        at = join(path, key)
        value = node.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value.lstrip("-").isdigit():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            self.flaw(at, f"Value {value!r} is not int.", "NUMBER_TYPE_COERCE")
            return None
        if not least <= value <= most:
            self.flaw(at, f"int value should be between {least} and {most}.", "NUMBER_TYPE_MAX")
        return value

    def yes_or_no(self, node: Json, key: str, path: str) -> None:
        if not isinstance(node.get(key), bool | None):
            self.flaw(join(path, key), "Must be either true or false.", "BOOLEAN_TYPE_CONVERT")

    def snowflake(self, value: Any, at: str) -> None:
        if not re.fullmatch(r"\d{1,20}", str(value)) or isinstance(value, bool):
            self.flaw(at, f"Value {str(value)!r} is not snowflake.", "NUMBER_TYPE_COERCE")

    def each(self, items: list[Any], path: str) -> list[tuple[str, Json]]:
        """(path, object) of the objects in a list; anything else in it is a flaw."""
        found = []
        for index, item in enumerate(items):
            at = join(path, str(index))
            if isinstance(item, dict):
                found.append((at, item))
            else:
                self.flaw(at, "Only dictionaries may be used in a DictType", "DICT_TYPE_CONVERT")
        return found


def kind_of(node: Json) -> int | None:
    """Return the `type` of a component or option if it is a number."""
    kind = node.get("type")
    return kind if isinstance(kind, int) and not isinstance(kind, bool) else None


def join(path: str, key: str) -> str:
    return f"{path}/{key}" if path else key

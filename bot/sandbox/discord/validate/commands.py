"""Limits of application commands: names, descriptions, options, choices and their number."""

import re
from typing import Any, Final

from bot.sandbox.discord.model import Json
from bot.sandbox.discord.validate.form import Form, join, kind_of

CHAT, USER, MESSAGE, ENTRY_POINT = 1, 2, 3, 4
MOST: Final = {CHAT: 100, USER: 15, MESSAGE: 15, ENTRY_POINT: 1}
NAME: Final = re.compile(r"[-_'\w]+")
LETTERS_MOST = 8000


def check_commands(commands: list[Any]) -> None:
    """Raise FormError for bad commands. Paths begin with the command's index."""
    form = Form()
    seen: set[tuple[int, str]] = set()
    numbers = dict.fromkeys(MOST, 0)
    for at, command in form.each(commands, ""):
        kind = CHAT if command.get("type") is None else kind_of(command)
        if kind not in MOST:
            form.flaw(join(at, "type"), f"Value must be one of {tuple(MOST)}.", "BASE_TYPE_CHOICES")
            continue
        numbers[kind] += 1
        _command(form, command, kind, at)
        key = (kind, str(command.get("name")))
        if key in seen:
            form.flaw(
                join(at, "name"),
                "Application command names must be unique",
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
            )
        seen.add(key)
    for kind, number in numbers.items():
        if number > MOST[kind]:
            form.flaw(
                "",
                f"Maximum number of application commands of type {kind} reached ({MOST[kind]}).",
                "APPLICATION_COMMAND_LIMIT",
            )
    form.done()


def _command(form: Form, command: Json, kind: int, at: str) -> None:
    name = form.text(command, "name", at, 32, 1, needed=True)
    if kind == ENTRY_POINT:
        _name(form, name, at)
        form.text(command, "description", at, 100, 1, needed=True)
        form.whole(command, "handler", at, 1, 2)
        return
    if kind != CHAT:
        if command.get("description"):
            form.flaw(join(at, "description"), "Context menu commands have no description")
        if command.get("options"):
            form.flaw(join(at, "options"), "Context menu commands have no options")
        return
    _name(form, name, at)
    form.text(command, "description", at, 100, 1, needed=True)
    permissions = command.get("default_member_permissions")
    if permissions is not None and not str(permissions).isdigit():
        form.flaw(join(at, "default_member_permissions"), "Must be a number in a string")
    _options(form, command, at, 0)
    if letters(command) > LETTERS_MOST:
        form.flaw(
            at, f"Command exceeds maximum size ({LETTERS_MOST})", "APPLICATION_COMMAND_TOO_LARGE"
        )


def _name(form: Form, name: str | None, at: str) -> None:
    if name and (not NAME.fullmatch(name) or name != name.lower()):
        form.flaw(join(at, "name"), "Command name is invalid", "APPLICATION_COMMAND_INVALID_NAME")


def _options(form: Form, node: Json, at: str, depth: int) -> None:
    names: set[str] = set()
    optional = nested = False
    options = form.each(form.many(node, "options", at, 25), join(at, "options"))
    for where, option in options:
        name = form.text(option, "name", where, 32, 1, needed=True)
        _name(form, name, where)
        form.text(option, "description", where, 100, 1, needed=True)
        if name in names:
            form.flaw(
                join(where, "name"),
                "Option names must be unique",
                "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE",
            )
        names.add(name or "")
        kind = form.whole(option, "type", where, 1, 11)
        if kind is None:
            form.flaw(join(where, "type"), "This field is required", "BASE_TYPE_REQUIRED")
        if kind in (1, 2):
            nested = True
            if depth >= 2 or (kind == 2 and depth >= 1):
                form.flaw(
                    where, "Sub-command option depth exceeded", "APPLICATION_COMMAND_OPTIONS_DEPTH"
                )
            _options(form, option, where, depth + 1)
            continue
        if option.get("required") and optional:
            form.flaw(
                where,
                "Required options must be placed before non-required options",
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
            )
        optional |= not option.get("required")
        _choices(form, option, where, kind or 3)
    if nested and any(option.get("type") not in (1, 2) for _, option in options):
        form.flaw(
            join(at, "options"),
            "Sub-commands and options cannot be mixed",
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        )


def _choices(form: Form, option: Json, at: str, kind: int) -> None:
    choices = form.each(form.many(option, "choices", at, 25), join(at, "choices"))
    if choices and option.get("autocomplete"):
        form.flaw(
            at,
            "Autocomplete cannot be used with choices",
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE",
        )
    for where, choice in choices:
        form.text(choice, "name", where, 100, 1, needed=True)
        value = choice.get("value")
        fits = isinstance(value, str) if kind == 3 else isinstance(value, int | float)
        if not fits:
            form.flaw(
                join(where, "value"),
                "The value does not fit the option's type",
                "BASE_TYPE_CHOICES",
            )
        elif len(str(value)) > 100:
            form.flaw(
                join(where, "value"), "Must be 100 or fewer in length.", "BASE_TYPE_MAX_LENGTH"
            )
    if kind == 3:
        low = form.whole(option, "min_length", at, 0, 6000)
        high = form.whole(option, "max_length", at, 1, 6000)
        if low is not None and high is not None and low > high:
            form.flaw(join(at, "min_length"), "Must not be over max_length")


def letters(node: Json) -> int:
    """Count the characters that count towards a command's 8000."""
    own = sum(len(str(node.get(key) or "")) for key in ("name", "description", "value"))
    inner = [each for each in (node.get("options"), node.get("choices")) if isinstance(each, list)]
    return own + sum(letters(item) for each in inner for item in each if isinstance(item, dict))

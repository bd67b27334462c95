"""SwarmUI's prompt tags, as far as a bot can suffer from them.

Tags are `<name[predata]:data>`, names in any case, nested ones from the inside out; an unknown tag
stays in the text. A bad value raises InternalFault, which the real server only logs: the request
then ends without picture and without error. Where the real server would spin without bound
(`<repeat[999999999]:x>`), this one stops at `MOST_REPEATS`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.swarmui.errors import InternalFault
from bot.sandbox.swarmui.models import ModelFile
from bot.sandbox.swarmui.params import best
from bot.sandbox.swarmui.reading import Reader

MOST_REPEATS: Final = 10_000
_INNERMOST: Final = re.compile(r"<([^<>]*)>")
_STAGES: Final = {"base", "refiner", "video", "videoswap", "pixeldecoder", "break"}
_PASSES: Final = {"segment", "clear", "region", "object", "extend"}


@dataclass(slots=True)
class Parsed:
    """The parameters after the tags, and what the metadata says about it."""

    params: dict[str, Any]
    originals: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    loras: list[str] = field(default_factory=list)


def parse(params: dict[str, Any], reader: Reader) -> Parsed:
    """Work off the tags in both prompts; raises InternalFault or Refused."""
    parsed = Parsed(dict(params))
    for key in ("prompt", "negativeprompt"):
        text = str(params.get(key, ""))
        if "<" not in text:
            continue
        done = _Tags(parsed, reader).expand(text)
        if done != text:
            parsed.originals[f"original_{key}"] = text
            parsed.params[key] = done
    return parsed


class _Tags:
    def __init__(self, parsed: Parsed, reader: Reader) -> None:
        self.parsed, self.reader = parsed, reader
        seed = int(parsed.params.get("seed", 0))
        self.rng = random.Random(seed)  # noqa: S311 -- the same seed must choose the same
        self.variables: dict[str, str] = {}
        self.kept: list[str] = []
        self.handlers: dict[str, Callable[[str, str], str]] = {
            "lora": self._lora,
            "param": self._param,
            "random": self._random,
            "repeat": self._repeat,
            "setvar": self._setvar,
            "setmacro": self._setvar,
            "var": lambda _, data: self.variables.get(data.strip(), ""),
            "macro": lambda _, data: self.variables.get(data.strip(), ""),
            "fromto": self._fromto,
            "alternate": self._alternate,
            "alt": self._alternate,
            "comment": lambda _, __: "",
            "trigger": lambda _, __: self._trigger(),
            "wildcard": self._unknown_name,
            "wc": self._unknown_name,
            "preset": self._unknown_name,
            "p": self._unknown_name,
            "embed": self._embedding,
            "embedding": self._embedding,
        }

    def expand(self, text: str) -> str:
        while (found := _INNERMOST.search(text)) is not None:
            text = text[: found.start()] + self._tag(found[1]) + text[found.end() :]
        return re.sub("\0(\\d+)\0", lambda kept: self._restore(int(kept[1])), text)

    def _restore(self, at: int) -> str:
        return re.sub("\0(\\d+)\0", lambda kept: self._restore(int(kept[1])), self.kept[at])

    def _keep(self, inner: str) -> str:
        self.kept.append(f"<{inner}>")
        return f"\0{len(self.kept) - 1}\0"

    def _tag(self, inner: str) -> str:
        head, _, data = inner.partition(":")
        shape = re.fullmatch(r"\s*(\w+)\s*(?:\[(.*)\])?\s*", head, re.S)
        if shape is None:
            return self._keep(inner)
        name, before = shape[1].lower(), shape[2] or ""
        handler = self.handlers.get(name)
        if handler is not None:
            return handler(before, data)
        if name in _STAGES or name in _PASSES:
            return ""
        return self._keep(inner)

    def _lora(self, _: str, data: str) -> str:
        name, *weights = data.split(":")
        for weight in weights:
            _number(weight)
        offered = [one.short for one in self.reader.models if one.subtype == "LoRA"]
        found = best(name, offered)
        if found is None:
            self.parsed.warnings.append(f"Lora '{name}' does not exist and will be ignored.")
            return ""
        params = self.parsed.params
        params["loras"] = [*params.get("loras", []), found]
        params["loraweights"] = [*params.get("loraweights", []), weights[0] if weights else "1"]
        self.parsed.loras.append(found)
        return ""

    def _param(self, before: str, data: str) -> str:
        if not before:
            return str(self.parsed.params.get(data.strip().lower(), ""))
        self.reader.apply(self.parsed.params, before, data)
        return ""

    def _random(self, before: str, data: str) -> str:
        mark = "||" if "||" in data else "|" if "|" in data else ","
        options = [option.strip() for option in data.split(mark)]
        return " ".join(self.rng.choice(options) for _ in range(_times(before or "1")))

    def _repeat(self, before: str, data: str) -> str:
        if not before:
            before, _, data = data.partition(",")
        return " ".join([data.strip()] * _times(before))

    def _setvar(self, before: str, data: str) -> str:
        if not before:
            raise InternalFault("a variable needs a name in brackets")
        name, _, emit = before.partition(",")
        self.variables[name.strip()] = data
        return "" if emit.strip().lower() == "false" else data

    def _fromto(self, before: str, data: str) -> str:
        parts = data.split("|" if "|" in data else ",")
        if not before or len(parts) != 2:
            raise InternalFault("fromto needs a step and two texts")
        _number(before)
        return f"[{parts[0]}:{parts[1]}:{before}]"

    def _alternate(self, _: str, data: str) -> str:
        return f"[{'|'.join(data.split('|' if '|' in data else ','))}]"

    def _trigger(self) -> str:
        used = {self.parsed.params.get("model"), *self.parsed.params.get("loras", [])}
        named: list[ModelFile] = [one for one in self.reader.models if one.short in used]
        return ", ".join(one.trigger_phrase for one in named if one.trigger_phrase)

    def _embedding(self, _: str, data: str) -> str:
        offered = [one.short for one in self.reader.models if one.subtype == "Embedding"]
        found = best(data, offered)
        return self._unknown_name("", data) if found is None else f"embedding:{found}"

    def _unknown_name(self, _: str, data: str) -> str:
        self.parsed.warnings.append(f"'{data}' is not known here and is ignored.")
        return ""


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InternalFault(f"not a number: {text}") from None


def _times(text: str) -> int:
    low, _, high = text.partition("-")
    return max(0, min(MOST_REPEATS, int(_number(high or low))))

"""SwarmUI's prompt tags, as far as a bot can suffer from them.

A tag is `<name[predata]:data>`, its name in any case. Three passes go over a text: stages and
comments, then what makes or changes text and parameters, then LoRAs; a tag is read from the
outside in, and one that nobody knows, or that names what does not exist, stays in the text as it
is. A value of the wrong form raises InternalFault, which the real server only logs: the picture
then ends without error. Where the real server would spin without bound (`<repeat[999999999]:x>`,
macros that call themselves), this one stops after `MOST_STEPS` and `MOST_LETTERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.swarmui.errors import InternalFault
from bot.sandbox.swarmui.params import as_text, best, clean, table
from bot.sandbox.swarmui.reading import Reader
from bot.sandbox.swarmui.tag_choices import Chooser
from bot.sandbox.swarmui.tag_text import cut, outermost, split

MOST_REPEATS: Final = 10_000
MOST_STEPS: Final = 20_000
MOST_LETTERS: Final = 200_000
DEEPEST: Final = 30
_STAGES: Final = {"base": 5, "refiner": 1, "video": 2, "videoswap": 3, "pixeldecoder": 4}
_FIRST_PASS: Final = 10

Handler = Callable[[str | None, str, str], str | None]


@dataclass(slots=True)
class Parsed:
    """The parameters after the tags, and what the metadata says about it."""

    params: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)

    def note(self, key: str, value: str) -> None:
        """Add to one of the lists in the extra data."""
        self.extra[key] = [*self.extra.get(key, []), value]


def parse(
    params: dict[str, Any], reader: Reader, presets: dict[str, dict[str, Any]] | None = None
) -> Parsed:
    """Work off the tags in both prompts; raises InternalFault or Refused."""
    parsed = Parsed(dict(params))
    tags = _Tags(parsed, reader, presets or {})
    for key in ("prompt", "negativeprompt"):
        text = str(params.get(key, ""))
        done = tags.expand(text.replace("\0", "")) if "<" in text else text
        if done != text:
            parsed.extra[f"original_{key}"] = text
        parsed.params[key] = done
    return parsed


class _Tags:
    """The handlers take what stands in the brackets (None without), the data, and the raw tag."""

    def __init__(self, parsed: Parsed, reader: Reader, presets: dict[str, dict[str, Any]]) -> None:
        self.parsed, self.reader, self.presets = parsed, reader, presets
        self.chooser = Chooser(parsed.params)
        self.variables: dict[str, str] = {}
        self.macros: dict[str, str] = {}
        self.sections = _FIRST_PASS
        self.depth = self.steps = 0
        stages: dict[str, Handler] = dict.fromkeys(_STAGES, self._stage)
        areas: dict[str, Handler] = dict.fromkeys(
            ("segment", "object", "region", "extend"), self._area
        )
        basic: dict[str, Handler] = {
            "break": lambda *_: "<break>",
            "comment": lambda *_: "",
            "trigger": lambda *_: self._trigger(),
        }
        main: dict[str, Handler] = {
            "random": self._random,
            "alternate": self._alternate,
            "alt": self._alternate,
            "fromto": self._fromto,
            "wildcard": self._wildcard,
            "wc": self._wildcard,
            "repeat": self._repeat,
            "preset": self._preset,
            "p": self._preset,
            "param": self._param,
            "embed": self._embedding,
            "embedding": self._embedding,
            "setvar": self._setvar,
            "var": self._var,
            "setmacro": self._setmacro,
            "macro": self._macro,
        }
        self.passes: tuple[dict[str, Handler], ...] = (
            stages | areas | basic,
            main,
            {"lora": self._lora},
        )

    def expand(self, text: str) -> str:
        self.steps += 1
        if self.depth > DEEPEST or self.steps > MOST_STEPS:
            return ""
        self.depth += 1
        try:
            for handlers in self.passes:
                text = self._fill(text, handlers)
        finally:
            self.depth -= 1
        return text[:MOST_LETTERS]

    def _fill(self, text: str, handlers: dict[str, Handler]) -> str:
        done, at = [], 0
        for start, end in outermost(text):
            inner = text[start + 1 : end]
            head, _, data = cut(inner, ":")
            name, bracket, rest = cut(head, "[")
            before = rest[:-1] if bracket and rest.endswith("]") else None
            handler = handlers.get((name if before is not None else head).lower())
            result = handler(before, data, inner) if handler is not None else None
            done += [text[at:start], f"<{inner}>" if result is None else result]
            at = end + 1
        return "".join(done) + text[at:]

    def _ignored(self, words: str) -> None:
        self.parsed.note("parser_warnings", words)

    def _stage(self, _: str | None, __: str, inner: str) -> str:
        name = inner.lower()
        return f"<{name}//cid={_STAGES.get(name, 0)}>"

    def _area(self, _: str | None, __: str, inner: str) -> str:
        self.sections += 1
        return f"<{inner.split('//cid=')[0]}//cid={self.sections}>"

    def _trigger(self) -> str:
        used = {self.parsed.params.get("model"), *self.parsed.params.get("loras", [])}
        named = [one for one in self.reader.models if one.short in used]
        return ", ".join(one.trigger_phrase for one in named if one.trigger_phrase)

    def _random(self, before: str | None, data: str, _: str) -> str | None:
        counted = self._count(before)
        return None if counted is None else self._pick(split(data), *counted, numbers=True)

    def _count(self, before: str | None) -> tuple[int, str] | None:
        """Return how many to choose and what follows each; None for what is no number."""
        if before is None:
            return 1, " "
        times = self._times(before.removesuffix(","))
        return None if times is None else (times, ", " if before.endswith(",") else " ")

    def _pick(self, options: list[str], count: int, mark: str, *, numbers: bool = False) -> str:
        """Choose so many, each one once as long as there are enough."""
        left, result = list(options), ""
        for _ in range(count):
            choice = left.pop(self.chooser.index(len(left)))
            number = self.chooser.number_in(choice) if numbers else None
            if number is not None:
                return number
            result += self.expand(choice).strip() + mark
            left = left or list(options)
        return result.strip()

    def _times(self, text: str) -> int | None:
        text = self.expand(text)
        number = self.chooser.number_in(text) or text
        try:
            return max(0, min(MOST_REPEATS, int(float(number))))
        except (ValueError, OverflowError):
            return None

    def _alternate(self, _: str | None, data: str, __: str) -> str:
        return f"[{'|'.join(self.expand(part) for part in split(data))}]"

    def _fromto(self, before: str | None, data: str, _: str) -> str | None:
        if before is None:
            raise InternalFault("fromto needs a step in brackets")
        parts = [self.expand(part) for part in split(data)]
        if self._times(before) is None or len(parts) != 2:
            self._ignored(f"FromTo input '{data}' is invalid and will be ignored.")
            return None
        return f"[{':'.join(parts)}:{before}]"

    def _wildcard(self, before: str | None, data: str, _: str) -> str | None:
        name, _, rest = self.expand(data).partition(",")
        counted = self._count(before)
        if counted is None:
            return None
        card = best(name, self.reader.wildcards)
        if card is None:
            self._ignored(
                f"Wildcard input '{name}' does not match any wildcard file and will be ignored."
            )
            return None
        self.parsed.note("used_wildcards", card)
        left_out = split(rest.removeprefix("not=")) if rest.startswith("not=") else []
        options = [one for one in self.reader.wildcards[card] if one not in left_out]
        return self._pick(options, *counted) if options else ""

    def _repeat(self, before: str | None, data: str, _: str) -> str | None:
        count, value = before, data
        if not count:
            count, _, value = data.partition(",")
        times = self._times(count)
        if times is None:
            self._ignored(f"Repeat input '{data}' has invalid count and will be ignored.")
            return None
        piece = self.expand(value).strip()
        return " ".join([piece] * min(times, MOST_LETTERS // (len(piece) + 1) + 1))

    def _preset(self, _: str | None, data: str, __: str) -> str | None:
        name = self.expand(data)
        preset = self.presets.get(name.lower())
        if preset is None:
            self._ignored(f"Preset '{name}' does not exist and will be ignored.")
            return None
        others = {key: value for key, value in preset["param_map"].items() if key != "prompt"}
        self.reader.preset(self.parsed.params, others)
        return self.expand(str(preset["param_map"].get("prompt", "")).replace("{value}", ""))

    def _param(self, before: str | None, data: str, _: str) -> str | None:
        data = self.expand(data).strip()
        if before is None:
            value = self.parsed.params.get(clean(data))
            return as_text(value) if clean(data) in table() else None
        if clean(before) not in table():
            self._ignored(f"Parameter '{before}' does not exist and will be ignored.")
            return None
        self.reader.apply(self.parsed.params, before, data)
        return ""

    def _embedding(self, _: str | None, data: str, __: str) -> str:
        wanted = self.expand(data).lower()
        offered = [one.name for one in self.reader.models if one.subtype == "Embedding"]
        found = best(wanted, offered)
        if found is None:
            self._ignored(f"Embedding '{wanted}' does not exist and will be ignored.")
            return ""
        if " " not in found:
            self.parsed.note("used_embeddings", found.removesuffix(".safetensors"))
        return f"<embed:{found}>"

    def _named(self, before: str | None) -> tuple[str, bool]:
        if before is None:
            raise InternalFault("a variable needs a name in brackets")
        name, _, emit = before.partition(",")
        return name, emit.strip().lower() != "false"

    def _setvar(self, before: str | None, data: str, _: str) -> str:
        name, emit = self._named(before)
        self.variables[name] = self.expand(data)
        return self.variables[name] if emit else ""

    def _var(self, before: str | None, data: str, _: str) -> str:
        return self.variables.get(data.strip() or before or "", "")

    def _setmacro(self, before: str | None, data: str, _: str) -> str:
        name, emit = self._named(before)
        self.macros[name] = data
        return self.expand(data) if emit else ""

    def _macro(self, before: str | None, data: str, _: str) -> str:
        return self.expand(self.macros.get(data.strip() or before or "", ""))

    def _lora(self, _: str | None, data: str, __: str) -> str | None:
        name, *weights = self.expand(data).lower().split(":", 2)
        try:
            strengths = [float(weight) for weight in weights]
        except ValueError:
            raise InternalFault(f"not a number in: {data}") from None
        offered = [one.short for one in self.reader.models if one.subtype == "LoRA"]
        found = best(name, offered)
        if found is None:
            self._ignored(
                f"Lora '{name}' does not exist and will be ignored"
                f" (out of {len(offered)} existing loras)."
            )
            return None
        params = self.parsed.params
        strength = as_text(strengths[0]) if strengths else "1"
        before = list(params.get("loras", []))
        tenc = list(params.get("loratencweights", []))
        if len(strengths) > 1 or tenc:
            tenc += params.get("loraweights", [])[len(tenc) :]
            params["loratencweights"] = [*tenc, as_text(strengths[-1]) if strengths else "1"]
        params["loras"] = [*before, found]
        params["loraweights"] = [*params.get("loraweights", []), strength]
        confined = params.get("lorasectionconfinement")
        if confined is None or len(confined) > len(before):
            confined = ["-1"] * len(before)
        params["lorasectionconfinement"] = [*confined, "0"]
        self.parsed.note("prompted_loras", found)
        return ""

"""Whatever a form holds, the sandbox's checks accept it or name its flaws; they never break."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.discord import parts
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.model import Interaction
from bot.sandbox.discord.validate import check_answer, check_commands, check_message

KEYS = st.sampled_from(
    [
        "content", "embeds", "title", "description", "fields", "name", "value", "image", "url",
        "footer", "author", "text", "icon_url", "components", "type", "custom_id", "label", "style",
        "options", "min_values", "max_values", "items", "media", "file", "accessory", "component",
        "flags", "attachments", "id", "filename", "allowed_mentions", "parse", "users", "nonce",
        "choices", "data", "required", "autocomplete", "min_length", "max_length", "color", "poll",
    ]
)  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 33)
    | st.sampled_from([32768, 64, 2**63, 1.5, "", "x", "x" * 120, "attachment://a.png", "1"])
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
OTHERS = dict.fromkeys(("custom_id", "label", "options", "style", "items", "content"), ANYTHING)


def nested(inner: Any) -> Any:
    """Components inside components, most of them almost right."""
    more = {"components": st.lists(inner, max_size=3), "component": inner, "accessory": inner}
    return st.fixed_dictionaries({"type": st.integers(0, 24)}, optional=OTHERS | more)


PARTS = st.recursive(
    st.fixed_dictionaries({"type": st.integers(0, 24)}, optional=OTHERS), nested, max_leaves=6
)
FORMS = st.dictionaries(KEYS, ANYTHING, max_size=6) | st.fixed_dictionaries(
    {"components": st.lists(PARTS, max_size=3)},
    optional={"flags": st.sampled_from([0, 32768]), "title": LEAVES, "custom_id": LEAVES},
)


def refusal(check: Callable[[], None]) -> ApiError | None:
    try:
        check()
    except ApiError as error:
        return error
    return None


@settings(max_examples=60, deadline=None)
@given(FORMS)
def test_messages(body: dict[str, Any]) -> None:
    refused = refusal(lambda: check_message(body, (), 10))
    if refused is None:
        assert all(part["id"] for part in parts.walk(parts.completed(body.get("components"))))
    else:
        assert refused.body
        assert refused.broken


def test_what_is_chosen_already_comes_back_with_ids_that_a_browser_can_read() -> None:
    """A library may send numbers, which no browser holds exactly; Discord answers with strings."""
    chosen = [{"id": 1574767168023691273, "type": "channel"}, {"id": "5", "type": "channel"}]
    select = {"type": 8, "custom_id": "c", "default_values": chosen}
    (row,) = parts.completed([{"type": 1, "components": [select]}])
    shown = row["components"][0]["default_values"]
    assert [one["id"] for one in shown] == ["1574767168023691273", "5"]


@settings(max_examples=30, deadline=None)
@given(st.lists(FORMS | LEAVES, max_size=3))
def test_commands(commands: list[Any]) -> None:
    refused = refusal(lambda: check_commands(commands))
    assert refused is None or refused.broken


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([2, 3, 4, 5]), st.sampled_from([4, 5, 7, 8, 9]), ANYTHING | FORMS)
def test_answers(act: int, kind: int, data: Any) -> None:
    interaction = Interaction("1", "t", act, "2", "3", 0.0)
    refused = refusal(lambda: check_answer(interaction, {"type": kind, "data": data}, (), 10, None))
    assert refused is None or refused.broken

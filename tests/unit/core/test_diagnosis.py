"""The card of /diagnose: one line for each check, a fix for each problem, and nothing secret."""

from __future__ import annotations

from dataclasses import replace

from bot.core.check_result import CheckResult
from bot.core.diagnosis import (
    ALL_WELL,
    DISK_LOW_BYTES,
    HOST_HINT,
    BotState,
    build_own_results,
    diagnosis_card,
)
from bot.core.jobs.job import State
from bot.core.text import format as fmt
from bot.core.ui.card import EMBED_TEXT_MAX
from tests.unit.core.make import T0, a_job

STATE = BotState(3, 1, ("SDXL",), ("SDXL",), None, 5 * 1024**3, "0.1.0")
FAILED = replace(
    a_job(state=State.FAILED), reason="The GPU ran out of memory.", ref="K7Q2", ended_at=T0
)


def own(state: BotState) -> dict[str, CheckResult]:
    return {result.name: result for result in build_own_results(state)}


def test_the_bots_own_state_is_described() -> None:
    found = own(replace(STATE, last_failure=FAILED))
    assert found["queue"].detail == "3 waiting, 1 in progress. Drawing with SDXL."
    assert found["model in memory"].detail == "SDXL."
    assert found["last error"].detail == (
        f"The GPU ran out of memory. Ref K7Q2, {fmt.format_timestamp(T0)}."
    )
    assert found["disk"].detail == "5.0 GB free on the bot's disk."
    assert "0.1.0" in found["version"].detail


def test_a_small_disk_is_a_problem() -> None:
    assert own(replace(STATE, free_bytes=DISK_LOW_BYTES))["disk"].ok
    assert not own(replace(STATE, free_bytes=DISK_LOW_BYTES - 1))["disk"].ok


def test_where_nothing_is_known_it_says_so() -> None:
    found = own(BotState(0, 0, (), (), None, DISK_LOW_BYTES, "0.1.0"))
    assert found["queue"].detail == "0 waiting, 0 in progress."
    assert found["model in memory"].detail == "No model that I know of."
    assert found["last error"].detail == "None in this server."


def test_a_problem_has_its_fix_and_no_address() -> None:
    bad = CheckResult(
        "address", False, "Nothing at http://10.0.0.7.", "Start it.", "Nothing there."
    )
    card = diagnosis_card((bad, CheckResult("login", True, "Let in.", "unused")))
    assert card.content == f"1 to fix. {HOST_HINT}"
    assert card.embed is not None
    assert card.embed.body == "❌ **address:** Nothing there.\n-# Start it.\n✅ **login:** Let in."


def test_all_is_well_and_a_long_card_is_cut() -> None:
    good = CheckResult("x", True, "word " * 90)
    card = diagnosis_card((good,) * 40)
    assert card.content == ALL_WELL
    assert card.embed is not None
    assert len(card.embed.body) <= EMBED_TEXT_MAX

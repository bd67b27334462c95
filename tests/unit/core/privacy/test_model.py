"""Values of an erasure: the words that the database holds."""

from __future__ import annotations

from bot.core.privacy.model import ErasureCounts, ErasureTaskKind


def test_the_stored_word_of_each_task_stays() -> None:
    """An erasure that an earlier version began is finished by this one."""
    assert {kind.name: kind.value for kind in ErasureTaskKind} == {
        "SPOOL": "spool",
        "INIT_IMAGE": "input",
        "BACKEND": "server",
        "MESSAGE": "message",
    }


def test_nothing_is_erased_before_anything_is_counted() -> None:
    assert ErasureCounts() == ErasureCounts(jobs=0, drafts=0, retained=0)

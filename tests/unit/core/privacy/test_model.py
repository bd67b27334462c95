"""Values of an erasure: the words that the database holds."""

from __future__ import annotations

from bot.core.privacy.model import (
    ErasureCounts,
    ErasureTask,
    ErasureTaskKind,
    hide_prompts,
    list_attempts,
)


def test_the_stored_word_of_each_task_stays() -> None:
    """An erasure that an earlier version began is finished by this one."""
    assert {kind.name: kind.value for kind in ErasureTaskKind} == {
        "SPOOL": "spool",
        "INIT_IMAGE": "input",
        "BACKEND_FILE": "file",
        "BACKEND": "server",
        "MESSAGE": "message",
    }


def test_nothing_is_erased_before_anything_is_counted() -> None:
    assert ErasureCounts() == ErasureCounts(jobs=0, drafts=0, retained=0)


def test_a_place_is_below_the_output_folder_with_the_account() -> None:
    job = "swarmbot/2026-11-24/abcdefghijklmnopqr27-1"
    for kind, target, place in (
        (ErasureTaskKind.BACKEND_FILE, f"View/bob/raw/{job}.png", f"bob/raw/{job}.png"),
        (ErasureTaskKind.BACKEND_FILE, f"Output/raw/{job}.png", f"raw/{job}.png"),
        (ErasureTaskKind.BACKEND, job, f"raw/{job}"),
    ):
        assert ErasureTask(1, kind, target).place == place


def test_the_log_learns_no_prompt_from_a_name_that_swarmui_gave() -> None:
    ours = "bob/raw/swarmbot/2026-11-24/abcdefghijklmnopqr27-1.png"
    named = ("bob/raw/2026-11-29/0124005-a fox-sdxl.png", "bob/raw/2026-11-29/0125001-an owl-x.png")
    assert hide_prompts((ours, *named)) == (ours, "bob/raw/2026-11-29/…")


def test_the_attempts_of_a_job_are_those_up_to_its_last_one() -> None:
    job = "swarmbot/2026-11-24/abcdefghijklmnopqr27"
    assert list_attempts(f"{job}-3") == (f"{job}-1", f"{job}-2", f"{job}-3")
    assert list_attempts(f"{job}-1") == (f"{job}-1",)
    assert list_attempts(job) == (job,), "an older version's folder has its attempts within"

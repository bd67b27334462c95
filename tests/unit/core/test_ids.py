"""What a job's id looks like, and what does not."""

from __future__ import annotations

import pytest

from bot.core.ids import build_job_id, is_job_id


def test_a_fresh_id_has_the_form_of_one() -> None:
    made = build_job_id(bytes(range(13)))
    assert is_job_id(made)
    assert len(made) == 20


def test_too_few_random_bytes_make_none() -> None:
    with pytest.raises(ValueError, match="13 random bytes"):
        build_job_id(bytes(12))


@pytest.mark.parametrize(
    "text",
    ["", "a" * 19, "a" * 21, "A" * 20, "0" * 20, "a" * 20 + "\n", "a" * 20 + "/..", " " + "a" * 20],
)
def test_what_is_longer_shorter_or_of_other_letters_is_none(text: str) -> None:
    assert not is_job_id(text)

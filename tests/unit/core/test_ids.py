"""Names of jobs: unguessable, of one form, and told from everything else."""

from __future__ import annotations

import secrets

import pytest

from bot.core.ids import NO_JOB, build_job_id, is_job_id


def test_an_id_has_twenty_characters_and_is_known_as_one() -> None:
    for _ in range(50):
        made = build_job_id(secrets.token_bytes(13))
        assert len(made) == 20
        assert is_job_id(made)


def test_a_hundred_bits_count_and_what_is_more_does_not() -> None:
    data = bytes(range(13))
    assert build_job_id(data) == build_job_id(data + b"more")
    changed = bytes([*data[:12], data[12] ^ 0x10])
    assert build_job_id(changed) != build_job_id(data)
    assert build_job_id(bytes(13)) == "a" * 20


@pytest.mark.parametrize("size", [0, 1, 12])
def test_too_little_chance_makes_no_id(size: int) -> None:
    with pytest.raises(ValueError, match="13"):
        build_job_id(bytes(size))


@pytest.mark.parametrize(
    "text", ["", NO_JOB, "a" * 19, "a" * 21, "A" * 20, "1" * 20, "a" * 19 + "\n", "a" * 20 + "\n"]
)
def test_other_texts_are_no_ids(text: str) -> None:
    assert not is_job_id(text)

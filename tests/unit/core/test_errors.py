"""The families of errors: who is to blame, what may be shown, and what is waited for."""

from __future__ import annotations

import pytest

from bot.core import errors
from bot.core.errors import BackendDown, BackendError, BotError, MessageError, Refused

EVERY = [one for one in vars(errors).values() if isinstance(one, type)]
OF_BACKEND = [one for one in EVERY if issubclass(one, BackendError)]


def test_all_errors_are_of_one_root_and_three_families_never_mix() -> None:
    assert len(EVERY) > 25
    assert all(issubclass(one, BotError) for one in EVERY)
    for one in EVERY:
        families = [kind for kind in (Refused, BackendError, MessageError) if issubclass(one, kind)]
        assert len(families) <= 1


@pytest.mark.parametrize("kind", OF_BACKEND)
def test_an_error_of_swarmui_has_a_sentence_of_its_own_or_the_one_it_is_given(
    kind: type[BackendError],
) -> None:
    assert kind().sentence == str(kind()) != ""
    assert kind("Out of memory.").sentence == "Out of memory."


def test_a_server_that_is_away_is_told_from_one_that_refuses() -> None:
    away = {one.__name__ for one in OF_BACKEND if issubclass(one, BackendDown)}
    assert away == {
        "BackendDown",
        "NoBackend",
        "BackendStalled",
        "GenerationNotStarted",
        "NotSwarmUI",
        "WebPage",
    }
    hosts = {one.__name__ for one in OF_BACKEND if issubclass(one, errors.HostMustAct)}
    assert hosts == {"HostMustAct", "LoginRequired"}
    assert not issubclass(errors.HostMustAct, BackendDown)
    assert issubclass(errors.LoadFailed, errors.RequestRejected)
    assert issubclass(errors.PictureBlocked, errors.BadPicture)


def test_a_refusal_carries_its_rule_the_prompt_and_its_offers() -> None:
    refused = Refused("quota.day", "No more today.", prompt="a fox", offers=(("edit", "Edit"),))
    assert str(refused) == refused.sentence == "No more today."
    assert (refused.rule, refused.prompt, refused.offers) == (
        "quota.day",
        "a fox",
        (("edit", "Edit"),),
    )
    bare = Refused("off", "No.")
    assert (bare.prompt, bare.offers) == ("", ())

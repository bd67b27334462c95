"""Causes of trouble: each has words of its own, and none of them an address or a secret."""

from __future__ import annotations

import pytest

from bot.core.causes import CAUSES, Cause
from bot.core.errors import BackendDown, HostMustAct


@pytest.mark.parametrize("name", CAUSES)
def test_a_cause_has_a_report_and_a_fix(name: str) -> None:
    cause = CAUSES[name]
    error = cause.build_error("https://10.0.0.7/secret")
    assert type(error) is cause.kind
    said = f"{error.sentence} {error.report} {error.fix}"
    assert "10.0.0.7" not in said
    assert "{" not in said
    for part in (error.sentence, error.report, error.fix):
        assert part.endswith((".", "m"))
    named = error.describe(server="http://here:7801", target=error.detail)
    assert ("{server}" in cause.report) is ("http://here:7801" in named)
    assert ("{target}" in cause.report) is ("10.0.0.7" in named)


def test_no_two_causes_have_the_same_report() -> None:
    reports = [cause.report for cause in CAUSES.values()]
    assert len(set(reports)) == len(reports)


@pytest.mark.parametrize(
    "name",
    [
        "TLS_ON_PLAIN",
        "PLAIN_ON_TLS",
        "CERTIFICATE",
        "REDIRECT",
        "LOGIN_MISSING",
        "LOGIN_WRONG",
        "LOGIN_EXPIRED",
        "HEADER_MISSING",
        "HEADER_WRONG",
        "FILE_REFUSED",
        "TOO_LARGE",
        "NO_RIGHT",
    ],
)
def test_what_is_never_an_outage(name: str) -> None:
    assert not issubclass(CAUSES[name].kind, BackendDown)


@pytest.mark.parametrize(
    "name",
    ["REFUSED", "UNKNOWN_HOST", "NO_ANSWER", "BROKE_OFF", "NOT_SWARMUI", "GATEWAY", "WEB_PAGE"],
)
def test_what_always_is_an_outage(name: str) -> None:
    assert issubclass(CAUSES[name].kind, BackendDown)
    assert not issubclass(CAUSES[name].kind, HostMustAct)


def test_an_error_without_a_cause_reports_its_sentence() -> None:
    assert Cause(BackendDown, "", "").build_error().report == BackendDown.default

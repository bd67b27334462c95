"""Down and back are said once each way."""

from __future__ import annotations

from bot.adapters.swarmui.health import Health
from bot.core.errors import (
    BackendDown,
    LoginRequired,
    NoBackend,
    NoPicture,
    NotAllowed,
    RequestRejected,
)


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def health(clock: Clock, said: list[object]) -> Health:
    it = Health(now=clock, websocket_again_s=600)
    it.on_up = lambda: said.append("up")
    it.on_restart = lambda: said.append("restart")
    return it


def test_down_until_the_next_answer_and_up_is_said_once() -> None:
    clock, said = Clock(), list[object]()
    it = health(clock, said)
    it.record_success()
    it.record_failure(BackendDown())
    it.record_failure(LoginRequired())
    assert it.down_reason is not None
    assert isinstance(it.down_reason, LoginRequired)
    clock.time += 240
    it.record_success()
    it.record_success()
    assert it.down_reason is None
    assert said == ["up"]


def test_what_is_about_one_order_says_nothing_of_the_server() -> None:
    said = list[object]()
    it = health(Clock(), said)
    for error in (RequestRejected(), NoPicture(), NotAllowed()):
        it.record_failure(error)
    assert it.down_reason is None
    assert said == []


def test_a_server_without_a_backend_is_not_up_because_it_answers() -> None:
    said = list[object]()
    it = health(Clock(), said)
    it.record_failure(NoBackend())
    it.record_success()
    assert it.down_reason is not None
    it.record_success(able=True)
    assert it.down_reason is None
    assert said == ["up"]


def test_a_missing_websocket_is_left_alone_for_a_while() -> None:
    clock = Clock()
    it = health(clock, [])
    assert it.websocket_ok
    it.disable_websocket("refused")
    clock.time += 599
    assert not it.websocket_due
    clock.time += 1
    assert it.websocket_due
    assert not it.websocket_ok, "no picture is risked on it before it was seen to work"
    it.enable_websocket()
    assert it.websocket_ok
    assert not it.websocket_due


def test_another_process_is_a_restart_but_the_first_is_none() -> None:
    said = list[object]()
    it = health(Clock(), said)
    for server in ("a", "a", "", "b", "b"):
        it.record_server(server)
    assert said == []
    it.record_server("c")
    assert said == ["restart"]

"""Old names of settings work, and the host is told of the new ones."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from bot import app
from bot.__main__ import cli
from bot.config import ConfigError, Settings, known_keys, load
from bot.renamed_settings import RENAMED_KEYS

VALUES = {
    "swarmui.under_way": 3,
    "swarmui.down_wait_minutes": 7,
    "swarmui.drain_s": 5,
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWARMBOT_DISCORD__TOKEN", "a-made-up-token.with.three-parts")


@pytest.fixture
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def write(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text("\n".join(["[swarmui]", *lines, ""]), encoding="utf-8")
    return path


def variable(key: str) -> str:
    return f"SWARMBOT_{key.replace('.', '__').upper()}"


def read(settings: Settings, key: str) -> float:
    section, _, name = key.partition(".")
    value = getattr(getattr(settings, section), name)
    assert isinstance(value, int | float)
    return value


def test_every_old_name_leads_to_a_setting_and_is_none_itself() -> None:
    assert set(VALUES) == set(RENAMED_KEYS)
    assert set(RENAMED_KEYS.values()) <= set(known_keys())
    assert not set(RENAMED_KEYS) & set(known_keys())


@pytest.mark.parametrize("old", VALUES)
def test_the_old_name_works_in_the_file(tmp_path: Path, old: str) -> None:
    settings = load(write(tmp_path, f"{old.partition('.')[2]} = {VALUES[old]}"))
    assert read(settings, RENAMED_KEYS[old]) == VALUES[old]
    assert settings.old_keys == (old,)


@pytest.mark.parametrize("old", VALUES)
def test_the_new_name_works_without_a_warning(tmp_path: Path, old: str) -> None:
    new = RENAMED_KEYS[old]
    settings = load(write(tmp_path, f"{new.partition('.')[2]} = {VALUES[old]}"))
    assert read(settings, new) == VALUES[old]
    assert settings.old_keys == ()


@pytest.mark.parametrize("old", VALUES)
def test_the_old_name_works_in_the_environment(monkeypatch: pytest.MonkeyPatch, old: str) -> None:
    monkeypatch.setenv(variable(old), str(VALUES[old]))
    settings = load(None)
    assert read(settings, RENAMED_KEYS[old]) == VALUES[old]
    assert settings.old_keys == (old,)


def test_of_both_names_in_one_place_the_new_one_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(write(tmp_path, "under_way = 3", "max_in_flight = 4"))
    assert settings.swarmui.max_in_flight == 4
    assert settings.old_keys == ("swarmui.under_way",)
    monkeypatch.setenv("SWARMBOT_SWARMUI__UNDER_WAY", "5")
    monkeypatch.setenv("SWARMBOT_SWARMUI__MAX_IN_FLIGHT", "6")
    assert load(None).swarmui.max_in_flight == 6


def test_an_old_name_in_the_environment_wins_over_a_new_one_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARMBOT_SWARMUI__UNDER_WAY", "5")
    assert load(write(tmp_path, "max_in_flight = 4")).swarmui.max_in_flight == 5


def test_a_wrong_value_under_an_old_name_names_both(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, "under_way = 0", "dran_s = 3"))
    assert dict(caught.value.problems) == {
        "swarmui.max_in_flight": "must be 1 or more (swarmui.under_way is its old name)",
        "swarmui.dran_s": "is not a setting; did you mean swarmui.shutdown_grace_s?",
    }


@pytest.mark.usefixtures("restored_logging")
def test_the_start_warns_of_each_old_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(*_: object) -> None:
        """Start nothing."""

    monkeypatch.setattr(app, "run", run)
    path = write(tmp_path, "under_way = 3", "shutdown_grace_s = 4")
    result = CliRunner().invoke(cli, ["run", "--config", str(path)])
    assert result.exit_code == 0
    assert "setting has a new name" in result.output
    assert "swarmui.under_way" in result.output
    assert "swarmui.max_in_flight" in result.output
    assert "swarmui.drain_s" not in result.output

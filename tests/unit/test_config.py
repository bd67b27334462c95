"""Settings: everything wrong is said at once, with the key and a way out."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bot.app import build_host_settings
from bot.config import ConfigError, Settings, known_keys, load
from bot.core.drawing.prompt_tags import TAG_NAMES

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config.example.toml"
TOKEN = "a-made-up-token.with.three-parts"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWARMBOT_DISCORD__TOKEN", TOKEN)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaints(path: Path | None) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return dict(caught.value.problems)


def test_the_example_lists_every_setting_in_order() -> None:
    table = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    listed = tuple(f"{section}.{key}" for section, keys in table.items() for key in keys)
    assert listed == known_keys()


def test_the_example_shows_the_defaults() -> None:
    shown = load(EXAMPLE)
    bare = load(None)
    assert shown.model_dump() == bare.model_dump()


def test_every_line_of_the_example_says_why() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    silent = [
        line for line in lines if "=" in line and not line.startswith("#") and "  # " not in line
    ]
    assert silent == []


def test_the_example_as_it_is_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SWARMBOT_DISCORD__TOKEN")
    said = complaints(EXAMPLE)
    assert list(said) == ["discord.token"]
    assert "Reset Token" in said["discord.token"]


def test_all_complaints_come_at_once(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[discord]\napi_base = "ftp://x"\n[quota]\nday = -1\nmonth = "many"\ndey = 5\n'
        '[swarmui]\nurl = "localhost:7801"\nmax_in_flight = 0\n[quotas]\nday = 3\n'
        '[log]\nlevel = "LOUD"\n',
    )
    said = complaints(path)
    assert said["discord.api_base"] == "must start with http:// or https://"
    assert said["quota.day"] == 'must be 0 or more, or "unlimited"'
    assert said["quota.month"] == 'must be a whole number, or "unlimited"'
    assert said["quota.dey"] == "is not a setting; did you mean quota.day?"
    assert said["quotas"] == "is not a setting; did you mean quota?"
    assert said["swarmui.url"] == "must start with http:// or https://"
    assert said["swarmui.max_in_flight"] == "must be 1 or more"
    assert "log.level" in said


@pytest.mark.parametrize(
    ("token", "advice"),
    [
        ("0123456789abcdef" * 4, "public key"),
        ("A" * 32, "client secret"),
        ("hello", "three parts"),
        ("", "missing"),
    ],
)
def test_a_wrong_token_is_told_apart_and_never_repeated(
    token: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARMBOT_DISCORD__TOKEN", token)
    with pytest.raises(ConfigError) as caught:
        load(None)
    assert advice in str(caught.value)
    assert not token or token not in str(caught.value)


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARMBOT_QUOTA__DAY", "7")
    assert load(write(tmp_path, "[quota]\nday = 3\n")).quota.day == 7


def test_unlimited_is_no_number(tmp_path: Path) -> None:
    settings = load(write(tmp_path, '[quota]\nday = "unlimited"\nmonth = 0\n'))
    assert settings.quota.day is None
    assert settings.quota.month == 0


def test_secrets_are_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWARMBOT_SWARMUI__TOKEN", "swarm-secret")
    settings = load(None)
    assert TOKEN not in repr(settings)
    assert "swarm-secret" not in repr(settings)
    assert settings.swarmui.token.get_secret_value() == "swarm-secret"


def test_settings_cannot_change() -> None:
    settings: Settings = load(None)
    with pytest.raises(ValueError, match="frozen"):
        settings.quota.day = 3  # type: ignore[misc]  # the point of the test


def test_a_missing_or_broken_file_is_a_clear_sentence(tmp_path: Path) -> None:
    assert "config.example.toml" in str(complaints(tmp_path / "config.toml"))
    assert "cannot be read" in complaints(write(tmp_path, "day = = 3"))["(file)"]


@pytest.mark.parametrize(
    "host", ["[bad", "[bad]", "h:99999", "h:x", ":80", "a b", "[::1", "h\\\\x", "u:p@[bad]"]
)
@pytest.mark.parametrize("key", ["swarmui.url", "discord.api_base", "discord.gateway_url"])
def test_what_is_no_address_is_told_before_anything_is_started(
    tmp_path: Path, key: str, host: str
) -> None:
    section, _, name = key.partition(".")
    scheme = "ws" if name == "gateway_url" else "http"
    said = complaints(write(tmp_path, f'[{section}]\n{name} = "{scheme}://{host}"\n'))
    assert said == {key: f"is not an address; write one like {scheme}://127.0.0.1:7801"}


@pytest.mark.parametrize(
    "url", ["http://[::1]:7801", "https://me:secret@gpu.example/swarm", "http://gpu", "http://é.de"]
)
def test_addresses_of_all_kinds_are_taken(tmp_path: Path, url: str) -> None:
    assert load(write(tmp_path, f'[swarmui]\nurl = "{url}"\n')).swarmui.url == url
    assert load(write(tmp_path, f'[swarmui]\nurl = " {url}/ "\n')).swarmui.url == url


def test_a_prompt_fits_the_form(tmp_path: Path) -> None:
    assert load(write(tmp_path, "[drawing]\nprompt_max = 4000\n")).drawing.prompt_max == 4000
    said = complaints(write(tmp_path, "[drawing]\nprompt_max = 4001\n"))
    assert said["drawing.prompt_max"] == "must be at most 4000"


def test_an_unknown_time_zone_is_refused(tmp_path: Path) -> None:
    said = complaints(write(tmp_path, '[quota]\ntime_zone = "Mars/Olympus"\n'))
    assert "time zone" in said["quota.time_zone"]


def test_who_may_is_a_list_of_roles_or_everyone(tmp_path: Path) -> None:
    shut = load(write(tmp_path, ""))
    assert (shut.advanced.roles, shut.tags.lora) == ((), ())
    text = '[advanced]\nroles = "everyone"\n[tags]\nlora = [7, 8]\n'
    opened = load(write(tmp_path, text))
    assert (opened.advanced.roles, opened.tags.lora) == (None, (7, 8))
    bounds = build_host_settings(opened).bounds
    assert bounds.advanced_roles is None
    assert dict(bounds.tags) == {name: (7, 8) if name == "lora" else () for name in TAG_NAMES}
    assert "tags.lora" in complaints(write(tmp_path, '[tags]\nlora = "all"\n'))


def test_a_parameter_that_is_never_open_is_told_at_the_start(tmp_path: Path) -> None:
    said = complaints(write(tmp_path, '[advanced]\nparameters = ["sampler", "batchsize"]\n'))
    assert (
        said["advanced.parameters"] == "contains batchsize, which members can never use; remove it"
    )
    named = load(write(tmp_path, '[advanced]\nparameters = ["Sigma Shift"]\n'))
    assert named.advanced.parameters == ("sigmashift",)


def test_phrases_are_read_as_moderators_write_them(tmp_path: Path) -> None:
    written = '[triggers]\nphrases = ["  Draw  me {prompt}", "please draw { prompt } for me"]\n'
    assert load(write(tmp_path, written)).triggers.phrases == (
        "Draw me",
        "please draw {prompt} for me",
    )
    for bad, why in (("{prompt}", "every message would draw"), ("draw {what}", "Braces")):
        said = complaints(write(tmp_path, f'[triggers]\nphrases = ["draw me", "{bad}"]\n'))
        assert said["triggers.phrases"].startswith("has one that cannot be a phrase: ")
        assert why in said["triggers.phrases"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SWARMBOT_QUOTAS__DAY", "SWARMBOT_QUOTA__DAY"),
        ("SWARMBOT_QUOTA_DAY", "SWARMBOT_QUOTA__DAY"),
        ("SWARMBOT_STORAGE_DATABASE", "SWARMBOT_STORAGE__DATABASE"),
        ("swarmbot_swarmui_url", "SWARMBOT_SWARMUI__URL"),
        ("SWARMBOT_SWARMUI_DRAIN_S", "SWARMBOT_SWARMUI__SHUTDOWN_GRACE_S"),
        ("SWARMBOT_DISCORD_TOKEN", "SWARMBOT_DISCORD__TOKEN"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_right_name(
    name: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "a secret")
    said = complaints(None)
    key = name.upper() if name not in said else name  # Windows knows capitals only
    assert list(said) == [key]
    assert f"did you mean {meant}?" in said[key]
    assert ("two underscores" in said[key]) == ("__" not in name)
    assert "a secret" not in str(said)


def test_a_variable_like_no_setting_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWARMBOT_HELLO", "1")
    assert complaints(None) == {"SWARMBOT_HELLO": "is not a setting"}


def test_a_wrong_key_in_the_environment_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWARMBOT_QUOTA__DAYS", "5")
    assert complaints(None) == {"quota.days": "is not a setting; did you mean quota.day?"}


def test_a_missing_token_with_a_misspelt_variable_is_one_list_of_complaints(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SWARMBOT_DISCORD__TOKEN")
    monkeypatch.setenv("SWARMBOT_DISCORD_TOKEN", TOKEN)
    said = complaints(None)
    assert set(said) == {"SWARMBOT_DISCORD_TOKEN", "discord.token"}
    assert TOKEN not in str(said)


def test_a_section_as_json_and_an_old_name_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWARMBOT_QUOTA", '{"day": 5}')
    monkeypatch.setenv("SWARMBOT_SWARMUI__DRAIN_S", "3")
    settings = load(None)
    assert settings.quota.day == 5
    assert settings.swarmui.shutdown_grace_s == 3


def test_a_pasted_token_is_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWARMBOT_DISCORD__TOKEN", f'"Bot {TOKEN}\u200b"\n')
    assert load(None).discord.token.get_secret_value() == TOKEN


def test_a_token_with_another_sign_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SWARMBOT_DISCORD__TOKEN", f"<{TOKEN}>")
    said = complaints(None)
    assert "copy it anew" in said["discord.token"]
    assert TOKEN not in str(said)


def test_a_database_on_a_network_share_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.config_sections.is_network_share", lambda path: "nas" in str(path))
    said = complaints(write(tmp_path, "[storage]\ndatabase = '\\\\nas\\bots\\swarmbot.db'\n"))
    assert "network share" in said["storage.database"]
    assert "disk of this computer" in said["storage.database"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SWARMBOT_TRIGGERS__PHRASES", "draw me"),
        ("SWARMBOT_TRIGGERS__CHANNELS", "["),
        ("SWARMBOT_PAUSE__SCHEDULE", "Mon-Fri 18:00-23:00"),
        ("SWARMBOT_QUOTA", "{"),
    ],
)
def test_a_list_that_cannot_be_read_is_told(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWARMBOT_QUOTA_DAY", "5")
    monkeypatch.setenv(name, value)
    said = complaints(None)
    assert set(said) == {"SWARMBOT_QUOTA_DAY", name}
    assert said[name].startswith("must be a list" if "__" in name else "must be a table")

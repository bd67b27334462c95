"""The systemd units: their rights, their restarts, and the page that says how to install them."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from bot.__main__ import FINAL_EXIT_CODE
from bot.heartbeat import BEAT_INTERVAL_S

ROOT = Path(__file__).resolve().parents[2]
UNITS = [ROOT / "deploy" / name for name in ("swarmbot.service", "swarmbot-backup.service")]
RUN_PAGE = (ROOT / "docs" / "run.md").read_text(encoding="utf-8")
EXPOSURE_MAX = 2.0

CODE, STATE, VARIABLES = "/opt/swarmbot", "/var/lib/swarmbot", "/etc/swarmbot.env"
RIGHTS = {
    "User": "swarmbot",
    "StateDirectory": "swarmbot",
    "WorkingDirectory": STATE,
    "ReadOnlyPaths": f"-{STATE}/config.toml",
    "UMask": "0077",
    "ProtectSystem": "strict",
    "ProtectHome": "true",
    "PrivateTmp": "true",
    "PrivateDevices": "true",
    "PrivateUsers": "true",
    "ProtectProc": "invisible",
    "ProcSubset": "pid",
    "ProtectClock": "true",
    "ProtectControlGroups": "true",
    "ProtectHostname": "true",
    "ProtectKernelLogs": "true",
    "ProtectKernelModules": "true",
    "ProtectKernelTunables": "true",
    "NoNewPrivileges": "true",
    "CapabilityBoundingSet": "",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "true",
    "RestrictRealtime": "true",
    "RestrictSUIDSGID": "true",
    "RemoveIPC": "true",
    "LockPersonality": "true",
    "MemoryDenyWriteExecute": "true",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service;~@privileged @resources",
    "SystemCallErrorNumber": "EPERM",
    "MemoryMax": "1G",
    "TasksMax": "100",
}


def read_unit(path: Path) -> dict[str, str]:
    """The values of a unit by key. Those of a key that comes twice are joined by ";"."""
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if re.match(r"\w+=", line):
            key, value = line.split("=", 1)
            found[key] = f"{found[key]};{value}" if key in found else value
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_has_only_the_rights_that_it_needs(path: Path) -> None:
    unit = read_unit(path)
    assert {key: unit.get(key) for key in RIGHTS} == RIGHTS
    assert "ReadWritePaths" not in unit, "the code belongs to root"
    assert unit["ExecStart"].startswith(f"{CODE}/.venv/bin/swarmbot "), (
        "`python -m bot` would look for the code in the folder of the state"
    )
    assert unit["EnvironmentFile"] == VARIABLES


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_finds_a_unit_little_exposed(path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if "--offline" in result.stderr:
        pytest.skip("this systemd-analyze is older than 250 and knows no --offline")
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", result.stdout)
    assert exposure, result.stdout + result.stderr
    assert float(exposure[1]) <= EXPOSURE_MAX, result.stdout


def test_the_unit_does_not_start_again_what_no_start_mends() -> None:
    unit = read_unit(UNITS[0])
    assert unit["RestartPreventExitStatus"] == f"2 {FINAL_EXIT_CODE}"
    burst, interval = int(unit["StartLimitBurst"]), unit["StartLimitIntervalSec"]
    assert interval.endswith("min")
    seconds = 60 * int(interval.removesuffix("min"))
    assert burst <= 20
    assert burst * (int(unit["RestartSec"]) + 60) < seconds, "a start that fails after a minute"


def test_the_watchdog_is_slower_than_the_heartbeat() -> None:
    minutes = read_unit(UNITS[0])["WatchdogSec"].removesuffix("min")
    assert int(minutes) * 60 >= 10 * BEAT_INTERVAL_S


def test_no_unit_starts_beside_the_data_of_an_older_one() -> None:
    for path in UNITS:
        unwanted = f"!{CODE}/data;!{CODE}/config.toml"
        assert read_unit(path)["AssertPathExists"] == unwanted


# --- the page ------------------------------------------------------------------------------------

# `sudo` runs the rest of the line. What only root can do, or needs a network, is done in small.
STAND_INS = r"""
set -eu
log() { echo "$*" >> "$ROOT/log"; }
sudo() { "$@"; }
git() {
  log "git $*"
  if [ "$1" = clone ]; then mkdir "$3"; cp -r "$DEPLOY" "$3/deploy"; fi
}
make() { log "make $*"; mkdir -p .venv/bin; touch .venv/bin/swarmbot; }
install() {
  local kept=()
  while [ $# -gt 0 ]; do
    case "$1" in -o|-g) log "owner $2"; shift 2 ;; *) kept+=("$1"); shift ;; esac
  done
  command install "${kept[@]}"
}
chown() { log "chown $*"; test -e "${@: -1}"; }
sudoedit() { test -w "$1"; }
useradd() { log "useradd $*"; }
usermod() { log "usermod $*"; }
systemctl() { log "systemctl $*"; }
journalctl() { :; }
"""


def read_block(heading: str) -> str:
    """The first block of commands under a heading of the page."""
    section = RUN_PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    block = re.search(r"```sh\n(.*?)```", section, re.S)
    assert block
    return block[1]


def run_block(block: str, root: Path) -> list[str]:
    """Type a block of the page, with all its paths below `root`. Returns what was done."""
    moved = re.sub(r"/(opt|var/lib|etc)/", lambda path: f"{root}{path[0]}", block)
    for folder in ("opt", "var/lib", "etc/systemd/system"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    result = subprocess.run(
        ["bash", "-c", STAND_INS + moved],
        env={"PATH": "/usr/bin:/bin", "ROOT": str(root), "DEPLOY": str(ROOT / "deploy")},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    return (root / "log").read_text(encoding="utf-8").replace(str(root), "").splitlines()


def assert_ready(root: Path) -> None:
    """All that the installed units name is there."""
    for path in sorted((root / "etc/systemd/system").glob("*.service")):
        assert path.read_bytes() == (ROOT / "deploy" / path.name).read_bytes()
        unit = read_unit(path)
        program = unit["ExecStart"].split()[0]
        for named in (program, unit["WorkingDirectory"], unit["EnvironmentFile"]):
            assert (root / named.lstrip("/")).exists(), named
        for unwanted in unit["AssertPathExists"].split(";"):
            assert not (root / unwanted.lstrip("!/")).exists(), unwanted


def test_the_page_installs_what_the_unit_needs(tmp_path: Path) -> None:
    done = run_block(read_block("Linux, systemd"), tmp_path)
    assert_ready(tmp_path)
    assert (tmp_path / "etc/systemd/system/swarmbot.service").exists()
    variables = (tmp_path / VARIABLES.lstrip("/")).stat()
    assert stat.S_IMODE(variables.st_mode) == 0o600
    [user] = [line.split() for line in done if line.startswith("useradd")]
    assert (user[-1], user[user.index("--home-dir") + 1]) == (RIGHTS["User"], STATE)
    assert set(done) >= {"owner swarmbot", f"git clone REPOSITORY_URL {CODE}", "make install"}
    assert done[-2:] == ["systemctl daemon-reload", "systemctl enable --now swarmbot"]


def test_the_page_moves_the_data_of_an_older_unit(tmp_path: Path) -> None:
    old = tmp_path / CODE.lstrip("/")
    (old / "data").mkdir(parents=True)
    (old / "data" / "swarmbot.db").touch()
    (old / "backups").mkdir()
    (old / "config.toml").touch()
    shutil.copytree(ROOT / "deploy", old / "deploy")
    (tmp_path / "etc").mkdir()
    (tmp_path / VARIABLES.lstrip("/")).touch()
    done = run_block(read_block("Updating"), tmp_path)
    assert_ready(tmp_path)
    state = tmp_path / STATE.lstrip("/")
    assert sorted(one.name for one in state.iterdir()) == ["backups", "config.toml", "data"]
    assert (done[0], done[-1]) == ("systemctl stop swarmbot", "systemctl start swarmbot")
    assert done.index(f"chown -R root: {CODE}") < done.index("git pull"), "git refuses another's"
    assert f"chown -R swarmbot: {STATE}" in done


def test_the_page_names_no_other_place() -> None:
    """What it says of systemd elsewhere names the same folders and the same user."""
    assert f"cd {STATE} && sudo -u swarmbot {CODE}/.venv/bin/swarmbot …" in RUN_PAGE
    check = RUN_PAGE.split("sudo systemd-run ")[1].split("```")[0]
    assert f"--uid={RIGHTS['User']} --working-directory={STATE}" in check
    assert f"EnvironmentFile={VARIABLES} {CODE}/.venv/bin/swarmbot check" in check
    assert f"`{STATE}/backups`" in RUN_PAGE
    assert f"{CODE}/backups" not in RUN_PAGE

"""The container: what is sent to the build, what the build installs, and its rights."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
REQUIREMENTS = (DEPLOY / "requirements.txt").read_text(encoding="utf-8")
WORKFLOWS = ROOT / ".github" / "workflows"
STAGES = re.split(r"^FROM ", DOCKERFILE, flags=re.M)


def read_pins(text: str) -> dict[str, str]:
    """The versions by name of lines such as `aiohttp==3.14.5 \\`."""
    pins = re.findall(r"^([\w.-]+)==([\w.]+)", text, re.M)
    return {canonicalize_name(name): version for name, version in pins}


def is_sent(path: str) -> bool:
    """Whether Docker sends a path to the build. The last pattern of .dockerignore decides."""
    sent = True
    parents = [path, *map(str, Path(path).parents)]
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        everywhere = line.startswith("**/")
        names = [Path(one).name for one in parents] if everywhere else parents
        if not line.startswith("#") and any(fnmatch(name, pattern) for name in names):
            sent = line.startswith("!")
    return sent


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".venv/bin/python",
        ".env",
        "deploy/.env",
        "config.toml",
        "data/swarmbot.db",
        "backups/swarmbot.db",
        "tests/conftest.py",
        "bot/__pycache__/app.cpython-311.pyc",
        "deploy/backups/swarmbot.db",
    ],
)
def test_what_is_the_hosts_own_is_not_sent_to_the_build(path: str) -> None:
    assert not is_sent(path)


def test_what_the_build_copies_is_sent() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    paths = " ".join(copied).split()
    assert len(paths) == 6
    assert [path for path in paths if not (ROOT / path).exists() or not is_sent(path)] == []
    assert is_sent("bot/adapters/sqlite/migrations/0001_books.sql")


def test_the_image_runs_as_a_user_without_a_shell() -> None:
    last = STAGES[-1]
    assert "useradd --uid 1000 " in last
    assert "--shell /usr/sbin/nologin" in last
    assert re.findall(r"^USER (.+)$", last, re.M) == ["1000:1000"]
    assert last.index("USER") < last.index("ENTRYPOINT")
    assert "install -d -o swarmbot -g swarmbot -m 700 /data" in last
    assert (
        'HEALTHCHECK --interval=60s --timeout=30s --start-period=2m --retries=3 CMD ["swarmbot", '
        in last
    )
    assert "COPY --from=build /venv /venv" in last


def test_the_base_image_is_named_by_its_version() -> None:
    """A digest that nobody fetched would be an invention. The workflow fetches one and builds."""
    assert re.search(r"^ARG BASE=python:3\.11-slim-[a-z]+$", DOCKERFILE, re.M)
    assert [stage.split()[0] for stage in STAGES[1:]] == ["${BASE}", "${BASE}"]
    workflow = (WORKFLOWS / "test.yml").read_text(encoding="utf-8")
    assert "sed -n 's/^ARG BASE=//p' deploy/Dockerfile" in workflow
    assert '--build-arg "BASE=$BASE"' in workflow


def test_docker_knows_what_no_start_mends() -> None:
    assert "ENV FINAL_EXIT_CODE=0" in STAGES[-1]
    assert "    restart: on-failure" in COMPOSE


def test_the_compose_file_takes_every_right_away() -> None:
    service = COMPOSE.split("  swarmbot:\n")[1].split("\nvolumes:")[0]
    for lines in (
        "read_only: true",
        "tmpfs:\n      - /tmp",
        "cap_drop:\n      - ALL",
        "security_opt:\n      - no-new-privileges:true",
        "mem_limit: 1g",
        "pids_limit: 100",
        "volumes:\n      - swarmbot:/data",
    ):
        assert f"\n    {lines}\n" in service, lines
    for given in ("privileged", "cap_add", "user:", "network_mode", "/var/run/docker.sock"):
        assert given not in service


def test_the_build_takes_only_packages_with_a_known_hash() -> None:
    """After a change of constraints.txt: `make lock`."""
    installs = re.findall(r"pip install (.+)$", DOCKERFILE, re.M)
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert "--no-build-isolation" in installs[1], "pip would fetch the builder without a hash"
    assert all("--no-deps" in install for install in installs)
    pins, constraints = read_pins(REQUIREMENTS), (ROOT / "constraints.txt").read_text("utf-8")
    allowed = read_pins(constraints)
    assert {name: allowed.get(name) for name in pins} == pins
    lines = re.sub(r"^#.*\n|^\n", "", REQUIREMENTS, flags=re.M)
    blocks = re.split(r"^(?=[\w.-]+==)", lines, flags=re.M)[1:]
    assert len(blocks) == len(pins)
    for block in blocks:
        assert re.fullmatch(r"[^\n]+( \\\n    --hash=sha256:[0-9a-f]{64})+\n", block), block
    assert "://" not in REQUIREMENTS


def test_each_dependency_is_in_the_list_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    pins = read_pins(REQUIREMENTS)
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        assert requirement.specifier.contains(pins[name]), requirement


def test_the_page_says_what_a_folder_of_the_host_needs() -> None:
    section = " ".join(
        (ROOT / "docs" / "run.md").read_text("utf-8").split("\n## Docker\n")[1].split()
    )
    assert "`sudo chown -R 1000:1000 FOLDER`" in section
    assert "network shares (NFS, SMB)" in section
    assert "Docker Desktop" in section

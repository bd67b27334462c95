# Everything that a contributor or a host types. Each target builds .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
AUDIT_STAMP := $(VENV)/.audit-installed
# Tests write and sync many small files: in memory where there is room for them.
ROOM := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 2000000 { print "yes" }')
SCRATCH := $(if $(ROOM),--basetemp=/dev/shm/swarmbot-tests-$(shell echo $$PPID))
PYTEST := $(BIN)/python -X dev -m pytest $(SCRATCH)

.PHONY: install demo run check test check-code soak mutants mutation bench audit lock screenshots clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"Python 3.11 or newer is needed; this is {v[0]}.{v[1]}. Try: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

$(AUDIT_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[audit]'
	@touch $(AUDIT_STAMP)

demo: install  ## the bot at work in a sandbox: no token, no GPU
	$(BIN)/python -m bot demo

run: install  ## the bot against real Discord and SwarmUI, with config.toml
	$(BIN)/python -m bot run

check: install  ## is everything ready for `make run`?
	$(BIN)/python -m bot check

check-code: install  ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: check-code  ## what a person and CI run
	$(PYTEST) -n 8 -m "not soak" tests/crash tests/browser tests/loopback tests/contract tests/prop
	$(PYTEST) -n 2 -m "not soak" --cov --cov-report= --cov-floors tests/unit tests/features

soak: install  ## the long runs
	$(PYTEST) -n 2 -m soak

mutants: install  ## break what matters most; the named tests must notice
	$(BIN)/python -m tests.tools.mutants

mutation: install  ## change one operator at a time; lists what no test notices (an hour)
	$(BIN)/python -m tests.tools.mutation --out tests/mutants/survivors.txt

bench: install  ## speed, as ratios against bare scripts in one run
	$(BIN)/python -m tests.bench

audit: $(AUDIT_STAMP)  ## careless code, and known weaknesses of the packages; asks an advisory service
	$(BIN)/ruff check --select S --ignore S101 bot cogs
	@$(BIN)/pip-audit --strict --disable-pip --no-deps --progress-spinner off --requirement constraints.txt || \
	  { echo 'audit failed: a package has a known weakness, or the advisory service could not be asked about one. See above.'; exit 1; }

lock: $(AUDIT_STAMP)  ## the container's packages with hashes, from constraints.txt; run it with the container's Python
	@$(BIN)/python -c 'import sys; v = sys.version_info; sys.exit(0 if v[:2] == (3, 11) else f"The container has Python 3.11; this is {v[0]}.{v[1]}. Try: make clean lock PYTHON=python3.11")'
	CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-annotate \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --build-deps-for wheel \
	  --constraint constraints.txt --output-file deploy/requirements.txt pyproject.toml

screenshots: install  ## the pictures in README and docs
	$(BIN)/python docs/screenshots.py

clean:
	rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

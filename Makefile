# `make` lists the targets. Everything runs in .venv, which is made from the hashed locks and made anew when they change.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
READY := .venv/.installed
LOCKED := .venv/.locked
BROWSER := $(if $(RONGTONG_WITHOUT_BROWSER),,.venv/.browser)
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help run test test-long mutants interop check house bench migrate fmt lock screenshots

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

run: $(READY) ## Start everything: PORT=8000
	@$(BIN)/rongtong up --port $(PORT)

test: $(READY) $(BROWSER) ## Run all tests: ARGS="-k book"
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(ARGS)

test-long: $(READY) ## Run the machine, schemathesis, races, stops and drills for long (SEED=1), the rest at odd times: INSTANTS=leap-day
	@RONGTONG_MACHINE_EXAMPLES=1000 RONGTONG_RULES_EXAMPLES=20000 $(if $(SEED),RONGTONG_MACHINE_SEED=$(SEED)) RONGTONG_SCHEMATHESIS=4 RONGTONG_CALDAV_ROUNDS=200 RONGTONG_AUTHORITY_ATTEMPTS=100000 RONGTONG_STOP_ROUNDS=30 RONGTONG_DRILL_ROUNDS=20 $(BIN)/python -m pytest tests/machine tests/bookings/rules/test_rules_agree.py tests/rights/test_schemathesis.py tests/races/test_caldav.py tests/races/test_authority.py tests/worker/test_stop.py tests/embedded/test_drills.py -s
	@$(BIN)/python -m tests.days $(INSTANTS)
	@$(MAKE) mutants

mutants: $(READY) ## Put faults into the code, one at a time, and count those that the tests see: ARGS="rules claims" for some
	@$(BIN)/python -m tests.mutants $(ARGS)

interop: $(READY) ## Let other people's parsers, clients, generators and suites judge our calendars and our API
	@$(BIN)/python -m pytest tests/interop $(ARGS)
	@$(PYTHON) interop/run.py

check: $(READY) ## Lint, format, types, imports, house rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q tests/house tests/core/test_translations.py

house: $(READY) ## Print how good the house is, beside what it was and is to be: ARGS=--write writes it down
	@$(BIN)/python -m tests.house.measure $(ARGS)

bench: $(READY) ## Measure, beside the limits of this machine
	@$(BIN)/python -m bench

screenshots: $(READY) $(BROWSER) ## Make the pictures of the guides from the real pages: ARGS="inbox wall" for some
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

migrate: $(READY) ## Bring the database up to date
	@$(BIN)/rongtong migrate

fmt: $(READY) ## Format, and repair what can be
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

lock: $(READY) ## Lock the dependencies anew: UPGRADE=--upgrade
	$(COMPILE) $(UPGRADE) pyproject.toml --output-file requirements.lock
	$(COMPILE) $(UPGRADE) pyproject.toml --extra dev --output-file requirements-dev.lock
	$(COMPILE) $(UPGRADE) tests/node.in --output-file tests/node.lock
	$(COMPILE) $(UPGRADE) tests/interop/khal.in --output-file tests/interop/khal.lock
	$(COMPILE) $(UPGRADE) tests/interop/clients/python.in --output-file tests/interop/clients/python.lock

$(READY): $(LOCKED) pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

$(LOCKED): requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Rongtong needs Python 3.11 or later; name one that you have: make run PYTHON=python3.12" >&2; exit 1; }
	@echo "Making .venv from requirements-dev.lock; this takes a minute, once."
	@$(PYTHON) -m venv --clear .venv
	@# The lock names everything: pip would look for hashes of what others ask for with extras.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $(LOCKED)

.venv/.browser: $(LOCKED) tests/browser/obtain.py tests/obtaining.py tests/node.lock
	@$(BIN)/python -m tests.browser.obtain
	@touch $@

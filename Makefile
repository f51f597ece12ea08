# Everything a newcomer, a developer and CI run. `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
NODE := $(VENV)/node/ready
BROWSER := $(VENV)/browser
LINT := $(VENV)/lint
PEERS := .venv-peers
MUTANTS := .venv-mutants
PIP := -m pip --disable-pip-version-check --quiet --quiet
# What `make coverage` wants every line and branch of: the decision core, catalog reading, change comparison.
FULLY_COVERED = $(patsubst %,entitlements/engine/%.py,allowance ask decide entitlements live resolve row) \
	$(patsubst %,entitlements/catalog/reading/%.py,document files findings lookalikes nodes reader scalars syntax text) \
	entitlements/change/compare.py
COMMA := ,
EMPTY :=
SPACE := $(EMPTY) $(EMPTY)
# More for pytest: make test ARGS="tests/engine -x"
ARGS ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(READY) ## the main job, on the plans and project spaces that come with it
	@$(BIN)/entitlements demo

.PHONY: test
test: $(READY) $(NODE) $(BROWSER) ## the tests, against this checkout
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

.PHONY: test-wheel
test-wheel: $(READY) ## the wheel: built, installed in a fresh place, run from an empty folder
	@$(BIN)/python -m pytest -m wheel tests/packaging

.PHONY: lint
lint: $(READY) ## ruff, and mypy --strict on the installed wheel, the tests and the benchmarks
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	@$(MAKE) --no-print-directory types

# mypy cannot follow package-dir, so it reads the package where the wheel puts it. tests/ and the like are
# linked beside it: one run sees all of them, and its paths read as in the checkout.
.PHONY: types
types: $(READY)
	@rm -rf $(LINT) && mkdir -p $(LINT)/dist
	@$(BIN)/python -m build --no-isolation --outdir $(LINT)/dist . >$(LINT)/build.log 2>&1 || (cat $(LINT)/build.log; exit 1)
	@$(BIN)/python $(PIP) install --no-deps --no-index --target $(LINT)/site $(LINT)/dist/*.whl
	@ln -s ../../../tests ../../../benchmarks $(LINT)/site
	cd $(LINT)/site && ../../bin/mypy --config-file ../../../pyproject.toml --cache-dir ../../../.mypy_cache \
		-p entitlements -p tests $(if $(wildcard benchmarks/*.py),-p benchmarks)

.PHONY: format
format: $(READY) ## ruff's formatting and safe fixes, in place
	$(BIN)/ruff check --fix --quiet || true
	$(BIN)/ruff format

.PHONY: coverage
coverage: $(READY) $(NODE) $(BROWSER) ## the tests once more, with the lines they miss; none in the core
	@$(BIN)/coverage run -m pytest --quiet $(ARGS)
	@$(BIN)/coverage report
	@$(BIN)/coverage report --fail-under=100 --include=$(subst $(SPACE),$(COMMA),$(strip $(FULLY_COVERED)))

# mutmut writes beside what it changes, so it works on a copy.
.PHONY: mutants
mutants: $(MUTANTS)/ready ## the rules of decision with every small mistake in turn: do the tests notice?
	@rm -rf $(MUTANTS)/work && mkdir $(MUTANTS)/work
	@cp -r entitlements plans plugins schemas tests pyproject.toml $(MUTANTS)/work
	@cd $(MUTANTS)/work && ../bin/python -m tests.mutants

.PHONY: pictures
pictures: $(READY) $(BROWSER) ## the pictures in docs/pictures, from the shipped catalog
	@$(BIN)/python -m tests.pictures

.PHONY: bench
bench: $(READY) ## speed and memory, as ratios to a plain lookup
	@$(BIN)/python -m benchmarks

.PHONY: bench-peers
bench-peers: $(PEERS)/ready ## the same question asked of other libraries, in a venv of their own
	@$(PEERS)/bin/python -m benchmarks.peers

.PHONY: stress
stress: $(READY) $(NODE) $(BROWSER) ## the tests that take minutes
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal -m stress $(ARGS)

.PHONY: venv
venv: $(READY) ## .venv, from the lock file, with this checkout in it

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("needs Python 3.11 or later, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.13 ..." if sys.version_info < (3, 11) else 0)'
	@echo "installing into $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python $(PIP) install --require-hashes -r requirements/dev.txt
	@$(BIN)/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# npm comes with the packages of the venv; what it installs is locked by hash, and runs no scripts of its own.
$(NODE): $(READY) tests/node/package-lock.json
	@mkdir -p $(@D) && cp tests/node/package.json tests/node/package-lock.json $(@D)
	@cd $(@D) && PATH="$(abspath $(BIN)):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

# A browser for the tests that look at pages: the machine's own, else Debian's, else one that playwright brings.
$(BROWSER): $(READY)
	@command -v chromium >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "installing chromium ..." && apt-get update -qq && \
			DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null 2>&1; } || \
		$(BIN)/playwright install chromium
	@touch $@

$(MUTANTS)/ready: requirements/mutants.txt
	@$(PYTHON) -m venv --clear $(MUTANTS)
	@$(MUTANTS)/bin/python $(PIP) install --require-hashes -r requirements/mutants.txt
	@touch $@

$(PEERS)/ready: requirements/peers.txt pyproject.toml
	@$(PYTHON) -m venv --clear $(PEERS)
	@$(PEERS)/bin/python $(PIP) install --require-hashes -r requirements/peers.txt
	@$(PEERS)/bin/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# pip-tools has a venv of its own, so that it never decides what it locks.
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/lock/bin/pip-compile --quiet --upgrade --generate-hashes \
	--allow-unsafe --strip-extras --no-config --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.PHONY: lock
lock: ## new lock files, with the newest versions that pyproject.toml allows
	@$(PYTHON) -m venv --clear $(VENV)/lock
	@$(VENV)/lock/bin/python $(PIP) install pip-tools
	$(COMPILE) --output-file requirements/core.txt pyproject.toml
	$(COMPILE) --constraint requirements/core.txt --extra standard --extra fleet --extra dev --output-file requirements/dev.txt pyproject.toml
	$(COMPILE) --constraint requirements/dev.txt --extra django --output-file requirements/django.txt pyproject.toml
	$(COMPILE) --constraint requirements/core.txt --output-file requirements/peers.txt pyproject.toml requirements/peers.in
	$(COMPILE) --constraint requirements/core.txt --output-file requirements/mutants.txt pyproject.toml requirements/mutants.in

.PHONY: clean
clean: ## removes all that the other targets made
	@rm -rf $(VENV) $(PEERS) $(MUTANTS) build dist *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

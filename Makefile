# Everything one does with this project. `make help` lists it.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes
LOCKED = --generate-hashes --no-header --python-version 3.11 --universal --quiet
TEMPLATES = $(shell find templates -name '*.html')

.DEFAULT_GOAL := help
.PHONY: help run test chaos cowriting lint format types docs bench lock demo-reset develop clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run.stamp ## start everything in the foreground (PORT=8000 ERRATA_VAR=var ERRATA_DEMO=1)
	@exec $(BIN)/python -m config.running

test: develop ## run all tests, the browser's too (ARGS="tests/oncall -k paging" for some)
	@PYTHON=$(BIN)/python tests/install_browser.sh || echo "errata: no browser was installed, its tests will fail" >&2
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS) </dev/null

chaos: develop ## kill, stop and confuse everything for minutes while 1,200 signals stream in (CHAOS_SEED=… repeats one)
	@PYTHON=$(BIN)/python tests/install_browser.sh
	@CHAOS_SIGNALS=$${CHAOS_SIGNALS:-1200} CHAOS_SECONDS=$${CHAOS_SECONDS:-240} CHAOS_SEED=$${CHAOS_SEED:-0} \
		$(BIN)/python -m pytest -p no:playwright tests/chaos </dev/null

cowriting: develop ## two browsers write one COE for five minutes while connections and the server break
	@PYTHON=$(BIN)/python tests/install_browser.sh
	@ERRATA_WRITING_SECONDS=$${ERRATA_WRITING_SECONDS:-300} \
		$(BIN)/python -m pytest -s tests/browser/test_five_minutes_together.py </dev/null

lint: develop ## judge code and templates without changing them
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "errata: make format would change files" >&2; exit 1; }
	@$(BIN)/djade --check --target-version 5.2 $(TEMPLATES)

format: develop ## put code and templates into the house's form
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .
	@$(BIN)/djade --target-version 5.2 $(TEMPLATES) || true

types: develop ## check types
	@SECRET_KEY=types $(BIN)/mypy .

docs: develop ## check the documentation and the API's schema
	@SECRET_KEY=docs $(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	@if [ -e tests/test_docs.py ]; then $(BIN)/python -m pytest -p no:playwright tests/test_docs.py; fi

bench: $(patsubst benchmarks/%.py,bench-%,$(filter-out benchmarks/_%,$(wildcard benchmarks/*.py))) ## run every benchmark

bench-%: develop ## run benchmarks/NAME.py; its last line is one JSON object
	@$(BIN)/python -m benchmarks.$*

lock: ## pin again what pyproject.toml asks for, with hashes (needs uv)
	@command -v uv >/dev/null || { echo "errata: make lock needs uv: python3 -m pip install uv" >&2; exit 1; }
	@uv pip compile pyproject.toml $(LOCKED) -o requirements.lock
	@uv pip compile pyproject.toml --group dev -c requirements.lock $(LOCKED) -o requirements-dev.lock

demo-reset: .venv/run.stamp ## remove all data of make run, so that its next start is a first one
	@$(BIN)/python -m config.running --reset

develop: .venv/develop.stamp

clean: ## remove the environment and caches, not the data
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/run.stamp: requirements.lock | .venv/bin/python
	@echo "Installing what Errata needs ..."
	@$(PIP) -r requirements.lock
	@touch $@

.venv/develop.stamp: requirements-dev.lock | .venv/bin/python
	@echo "Installing what the tests need ..."
	@$(PIP) -r requirements-dev.lock
	@touch $@

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "errata: needs Python 3.11 or later; python3 is $$(python3 -V 2>&1); set PYTHON=/path/to/python" >&2; exit 1; fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "errata: needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) -V 2>&1)" >&2; exit 1; }
	@echo "Making the environment in .venv ..."
	@$(PYTHON) -m venv .venv >/dev/null || { \
		rm -rf .venv; echo "errata: $(PYTHON) cannot make environments; on Debian: apt-get install python3-venv" >&2; exit 1; }

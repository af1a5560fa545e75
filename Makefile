.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# Everything the project makes stays in the checkout: .venv, and .hookline for the rest.
BIN := .venv/bin
CACHE := .hookline/cache
export PREFECT_HOME := $(CURDIR)/.hookline/prefect
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/$(CACHE)/hypothesis

# The Python to build .venv with; without it the first that fits: make demo PYTHON=python3.12
PYTHON ?=
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: .venv/.built ## Send the sample campaign to a local receiver and print its report
	@$(BIN)/hookline demo

.PHONY: up
up: .venv/.built ## Start Prefect's server with the campaigns as deployments
	@$(BIN)/hookline up

.PHONY: test
test: .venv/.built ## Run the tests; the rules must be covered whole
	@$(BIN)/python -m pytest -m "not long" --numprocesses=auto --maxprocesses=4 --dist=loadfile --cov --cov-report=term

.PHONY: test-long
test-long: .venv/.built ## Run the tests that take minutes; SEED=n repeats what chance chose
	@TIMEFORMAT="make test-long took %0lR"; time $(BIN)/python -m pytest -m long \
	  $(if $(SEED),--randomly-seed=$(SEED))

# make bench ONLY=vs_celery, or several: ONLY="history million"
.PHONY: bench
bench: .venv/.built ## Measure everything, half an hour; ONLY=NAME measures one figure or scenario
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))
	@$(BIN)/python -m benchmarks.readme

.PHONY: bench-quick
bench-quick: .venv/.built ## Measure the same in small, under three minutes
	@$(BIN)/python -m benchmarks --quick $(if $(ONLY),--only $(ONLY))

.PHONY: check
check: .venv/.built ## Check style, types and import contracts; runs no tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --cache-dir $(CACHE)/imports
	@# Loaded by its path, a flow file becomes a module of another name: its types would exist
	@# twice, and flows/tasks.py would hide the package tasks.
	@! test -e flows/tasks.py || { echo "flows/tasks.py hides the package tasks"; exit 1; }
	@! grep -nE '^class ' flows/*.py || { echo "flows/ defines no types"; exit 1; }

.PHONY: docs
docs: .venv/.built ## Write the pages that are made from the tests' tables, and the README's results
	@PYTHONPATH=. $(BIN)/python tests/tasks/render/test_templates_page.py
	@PYTHONPATH=. $(BIN)/python tests/blocks/test_delivery_page.py
	@PYTHONPATH=. $(BIN)/python tests/tasks/segment/test_targeting_page.py
	@$(BIN)/python -m benchmarks.readme

.PHONY: format
format: .venv/.built ## Format the code and mend what ruff can
	@$(BIN)/ruff check --fix --exit-zero --quiet .
	@$(BIN)/ruff format .

.PHONY: lock
lock: ## Pin the dependencies anew (needs uv; UPGRADE=1 takes the newest that the ranges allow)
	@uv pip compile pyproject.toml --group dev --universal --fork-strategy fewest \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet \
	  $(if $(UPGRADE),--upgrade) --output-file requirements.lock
	@! grep -n '://' requirements.lock || { echo "requirements.lock names a registry"; exit 1; }

.PHONY: clean
clean: ## Remove .venv and the caches; the delivery logs in .hookline stay
	@rm -rf .venv $(CACHE) build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: .venv
.venv: .venv/.built

# The stamp is written last: an interrupted build is done again. A .venv that runs is brought
# up to date in place, because somebody may be using it.
.venv/.built: requirements.lock pyproject.toml
	@python="$(PYTHON)"; \
	if [ -n "$$python" ]; then \
	  "$$python" -c "$(FITS)" || { echo "$$python is not Python 3.11, 3.12 or 3.13" >&2; exit 1; }; \
	  rm -rf .venv; \
	else \
	  for name in python3 python3.13 python3.12 python3.11; do \
	    if "$$name" -c "$(FITS)" >/dev/null 2>&1; then python="$$name"; break; fi; \
	  done; \
	fi; \
	$(BIN)/python -c "$(FITS)" >/dev/null 2>&1 || rm -rf .venv; \
	if uv --version >/dev/null 2>&1; then \
	  echo "Building .venv with uv"; \
	  test -d .venv || uv venv --quiet --no-project --python "$${python:->=3.11,<3.14}" .venv; \
	  uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock; \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .; \
	elif [ -n "$$python" ]; then \
	  echo "Building .venv with pip"; \
	  pip="$(BIN)/python -m pip --disable-pip-version-check --quiet"; \
	  $$pip --version >/dev/null 2>&1 || { rm -rf .venv; "$$python" -m venv .venv; }; \
	  $$pip install --no-deps --require-hashes --requirement requirements.lock; \
	  $$pip install --no-deps --no-build-isolation --editable .; \
	else \
	  echo "Needs Python 3.11, 3.12 or 3.13, or uv, which fetches one" >&2; exit 1; \
	fi; \
	touch $@

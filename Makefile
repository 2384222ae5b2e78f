# molattn: everything a reader of the project runs. `make help` lists it.
#
#   make demo                  what it does, on a real complex
#   make test                  the tests
#
# Variables, on the command line or in the environment:
#   PYTHON   interpreter that makes the environment (3.11 or newer)
#   VENV     where the environment lies
#   TORCH    what pip installs first, as pip arguments. Plain torch==2.13.0 takes the build that pip
#            finds first: on Linux that may be a CUDA build of some gigabytes. For a CPU build:
#            make test TORCH="torch==2.13.0+cpu --index-url <the CPU index of pytorch.org's install page>"
#   WORKERS  processes that share the fast tests
#   ARGS     extra arguments for pytest, e.g. ARGS="-k attention -x"

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   ?= .venv
TORCH  ?= torch==2.13.0
WORKERS ?= 2
ARGS   ?=

PIP     := $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet
PYTEST  := $(VENV)/bin/python -m pytest
PINS    := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-slow check lint format-check types imports format docs clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.core  ## score a packaged crystal complex
	@$(VENV)/bin/molattn demo

test: $(VENV)/.dev  ## run the fast tests and the notebooks
	@$(PYTEST) -m "not slow" -n $(WORKERS) --dist loadfile $(ARGS)

test-slow: $(VENV)/.dev  ## run the slow tests
	@$(PYTEST) -m slow $(ARGS)

check: lint format-check types imports  ## run every static check

lint: $(VENV)/.dev  ## ruff: faults and style
	@$(VENV)/bin/ruff check .

format-check: $(VENV)/.dev  ## ruff: layout
	@$(VENV)/bin/ruff format --check .

types: $(VENV)/.dev  ## mypy --strict on molattn/, data_prep/ and benchmarks/
	@$(VENV)/bin/mypy --strict molattn data_prep benchmarks

imports: $(VENV)/.dev  ## the rooms import in one direction only
	@$(VENV)/bin/lint-imports

format: $(VENV)/.dev  ## lay the code out and mend what ruff can mend
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

docs: $(VENV)/.docs  ## build the documentation into build/docs
	@$(VENV)/bin/sphinx-build -q -W -b html docs build/docs

clean:  ## remove the environment and all caches
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# One stamp per set of packages: a second call installs nothing.
$(VENV)/.torch:
	$(PYTHON) -m venv $(VENV)
	$(PIP) $(TORCH)
	@touch $@

$(VENV)/.core: $(PINS) | $(VENV)/.torch
	$(PIP) -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(PINS) | $(VENV)/.torch
	$(PIP) -c constraints.txt -e '.[dev,train,explain,dock,forms,ray]'
	@touch $@ $(VENV)/.core

$(VENV)/.docs: $(PINS) | $(VENV)/.torch
	$(PIP) -c constraints.txt -e '.[docs]'
	@touch $@

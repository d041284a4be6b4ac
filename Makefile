# What a developer does with desk. Needs git, make and Python 3.11 or newer; everything else goes into .venv.
#
#   make run          open the desk on a demo world
#   make test         the whole test suite (ARGS="-k refund" adds to pytest's arguments)
#   make quick        its everyday part, in a few minutes: one engine, nothing slow
#   make check        formatting, lint, types, import contracts
#   make bench        measure;   make drill   the long drills (races, crashes)
#   make wheel        build dist/*.whl
#   make constraints  pin what pyproject.toml asks for, with hashes;   make upgrade   the same with the newest versions
#
# PYTHON=python3.13 chooses the interpreter that .venv is made with; JOBS=2 in how many processes the tests run. Half of
# what they do is waiting (for servers, for a screen to be painted), so two cores are busy with three.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ARGS   ?=
JOBS   ?= 3

# pip compiles what it installs even where the environment tells Python to write no bytecode; our own packages are
# compiled by hand, because start-up time is felt by every agent every morning.
PIP     := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet --require-hashes
COMPILE := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m compileall -q

.DEFAULT_GOAL := help
.PHONY: help run test quick check format bench drill wheel constraints upgrade clean

help:
	@sed -n '/^$$/q; s/^# \{0,1\}//p' Makefile

run: $(VENV)/.installed
	@$(COMPILE) db desk
	$(BIN)/desk demo $(ARGS)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest --whole -n $(JOBS) --dist worksteal --durations 15 $(ARGS)

quick: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-dev
	@$(COMPILE) db desk
	$(BIN)/python -m benchmarks $(ARGS)

drill: $(VENV)/.installed-dev
	DESK_DRILL=full $(BIN)/python -m pytest -m drill $(ARGS)

wheel: $(VENV)/.installed
	$(BIN)/python -m hatchling build -t wheel -d dist

# What desk runs with. A .venv whose interpreter is gone (a moved checkout, an upgraded Python) is made anew.
$(VENV)/.installed: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "desk needs Python 3.11 or newer, and '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Choose another one: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(BIN)/python -c 'import pip' 2>/dev/null || { \
	  echo "Making $(VENV) ..."; $(PYTHON) -m venv --clear $(VENV); } || { \
	  echo "No virtual environment could be made; on Debian and Ubuntu install python3-venv." >&2; exit 1; }
	@echo "Installing what desk needs ..."
	@$(INSTALL) -r constraints.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@$(COMPILE) db desk
	@touch $@

# The tools of those who change it, on top.
$(VENV)/.installed-dev: $(VENV)/.installed constraints-dev.txt
	@echo "Installing what its tests and checks need ..."
	@$(INSTALL) -r constraints-dev.txt
	@touch $@

# Every platform and Python version that desk runs on, no addresses. constraints-dev.txt holds the same versions and more.
PIN := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
       --no-emit-index-url --no-annotate --no-header
constraints:
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(PIP) install --quiet uv
	$(PIN) $(UPGRADE) --group dev --output-file constraints-dev.txt
	$(PIN) --upgrade --group build --constraint constraints-dev.txt --output-file constraints.txt

upgrade:
	$(MAKE) constraints UPGRADE=--upgrade

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

# The doors of the project. `make up` and `make test` are the two commands of the README.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
HASHED := --require-hashes --only-binary :all:
T ?=

.PHONY: install install-test install-bench up demo test test-postgres lint check bench

install: $(VENV)/.installed
install-test: $(VENV)/.installed-test
install-bench: $(VENV)/.installed-bench

# A stamp holds the digest of what it installed, so a changed requirement file installs anew.
$(VENV)/.installed: requirements/base.txt pyproject.toml
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@sha256sum requirements/base.txt pyproject.toml | cmp -s - $@ || ( \
	  echo "Installing what Sinmungo needs ..." && \
	  $(PIP) install -q $(HASHED) -r requirements/base.txt && \
	  $(PIP) install -q --no-deps --no-build-isolation -e . )
	@sha256sum requirements/base.txt pyproject.toml > $@

$(VENV)/.installed-test: $(VENV)/.installed requirements/test.txt tests/install-system.sh
	@sha256sum requirements/test.txt | cmp -s - $@ || $(PIP) install -q $(HASHED) -r requirements/test.txt
	@sh tests/install-system.sh
	@sha256sum requirements/test.txt > $@

# The peers that the bench measures beside ours. pdqhash comes as source alone and wants a C++ compiler.
$(VENV)/.installed-bench: $(VENV)/.installed-test requirements/bench.txt
	@sha256sum requirements/bench.txt | cmp -s - $@ || $(PIP) install -q $(HASHED) --no-binary pdqhash \
	  -r requirements/bench.txt
	@sha256sum requirements/bench.txt > $@

up: install
	@$(VENV)/bin/sinmungo up

demo: install
	@$(PY) -m sinmungo.demo.up

test: install-test
	@$(if $(T),$(PY) -m pytest $(T),sh tests/side-by-side.sh $(PY))

# What touches no database, and what looks the same over any (pages by permission, commands, bad input at the
# doors), is left to the run on SQLite.
ON_POSTGRES := tests/apps tests/journeys tests/flows tests/site tests/web/test_api*.py tests/web/test_status.py \
  tests/web/test_affected.py tests/web/test_console_a*.py tests/web/test_console_incidents.py \
  tests/web/test_console_restorations.py --ignore tests/flows/test_bad_input.py \
  --ignore tests/flows/test_api_schema.py

test-postgres: install-test
	$(PY) -m tests.common.with_postgres $(PY) -m pytest -m "not browser" $(or $(T),$(ON_POSTGRES))

lint: install-test
	$(VENV)/bin/ruff check src tests bench
	$(VENV)/bin/ruff format --check src tests bench
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

check: lint
	$(PY) -m pytest tests/house

bench: install-bench
	$(PY) -m bench

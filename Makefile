# make serve   set up what serving needs and serve on 127.0.0.1:8000      ARGS="--port 9000" are passed on
# make test    set up what tests need and run them all                    ARGS="tests/http -k limits" are passed on
# make check   ruff, mypy --strict, import-linter: what CI runs before the tests
# make golden  write the golden files and the examples of the API's description anew, from the embedded model
# make bench   measure
#
# Variables: PYTHON (3.11 or newer), VENV, TORCH (what `make test` gives to pip for torch).

VENV ?= .venv
TORCH ?= torch==2.13.0
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := $(VENV)/bin
CLIENTS := tests/clients/node_modules/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: help install serve test check golden bench clean

help:
	@sed -n 's/^# //p' Makefile

install: $(VENV)/.installed

serve: install
	@$(BIN)/civility serve $(ARGS)

test: $(VENV)/.installed-for-tests $(CLIENTS)
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

golden: $(VENV)/.installed-for-tests
	$(BIN)/python -m tests.golden.regenerate

# The last three need data that is not part of the repository, and say so where it is absent.
bench: $(VENV)/.installed-for-tests
	$(BIN)/python -m benchmarks.scheduling
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python -m benchmarks.latency
	$(BIN)/python -m benchmarks.scale
	$(BIN)/python -m benchmarks.gpu
	$(BIN)/python -m benchmarks.runtimes
	$(BIN)/python -m benchmarks.lexicon
	$(BIN)/python -m benchmarks.splitting
	-$(BIN)/python -m benchmarks.quality --sample 2000
	-$(BIN)/python -m benchmarks.flags

clean:
	rm -rf $(VENV) tests/clients/node_modules

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Civility needs Python 3.11 or newer, and none was found; name one with: make PYTHON=/path/to/python3.11" >&2; \
		exit 1; \
	fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Civility needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[jobs]'
	@touch $@

# torch comes first and alone, so that the version that is wanted is the one that the extras find.
$(VENV)/.installed-for-tests: pyproject.toml | $(BIN)/python
	$(PIP) $(TORCH)
	$(PIP) --editable '.[test,calibrate,torch,train,rescore,ray,jobs,postgres,dev]'
	@touch $@ $(VENV)/.installed

# Clients for Node, against which the drop-in APIs are tested. Without npm those tests say that they are skipped.
$(CLIENTS): tests/clients/package.json
	@if command -v npm >/dev/null; then \
		npm install --prefix tests/clients --no-audit --no-fund --no-package-lock --silent && touch $@; \
	else \
		echo "npm was not found: tests with clients for Node are skipped"; \
	fi

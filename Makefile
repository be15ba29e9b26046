# Everything lives in .venv; every other target calls setup first.
PYTHON ?= python3
BIN := .venv/bin
TESTERS ?= 2
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: setup demo tour test check format bench years lock pictures screens clean

setup: .venv/.done

.venv/.done: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Resync needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 …")'
	@echo "Installing Resync into .venv (a minute or two the first time) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

demo: setup
	@$(BIN)/resync demo

tour: setup
	@$(BIN)/resync tour

test: setup
	@$(BIN)/python -m pytest -n $(TESTERS) --dist loadfile

check: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/locales
	@$(BIN)/yamllint --strict compose.yaml slack

format: setup
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup
	@$(BIN)/python -m bench

# Two simulated years of 300 clients, three times: some minutes each.
years: setup
	@$(BIN)/python -m bench years

# Needs uv. Neither file may name a registry.
lock:
	uv pip compile --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml -o requirements/runtime.txt
	uv pip compile --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --extra dev pyproject.toml -o requirements/dev.txt

pictures: setup
	@$(BIN)/python -m locales.fr.images.draw
	@$(BIN)/python -m docs.images.schemas

# The guide's pictures of Slack, taken from the demonstration. Needs Chromium, and some minutes.
screens: setup
	@$(BIN)/python -m docs.images.screens

clean:
	rm -rf .venv

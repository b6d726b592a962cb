# Everything that a newcomer or a developer types. `make help` lists it.
# Needs: Python 3.11-3.13, make, git. Nothing else is installed on the machine; all of it stays in this folder.

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset stop test test-browser check check-sources bench figures soak dependencies dev-dependencies

VENV := .venv
PY := $(VENV)/bin/python
MANAGE := $(PY) manage.py
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { command -v $$p; break; }; done)
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
SCALE ?= county
ARGS ?=
MARKS ?= not browser and not soak

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: dependencies  ## run the demo; PORT=8001 for another port; Ctrl-C stops it; a second start keeps the data
	@$(MANAGE) serve --demo

demo-reset: stop  ## throw the demo's data away and start over
	@rm -rf var/postgres var/broker var/cache var/beat-schedule* var/chain-anchors* var/demo_*
	@$(MAKE) --no-print-directory demo

stop: dependencies  ## end what a demo in this folder left running
	@$(MANAGE) stop

test: dev-dependencies  ## all tests that need no browser, on the embedded servers unless TEST_DATABASE_OWNER_URL is set
	@$(PY) -m pytest -m "$(MARKS)" $(ARGS)

test-browser: dev-dependencies  ## tests in a browser; needs Chromium and Chinese fonts
	@$(PY) -m pytest -m browser $(ARGS)

soak: dev-dependencies  ## what is too long for every run
	@$(PY) -m pytest -m soak $(ARGS)

check: dev-dependencies  ## what can be seen without running: style, types, layers, migrations, settings, translations
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy config governance stars grids burden
	@$(VENV)/bin/lint-imports --no-logo
	@$(PY) -W "ignore:Got an error checking a consistent" manage.py makemigrations --check --dry-run
	@$(MANAGE) check_translations
	@DJANGO_SETTINGS_MODULE=config.settings.production TLS_IN_FRONT=1 ALLOWED_HOSTS=county.example \
		SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))') \
		DATABASE_URL=postgresql://app:word@localhost/county REDIS_URL=redis://:word@localhost/0 \
		$(MANAGE) check --deploy --fail-level WARNING

check-sources: dev-dependencies  ## every sentence of the screens has an entry in the catalogue; needs GNU gettext
	@$(MANAGE) check_translations --sources

bench: dependencies  ## measure against the limit: SCALE=county, city, province or nation
	@$(PY) -m tests.bench --scale=$(SCALE) $(ARGS)

figures: dependencies  ## the demo's figures, counted from its records, as one JSON object
	@$(MANAGE) with_database figures

# A lock is installed when it differs from the copy that the last installation left.
dependencies:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; none was found. Name one: make PYTHON=/path/to/python3.12 demo" >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) can't make virtual environments. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }
	@test -x $(PY) || { echo "Making a virtual environment in $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@cmp -s requirements.txt $(VENV)/requirements.txt || { \
		echo "Installing dependencies (about 400 MB, once) ..."; start=$$(date +%s); \
		$(PIP) -r requirements.txt && cp requirements.txt $(VENV)/requirements.txt && \
		echo "Dependencies: $$(( $$(date +%s) - start )) s"; }

dev-dependencies: dependencies
	@cmp -s requirements-dev.txt $(VENV)/requirements-dev.txt || { \
		echo "Installing what checks and tests need ..."; \
		$(PIP) -r requirements.txt -r requirements-dev.txt && cp requirements-dev.txt $(VENV)/requirements-dev.txt; }

# `make` alone lists the verbs. Each line with two hashes is the help of its verb.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup up down test check docs bench format lock

run := .venv/bin
pytest := $(run)/python -m pytest

help: ## List these verbs
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' $(MAKEFILE_LIST)

setup: ## Prepare everything that running needs; what is there already is kept
	@scripts/setup

up: setup ## Start the fleet in ./fleet (the sample, when there is none) and print addresses and logins
	@[ -e fleet ] || cp -R examples/fleet fleet
	@$(run)/commonhub up ./fleet --detach

down: ## Stop what `make up` started; homes, accounts and records stay
	@$(run)/commonhub down ./fleet

test: .development .style ## Check everything: style, types, floors, docs, and all tests with real hubs and a browser
	@code=0; $(pytest) -n 2 -m "not hubs and not browser" || code=$$?; \
	$(pytest) -n 2 --dist loadfile -m "hubs or browser" || code=$$?; exit $$code

check: .development .style ## The same in under two minutes: no real hubs, no browser, nothing that takes seconds
	@$(pytest) -n 2 -m "not hubs and not browser and not slow"

docs: .development ## Build the documentation into docs/_build/html
	@$(run)/python docs/generate.py
	@$(run)/python -m sphinx -W --keep-going -n -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: .development ## Measure against plain JupyterHub on this machine; bench/README.md has the rules
	@$(run)/python bench/run.py

format: .development ## Put the source in its standard form, and renew what the docs take from it
	@$(run)/ruff format --quiet .
	@$(run)/ruff check --quiet --fix .
	@$(run)/python docs/generate.py

lock: ## Choose all versions again, with their digests
	@locks/relock

# The floors of the house and the build of the docs are tests: tests/house.
.PHONY: .development .style
.development:
	@scripts/setup development

.style:
	@$(run)/ruff check --quiet .
	@$(run)/ruff format --check --quiet .
	@$(run)/mypy

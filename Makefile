# Lugas. `make run` shows it, `make test` proves it; both start from nothing but python3 and make.
SHELL := /bin/sh
.DEFAULT_GOAL := help

# The first python3 that is new enough; tools/environment.py makes .venv with it.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY := .venv/bin/python
NPM := ../$(PY) ../tools/node.py npm
# How many test side by side: processes of pytest, and cities of the browser tests.
WORKERS ?= 2
CITIES ?= 1
LOCKS := requirements/build.lock tools/environment.py
PWA_SOURCES := $(shell find pwa/src pwa/messages pwa/public pwa/tools pwa/project.inlang/settings.json \
	schema/schema.graphql schema/operations -type f ! -path 'pwa/src/paraglide/*' \
	! -path 'pwa/src/lib/gql/generated/*' ! -name manifest.json 2>/dev/null) \
	$(wildcard pwa/*.json pwa/*.ts pwa/*.js pwa/index.html)

.PHONY: run test check check-app check-python check-pyright fmt demo bench bench-app bench-sign budget histories fuzz schema migrate seed e2e offline pictures image lock help

run: .venv/run.stamp pwa/dist/.built ## start everything on this machine and print the address (Ctrl-C stops it)
	@exec $(PY) -m backend run

test: check ## all checks and all tests, those in a real browser included
	$(PY) tools/system.py poppler
	-$(PY) tools/system.py softhsm
	$(PY) -m pytest $(if $(filter 1,$(WORKERS)),,-n auto --dist worksteal)
	$(MAKE) e2e

check: .venv/dev.stamp pwa/node_modules/.stamp ## style, types, import contracts, generated files, the app's own checks
	@$(MAKE) --jobs=2 --keep-going $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) \
		check-app check-python check-pyright

check-app:
	$(PY) -m backend export-schema
	cd pwa && $(NPM) run check
	$(PY) tools/fresh.py schema/schema.graphql schema/operations/manifest.json
	@touch pwa/dist/.built

check-python:
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports
	$(PY) -m mypy

check-pyright:
	$(PY) -m pyright

fmt: .venv/dev.stamp pwa/node_modules/.stamp ## put every file into the house's format
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .
	cd pwa && $(NPM) run format

demo: .venv/run.stamp pwa/dist/.built ## drive the main job over HTTP and print each step with its time
	@exec $(PY) -m backend demo

bench: .venv/dev.stamp benchmarks/peers/node/node_modules/.stamp ## Lugas beside other GraphQL servers (half an hour; BENCH="--rounds 1 --seconds 2" for a glance)
	$(PY) tools/system.py wrk
	$(PY) -m benchmarks.peers $(BENCH)

bench-app: .venv/dev.stamp pwa/dist/.built benchmarks/lighthouse/node_modules/.stamp ## measure start, memory and first load
	$(PY) -m benchmarks

bench-sign: .venv/dev.stamp ## what a letter and a signature cost, and a hundred letters with two workers
	$(PY) -m benchmarks.sign

bench-budget: .venv/dev.stamp benchmarks/peers/node/node_modules/.stamp ## a million budget lines: how fast they come in and can be walked through, beside PostGraphile (BUDGET_LINES=100000 for a glance)
	$(PY) tools/system.py wrk
	$(PY) -m benchmarks.money

histories: .venv/dev.stamp ## 1,000 histories of phones that lose signal, send twice and come back late (make test runs 60)
	HISTORIES=1000 $(PY) -m pytest tests/actions/test_phone_histories.py

budget: .venv/dev.stamp pwa/dist/.built benchmarks/lighthouse/node_modules/.stamp ## what a poor network and a slow phone feel, against the limits (on a quiet machine)
	$(PY) -m benchmarks.budget

fuzz: .venv/dev.stamp ## strange and hostile requests against a real server (FUZZ_REQUESTS=100000)
	$(PY) tools/system.py wrk
	$(PY) -m benchmarks.fuzz

benchmarks/peers/node/node_modules/.stamp: benchmarks/peers/node/package-lock.json .venv/run.stamp
	cd benchmarks/peers/node && ../../../$(PY) ../../../tools/node.py npm ci --ignore-scripts
	@touch $@

benchmarks/lighthouse/node_modules/.stamp: benchmarks/lighthouse/package-lock.json .venv/run.stamp
	cd benchmarks/lighthouse && ../../$(PY) ../../tools/node.py npm ci --ignore-scripts
	@touch $@

schema: .venv/run.stamp ## write schema/schema.graphql from the code
	$(PY) -m backend export-schema

migrate: .venv/run.stamp ## bring the database to the newest migration
	$(PY) -m backend migrate

seed: .venv/run.stamp ## put the city's data into the database (safe to repeat)
	$(PY) -m backend seed

e2e: .venv/dev.stamp pwa/dist/.built benchmarks/lighthouse/node_modules/.stamp ## the tests in a real browser alone
	chromium=$$($(PY) tools/system.py chromium) && cd pwa && LUGAS_CITIES=$(CITIES) LUGAS_CHROMIUM="$$chromium" $(NPM) run e2e

offline: .venv/dev.stamp pwa/dist/.built ## cut the network at random, a hundred applications (half an hour; LUGAS_OFFLINE_CASES=10 for a glance)
	chromium=$$($(PY) tools/system.py chromium) && cd pwa && \
		LUGAS_OFFLINE_CASES=$${LUGAS_OFFLINE_CASES:-100} LUGAS_CHROMIUM="$$chromium" \
		$(NPM) run e2e -- cuts.spec.ts --project phone --no-deps; status=$$?; \
		cat test-results/offline.json; exit $$status

pictures: .venv/dev.stamp pwa/dist/.built ## look at every screen and renew docs/screens
	chromium=$$($(PY) tools/system.py chromium) && cd pwa && LUGAS_PICTURES=1 LUGAS_CHROMIUM="$$chromium" $(NPM) run e2e -- screens

image: ## build the container image (needs docker)
	@command -v docker >/dev/null || { echo "docker is missing: install it, or use podman-docker." >&2; exit 1; }
	docker build -f docker/Dockerfile -t lugas:dev .

lock: .venv/dev.stamp ## renew requirements/*.lock after a change in pyproject.toml (needs uv)
	$(PY) tools/lock.py $(UPGRADE)

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

.venv/run.stamp: requirements/run.lock $(LOCKS)
	@$(MAKE) --no-print-directory python-is-there
	$(PYTHON) tools/environment.py run

.venv/dev.stamp: requirements/dev.lock $(LOCKS)
	@$(MAKE) --no-print-directory python-is-there
	$(PYTHON) tools/environment.py dev

.PHONY: python-is-there
python-is-there:
	@test -n "$(PYTHON)" || { \
	echo "Lugas needs Python 3.11 or newer, and none was found." >&2; \
	echo "Debian and Ubuntu: sudo apt install python3 python3-venv. macOS: python.org or brew install python." >&2; \
	exit 1; }

pwa/node_modules/.stamp: pwa/package-lock.json pwa/package.json | .venv/run.stamp
	cd pwa && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

pwa/dist/.built: pwa/node_modules/.stamp $(PWA_SOURCES)
	cd pwa && $(NPM) run build
	@touch $@

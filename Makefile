# From a clean clone with nothing but Python 3.11 and make: `make demo`, `make test`. Both set up .venv by themselves.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
WORKERS ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INPUTS := pyproject.toml constraints.txt
# Builds happen in a place of their own; there, only the environment can carry the constraints.
export PIP_CONSTRAINT := constraints.txt
# A line that is down for a moment, or another installation under way, is waited for.
export PIP_RETRIES ?= 10
export PIP_DEFAULT_TIMEOUT ?= 60
APT := -o Acquire::Retries=5 -o DPkg::Lock::Timeout=300

.DEFAULT_GOAL := help
.PHONY: help demo test check oracle thorough durability watch restarts bench breaches differential spark docs coverage \
	chromium clean

help:
	@echo "make demo      a quarter of a small provider, as six work products in demo/"
	@echo "make test      all tests"
	@echo "make check     style, types, floors, documentation"
	@echo "make thorough  every property with 1,000 examples, which takes hours; TESTS='tests/clock ...' for some"
	@echo "make oracle    24,000 answers compared with those of an oracle that walks the wall clock, with the figures"
	@echo "make durability  writers, servers and power fail, for 25 minutes; PARTS='sqlite postgres desk power' SEED=1 SCALE=0.1"
	@echo "make watch     20,000 wake-ups, four processes of \`svcdelivery watch\` on PostgreSQL, killed at random; SEED=1"
	@echo "make bench     ratios against baselines; names as BENCH='service_hours ...'"
	@echo "make breaches  a million clean log entries through the breach watch"
	@echo "make differential  100,000 random requests decided by the checker and by Cedar"
	@echo "make spark     the readings of a Spark frame; installs Spark, and needs Java 17"
	@echo "make restarts  200 nights of one escalated incident, their processes killed at random; RUNS=1000 SEED=1"
	@echo "make docs      the documentation, in docs/_build/html"
	@echo "make coverage  all tests, with line and branch coverage"
	@echo "make mutants   stores with one defect each through the conformance kit, and who complained"
	@echo "make clean     forget everything that was made"

# Each stamp stands for one finished set-up; an interrupted one is begun again. What `cli` needs is part of `dev`,
# so either may come first, and neither takes anything away from the other.
.venv/.stamp-made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; name it: make PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .venv
	@touch $@

.venv/.stamp-cli: .venv/.stamp-made $(INPUTS)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[cli]'
	@touch $@

.venv/.stamp-dev: .venv/.stamp-made $(INPUTS)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[all,dev]'
	@touch .venv/.stamp-cli $@

demo: .venv/.stamp-cli
	$(BIN)/svcdelivery demo --out demo

test: .venv/.stamp-dev chromium
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

check: .venv/.stamp-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@if [ -d tests/typing ]; then echo "$(BIN)/mypy tests/typing"; $(BIN)/mypy tests/typing; fi
	$(BIN)/lint-imports --no-logo
	@$(MAKE) --no-print-directory docs

TESTS ?= tests
thorough: .venv/.stamp-dev
	HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(TESTS)

oracle: .venv/.stamp-dev
	SVCDELIVERY_ORACLE_ANSWERS=24000 $(BIN)/python -m pytest -q -s -n 0 tests/service_hours/test_oracle.py

SCALE ?= 1
durability: .venv/.stamp-dev
	$(BIN)/python -m tests.durability $(PARTS) --scale $(SCALE) $(if $(SEED),--seed $(SEED))

watch: .venv/.stamp-dev
	$(BIN)/python -m tests.durability.watching $(if $(SEED),--seed $(SEED))

bench: .venv/.stamp-dev
	$(BIN)/python -m benchmarks $(BENCH)

breaches: .venv/.stamp-dev
	$(BIN)/python -m tests.security.breach_logs

differential: .venv/.stamp-dev
	$(BIN)/python -m tests.adapters.cedar_oracle

spark: .venv/.stamp-dev
	$(PIP) install --quiet --constraint constraints.txt --editable '.[spark]'
	$(BIN)/python -m pytest -n 0 tests/batch/test_spark.py

RUNS ?= 200
restarts: .venv/.stamp-dev
	$(BIN)/python -m tests.scenarios.restarts --engine sqlite --runs $(RUNS) $(if $(SEED),--seed $(SEED))
	$(BIN)/python -m tests.scenarios.restarts --engine postgres --runs $(RUNS) $(if $(SEED),--seed $(SEED))

docs: .venv/.stamp-dev
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

coverage: .venv/.stamp-dev chromium
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(WORKERS) --dist loadgroup
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# The browser of the dashboard's tests: what is there already, else Debian's, which takes root. Without one those tests
# say so by name and are left out, or fail in CI.
chromium:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null 2>&1 && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "installing chromium for the browser tests"; \
		{ apt-get $(APT) update -qq && DEBIAN_FRONTEND=noninteractive apt-get $(APT) install -y -qq --no-install-recommends chromium >/dev/null; } \
		|| echo "chromium could not be installed; browser tests are left out" >&2; \
	else echo "no chromium here; browser tests are left out" >&2; fi

.PHONY: mutants
mutants: .venv/.stamp-dev
	$(BIN)/python -m tests.storage.test_mutants

clean:
	rm -rf .venv demo build dist docs/_build docs/reference/api/*.md htmlcov mutants .coverage .coverage.* \
		.pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

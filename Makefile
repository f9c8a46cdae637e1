# `make` on its own lists what can be done.
# You need Python 3.11, 3.12 or 3.13, git and make. Everything else goes into .venv in this folder.
# To choose the Python yourself: make setup PYTHON=/path/to/python3.12

BIN    := .venv/bin
PYTEST := $(BIN)/python -m pytest
# The longest files first: a worker that gets one of them last keeps the other waiting.
FILES  := tests/notebooks $(filter-out tests/notebooks tests/conftest.py,$(wildcard tests/*))
QUICK  := $(PYTEST) -n 2 --dist loadfile -m "not slow and not browser" $(FILES)
TESTS  := $(PYTEST) -n 2 --dist loadfile $(FILES) \
	&& $(PYTEST) --nbval --nbval-current-env --nbval-cell-timeout=120 -n 2 --dist loadscope \
		notebooks tests/baselines

# Two test workers share the cores; threads inside each would only get in one another's way.
export OPENBLAS_NUM_THREADS ?= 1
# pip must install into .venv, whatever the user's own settings say.
export PIP_USER := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
.DEFAULT_GOAL := help
.PHONY: help setup evidence test test-all simulate bench lab lint refresh lock clean which-python

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

setup: .venv/.ready ## Make .venv and install the locked packages (the other targets do this when needed)
	@echo "Ready. Next: make evidence, make test or make lab."

evidence: .venv/.ready ## Run every case and write its evidence pack to evidence/
	@$(BIN)/inquiry run --all

test: lint ## Run the quick tests (minutes): style, methods, intake, house rules
	@$(QUICK)

test-all: lint ## Run every test, as CI does: packs, pages in a browser, then nbval over every notebook
	@$(TESTS)

simulate: .venv/.ready ## Run the simulation studies again: coverage of intervals, false alarms (minutes)
	@$(BIN)/python tests/simulation/study.py
	@$(BIN)/python tests/simulation/delays.py
	@$(BIN)/python tests/simulation/few_clusters.py
	@$(BIN)/python tests/simulation/regression.py
	@$(BIN)/python tests/simulation/missing.py
	@$(BIN)/python tests/simulation/disclosure.py
	@$(BIN)/python tests/simulation/curves.py

bench: .venv/.ready ## Measure speed and memory beside other libraries (SIZES=1000,10000 or FULL=1)
	@$(BIN)/python tests/bench/bench.py $(if $(SIZES),--sizes $(SIZES)) $(if $(FULL),--full)

lab: .venv/.ready ## Open the notebooks in JupyterLab
	@$(BIN)/jupyter lab notebooks

lint: .venv/.ready ## Check the style of the code and the notebooks
	@$(BIN)/ruff check .

refresh: .venv/.ready ## Run the notebooks again and store their results, after a change that is meant
	@$(BIN)/inquiry refresh
	@$(BIN)/python tests/notebooks/golden.py --write

# Keeps the locked versions where they still fit. For the newest ones: make lock UPGRADE=--upgrade
# After it, give the new versions to environment.yml; tests/test_environment.py names each one.
lock: .venv/.ready ## Write requirements.lock anew from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --extra test --group build --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate --quiet $(UPGRADE) \
		--output-file requirements.lock
	@echo "Wrote requirements.lock."

clean: ## Remove .venv and all caches; evidence/ stays
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis build dist
	@find src tests notebooks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
	@find notebooks tests -name .ipynb_checkpoints -prune -exec rm -rf {} + 2>/dev/null || true
	@echo "Removed .venv and the caches."

which-python: ## Show which Python would make .venv
	@$(FIND_PYTHON); echo "$$python (Python $$version)"

# ---- Set-up -------------------------------------------------------------------------------------

# A Python counts only if it runs, can make a .venv, and is a version we support.
SUPPORTED  := 3.13|3.12|3.11
VERSION_OF := -c 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])'
CANDIDATES := python3.13 python3.12 python3.11 python3
CHOSEN     := $(patsubst ~/%,$(HOME)/%,$(PYTHON))

define FIND_PYTHON
set -- $(if $(CHOSEN),"$(CHOSEN)",$(CANDIDATES)); python=; seen=; \
for candidate; do \
	version=$$("$$candidate" $(VERSION_OF) 2>/dev/null) || continue; \
	case "$$version" in $(SUPPORTED)) python=$$candidate; break;; \
		*) seen="$$seen $$candidate is Python $$version.";; esac; \
done; \
if [ -z "$$python" ]; then \
	echo "No suitable Python found: this needs Python 3.11, 3.12 or 3.13, able to make a venv" \
		"(on Debian and Ubuntu: the package python3-venv). Tried: $$*.$$seen" \
		"Install one, or name one: make setup PYTHON=/path/to/python3.12" >&2; \
	exit 1; \
fi
endef

# .venv/.ready is written last. It holds the Python version and this folder's name, so a .venv that
# is half made, whose Python has gone, or that was moved or copied here is made again.
STATE := $(shell $(BIN)/python $(VERSION_OF) 2>/dev/null) $(CURDIR)
READY := $(shell cat .venv/.ready 2>/dev/null)
WANTED := $(if $(CHOSEN),$(shell "$(CHOSEN)" $(VERSION_OF) 2>/dev/null) $(CURDIR),$(STATE))
SOUND := $(and $(findstring |$(STATE)|,|$(READY)|),$(findstring |$(WANTED)|,|$(READY)|))
ifeq ($(SOUND),)
.PHONY: .venv/.ready
endif

.venv/.ready: requirements.lock pyproject.toml Makefile
	@rm -f $@
	@if [ -z "$(SOUND)" ]; then \
		$(FIND_PYTHON); \
		echo "Making .venv with $$python (Python $$version)."; \
		rm -rf .venv; "$$python" -m venv .venv; \
	fi
	@echo "Installing the packages of requirements.lock (up to two minutes the first time)."
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.txt
	@$(BIN)/python -m pip install --quiet --require-hashes -r .venv/uv.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode \
		requirements.lock || { \
		echo "uv could not install them; trying pip, which knows your pip settings but is slower."; \
		$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock; }
	@echo "Installing this project."
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src
	@echo "$$($(BIN)/python $(VERSION_OF)) $(CURDIR)" > $@

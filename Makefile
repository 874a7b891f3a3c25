# FinGen: every task is one of these words. `make help` lists them.

PORT ?= 8501
VENV ?= .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
MINIMUM := 3.11
NEW_ENOUGH := sys.exit(sys.version_info < tuple(map(int, "$(MINIMUM)".split("."))))

# Each may be given on the command line: make test ARGS="-k market", make app PORT=8600, make app PYTHON=/opt/python3.12
ARGS ?=
PYTHON ?=
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help app test lint bench bench-gpu fidelity pretrained screenshots setup chromium clean

help:  ## List the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

app: setup  ## Set up what is missing and start the dashboard on http://127.0.0.1:8501
	@$(PY) -c 'import socket; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", $(PORT)))' 2>/dev/null \
	  || { echo "Port $(PORT) of 127.0.0.1 is taken, perhaps by a FinGen that is still running: stop that one, or choose another port with  make app PORT=$$(( $(PORT) + 1 ))" >&2; exit 1; }
	@echo "FinGen starts on http://127.0.0.1:$(PORT)  (Ctrl+C stops it)"
	@exec $(PY) -m fingen_core.ui.server --server.address 127.0.0.1 --server.port $(PORT) --server.headless true

test: setup chromium  ## Set up what is missing and run every test
	@$(PY) -m pytest -n $(JOBS) --dist loadgroup $(ARGS)

lint: setup  ## Check style, format and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

bench: setup  ## Measure training, sampling and the pages (minutes)
	@$(PY) benchmarks/bench.py $(ARGS)

bench-gpu: setup  ## Measure a CUDA device: training steps, sampling, memory (ARGS="--device cpu" tries it without)
	@$(PY) benchmarks/bench_gpu.py $(ARGS)

fidelity: setup  ## Compare the generators with their rivals out of time and write the README's table (long)
	@$(PY) benchmarks/fidelity.py $(ARGS)

pretrained: setup  ## Train the models that ship in assets again, draw what Home opens with, and validate it
	@$(PY) -m fingen_core.generators.filtered.pretrained
	@$(PY) -m benchmarks.opening
	@$(PY) -m benchmarks.validate_pretrained
	@$(PY) -m benchmarks.painted

screenshots: setup chromium  ## Photograph every page, wide and narrow, light and dark, into screenshots/
	@$(PY) -m tests.browser.screenshots $(ARGS)

setup: $(STAMP)

# The stamp is written last, so an interrupted installation starts over. A Python that is too old, or one without the
# parts that make an environment (Debian packs them separately), is passed over.
$(STAMP): requirements.txt
	@if ! $(PY) -c 'import pip, sys; $(NEW_ENOUGH)' 2>/dev/null; then \
	  found=; \
	  for candidate in $(if $(PYTHON),$(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python); do \
	    if "$$candidate" -c 'import ensurepip, sys, venv; $(NEW_ENOUGH)' 2>/dev/null; then found="$$candidate"; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "FinGen needs Python $(MINIMUM) or newer with its venv module, but found $$( { $(or $(PYTHON),python3) --version; } 2>&1 | head -n 1): install one (Debian and Ubuntu: apt-get install python3 python3-venv; macOS: brew install python), or name one with  make PYTHON=/path/to/python3" >&2; \
	    exit 1; \
	  fi; \
	  echo "Making $(VENV) with $$($$found --version)"; \
	  "$$found" -m venv --clear $(VENV) || exit 1; \
	fi
	@echo "Installing what requirements.txt names into $(VENV) (the first time takes some minutes)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

chromium:
	@if command -v "$${CHROMIUM:-chromium}" >/dev/null 2>&1; then :; \
	elif [ -f /etc/debian_version ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  echo "Installing Debian's Chromium for the browser tests"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 \
	    || echo "Chromium could not be installed, so the browser tests are skipped: apt-get install chromium, or name one with CHROMIUM=/path/to/chromium"; \
	else \
	  echo "No Chromium, so the browser tests are skipped: install it (Debian: apt-get install chromium), or name one with CHROMIUM=/path/to/chromium"; \
	fi

clean:  ## Remove caches and results (.venv and .fingen stay)
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis results screenshots
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

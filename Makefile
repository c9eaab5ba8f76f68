# Developer commands. `make help` lists them.
NEEDED := 3.11.5
PYTHON ?= $(firstword $(shell command -v python3.11 2>/dev/null) python3)
# People with another index for CPU wheels of torch: make test TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
PORT ?= 8000
# Labeled sentences that their package ships only in its source distribution; the pages check its hash.
SENTENCES := data/vaderSentiment-3.3.2.tar.gz
# What `make lint` checks the site's own JavaScript with.
ESLINT := eslint@10.15.0 @eslint/js@10.0.1 globals@17.14.0
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PIP += -c requirements/constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
export NO_MKDOCS_2_WARNING = 1
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: help serve test test-all build data site record matrix update changed maths bench lint clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

.venv/made:
	@command -v $(PYTHON) >/dev/null || { echo "Python $(NEEDED) or newer is missing: install it, or say make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < tuple(map(int, "$(NEEDED)".split("."))))' || { echo "$(PYTHON) is $$($(PYTHON) --version), and $(NEEDED) is needed: say make PYTHON=/path/to/a/newer/python3"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing: install it (on Debian: python3-venv)"; exit 1; }
	@touch $@

.venv/site: .venv/made requirements/site.txt requirements/constraints.txt pyproject.toml
	@echo "Installing what the site needs ..."
	@$(PIP) -r requirements/site.txt
	@$(PIP) --no-deps -e .
	@touch $@

.venv/test: .venv/site requirements/test.txt
	@echo "Installing what the tests need (torch and the runtimes: about 2.5 GB) ..."
	@$(PIP) -r requirements/test.txt
	@touch $@

serve: .venv/site ## the handbook on 127.0.0.1:8000, with live reload
	@$(BIN)/python -m fenceproof serve --port $(PORT)

# Pages, then tests, although pages failed: one run shows all that is wrong.
define pages_and_tests
	@$(BIN)/python -m fenceproof doctor
	@pages=passed; tests=passed; \
	$(1) || pages=FAILED; \
	$(2) || tests=FAILED; \
	echo "make $@: pages $$pages, tests $$tests"; [ $$pages$$tests = passedpassed ]
endef

test: .venv/test data ## pytest docs/ and pytest tests/, quick checks
	$(call pages_and_tests,\
	  $(BIN)/python -m pytest docs -n auto -q,\
	  $(BIN)/python -m pytest tests -n auto --dist loadgroup -q -m "not slow")

test-all: .venv/test data ## the slow pages and tests too
	$(call pages_and_tests,\
	  $(BIN)/python -m pytest docs -n auto -q --slow,\
	  $(BIN)/python -m pytest tests -n auto --dist loadgroup -q)

build: .venv/site ## the site, strictly, into site/
	@$(BIN)/python -m fenceproof build

$(SENTENCES): | .venv/made
	@echo "Fetching the sentences of the text scenarios ..."
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary vaderSentiment --dest data vaderSentiment==3.3.2

data/catalogues: Makefile | .venv/made
	@echo "Fetching the translation catalogues ..."
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest data \
	  django==5.2.19 wagtail==8.0.1 sphinx==9.0.4 jupyterlab-language-pack-zh-CN==4.5.post3
	@touch $@

data/npm: examples/scenarios/browser-page/runtime.py scripts/fetch_axe.py | .venv/made
	@if ! command -v npm >/dev/null; then echo "note: no npm on this machine: the browser demo stays without its runtime, and accessibility is not tested"; \
	elif $(BIN)/python examples/scenarios/browser-page/runtime.py docs/assets/browser/ort && $(BIN)/python scripts/fetch_axe.py; then touch $@; \
	else echo "note: npm could not fetch the browser demo's runtime or axe-core: their tests are skipped"; fi

data/eslint/made: Makefile
	@if ! command -v npm >/dev/null; then echo "note: no npm on this machine: JavaScript is not linted"; \
	elif npm install --silent --ignore-scripts --no-audit --no-fund --no-save --prefix data/eslint $(ESLINT); then touch $@; \
	else echo "note: npm could not fetch ESLint: JavaScript is not linted"; fi

data: $(SENTENCES) data/catalogues data/npm data/eslint/made ## what no Python package brings: labeled sentences, translation catalogues, the browser demo's runtime and a linter (npm)

site: export CARDS = 1
site: data build ## what is published: build, downloads, cards (SITE_URL, REPO_URL and EDIT_URI say where it will be)

.venv/matrix: .venv/made requirements/matrix.txt requirements/constraints.txt
	@$(PIP) -r requirements/matrix.txt
	@touch $@

matrix: .venv/matrix data ## run the pages on other versions of torch and Python, and write their records
	@$(if $(TORCH_INDEX),PIP_EXTRA_INDEX_URL=$(TORCH_INDEX)) $(BIN)/nox --session $(or $(SESSIONS),pages)

record: .venv/test $(SENTENCES) ## run the pages and write records/ for those that passed
	$(BIN)/python -m pytest docs -n auto -q --record

changed: .venv/test $(SENTENCES) ## run the pages that differ from their record
	$(BIN)/python -m pytest docs -q --changed

update: .venv/test $(SENTENCES) ## rewrite the Output, Error and Warning blocks that differ
	$(BIN)/python -m pytest docs -n auto -q --update

maths: .venv/site ## typeset new formulas (needs node), drop unused ones
	$(BIN)/python -m handbook.typeset

bench: .venv/test ## measure what the pages' tables and plots show, to the end (RESUME=1 goes on with an interrupted run); one script or tool: make bench ONLY=onnxruntime
	@$(BIN)/python benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(RESUME),--resume) $(BENCH_OPTIONS)

lint: .venv/test data/eslint/made ## ruff, its formatter, mypy, the budget of the pages, numbers in prose and (with npm) ESLint: what CI refuses
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy fenceproof handbook tests benchmarks noxfile.py
	$(BIN)/python -m fenceproof budget
	$(BIN)/python -m fenceproof numbers
	@[ ! -e data/eslint/made ] || { set -x; data/eslint/node_modules/.bin/eslint eslint.config.mjs docs/assets/js docs/assets/browser; }

clean: ## remove what is not committed and can be made again
	rm -rf .venv site .pytest_cache .mypy_cache .ruff_cache *.egg-info

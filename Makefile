# `make serve` and `make test` set up what they need in .venv, once, and again only when a file that names versions changes.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python --constraints constraints.txt

# What MkDocs 2 will change is no news for every build.
export NO_MKDOCS_2_WARNING := 1

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 22

.PHONY: setup
setup: .venv/test ## Install everything that writing and testing pages needs, and say what next
	@echo 'All is in .venv. What next?'
	@echo '  make serve                      read the site, and see each change at once'
	@echo '  make new-page NAME=losses/hinge start a page'
	@echo '  make check PAGE=losses/hinge    test it, in half a minute'
	@echo '  make test                       test everything, before you hand it in'

.PHONY: serve
serve: export PYTHONWARNINGS := ignore::DeprecationWarning,ignore::SyntaxWarning # of packages, not ours
serve: .venv/site ## Serve the site at http://127.0.0.1:8000, or another PORT=, and rebuild on every save
	$(BIN)/mkdocs serve --livereload --dev-addr 127.0.0.1:$(PORT)

.PHONY: build
build: .venv/site ## Build the site into site/
	$(BIN)/mkdocs build --strict --clean

.PHONY: offline
offline: .venv/site ## Build a copy into site/ that opens from the folder, search included: see site/index.html
	OFFLINE=true $(BIN)/mkdocs build --strict --clean

.PHONY: test
test: .venv/test lint ## Run every test: code, snippets, site, browser
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder # browsers make a process wait

.PHONY: test-lowest
test-lowest: .venv/test-lowest ## Run the tests of the package dlnotes with the lowest versions that it promises
	.venv/lowest/bin/python -m pytest tests/basics tests/losses tests/models tests/training \
		tests/test_arguments.py tests/test_command*.py tests/test_labs.py

.PHONY: new-page
new-page: .venv/test ## Start a page with all that belongs to it: make new-page NAME=losses/hinge
	@$(BIN)/python -m sitetools.new_page '$(NAME)'

.PHONY: check
check: .venv/test ## Test what concerns one page, in half a minute: make check PAGE=losses/hinge
	@$(BIN)/ruff check --quiet && $(BIN)/ruff format --check --quiet
	@$(BIN)/python -m pagetest.check '$(PAGE)'

.PHONY: train
train: .venv/train ## Train LeNet on the images that come with dlnotes; curves and checkpoint go into runs/
	$(BIN)/dlnotes train lenet --threads 1 --overwrite

MODE ?= full

.PHONY: labs
labs: .venv/test ## Run the labs on the full data, in an hour, and keep their results; MODE=recorded trains nothing
	$(BIN)/python -m pagetest.lab_runs --mode $(MODE) $(sort $(wildcard docs/labs/*.ipynb))

.PHONY: links
links: .venv/site ## Ask for every external link, and list the dead ones
	@$(BIN)/python -m sitetools.links --check

.PHONY: lint
lint: .venv/test ## Check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

.PHONY: bench-losses
bench-losses: .venv/test ## Compare the losses with F.cross_entropy and others, in time and memory
	$(BIN)/python -m benchmarks.losses

.PHONY: compare-losses
compare-losses: .venv/compare-losses ## Ask the losses of other packages the same questions as ours, and keep the answers
	.venv/others/bin/python -m benchmarks.other_losses

.PHONY: bench-training
bench-training: .venv/test ## Compare our training loop with one over a DataLoader, on the full data; takes 10 minutes
	$(BIN)/python -m benchmarks.training

.PHONY: bench-precision
bench-precision: .venv/test ## Compare training steps in float32 and bfloat16, compiled or not; takes 5 minutes
	$(BIN)/python -m benchmarks.precision

.PHONY: bench-site
bench-site: .venv/test ## Measure every page in Chromium, and four with Lighthouse; takes 20 minutes
	$(BIN)/python -m benchmarks.site

.PHONY: docs-update-output
docs-update-output: .venv/test ## Rewrite the outputs that pages show from real runs; of one page, with PAGE=losses/hinge
	$(BIN)/python -m pagetest $(or $(PAGE:%=docs/%.md),docs README.md CONTRIBUTING.md)

.PHONY: figures
figures: .venv/test ## Draw the figures of the pages; of one page, with PAGE=losses/hinge
	$(BIN)/python -m figures $(PAGE:%=docs/%.md)

.PHONY: report
report: .venv/test ## Prove the equations of pages that have changed, make typos in them, and record both
	$(BIN)/python -m pagetest.report

# One version of a package for every Python, the newest that suits the oldest: so the site is the same bytes on each.
.PHONY: lock
lock: .venv/test ## Renew every pinned version in constraints.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest --no-annotate --no-header \
		--extra train --group site --group test --group lint --group build --group node pyproject.toml -o constraints.txt

.PHONY: clean
clean: ## Remove everything that the other targets made
	rm -rf .venv node_modules site dist docs/assets/katex .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/uv: constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.13 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	@touch $@

.venv/site: .venv/uv pyproject.toml constraints.txt package-lock.json
	$(UV) --group site
	$(UV) --no-deps --editable .
	$(BIN)/python -m sitetools.install
	@touch $@

.venv/train: .venv/uv pyproject.toml constraints.txt
	$(UV) --editable '.[train]'
	@touch $@

.venv/test: .venv/site
	$(UV) --compile-bytecode --group test --group lint --group build --editable '.[train]'
	@touch $@

# What we promise at the lowest and all else that it brings; then the tests' tools, which we don't promise, as pinned.
.venv/test-lowest: .venv/uv pyproject.toml constraints.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/lowest
	$(BIN)/uv pip install --quiet --python .venv/lowest --resolution lowest-direct --editable '.[train]'
	$(BIN)/uv pip freeze --quiet --python .venv/lowest --exclude-editable > .venv/lowest/promised.txt
	sed 's/\(.*==\).*/^\1/' .venv/lowest/promised.txt | grep -vf - constraints.txt > .venv/lowest/tools.txt
	$(BIN)/uv pip install --quiet --python .venv/lowest --group test \
		--constraints .venv/lowest/promised.txt --constraints .venv/lowest/tools.txt
	@touch $@

# Packages that we compare with, apart from all that the site and the tests need.
.venv/compare-losses: .venv/uv pyproject.toml constraints.txt benchmarks/other_losses/requirements.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/others
	$(BIN)/uv pip install --quiet --python .venv/others --constraints constraints.txt \
		--requirement benchmarks/other_losses/requirements.txt --editable .
	@touch $@

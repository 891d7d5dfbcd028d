# Everything one does here, by name. Needs Python 3.11 or newer with its venv module; nothing else.
#
#   make serve ARGS="--port 9000"     options for the command behind a verb
#   make test PYTHON=python3.13       another Python, when .venv is made

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The three states of the environment. Each is a file, newer than what it was made from: a second run installs nothing.
MADE    := $(VENV)/.made
RUNTIME := $(VENV)/.runtime
DEV     := $(VENV)/.dev

.DEFAULT_GOAL := help
.PHONY: help serve test check docs pictures format ui lock bench soak build clean

help: ## List these verbs
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(RUNTIME) ## Serve the sample lake (or the one in .env.context) on port 8000
	@$(BIN)/bedrot-graph serve $(ARGS)

test: $(DEV) ## Run every test
	@$(BIN)/pytest $(ARGS)

check: $(DEV) ## What CI runs: format, lint, types, floors, tests
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: 'make format' mends it." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest $(ARGS)

docs: $(DEV) ## Write the schema, the pages of measures and limits, and the answers in the docs
	@$(BIN)/python -m tests.house.docs

pictures: $(DEV) ## Take the pictures in the docs (needs chromium)
	@$(BIN)/python -m tests.pages.pictures

format: $(DEV) ## Format the code and mend what ruff can mend
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format --quiet .

ui: ## Build the explorer from ui/explorer into the package (needs Node 20 or newer)
	@cd ui/explorer && npm ci --loglevel error && npm run --silent build

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--extra apprise --extra redis --extra traces \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: $(MADE) ## Lock what pyproject.toml asks for (UPGRADE=1: to the newest)
	@$(BIN)/pip install --quiet 'uv>=0.13,<0.14'
	@$(COMPILE) --group build --output-file requirements.lock pyproject.toml
	@$(COMPILE) --group build --group dev --constraints requirements.lock --output-file requirements-dev.lock pyproject.toml

bench: $(DEV) ## Measure beside peers, and print the table (ARGS="--quick", "lists million", "--save")
	@$(BIN)/python -m benchmarks $(ARGS)

soak: $(DEV) ## Load a server with clients of every kind for five minutes (ARGS=--quick: for half a minute)
	@$(BIN)/python -m benchmarks soak $(ARGS)

build: $(RUNTIME) ## Build the wheel and the source archive into dist/
	@$(BIN)/hatchling build

clean: ## Remove the environment, caches and builds
	@rm -rf $(VENV) dist ui/explorer/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(MADE):
	@command -v $(PYTHON) >/dev/null || { \
	  echo "bedrot-graph needs Python 3.11 or newer, and '$(PYTHON)' is not here." >&2; \
	  echo "Install it (Debian, Ubuntu: apt install python3 python3-venv), or name another: make PYTHON=python3.12 ..." >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "bedrot-graph needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	  echo "Install a newer one beside it and name it: make PYTHON=python3.12 ..." >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' comes without its venv module." >&2; \
	  echo "Debian, Ubuntu: apt install python3-venv. Elsewhere: the package of your Python that has 'venv' and 'ensurepip'." >&2; \
	  exit 1; }
	@echo "Making the environment in $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(RUNTIME): $(MADE) requirements.lock pyproject.toml
	@echo "Installing what the server needs ..."
	@$(BIN)/pip install --quiet --requirement requirements.lock
	@$(BIN)/pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.lock
	@echo "Installing what the checks need ..."
	@$(BIN)/pip install --quiet --requirement requirements-dev.lock
	@touch $@

# `make` lists the targets. On the command line: HOST, PORT, WORKERS (serve),
# STROKE_CSV (train, lecture, bench), PARTS (bench),
# ARGS (test, bench), PYTHON (which Python makes .venv).

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python -m

# The project runs from its checkout, so only its dependencies are installed.
define REQUIREMENTS
import sys, tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
extras = project["optional-dependencies"]
print(*project["dependencies"], *(line for name in sys.argv[1:] for line in extras[name]), sep="\n")
endef
export REQUIREMENTS
# $(call install,extras)
install = $(VENV)/bin/python -c "$$REQUIREMENTS" $(1) > $(VENV)/requirements.txt \
	&& $(RUN) pip install -qq --disable-pip-version-check -c constraints.txt -r $(VENV)/requirements.txt

.DEFAULT_GOAL := help
.PHONY: help serve install test train lecture evaluate documents check fix image bench clean stroke-data

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(VENV)/.serving ## Start the server on 127.0.0.1:8000 (HOST=, PORT=, WORKERS=)
	@exec $(RUN) app $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT)) $(if $(WORKERS),--workers $(WORKERS))

install: $(VENV)/.everything ## Install everything: training, tests and tools, too

test: $(VENV)/.everything ## Run the whole test suite (ARGS="-k iris" for a part of it)
	@$(RUN) pytest $(ARGS)

train: stroke-data $(VENV)/.everything ## Train both models into models/ (STROKE_CSV=file)
	@$(RUN) training stroke --data "$(STROKE_CSV)"
	@$(RUN) training iris

lecture: stroke-data $(VENV)/.everything ## Run the lecture's experiments, write docs/lecture.md (STROKE_CSV=file)
	@$(RUN) training lecture --data "$(STROKE_CSV)"

evaluate: stroke-data $(VENV)/.everything ## Compare the recipe with others on 20 folds, write docs/evaluation.md
	@$(RUN) training evaluate stroke --data "$(STROKE_CSV)" --page docs/evaluation.md

documents: $(VENV)/.everything ## Write the shipped models' answers into README.md and docs/http.md
	@$(RUN) tests.documents

check: $(VENV)/.everything ## Formatter, linter, type checker, import contracts
	@$(RUN) ruff format --check --quiet
	@$(RUN) ruff check --quiet
	@$(RUN) mypy --no-error-summary
	@$(VENV)/bin/lint-imports --no-logo

fix: $(VENV)/.everything ## Format, and mend what the linter can mend by itself
	@$(RUN) ruff format
	@$(RUN) ruff check --fix

image: ## Build the container images, cpu and gpu
	docker build --target cpu --tag prediction-service:cpu .
	docker build --target gpu --tag prediction-service:gpu .

clean: ## Remove .venv and every cache
	@rm -rf $(VENV) .bench build *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

bench: $(VENV)/.everything ## Measure against others, write benchmarks/RESULTS.md (PARTS="single batch" for some)
	@$(RUN) benchmarks $(PARTS) $(ARGS)

stroke-data:
	@test -f "$(STROKE_CSV)" || { echo 'Set STROKE_CSV to the stroke data file: make $(MAKECMDGOALS) STROKE_CSV=path/to/healthcare-dataset-stroke-data.csv' >&2; exit 2; }

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

# Stamps: an install runs again only when the dependencies change.
$(VENV)/.serving: pyproject.toml constraints.txt | $(VENV)/bin/pip
	@echo 'Installing what serving needs ...'
	@$(call install)
	@touch $@

$(VENV)/.everything: pyproject.toml constraints.txt | $(VENV)/bin/pip
	@echo 'Installing what serving, training and testing need ...'
	@$(call install,training dev)
	@touch $@ $(VENV)/.serving

# `make` lists the targets. Variables on the command line: HOST, PORT, WORKERS (serve), PARTS (bench, stress),
# ARGS (test, evaluate, bench, stress), BASE (image). Variables on the command line or in the environment: STROKE_CSV
# (train, lecture, evaluate, bench), PYTHON (the interpreter that creates .venv).

PYTHON ?= python3
# Empty here, so that the environment has no effect: some shells set HOST.
HOST :=
PORT :=
WORKERS :=
PARTS :=
ARGS :=
BASE :=
VENV := .venv
RUN := $(VENV)/bin/python -m

# The project runs from its checkout, so only its dependencies are installed: wheels with exact versions, checked
# against the hashes in requirements/. torch has no hash, because each package index has its own build of a version.
INSTALL := install -qq --disable-pip-version-check
LOCK := $(VENV)/bin/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 \
	--constraints constraints.txt --only-binary :all: --emit-build-options --generate-hashes \
	--no-annotate --custom-compile-command 'make lock'

.DEFAULT_GOAL := help
.PHONY: help serve install test train lecture evaluate documents check fix lock sbom image bench first-answer stress clean stroke-data

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(VENV)/.serving ## Start the server on 127.0.0.1:8000 (HOST=, PORT=, WORKERS=)
	@exec $(RUN) app $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT)) $(if $(WORKERS),--workers $(WORKERS))

install: $(VENV)/.everything ## Install everything: for serving, training, tests and tools

test: $(VENV)/.everything ## Run all tests (ARGS="-k iris" for some)
	@$(RUN) pytest $(ARGS)

train: stroke-data $(VENV)/.everything ## Train both models into models/ (STROKE_CSV=file)
	@$(RUN) training stroke --data "$(STROKE_CSV)"
	@$(RUN) training iris

lecture: stroke-data $(VENV)/.everything ## Run the lecture's experiments, write docs/lecture.md (STROKE_CSV=file)
	@$(RUN) training lecture --data "$(STROKE_CSV)"

evaluate: stroke-data $(VENV)/.everything ## Compare the recipe with other models, write docs/evaluation.md (ARGS=--quick prints only)
	@$(RUN) training evaluate stroke --data "$(STROKE_CSV)" $(if $(filter --quick,$(ARGS)),,--page docs/evaluation.md) $(ARGS)

documents: $(VENV)/.everything ## Write the responses of the shipped models into README.md and docs/http.md
	@$(RUN) tests.documents

check: $(VENV)/.everything ## Run the formatter, linters, type checker and import contracts
	@$(RUN) ruff format --check --quiet
	@$(RUN) ruff check --quiet
	@$(RUN) bandit --quiet --recursive app predictor training
	@$(RUN) mypy --no-error-summary
	@$(VENV)/bin/lint-imports --no-logo

fix: $(VENV)/.everything ## Format the code and apply the automatic fixes of the linter
	@$(RUN) ruff format
	@$(RUN) ruff check --fix

lock: $(VENV)/.everything ## Update requirements/ from pyproject.toml and constraints.txt
	@$(LOCK) --output-file requirements/serving.txt
	@echo torch | $(LOCK) --extra files --extra training --extra dev --excludes - --output-file requirements/everything.txt

sbom: $(VENV)/.everything ## Write build/sbom.json: the packages of the serving environment (CycloneDX)
	@$(RUN) venv --clear --without-pip build/serving
	@$(RUN) pip --python build/serving/bin/python $(INSTALL) --require-hashes -r requirements/serving.txt
	@$(RUN) cyclonedx_py environment --pyproject pyproject.toml --output-reproducible \
		--output-file build/sbom.json build/serving/bin/python
	@echo 'Wrote build/sbom.json'

image: ## Build the container images, cpu and gpu (BASE=python:3.11-slim@sha256:... pins the base)
	docker build $(if $(BASE),--build-arg BASE=$(BASE)) --target cpu --tag prediction-service:cpu .
	docker build $(if $(BASE),--build-arg BASE=$(BASE)) --target gpu --tag prediction-service:gpu .

clean: ## Remove .venv, build folders and caches
	@rm -rf $(VENV) .bench build *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

bench: $(VENV)/.everything ## Run the benchmarks, write benchmarks/RESULTS.md (PARTS="single batch" for some)
	@$(RUN) benchmarks $(PARTS) $(ARGS)

first-answer: $(VENV)/.everything ## Print the seconds from a CSV of 5,000 rows to the first answer of its model
	@$(RUN) benchmarks.first_answer

stress: $(VENV)/.everything ## Run the stress test (PARTS="kills soak" for some parts, ARGS=--short)
	@$(RUN) tests.stress $(PARTS) $(ARGS)

stroke-data:
	@test -f "$(STROKE_CSV)" || { echo 'Set STROKE_CSV to the stroke data file: make $(MAKECMDGOALS) STROKE_CSV=path/to/healthcare-dataset-stroke-data.csv' >&2; exit 2; }

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

# The stamp files make an installation run again only after a change of its requirements.
$(VENV)/.serving: requirements/serving.txt | $(VENV)/bin/pip
	@echo 'Installing the packages for serving ...'
	@$(RUN) pip $(INSTALL) --require-hashes -r $<
	@touch $@

$(VENV)/.everything: requirements/everything.txt constraints.txt | $(VENV)/bin/pip
	@echo 'Installing the packages for serving, training and tests ...'
	@$(RUN) pip $(INSTALL) --require-hashes -r $<
	@$(RUN) pip $(INSTALL) -c constraints.txt torch
	@touch $@ $(VENV)/.serving

# `make run` installs the project and solves the default case; `make test` passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: run test fuzz lint bench inputs sources docs pictures clean

run: $(INSTALLED)
	$(BIN)/didymium solve inputs/allied.xlsx

test: $(INSTALLED)
	$(BIN)/python -m pytest -n auto --dist worksteal tests

# Fresh seeds, for so many seconds: `make fuzz`, `make fuzz SECONDS=600` or `make fuzz 600`.
ifeq (fuzz,$(firstword $(MAKECMDGOALS)))
SECONDS ?= $(or $(word 2,$(MAKECMDGOALS)),120)
ifneq (,$(word 2,$(MAKECMDGOALS)))
.PHONY: $(word 2,$(MAKECMDGOALS))
$(word 2,$(MAKECMDGOALS)):
	@:
endif
endif

fuzz: $(INSTALLED)
	$(BIN)/python tests/fuzz.py $(SECONDS)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[bench]" --constraint constraints.txt
	$(BIN)/python tests/bench_workbook.py
	$(BIN)/python tests/bench_results.py
	$(BIN)/python tests/bench.py
	$(BIN)/python tests/bench_stress.py
	$(BIN)/python tests/bench_trees.py
	$(BIN)/python tests/bench_peers.py

inputs: $(INSTALLED)
	$(BIN)/python inputs/make.py

sources: $(INSTALLED)  # which figures of the default case are weakest, by their weight in its plan
	$(BIN)/python inputs/sources.py

docs: $(INSTALLED)
	$(BIN)/python docs/make.py

pictures: $(INSTALLED)  # needs LibreOffice (soffice), Poppler and Chromium
	$(BIN)/python docs/make.py --pictures

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]" --constraint constraints.txt
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# `make run` installs the project and solves the default case; `make test` passes the tests.
# The first of these programs that is Python 3.11 or newer; on Windows a program python3 may only lead to a shop.
PYTHON ?= $(shell for p in python3 python py; do $$p -c "import sys; sys.exit(sys.version_info < (3, 11))" >/dev/null 2>&1 && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
INSTALLED := $(VENV)/.installed

.PHONY: run test fuzz lint bench inputs sources docs site wheel tutorial pictures clean

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
	$(BIN)/python tests/bench_studies.py
	$(BIN)/python tests/bench_peers.py

inputs: $(INSTALLED)
	$(BIN)/python inputs/make.py

sources: $(INSTALLED)  # which figures of the default case are weakest, by their weight in its plan
	$(BIN)/python inputs/sources.py

docs: $(INSTALLED)
	$(BIN)/python docs/make.py

SITE := model/didymium/site

# The pages as a site, for the desk and the wheel; a warning, such as a link that leads nowhere, is an error.
site: $(INSTALLED)
	rm -rf $(SITE)
	$(BIN)/python -m sphinx --quiet --fresh-env --fail-on-warning --keep-going --builder html --doctree-dir build/doctrees docs $(SITE)
	rm -f $(SITE)/.buildinfo $(SITE)/objects.inv

wheel: site
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

tutorial: $(INSTALLED)  # the numbers of the tutorials anew: some minutes, and a folder build/tutorial
	rm -rf build/tutorial
	$(BIN)/python docs/tutorial_run.py build/tutorial
	$(BIN)/python docs/make.py

pictures: $(INSTALLED)  # of what `make tutorial` left; needs LibreOffice (soffice), Poppler and Chromium
	$(BIN)/python docs/take_pictures.py build/tutorial

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Didymium needs Python 3.11 or newer as python3, python or py; name another by make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]" --constraint constraints.txt
	touch $@

clean:
	rm -rf $(VENV) $(SITE) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

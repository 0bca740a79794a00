# The two commands of the README: `make demo` and `make test`. Everything else is for those who change crmload.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python

.PHONY: demo test lint format bench prove setup setup-dev lock clean
.DEFAULT_GOAL := demo

demo: setup
	$(BIN)/crmload demo

test: setup-dev
	$(RUN) -m pytest -n 6

lint: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy loadtests scenarios analysis localcrm tests benchmarks locustfile.py

format: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup-dev
	$(RUN) -m benchmarks $(NAME)

# `make prove counts`: the word after `prove` names the proof, it is no target of its own.
PROOF := $(if $(filter prove,$(MAKECMDGOALS)),$(filter-out prove,$(MAKECMDGOALS)))
prove: setup-dev
	$(RUN) -m benchmarks.proofs $(PROOF)
ifneq ($(PROOF),)
.PHONY: $(PROOF)
$(PROOF): ;
endif

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

# A marker file per lock file: a second `make demo` installs nothing and asks no registry.
$(VENV)/.installed: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "crmload needs Python 3.11 or newer; run: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

# Needs `uv` on the PATH. One lock for Python 3.11-3.13 on Linux, macOS and Windows.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-config --custom-compile-command "make lock" requirements.in -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-config --custom-compile-command "make lock" requirements-keyvault.in -o requirements-keyvault.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-config --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

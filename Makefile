# Two commands matter: `make demo` and `make test`.  Both set up what they need.
PYTHON ?= python3
VENV ?= .venv
# Test files are shared out among so many processes, each with one thread to compute with.
WORKERS ?= 2
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: install demo test check bench clean

install: $(READY)

# torch first and pinned: an open range elsewhere would bring gigabytes of CUDA.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(READY)

demo: install
	$(BIN)/hna demo $(DEMO)

test: check
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --dist loadfile $(PYTEST)

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: install
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) runs build *.egg-info

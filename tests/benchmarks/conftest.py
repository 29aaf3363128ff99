"""The benchmarks are no installed package; they are found from the root of the repository."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def root(monkeypatch):
    """The root of the repository, from which ``python -m benchmarks`` is run."""
    monkeypatch.syspath_prepend(str(ROOT))
    return ROOT

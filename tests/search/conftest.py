"""Where the real data and the reference's recorded outputs are; tests skip, saying so, without."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("HNA_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def data():
    if not DATA.exists():
        pytest.skip(f"the data is not there: {DATA}")
    return DATA


@pytest.fixture(scope="session")
def golden():
    folder = DATA.parent / "spec" / "golden"
    if not folder.exists():
        pytest.skip(f"the reference files are not there: {folder}")
    return folder

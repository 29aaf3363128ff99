"""The files the official release ships, where they are there."""

import os
from pathlib import Path

import pytest

from search.space import Topology, read_gene

ROOT = Path(__file__).parents[3]
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


@pytest.fixture(scope="session")
def shipped_gene(golden):
    return read_gene(golden / "fixtures" / "phase1_gene.txt")


@pytest.fixture(scope="session")
def shipped_topology(shipped_gene):
    return Topology.from_picks(shipped_gene.picks, "compat")

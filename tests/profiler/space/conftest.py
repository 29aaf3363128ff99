"""The files the official release ships, where they are there."""

import pytest

from profiler.space import Topology, read_gene


@pytest.fixture(scope="session")
def shipped_gene(golden):
    return read_gene(golden / "fixtures" / "phase1_gene.txt")


@pytest.fixture(scope="session")
def shipped_topology(shipped_gene):
    return Topology.from_picks(shipped_gene.picks, "compat")

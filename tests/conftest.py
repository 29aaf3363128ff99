"""Where the real data is, a machine, and a small network with the table of all it could be."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from profiler.certificates import certify
from profiler.cost import cost_of
from profiler.device import Device, Environment
from profiler.operations import (
    DEFAULT_CANDIDATES,
    Cell,
    Network,
    operation_graph,
    operation_key,
)
from profiler.table import Entry, Table

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("HNA_DATA", ROOT.parent / "shared" / "data"))
PLACES = {
    (0, 0): (),
    (0, 1): ((0, 0),),
    (0, 2): ((0, 1),),
    (0, 3): ((0, 2),),
    (0, 4): ((0, 3),),
    (1, 0): ((0, 0), (0, 0), (0, 3), (0, 4), (0, 0)),
    (1, 1): ((0, 0), (0, 2), (0, 3), (0, 4), (0, 1)),
    (1, 3): ((0, 2), (0, 3), (0, 3)),
    (2, 0): ((1, 0), (1, 1)),
    (2, 1): ((1, 0), (1, 1), (1, 3)),
    (3, 0): ((2, 0), (2, 1)),
    (4, 0): ((3, 0),),
}
"""The topology of Fig. 9 (spec/hna_nas.md section 2.4, compat), shortcuts from iteration 0 too."""

ENVIRONMENT = Environment(
    runtime="simulated", runtime_version="1", provider="made-up-in-a-test", precision="fp32"
)


def network_of(candidates: list[str]) -> Network:
    """Return the network with these candidates, cell by cell."""
    cells = tuple(
        Cell(iteration=i, level=j, inputs=inputs, candidate=name)
        for ((i, j), inputs), name in zip(PLACES.items(), candidates, strict=True)
    )
    return Network(height=64, width=64, channels=(8, 16, 32, 64, 128), cells=cells)


def entry_of(operation, *, spread: float = 0.02, latency_us: float | None = None) -> Entry:
    """Return a row whose latency grows with the MACs and the bytes of the operation."""
    cost = cost_of(operation_graph(operation))
    value = latency_us or 3.0 + cost.macs / 2e4 + cost.activation_bytes / 4e4
    return Entry(
        operation=operation,
        latency_us=value,
        low_us=value * (1 - spread),
        high_us=value * (1 + spread),
        samples=30,
    )


@pytest.fixture(scope="session")
def random_networks() -> list[Network]:
    draw = np.random.default_rng(4)
    return [network_of(list(draw.choice(DEFAULT_CANDIDATES, len(PLACES)))) for _ in range(32)]


@pytest.fixture(scope="session")
def network(random_networks) -> Network:
    return random_networks[0]


@pytest.fixture(scope="session")
def table(random_networks) -> Table:
    rows: dict[str, Entry] = {}
    first = random_networks[0]
    for cell in first.cells:
        for name in DEFAULT_CANDIDATES:
            operation = first.placed(cell, name)
            rows[operation_key(operation)] = entry_of(operation)
    for part in first.parts():
        rows.setdefault(operation_key(part), entry_of(part))
    noise = np.random.default_rng(7)
    for whole in random_networks:
        total = sum(rows[operation_key(part)].latency_us for part in whole.parts())
        measured = 0.93 * total * float(noise.normal(1, 0.025)) + 120
        rows[operation_key(whole)] = entry_of(whole, latency_us=measured)
    entries = tuple(rows[key] for key in sorted(rows))
    return Table(device_model="made-up", environment=ENVIRONMENT, entries=entries)


@pytest.fixture(scope="session")
def certificate(table):
    return certify(table)


@pytest.fixture(scope="session")
def machine() -> Device:
    """A machine with no hardware: the host of simulated devices."""
    return Device(
        fingerprint="f" * 32,
        model="test-machine-2-cores",
        name="test",
        architecture="x86_64",
        cores=2,
        memory_bytes=2**30,
        system="Linux",
    )


@pytest.fixture(scope="session")
def data() -> Path:
    if not DATA.exists():
        pytest.skip(f"the data is not there: {DATA}")
    return DATA


@pytest.fixture(scope="session")
def golden() -> Path:
    folder = DATA.parent / "spec" / "golden"
    if not folder.exists():
        pytest.skip(f"the reference files are not there: {folder}")
    return folder


@pytest.fixture(scope="session", autouse=True)
def interruptible():
    """What tests start can be interrupted, also where a script runs them in its background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)

"""A small network, the table of all it could be, and what a search would have written down."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.cost import cost_of
from profiler.device import Environment
from profiler.estimation import certify
from profiler.operations import (
    DEFAULT_CANDIDATES,
    Cell,
    Network,
    operation_graph,
    operation_key,
)
from profiler.table import Entry, Table

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


@pytest.fixture
def history() -> dict[str, list[dict[str, float]]]:
    def falling(epochs: int, floor: float) -> list[float]:
        return [floor + 0.6 * 0.9**epoch for epoch in range(epochs)]

    return {
        "stage1": [{"loss": loss, "miou": 1 - loss} for loss in falling(24, 0.3)],
        "stage2": [
            {"loss": loss, "expected_us": 9000 * loss, "entropy": 2.48 - 0.004 * epoch}
            for epoch, loss in enumerate(falling(30, 0.28))
        ],
        "train": [{"loss": loss, "val_loss": loss + 0.05} for loss in falling(40, 0.2)],
    }


def blob(size: int, row: int, column: int, radius: int = 2) -> np.ndarray:
    """Return a mask with one round target."""
    y, x = np.mgrid[:size, :size]
    return (y - row) ** 2 + (x - column) ** 2 <= radius**2


@pytest.fixture
def detections():
    """One image with a hit, one with a miss and a false alarm."""
    draw = np.random.default_rng(1)
    hit, missed, alarm = blob(64, 20, 40), blob(64, 44, 12), blob(64, 10, 55)
    images = [draw.normal(90, 12, (64, 64)) + 120 * mask for mask in (hit, missed)]
    rgb = [np.repeat(np.clip(i, 0, 255).astype(np.uint8)[..., None], 3, axis=2) for i in images]
    return [
        (rgb[0], hit, 0.9 * hit.astype(np.float32)),
        (rgb[1], missed, 0.8 * alarm.astype(np.float32)),
    ]


@pytest.fixture
def result(certificate, network):
    """What a search writes; the keys are those of ``result.json``."""
    cost = cost_of(operation_graph(network))
    return {
        "device": {"model": "made-up", "name": "a laptop that is not there", "cores": 2},
        "environment": {"runtime": "simulated", "precision": "fp32", "threads": 1, "options": []},
        "table": {"name": "made-up@simulated", "version": "0123456789abcdef", "entries": 176,
                  "measured": 176, "missing": 0},
        "certificate": {"n_networks": certificate.n_networks,
                        "median_abs_error": certificate.median_abs_error},
        "budget_us": 4000.0,
        "predicted_us": 3900.0,
        "measured_us": 3800.0,
        "measured_interval_us": [3750.0, 3860.0],
        "architecture": {c.name: {"inputs": list(c.inputs), "operation": c.candidate}
                         for c in network.cells},
        "parameters": cost.parameters,
        "macs": cost.macs,
        "metrics": {"miou": 0.61, "niou": 0.6, "pd": 0.9, "fa": 2.1e-5, "images": 2,
                    "data": "NUAA-SIRST, test"},
        "seconds": {"profile": 61.2, "stage1": 33.0, "stage2": 50.5, "train": 80.25},
        "simulated": False,
        "warnings": [],
    }  # fmt: skip

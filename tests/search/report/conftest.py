"""What a search would have written down."""

from __future__ import annotations

import numpy as np
import pytest

from profiler.cost import cost_of
from profiler.operations import operation_graph


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

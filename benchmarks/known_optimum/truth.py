"""What is known of a space: all its networks, their latencies on every device, the best of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.known_optimum.cells import Cells, cells_named
from benchmarks.known_optimum.hunt import Hunt, regret
from profiler.errors import HnaError
from profiler.formats.networks import PublishedNetworks, read_networks
from profiler.summary import Array

SHARES = (0.2, 0.35, 0.5, 0.65, 0.8)
"""Quantiles of the latencies of all networks that are the budgets of a device."""

NOISE = 0.02
"""How much above its budget a found network may truly be: what noise leaves of a measurement."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Truth:
    """
    What is known of a space and its devices.

    Args:
        cells: its networks.
        published: their latencies.
        objectives: by name, of every network.
    """

    cells: Cells
    published: PublishedNetworks
    objectives: Mapping[str, Array]

    def latency_us(self, model: str) -> Array:
        """Return the latencies of all networks on a device."""
        return np.asarray(self.published.latency_us[self.published.devices.index(model)])

    def hunts(self, model: str) -> list[tuple[str, Hunt]]:
        """Return the searches on a device, with the names of their objectives."""
        budgets_us = np.quantile(self.latency_us(model), SHARES).tolist()
        return [
            (name, self.hunt(objective, budget_us))
            for name, objective in self.objectives.items()
            for budget_us in budgets_us
        ]

    def hunt(self, objective: Array, budget_us: float) -> Hunt:
        """Return a search that has measured nothing."""
        return Hunt(
            objective=objective,
            features=self.cells.features,
            allowed=self.cells.connected,
            budget_us=budget_us,
        )

    def regret(self, model: str, hunt: Hunt) -> float:
        """Return the regret of the best network a search has found so far."""
        return regret(hunt.objective, self.latency_us(model), hunt.budget_us, hunt.best(), NOISE)


def published_file() -> Path:
    """
    Return the file that is replayed.

    Raises:
        HnaError: it is not there.
    """
    here = Path(__file__).parents[3] / "shared" / "data"
    path = Path(os.environ.get("HNA_DATA", here)) / "lut" / "help_nasbench201.npz"
    if not path.exists():
        raise HnaError(f"{path} is not there; name the folder of the data in HNA_DATA")
    return path


def known_truth(path: Path, seed: int = 0) -> Truth:
    """Return what a file says, and the objectives of its networks; *seed* draws the score."""
    published = read_networks(path)
    cells = cells_named(published.names)
    objectives = {"macs": cells.macs(), "score": cells.score(seed)}
    return Truth(cells=cells, published=published, objectives=objectives)

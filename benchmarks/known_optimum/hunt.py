"""
The search for the best network within a latency budget, by measuring few.

Each step asks for the networks of which an improvement is expected most: what a network would add
to the best that holds, times how likely it keeps the budget.  All networks of the space are
compared, so the choice is exact for what is believed.  A network holds when the upper end of its
measured interval is within the budget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import erf, sqrt

import numpy as np

from benchmarks.known_optimum.cells import Flags
from benchmarks.known_optimum.pricing import Belief, Prices, price
from profiler.summary import Array

LOOKED_AT = 600
"""How many of the most promising are compared with each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A measured latency and the upper end of its interval, in microseconds."""

    latency_us: float
    high_us: float


@dataclass(kw_only=True, eq=False)
class Hunt:
    """
    One search on one device.

    Args:
        objective: of every network; more is better, all above zero.
        features: of every network, see ``cells``.
        allowed: which networks may be chosen.
        budget_us: what the network must not exceed.
        readings: what this search had measured, by network.
    """

    objective: Array
    features: Array
    allowed: Flags
    budget_us: float
    readings: dict[int, Reading] = field(default_factory=dict)

    def best(self) -> int | None:
        """Return the best network that was measured and holds; None where none does."""
        holding = [i for i, reading in self.readings.items() if reading.high_us <= self.budget_us]
        return max(holding, key=lambda i: self.objective[i], default=None)

    def tell(self, readings: Mapping[int, Reading]) -> None:
        """Take note of what was measured."""
        self.readings |= readings

    def ask(self, belief: Belief, count: int) -> list[int]:
        """Return the networks to measure next; fewer where nothing better can be hoped for."""
        measured = list(self.readings)
        latency_us = np.array([self.readings[i].latency_us for i in measured])
        prices = price(self.features, belief, measured, latency_us)
        likely = _within(prices, self.budget_us)
        likely[measured] = 0.0
        likely[~self.allowed] = 0.0
        best = self.best()
        known = 0.0 if best is None else float(self.objective[best])
        return most_promising(self.objective, likely, known, count)


def most_promising(objective: Array, likely: Array, known: float, count: int) -> list[int]:
    """
    Return the networks whose measurement together is expected to improve most.

    Args:
        objective: of every network.
        likely: that it keeps the budget.
        known: the best objective that holds already.
        count: how many at most.
    """
    gain = np.maximum(objective - known, 0.0) * likely
    looked_at = [int(i) for i in np.argsort(-gain, kind="stable")[:LOOKED_AT] if gain[i] > 0]
    picked: list[int] = []
    while looked_at and len(picked) < count:
        expected = _expected_gain(objective[looked_at], objective[picked], likely[picked], known)
        worth = expected * likely[looked_at]
        place = int(np.argmax(worth))
        if worth[place] <= 0:
            break
        picked.append(looked_at.pop(place))
    return picked


def _expected_gain(offered: Array, picked: Array, likely: Array, known: float) -> Array:
    """Return what each of *offered* adds on average to the best of those picked before it."""
    order = np.argsort(-picked)
    still_open = np.concatenate([[1.0], np.cumprod(1.0 - likely[order])])
    is_best = np.concatenate([still_open[:-1] * likely[order], still_open[-1:]])
    best = np.concatenate([np.maximum(picked[order], known), [known]])
    return np.asarray(np.maximum(offered[:, None] - best[None, :], 0.0) @ is_best)


def _within(prices: Prices, budget_us: float) -> Array:
    """Return how likely each network keeps the budget."""
    distance = (budget_us - prices.mean_us) / prices.sd_us
    return np.array([0.5 * (1.0 + erf(each / sqrt(2.0))) for each in distance.tolist()])


def regret(
    objective: Array, truth_us: Array, budget_us: float, found: int | None, noise: float
) -> float:
    """
    Return how much less a network is worth than the best there is; 1 where none was found.

    A network that exceeds the budget by less than *noise* is compared with the best network no
    slower than itself, so nothing is gained by exceeding it; by more, it counts as missed.
    """
    if found is None or truth_us[found] > (1.0 + noise) * budget_us:
        return 1.0
    within = truth_us <= max(budget_us, float(truth_us[found]))
    return 1.0 - float(objective[found] / objective[within].max())


def read(truth_us: Array, networks: Sequence[int]) -> dict[int, Reading]:
    """Return true latencies as readings without noise: what baselines are told."""
    return {i: Reading(latency_us=float(truth_us[i]), high_us=float(truth_us[i])) for i in networks}

"""
Whether one thing became slower than another: decided from rounds in which both were measured.

In a round both met the same device, so the ratio of their medians is free of what the session, the
round and the neighbours were like, and where nothing changed it is as likely above one as below.
That symmetry is all that is assumed: estimate and interval are those of Hodges and Lehmann, the
signed-rank test of Wilcoxon turned round (Hollander and Wolfe, Nonparametric Statistical Methods,
3.2 and 3.3), because contention has heavy tails.

Two builds of one operation lie differently in memory and differ by a percent or two for good.
That is no change: below ``TOLERANCE`` nothing is called one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from profiler.errors import HnaError
from profiler.measurement import Measurement
from profiler.summary import Array

Verdict = Literal["same", "faster", "slower", "ambiguous"]

CONFIDENCE = 0.99
"""Of the interval of the ratio: one A/A comparison in a hundred may lie outside of it."""

TOLERANCE = 0.025
"""Relative change below which nothing is called a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    What became of a latency.

    Args:
        ratio: after by before, over all rounds.
        low: lower end of its 99 % interval.
        high: upper end.
        rounds: how many rounds both were undisturbed in.
    """

    ratio: float
    low: float
    high: float
    rounds: int

    @property
    def verdict(self) -> Verdict:
        """Say what changed; ``ambiguous`` where the rounds do not tell."""
        if self.low > 1 and self.ratio > 1 + TOLERANCE:
            return "slower"
        if self.high < 1 and self.ratio < 1 - TOLERANCE:
            return "faster"
        within = self.low > 1 - 2 * TOLERANCE and self.high < 1 + 2 * TOLERANCE
        return "same" if within else "ambiguous"


def compare(before: Measurement, after: Measurement) -> Comparison:
    """
    Compare two measurements of one session, round by round.

    Raises:
        HnaError: they share no undisturbed round.
    """
    ratios = [
        float(np.median(b.samples_us)) / float(np.median(a.samples_us))
        for a, b in zip(before.rounds, after.rounds, strict=False)
        if {a.state, b.state} <= {"clean", "unverified"}
    ]
    if not ratios:
        raise HnaError(
            f"measurements {before.id} and {after.id} share no undisturbed round; measure them "
            "again together, in quiet"
        )
    averages = _walsh_averages(np.log(ratios))
    low, high = _interval(averages, len(ratios))
    return Comparison(
        ratio=float(np.exp(np.median(averages))), low=low, high=high, rounds=len(ratios)
    )


def _walsh_averages(values: Array) -> Array:
    """Return the mean of every pair of *values*, each with itself too, in order."""
    first, second = np.triu_indices(len(values))
    averages: Array = np.sort((values[first] + values[second]) / 2)
    return averages


def _interval(averages: Array, rounds: int) -> tuple[float, float]:
    """Return the ends of the interval of the ratio; so few rounds as 7 prove nothing."""
    cut = _outside(rounds)
    if cut is None:
        return 0.0, float("inf")
    return float(np.exp(averages[cut])), float(np.exp(averages[-1 - cut]))


def _outside(rounds: int) -> int | None:
    """Return how many averages may be left out at each end; None if all are not enough."""
    ways = np.ones(1)
    for rank in range(1, rounds + 1):
        ways = np.concatenate([ways, np.zeros(rank)]) + np.concatenate([np.zeros(rank), ways])
    tails = np.cumsum(ways) / 2.0**rounds
    allowed = np.flatnonzero(2 * tails <= 1 - CONFIDENCE)
    return int(allowed[-1]) if len(allowed) else None

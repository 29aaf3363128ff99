"""
Whether one thing became slower than another: decided from rounds in which both were measured.

The two latencies are what rows are made of, the lower quartile of the medians of the undisturbed
rounds, because that repeats: in a round the two are measured some time apart, and what a neighbour
does meanwhile moves the ratio of their medians ten times as far.  The interval resamples the
rounds of each.

Two builds of one operation lie differently in memory and differ by a percent or two for good.
That is no change: below ``TOLERANCE`` nothing is called one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from profiler.errors import HnaError
from profiler.measurement import Measurement
from profiler.summary import bootstrap, good_rounds, is_suspect, kept_medians, latency_of

Verdict = Literal["same", "faster", "slower", "ambiguous"]

CONFIDENCE = 0.95
"""Of the interval of the ratio."""

TOLERANCE = 0.025
"""Relative change below which nothing is called a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    What became of a latency.

    Args:
        ratio: after by before.
        low: lower end of its 95 % interval.
        high: upper end.
    """

    ratio: float
    low: float
    high: float

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
    Compare two measurements of one session.

    Raises:
        HnaError: one of them has too few undisturbed rounds.
    """
    for measurement in (before, after):
        if is_suspect(measurement.rounds):
            raise HnaError(
                f"measurement {measurement.id} has {len(good_rounds(measurement.rounds))} "
                "undisturbed rounds, too few to compare; measure both again together, in quiet"
            )
    earlier, later = kept_medians(before.rounds), kept_medians(after.rounds)
    ratios = np.random.default_rng(0).permutation(bootstrap(later)) / bootstrap(earlier)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(ratios, (tail, 1 - tail))
    ratio = latency_of(later) / latency_of(earlier)
    return Comparison(ratio=ratio, low=float(low), high=float(high))

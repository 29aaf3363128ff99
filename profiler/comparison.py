"""
Whether one thing became slower than another: decided from rounds in which both were measured.

In a round both met the same device, so the ratio of their medians is free of what the session, the
round and the neighbours were like.  The interval is that of the median ratio by order statistics
(the sign test turned round): no distribution is assumed, since contention has heavy tails.

Two builds of one operation lie differently in memory and differ by a percent or two for good.
That is no change: below ``TOLERANCE`` nothing is called one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
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
        ratio: after by before; the median over the rounds.
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
    low, high = _median_interval(sorted(ratios))
    return Comparison(ratio=float(np.median(ratios)), low=low, high=high, rounds=len(ratios))


def _median_interval(ordered: Sequence[float]) -> tuple[float, float]:
    """Return the narrowest order statistics that hold the median with enough confidence."""
    cut = _outside(len(ordered))
    if cut is None:
        return 0.0, float("inf")  # so few rounds prove nothing
    return ordered[cut], ordered[-1 - cut]


def _outside(rounds: int) -> int | None:
    """Return how many values may be left out at each end; None if all are not enough."""
    tails: Array = np.cumsum([comb(rounds, k) / 2.0**rounds for k in range(rounds)])
    allowed = np.flatnonzero(2 * tails <= 1 - CONFIDENCE)
    return int(allowed[-1]) if len(allowed) else None

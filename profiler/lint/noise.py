"""
How far a row may be off by chance: by its interval, else by what the table itself shows.

Along a chain latency should grow, so steps downwards are noise or defects.  There are many of
the first and few of the second: the median step downwards says how noisy the table is, whatever
its few defects; a table full of defects looks noisy and hides some.  Where hardly any step goes
down there is nothing to learn from, and ``LEAST`` stands for what every row may be off by.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from statistics import NormalDist

import numpy as np

from profiler.lint.chains import Chain
from profiler.lint.row import Row
from profiler.summary import CONFIDENCE

LEAST = 0.01
"""Relative standard deviation below which no table is believed to be."""

ENOUGH_STEPS = 8
"""Fewer steps downwards than this say nothing of a table's noise."""

FALSE_ALARM = 0.01
"""Probability of any false alarm in a whole table, shared over all its comparisons."""

_HALF = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
_MEDIAN_STEP = NormalDist().inv_cdf(0.75) * 2**0.5


def table_noise(chains: Iterable[Chain]) -> float:
    """Return the relative standard deviation of rows without intervals, from steps downwards."""
    down = [
        (before.latency_us - after.latency_us) / max(before.scale_us, after.scale_us)
        for chain in chains
        for before, after in pairwise(chain.rows)
        if after.latency_us < before.latency_us and after.entry.interval_us is None
    ]
    if len(down) < ENOUGH_STEPS:
        return LEAST
    return max(LEAST, float(np.median(down)) / _MEDIAN_STEP)


def deviation_us(row: Row, noise: float) -> float:
    """
    Return the standard deviation of a row, in microseconds: from its interval where it has one.

    Args:
        noise: relative, of the table; of rows that say nothing of their own.
    """
    interval = row.entry.interval_us
    if interval is None:
        return noise * row.scale_us
    return float(np.hypot((interval[1] - interval[0]) / 2 / _HALF, LEAST * row.scale_us))


def deviations_allowed(comparisons: int) -> float:
    """Return how many deviations chance explains in one of so many one-sided comparisons."""
    return NormalDist().inv_cdf(1 - FALSE_ALARM / max(comparisons, 1))

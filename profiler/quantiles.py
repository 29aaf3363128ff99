"""
Quantiles of few numbers, and of many small sets of numbers at once.

What numpy.quantile answers, to the bit (linear interpolation, Hyndman and Fan's type 7), without
what it costs to ask it: a table has a hundred thousand rounds of twenty samples each.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def median(values: Sequence[float]) -> float:
    """Return the median of *values*, of which there is one at least."""
    ordered, middle = sorted(values), len(values) // 2
    if len(ordered) % 2:
        return float(ordered[middle])
    return (ordered[middle - 1] + ordered[middle]) / 2


def quantile(values: Sequence[float], share: float) -> float:
    """
    Return a quantile of *values*, of which there is one at least.

    >>> quantile([4.0, 1.0, 2.0, 3.0], 0.25)
    1.75
    """
    ordered = sorted(values)
    below, rest = _place(len(ordered), share)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    return float(low + (high - low) * rest if rest < 0.5 else high - (high - low) * (1 - rest))


def quantiles_along(values: Array, share: float) -> Array:
    """Return a quantile of each row along the last axis of *values*."""
    count = values.shape[-1]
    below, rest = _place(count, share)
    above = min(below + 1, count - 1)
    parted = np.partition(values, sorted({below, above}), axis=-1)
    low, high = parted[..., below], parted[..., above]
    between: Array = low + (high - low) * rest if rest < 0.5 else high - (high - low) * (1 - rest)
    return between


def _place(count: int, share: float) -> tuple[int, float]:
    """Return the index below a quantile, and how far it is on the way to the next."""
    place = (count - 1) * share
    below = floor(place)
    return below, place - below

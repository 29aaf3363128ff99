"""Rank correlation: whether predictions put networks in the order measuring does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from profiler.summary import Array


def kendall_tau(left: Sequence[float] | Array, right: Sequence[float] | Array) -> float:
    """
    Return Kendall's tau-a of two rankings, from -1 to 1.

    >>> kendall_tau([1, 2, 3], [10, 20, 15])
    0.3333333333333333
    """
    x, y = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    first, second = np.triu_indices(len(x), k=1)
    agreement = np.sign(x[first] - x[second]) * np.sign(y[first] - y[second])
    return float(np.mean(agreement))


def spearman(left: Sequence[float] | Array, right: Sequence[float] | Array) -> float:
    """
    Return Spearman's rho of two rankings, from -1 to 1; equal values share their mean rank.

    >>> spearman([1, 2, 3], [10, 20, 15])
    0.5
    """
    return float(np.corrcoef(_ranks(left), _ranks(right))[0, 1])


def _ranks(values: Sequence[float] | Array) -> Array:
    _, where, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Array = (last - (counts - 1) / 2)[where]
    return ranks

"""
Which rows to measure so that all others are known best: one after the other, greedily.

Each in turn is the row whose measurement takes most variance away from all rows together, given
those before (A-optimal design; Krause, Singh and Guestrin, JMLR 9:235-284, 2008, on why greedy is
near the best).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from profiler.summary import Array


def most_telling(
    spread: Array,
    noise: Array | float,
    count: int,
    *,
    known: Sequence[int] = (),
    reserved: Sequence[int] = (),
    owed: int = 0,
) -> list[int]:
    """
    Return the numbers of the rows to measure, the most telling first.

    Args:
        spread: covariance of the rows.
        noise: variance of a measurement, of each row or of all.
        count: how many, at most.
        known: rows that are measured already.
        reserved: rows of which *owed* are to be among those returned, where there are so many.
        owed: how many.
    """
    noises = np.broadcast_to(noise, len(spread))
    left = spread
    for row in known:
        left = _given(left, row, float(noises[row]))
    special = np.zeros(len(spread), dtype=bool)
    special[[row for row in reserved if row not in known]] = True
    owed = min(owed, int(np.sum(special)))
    chosen: list[int] = []
    for still in range(min(count, len(left) - len(known)), 0, -1):
        gained = np.sum(left**2, axis=0) / (np.diag(left) + noises)
        gained[[*known, *chosen]] = -np.inf
        if still <= owed - int(np.sum(special[chosen])):
            gained[~special] = -np.inf
        best = int(np.argmax(gained))
        chosen.append(best)
        left = _given(left, best, float(noises[best]))
    return chosen


def _given(spread: Array, row: int, noise: float) -> Array:
    """Return the covariance of all rows once one is measured."""
    column = spread[:, row]
    given: Array = spread - np.outer(column, column) / (column[row] + noise)
    return given

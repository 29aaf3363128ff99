"""
How alike operations are: those of one family and size are run by one kernel, and move together.

Families are compared part by part, sizes by their doublings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from profiler.lint.row import Row
from profiler.summary import Array


@dataclass(frozen=True)
class Likeness:
    """
    Distances between operations, all pairs.

    Args:
        families: in how many parts the families differ.
        doublings: root of the summed squares of the doublings between their sizes.
    """

    families: Array
    doublings: Array


def likeness(rows: Sequence[Row]) -> Likeness:
    """Return the distances between *rows*."""
    sizes = sorted({name for row in rows for name in row.sizes})
    numbers = np.array(
        [[np.log2(1 + row.sizes.get(name, 0.0)) for name in sizes] for row in rows]
    ).reshape(len(rows), len(sizes))
    squares = np.sum(numbers**2, axis=1)
    apart = squares[:, None] + squares[None, :] - 2 * numbers @ numbers.T
    return Likeness(_parts_apart(rows), np.sqrt(np.maximum(apart, 0.0)))


def _parts_apart(rows: Sequence[Row]) -> Array:
    families = [dict(row.family) for row in rows]
    apart = np.zeros((len(rows), len(rows)))
    for name in sorted({name for family in families for name in family}):
        said = np.array([family.get(name, "") for family in families])
        apart += said[:, None] != said[None, :]
    return apart

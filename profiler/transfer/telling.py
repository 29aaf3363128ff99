"""
What to measure first on a new device: the operations and networks that tell most of the others.

Chosen greedily (``profiler.greedy``), as sources deviate from each other.  Where whole networks are
wanted, a fifth of the handful are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from profiler.errors import TransferImpossible
from profiler.greedy import most_telling as greedy
from profiler.operations import Operation, SegmentationNetwork
from profiler.operations.network import ReducedNetwork
from profiler.summary import Array
from profiler.table import Table
from profiler.transfer.sources import known_rows
from profiler.transfer.view import View, centres

NETWORK_SHARE = 0.2
"""Of a handful, how many are whole networks, where networks are wanted."""

BLOCK_SDS = (0.3, 0.1, 0.06)
"""How large deviations are expected to be: of each source, by the features of each block."""

SPEED_SD = 1.0
"""Of the logarithm of how fast the new device is."""

NOISE_SD = 0.03
"""Relative standard deviation of a row by itself; what no other row tells."""


def most_telling(
    sources: Sequence[Table], wanted: Sequence[Operation], count: int
) -> tuple[Operation, ...]:
    """
    Return what to measure first on a new device, the most telling first.

    Args:
        sources: usable ones, see ``usable_sources``.
        wanted: operations and networks to know.
        count: how many to measure; fewer come back where the sources know fewer.

    Raises:
        TransferImpossible: no source has a row of anything that is wanted.
    """
    rows = known_rows(sources, wanted)
    if not rows.operations:
        raise TransferImpossible(
            f"{len(sources)} source table(s) and none has a measured row of {len(wanted)} wanted "
            "operation(s); measure them here, or on another device first"
        )
    whole = [
        row
        for row, operation in enumerate(rows.operations)
        if isinstance(operation, SegmentationNetwork | ReducedNetwork)
    ]
    chosen = telling_rows(rows.view, count, whole)
    return tuple(rows.operations[i] for i in chosen)


def telling_rows(view: View, count: int, reserved: Sequence[int] = ()) -> list[int]:
    """
    Return rows whose measurement tells most of all rows, the most telling first.

    Args:
        view: of the rows.
        count: how many.
        reserved: rows of which a fifth of *count* are to be, where there are so many.
    """
    owed = round(NETWORK_SHARE * count)
    return greedy(_covariance(view), NOISE_SD**2, count, reserved=reserved, owed=owed)


def _covariance(view: View) -> Array:
    """Return how rows are expected to deviate together from the average of the sources."""
    average = next(centres(view))
    covariance = np.full((len(average.log_latency),) * 2, SPEED_SD**2)
    for sd, block in zip(BLOCK_SDS, average.blocks[:-1], strict=False):
        covariance += sd**2 * block @ block.T
    return covariance

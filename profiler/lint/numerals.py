"""How finely the numbers of a table are written: the grid they lie on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

GRIDS_US = tuple(10.0**power for power in range(6, -7, -1))
"""From seconds to picoseconds."""

FINEST = 1e6
"""A grid a million times finer than a number cannot be told from no grid."""

_OFF = 1e-4


def grid_us(latencies_us: Sequence[float]) -> float:
    """
    Return the coarsest power of ten all *latencies_us* are multiples of; 0 if none is.

    >>> grid_us([34_000.0, 41_000.0, 28_000.0])
    1000.0
    >>> grid_us([0.12345678, 3.3])
    0.0
    """
    values = np.array(latencies_us)
    for grid in GRIDS_US:
        ticks = values / grid
        if len(ticks) and np.median(np.abs(ticks)) > FINEST:
            return 0.0
        whole = np.round(ticks)
        if len(ticks) and np.all((whole >= 1) & (np.abs(ticks - whole) < _OFF)):
            return grid
    return 0.0


def is_single_precision(latencies_us: Sequence[float]) -> bool:
    """Return whether *latencies_us* were numbers of 32 bits, in microseconds or larger units."""
    for unit_us in (1.0, 1e3, 1e6):
        values = np.array(latencies_us) / unit_us
        if np.all(np.abs(values - values.astype(np.float32)) <= 1e-15 * np.abs(values)):
            return True
    return False


def shown(keys: Sequence[str], most: int = 3) -> str:
    """Return the first of *keys* and how many more there are, for a message."""
    told = ", ".join(keys[:most])
    return told if len(keys) <= most else f"{told} and {len(keys) - most} more"

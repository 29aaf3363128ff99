"""
In which kernels operations spend their time, told from what they cost.

A table holds the latency of whole operations.  What a unit of each kind of work costs is fitted to
all of its rows at once, never below zero; with it a row's time is divided over its kernels.  If a
kernel becomes faster, a row moves by the share of its time that the kernel had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from profiler.summary import Array
from profiler.triage.kernels import Kernel, Place

SWEEPS = 500
"""Of coordinate descent; a table has some ten kinds."""


@dataclass(frozen=True)
class Shares:
    """
    Shares of rows' time, by place.

    Args:
        places: of kernels.
        of_rows: for each row and place the share; what a border alone has is negative.
    """

    places: tuple[Place, ...]
    of_rows: Array


def shares_of(kernels: Sequence[Sequence[Kernel]], latencies_us: Array) -> Shares:
    """
    Return the shares of rows.

    Args:
        kernels: of each row.
        latencies_us: of each row, above zero.
    """
    places = tuple(dict.fromkeys(each.place for row in kernels for each in row))
    index = {place: number for number, place in enumerate(places)}
    work = np.zeros((len(kernels), len(places)))
    for number, row in enumerate(kernels):
        for each in row:
            work[number, index[each.place]] += each.work
    relative = work / latencies_us[:, None]
    return Shares(places=places, of_rows=relative * _unit_costs(places, relative))


def _unit_costs(places: Sequence[Place], relative: Array) -> Array:
    """Return what a unit of work costs in microseconds, by place: that of its kind."""
    kinds = sorted({place.kind for place in places})
    member = np.array([[place.kind == kind for kind in kinds] for place in places], dtype=float)
    summed = relative @ member.reshape(len(places), len(kinds))
    scale = np.maximum(np.abs(summed).max(axis=0, initial=0.0), np.finfo(float).tiny)
    costs = _not_negative(summed / scale, np.ones(len(relative))) / scale
    of_places: Array = member.reshape(len(places), len(kinds)) @ costs
    return of_places


def _not_negative(rows: Array, wanted: Array) -> Array:
    """Return the least-squares solution of ``rows @ x = wanted`` among those not below zero."""
    square, aim = rows.T @ rows, rows.T @ wanted
    found = np.zeros(len(aim))
    for _ in range(SWEEPS):
        for at in np.flatnonzero(np.diag(square) > 0):
            step = (aim[at] - square[at] @ found) / square[at, at]
            found[at] = max(0.0, found[at] + step)
    return found

"""
The networks a certificate rests on, as columns of numbers.

A column is what a calibration may multiply by a number: the sum of rows, a one, cells, kernels,
what rows take more with cold caches.  One that is unknown of a network is no column.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from profiler.certificates.calibration import Sums
from profiler.certificates.sums import sums_of
from profiler.operations import Network
from profiler.summary import Array
from profiler.table import Entry, Table

Column = Literal["sum", "constant", "cells", "kernels", "colder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """
    Networks measured whole, with what their rows add up to.

    Args:
        rows: the entries of the networks.
        sums: of each, what its rows add up to.
    """

    rows: tuple[Entry, ...]
    sums: tuple[Sums, ...]

    @property
    def networks(self) -> tuple[Network, ...]:
        """The networks, in the order of their entries."""
        return tuple(row.operation for row in self.rows if isinstance(row.operation, Network))

    @property
    def measured_us(self) -> Array:
        """What each network took, in microseconds."""
        return np.array([row.latency_us for row in self.rows])

    @property
    def sum_us(self) -> Array:
        """What the rows of each network add up to, in microseconds."""
        return np.array([sums.sum_us for sums in self.sums])

    def column(self, name: Column) -> Array | None:
        """Return a column; None where it is unknown of a network, or says the same of all."""
        match name:
            case "sum":
                return self.sum_us
            case "constant":
                return np.ones(len(self.sums))
            case "cells":
                return varying([sums.cells for sums in self.sums])
            case "kernels":
                return varying([sums.kernels for sums in self.sums])
            case "colder":
                return varying([sums.colder_us for sums in self.sums])

    def relative(self, columns: Sequence[Array]) -> Array:
        """Return *columns* as a matrix of shares of what was measured: errors are relative."""
        return np.stack(columns, axis=1) / self.measured_us[:, None]


def varying(values: Iterable[float | None]) -> Array | None:
    """Return numbers as a column; None where one is unknown or all are the same."""
    told = list(values)
    if any(value is None for value in told) or len(set(told)) < 2:
        return None
    return np.array(told, dtype=float)


def evidence_of(table: Table) -> Evidence:
    """
    Return the networks *table* holds whole.

    Raises:
        EntryMissing: a network contains an operation without a row.
    """
    pairs = [
        (entry, sums_of(table, entry.operation))
        for entry in table.entries
        if isinstance(entry.operation, Network)
    ]
    return Evidence(rows=tuple(entry for entry, _ in pairs), sums=tuple(sums for _, sums in pairs))

"""
How a sum of rows becomes the latency of a network: values, no fitting.

``latency(network) = scale * (hot + cold_share * (cold - hot)) + per_kernel * kernels
+ per_cell * cells + constant``, where hot, cold and kernels are sums over the network's rows.  All
of it is additive over rows, so that a search can choose cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from profiler.errors import HnaError
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS
from profiler.table import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """
    What the rows of one network add up to.

    Args:
        sum_us: their latencies, in microseconds; caches hot.
        cells: cells of the network.
        kernels: kernels of the rows; None where a row does not tell.
        colder_us: what the rows take more with cold caches; None where a row was not measured so.
    """

    sum_us: float
    cells: int
    kernels: int | None = None
    colder_us: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """
    How a sum of rows becomes the latency of a network.

    Args:
        scale: dimensionless.
        per_cell_us: microseconds for each cell; 0 where all networks had the same number.
        constant_us: microseconds.
        per_kernel_us: microseconds for each kernel the rows run.
        cold_share: which share of the way from hot to cold caches a row goes inside a network.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    scale: float = 1.0
    per_cell_us: float = 0.0
    constant_us: float = 0.0
    per_kernel_us: float = 0.0
    cold_share: float = 0.0

    def suits(self, rows: Iterable[Entry]) -> bool:
        """Return whether all *rows* tell what this calibration reads of a row."""
        return all(
            (not self.per_kernel_us or row.kernels is not None)
            and (not self.cold_share or row.cold_us is not None)
            for row in rows
        )

    def row_us(self, row: Entry) -> float:
        """
        Return what *row* adds to the latency of a network, in microseconds.

        Raises:
            HnaError: the row does not tell what is read of it; see ``suits``.
        """
        cold = row.cold_us
        colder_us = None if cold is None else cold.value - row.latency_us
        return self._rows_us(row.latency_us, row.kernels, colder_us)

    def fixed_us(self, cells: int) -> float:
        """Return what a network of *cells* cells takes beside its rows, in microseconds."""
        return self.per_cell_us * cells + self.constant_us

    def predict(self, sums: Sums) -> float:
        """Return the latency of the network that *sums* is of; raises as ``row_us``."""
        return self._rows_us(sums.sum_us, sums.kernels, sums.colder_us) + self.fixed_us(sums.cells)

    def _rows_us(self, sum_us: float, kernels: int | None, colder_us: float | None) -> float:
        if self.cold_share:
            sum_us += self.cold_share * _told(colder_us, "how fast it is with cold caches")
        if not self.per_kernel_us:
            return self.scale * sum_us
        return self.scale * sum_us + self.per_kernel_us * _told(kernels, "its kernels")


def _told(value: float | None, what: str) -> float:
    if value is None:
        raise HnaError(
            f"the calibration needs of every row {what}; take the plain one of the certificate"
        )
    return value

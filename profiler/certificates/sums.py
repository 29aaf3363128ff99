"""What the rows of a network add up to; a row that is missing is an error, never zero."""

from __future__ import annotations

from collections.abc import Sequence

from profiler.certificates.calibration import Sums
from profiler.errors import EntryMissing
from profiler.operations import Network, operation_key
from profiler.table import Entry, Table


def sum_us(table: Table, network: Network) -> float:
    """
    Return the sum of the rows of *network*, in microseconds.

    Raises:
        EntryMissing: names every operation the table has no row for.
    """
    return sum(row.latency_us for row in rows_of(table, network))


def sums_of(table: Table, network: Network) -> Sums:
    """Return all that the rows of *network* add up to; raises as ``sum_us``."""
    rows = rows_of(table, network)
    return Sums(
        sum_us=sum(row.latency_us for row in rows),
        cells=len(network.cells),
        kernels=_kernels(rows),
        colder_us=_colder_us(rows),
    )


def rows_of(table: Table, network: Network) -> tuple[Entry, ...]:
    """Return the rows of *network*, each as often as it runs; raises as ``sum_us``."""
    parts = list(network.parts())
    missing = table.missing(parts)
    if missing:
        raise EntryMissing([operation_key(operation) for operation in missing], table.name)
    return tuple(table.by_key[operation_key(part)] for part in parts)


def _kernels(rows: Sequence[Entry]) -> int | None:
    told = [row.kernels for row in rows if row.kernels is not None]
    return sum(told) if len(told) == len(rows) else None


def _colder_us(rows: Sequence[Entry]) -> float | None:
    told = [row.cold_us.value - row.latency_us for row in rows if row.cold_us is not None]
    return sum(told) if len(told) == len(rows) else None

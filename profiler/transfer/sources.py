"""
Tables of other devices as sources, and their rows as one view.

A usable source is a table of another device model or environment whose numbers mean the same: of
the precision that is wanted, real where the new device is real (neither simulated nor emulated),
with a positive latency for enough of what is wanted.  Only rows that somebody measured teach:
what was predicted or transferred says nothing its own sources do not say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from profiler.operations import Operation, operation_key
from profiler.summary import Array
from profiler.table import Entry, Table
from profiler.transfer.features import features_of
from profiler.transfer.view import View

LEAST_SHARED = 8
"""A source has at least so many rows of what is wanted, or half of it where that is less."""

TAUGHT = ("measured", "suspect", "imported")
"""Value kinds of rows that teach."""


@dataclass(frozen=True)
class KnownRows:
    """Operations of which some source has a row, and what the sources say of them."""

    operations: tuple[Operation, ...]
    view: View


def usable_sources(
    target: Table, tables: Sequence[Table], wanted: Sequence[Operation]
) -> tuple[Table, ...]:
    """
    Return those of *tables* that can teach the table of a new device.

    Args:
        target: the new device's table; it may be empty, its identity is what is looked at.
        tables: of other devices, or of this device in other environments; *target* may be among
            them.
        wanted: operations and networks to know.

    Returns:
        Tables of another name but the same precision, simulated and emulated as the target is,
        with rows of their own (measured or imported, above zero) for at least ``LEAST_SHARED`` of
        the wanted or half of them, whichever is less; the fullest first.
    """
    keys = {operation_key(operation) for operation in wanted}
    least = min(LEAST_SHARED, max(1, len(keys) // 2))
    shared = {
        table.name: sum(teaches(table.by_key.get(key)) for key in keys)
        for table in tables
        if table.name != target.name and _alike(table, target)
    }
    usable = [table for table in tables if shared.get(table.name, 0) >= least]
    return tuple(sorted(usable, key=lambda table: (-shared[table.name], table.name)))


def known_rows(sources: Sequence[Table], wanted: Sequence[Operation]) -> KnownRows:
    """Return which of *wanted* some source has a row of, each once, and what the sources say."""
    by_key = {operation_key(operation): operation for operation in wanted}
    matrix = np.full((len(by_key), len(sources)), np.nan)
    for column, source in enumerate(sources):
        for row, key in enumerate(by_key):
            entry = source.by_key.get(key)
            if entry is not None and teaches(entry):
                matrix[row, column] = log(entry.latency_us)
    known = np.flatnonzero(np.any(~np.isnan(matrix), axis=1))
    everything = list(by_key.values())
    operations = tuple(everything[i] for i in known)
    return KnownRows(operations, _view(operations, matrix[known]))


def teaches(entry: Entry | None) -> bool:
    """Return whether somebody measured this row, and it costs something."""
    return entry is not None and entry.value_kind in TAUGHT and entry.latency_us > 0


def _view(operations: Sequence[Operation], log_latencies: Array) -> View:
    return View(log_latencies=log_latencies, features=features_of(operations))


def _alike(table: Table, target: Table) -> bool:
    return (
        table.environment.precision == target.environment.precision
        and table.simulated == target.simulated
        and table.emulated == target.emulated
    )

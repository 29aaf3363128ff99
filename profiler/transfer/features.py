"""
By what operations deviate between devices: what they are, and how big.

One device is better at depthwise convolutions, another at large images.  The first block is of
trends: a column of zeros and ones for each text of a family, and the doublings of each size.  The
second is of neighbourhoods: operations of like family and size are run by one kernel and deviate
together (``profiler.triage.likeness``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from profiler.formats.attributes import attributes_of
from profiler.lint.row import Row, row_of
from profiler.operations import Operation
from profiler.summary import Array
from profiler.table import Entry
from profiler.triage.likeness import likeness

REACH = 1.0
"""Doublings over which operations of one family deviate together."""

ANCHORS = 800
"""Of a larger table, so many rows stand for all where neighbourhoods are described."""

LEAST_EIGENVALUE = 1e-6
"""Of the largest; what is below is rounding."""


def features_of(operations: Sequence[Operation]) -> tuple[Array, Array]:
    """Return two blocks of columns, trends and neighbourhoods; shape (operations, columns)."""
    rows = [row_of(Entry(operation=o, latency_us=1.0), attributes_of) for o in operations]
    return np.hstack([_families(rows), _sizes(rows)]), _neighbourhoods(rows)


def _families(rows: Sequence[Row]) -> Array:
    """Return a column for each text of a family."""
    parts = sorted({part for row in rows for part in row.family})
    columns = [[float(part in row.family) for part in parts] for row in rows]
    return np.array(columns).reshape(len(rows), len(parts))


def _sizes(rows: Sequence[Row]) -> Array:
    """Return a column for each size, in doublings around the mean of the rows that have it."""
    names = sorted({name for row in rows for name in row.sizes})
    numbers = np.array(
        [[np.log2(1 + row.sizes.get(name, np.nan)) for name in names] for row in rows]
    ).reshape(len(rows), len(names))
    there = ~np.isnan(numbers)
    means = np.sum(np.where(there, numbers, 0.0), axis=0) / np.maximum(1, np.sum(there, axis=0))
    centred: Array = np.where(there, numbers - means, 0.0)
    return centred


def _neighbourhoods(rows: Sequence[Row]) -> Array:
    """Return columns whose products are how alike rows are (Nystroem's method beyond a few)."""
    if not rows:
        return np.zeros((0, 0))
    apart = likeness(rows)
    alike = np.exp(-apart.families - 0.5 * (apart.doublings / REACH) ** 2)
    anchors = np.unique(np.linspace(0, len(rows) - 1, min(ANCHORS, len(rows))).astype(int))
    values, vectors = np.linalg.eigh(alike[np.ix_(anchors, anchors)])
    kept = values > LEAST_EIGENVALUE * values[-1]
    columns: Array = alike[:, anchors] @ (vectors[:, kept] / np.sqrt(values[kept]))
    return columns

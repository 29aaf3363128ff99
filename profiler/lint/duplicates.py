"""
Rows that were copied, and operations that have two rows.

Equal numbers under different keys are a copy unless chance explains them: how likely that is
follows from how finely the table is written and how many rows lie nearby.  The rule cannot know
which of the keys was measured.  Names of one operation are recognised where they differ in case
and separators only.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from profiler.lint.finding import Finding, Known
from profiler.lint.numerals import grid_us, is_single_precision, shown
from profiler.lint.row import Row
from profiler.lint.rows import Rows
from profiler.operations import ForeignOperation, Head
from profiler.summary import Array
from profiler.table import Entry

CHANCE = 0.01
"""Probability that chance makes one such pair in the whole table; above it nothing is said."""

NEARBY = 0.05

SINGLE = 2.0**-23
"""Relative distance of neighbouring numbers of 32 bits."""

_ANY = Head(channels=1, height=1, width=1)
_SEPARATORS = re.compile(r"[^a-z0-9.]+")


def copied(rows: Rows, _: Known) -> Iterator[Finding]:
    """Find rows with other keys and the same numbers."""
    groups = _copies(rows)
    if groups:
        pairs = [f"{' = '.join(r.key for r in g)} ({g[0].latency_us:.10g} us)" for g in groups]
        yield Finding(
            rule="copied",
            severity="note" if rows.table.simulated else "warning",
            keys=tuple(row.key for group in groups for row in group),
            message=(
                f"the same numbers to the last digit under different keys ({len(groups)} groups); "
                f"all but one of each are copies: {shown(pairs)}; measure them"
            ),
        )


def named_twice(rows: Rows, _: Known) -> Iterator[Finding]:
    """Find foreign operations that have several rows under names that say the same."""
    named = (
        (_name(row.entry.operation), row)
        for row in rows.rows
        if isinstance(row.entry.operation, ForeignOperation)
    )
    for group in _groups(named):
        keys = tuple(row.key for row in group)
        values = ", ".join(f"{row.latency_us:.4g}" for row in group)
        yield Finding(
            rule="named-twice",
            severity="warning",
            keys=keys,
            message=f"{' and '.join(keys)} name one operation and say {values} us; keep one",
        )


def _copies(rows: Rows) -> list[list[Row]]:
    """Return groups of rows with the same numbers, where chance does not explain them."""
    latencies = [row.latency_us for row in rows.positive]
    ordered, grid = np.sort(latencies), grid_us(latencies)
    finest = SINGLE if is_single_precision(latencies) else 0.0
    return [
        group
        for group in _groups((_numbers(row.entry), row) for row in rows.positive)
        if _chance(group[0].latency_us, ordered, grid, finest) * len(latencies) < CHANCE
    ]


def _groups(named: Iterable[tuple[object, Row]]) -> list[list[Row]]:
    groups: dict[object, list[Row]] = defaultdict(list)
    for name, row in named:
        groups[name].append(row)
    return [group for group in groups.values() if len(group) > 1]


def _numbers(entry: Entry) -> Entry:
    """Return *entry* without what names it."""
    return replace(entry, operation=_ANY, origin=None, measurement_ids=())


def _chance(latency_us: float, ordered: Array, grid: float, finest: float) -> float:
    """Return how probable it is that a row near *latency_us* falls on the same number."""
    low, high = latency_us * (1 - NEARBY), latency_us * (1 + NEARBY)
    near = np.searchsorted(ordered, high, "right") - np.searchsorted(ordered, low, "left")
    return float(near * max(grid, finest * latency_us) / (high - low))


def _name(operation: ForeignOperation) -> object:
    """Return what the name says, whatever its case and its separators."""
    parts = [part for part in _SEPARATORS.split(operation.name.casefold()) if part]
    return operation.format, operation.batch, tuple(parts)

"""
Networks that were added up, not measured.

A measured network never is exactly the sum of parts, so a table of networks that is one was made
from a table of parts.  To validate sums of parts on it is circular.  Simulators add up too, and
cannot be told from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from profiler.lint.finding import Finding, Known
from profiler.lint.numerals import shown
from profiler.lint.row import Row
from profiler.lint.rows import Rows
from profiler.operations import Network, operation_key
from profiler.summary import Array

EXACT = 1e-6
"""Largest relative residual of a sum; 32-bit numbers leave 1e-7."""

SPARE = 2
"""Networks for each distinct choice, at least, so that no fit is exact by itself."""

PLACES = 4
"""Choices a network is made of, at least."""


def exact_sums(rows: Rows, _: Known) -> Iterator[Finding]:
    """Find networks that are exact sums: of rows of the table, or of one number a choice."""
    added = [row.key for row in rows.positive if _is_sum(row, rows)]
    if added:
        yield _finding(rows, added, "of their rows in this table")
    for network in _by_places(rows.positive):
        if _fits_exactly(network):
            keys = [row.key for row in network]
            yield _finding(rows, keys, f"of one number for each of {len(network[0].family)} places")


def _is_sum(row: Row, rows: Rows) -> bool:
    operation = row.entry.operation
    if not isinstance(operation, Network):
        return False
    parts = [rows.table.by_key.get(operation_key(part)) for part in operation.parts()]
    total = sum(part.latency_us for part in parts if part is not None)
    return None not in parts and abs(total - row.latency_us) <= EXACT * row.latency_us


def _by_places(rows: Sequence[Row]) -> list[list[Row]]:
    """Return networks known by what stands at each of several places, those alike together."""
    alike: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if not row.sizes and len(row.family) > PLACES:
            alike[tuple(name for name, _ in row.family)].append(row)
    return list(alike.values())


def _fits_exactly(networks: Sequence[Row]) -> bool:
    choices = sorted({choice for row in networks for choice in row.family})
    if len(networks) < SPARE * len(choices):
        return False
    column = {choice: index for index, choice in enumerate(choices)}
    design: Array = np.zeros((len(networks), len(choices)))
    for index, row in enumerate(networks):
        design[index, [column[choice] for choice in row.family]] = 1.0
    latencies = np.array([row.latency_us for row in networks])
    weights = np.linalg.lstsq(design, latencies, rcond=None)[0]
    residuals = np.abs(design @ weights - latencies) / latencies
    return bool(residuals.max() <= EXACT) and len(set(latencies.tolist())) > 1


def _finding(rows: Rows, keys: Sequence[str], of: str) -> Finding:
    return Finding(
        rule="exact-sums",
        severity="note" if rows.table.simulated else "warning",
        keys=tuple(keys),
        message=(
            f"{len(keys)} networks are exact sums {of}: added up, not measured; they validate no "
            f"sum: {shown(keys)}"
        ),
    )

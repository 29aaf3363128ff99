"""Rows that differ in one size and in nothing else, the smallest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from profiler.lint.row import GROWING, Row
from profiler.summary import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """
    Rows of one family that differ in one size.

    Args:
        size: its name, such as ``kernel``.
        rows: two or more, each of another size, the smallest first.
    """

    size: str
    rows: tuple[Row, ...]

    @property
    def positive(self) -> Chain:
        """The chain without rows that cost nothing or less; it may have none left."""
        return Chain(size=self.size, rows=tuple(r for r in self.rows if r.latency_us > 0))

    @property
    def sizes(self) -> Array:
        """The size of each row."""
        return np.array([row.sizes[self.size] for row in self.rows])

    @property
    def latencies_us(self) -> Array:
        """The latency of each row."""
        return np.array([row.latency_us for row in self.rows])


def chains_of(rows: Iterable[Row]) -> tuple[Chain, ...]:
    """Return every chain of *rows*, each as long as it can be."""
    grouped: dict[tuple[object, ...], dict[float, Row]] = defaultdict(dict)
    for row in rows:
        sizes = sorted(row.sizes.items())
        for name in GROWING:
            if name in row.sizes:
                others = tuple(pair for pair in sizes if pair[0] != name)
                grouped[name, row.family, others].setdefault(row.sizes[name], row)
    return tuple(
        Chain(size=str(same[0]), rows=tuple(row for _, row in sorted(found.items())))
        for same, found in grouped.items()
        if len(found) > 1
    )

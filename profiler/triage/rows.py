"""Which rows of two tables can be compared, and how noisy their comparison is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from math import hypot, log

import numpy as np

from profiler.operations import ForeignOperation, SegmentationNetwork, border_of, operation_key
from profiler.summary import Array
from profiler.table import Entry, Table
from profiler.table_diff.comparing import SESSION_SD

NORMAL_90 = 1.645
"""Half a 90 % interval of a normal distribution, in standard deviations."""

UNKNOWN_SD = 0.1
"""Relative standard deviation of a row whose interval is unknown."""


@dataclass(frozen=True)
class Rows:
    """
    The rows of a table that can be measured again, beside the table that is being filled.

    Args:
        entries: those of before.
        lost: keys of those that cannot: gaps, and what costs nothing now.
        after: what was measured so far.
    """

    entries: tuple[Entry, ...]
    lost: tuple[str, ...]
    after: Table

    @cached_property
    def measured(self) -> list[int]:
        """Which of them were measured again."""
        return [i for i, entry in enumerate(self.entries) if _measured(self.after, entry.key)]

    @cached_property
    def moved(self) -> Array:
        """Logarithms of new over old of those."""
        return np.array([log(new.latency_us / old.latency_us) for old, new in self._pairs()])

    @cached_property
    def noise_sd(self) -> Array:
        """Standard deviation of each of ``moved``."""
        return np.array([hypot(relative_sd(old), relative_sd(new)) for old, new in self._pairs()])

    @cached_property
    def old_sd(self) -> Array:
        """Relative standard deviation of every row."""
        return np.array([relative_sd(entry) for entry in self.entries])

    @cached_property
    def borders(self) -> tuple[int | None, ...]:
        """For every row which one is its border, measured with it; None where there is none."""
        index = {entry.key: i for i, entry in enumerate(self.entries)}
        borders = (border_of(entry.operation) for entry in self.entries)
        return tuple(None if each is None else index.get(operation_key(each)) for each in borders)

    def _pairs(self) -> list[tuple[Entry, Entry]]:
        olds = (self.entries[i] for i in self.measured)
        return [(old, self.after.by_key[old.key]) for old in olds]


def rows_of(before: Table, after: Table, gaps: Collection[str]) -> Rows:
    """Return the rows of *before* that can be compared; *gaps* are keys that could not be run."""
    known = [entry for entry in before.entries if _counts(entry)]
    lost = {entry.key for entry in known if _lost(after, entry.key, gaps)}
    return Rows(
        entries=tuple(entry for entry in known if entry.key not in lost),
        lost=tuple(entry.key for entry in known if entry.key in lost),
        after=after,
    )


def relative_sd(entry: Entry) -> float:
    """
    Return the relative standard deviation of a row's latency.

    Where one session was seen, how sessions differ is added; they differ in proportion to what is
    measured, which is the row and its border.
    """
    if entry.interval_us is None:
        return UNKNOWN_SD
    low_us, high_us = entry.interval_us
    seen = (high_us - low_us) / 2 / NORMAL_90
    measured_us = entry.latency_us + entry.border_us
    session = SESSION_SD * measured_us if "session" in entry.unseen else 0.0
    return hypot(seen, session) / entry.latency_us


def _counts(entry: Entry) -> bool:
    """Return whether a row is a number of an operation that can be measured by itself."""
    nameless = isinstance(entry.operation, ForeignOperation | SegmentationNetwork)
    return not nameless and entry.value_kind == "measured" and entry.latency_us > 0


def _measured(table: Table, key: str) -> bool:
    entry = table.by_key.get(key)
    return entry is not None and entry.value_kind == "measured" and entry.latency_us > 0


def _lost(table: Table, key: str, gaps: Collection[str]) -> bool:
    """Return whether a row of before can have no ratio: a gap, or it costs nothing now."""
    entry = table.by_key.get(key)
    if entry is None:
        return key in gaps
    return entry.value_kind == "measured" and entry.latency_us <= 0

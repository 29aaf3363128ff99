"""
Rows in another unit than their kin.

Latency by size is much the same within a family, so rows of two units fall into two groups, about
a thousand times apart with nothing between.  Which of the two is wrong cannot be known: the
smaller group is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log10

import numpy as np

from profiler.lint.finding import Finding, Known
from profiler.lint.numerals import shown
from profiler.lint.row import Row
from profiler.lint.rows import Rows

ENOUGH = 8
GAP = 1.5
"""Decades without a row between two groups."""

DISTANCE = (2.5, 3.5)
"""Decades between the medians of two groups that differ by a thousand."""

_WORK = {
    **dict.fromkeys(("batch", "pixels", "blocks", "expansion", "channels_out"), 1),
    "channels_in": 1,
    "channels_middle": 1,
    "kernel": 1,
    "stride": -1,
    "groups": -1,
}
"""Powers by which a size counts as work; rough, the groups are far apart."""

_BORDER_SHARE = 0.05
"""Less than this share of its border is noise, not latency."""


def mixed_units(rows: Rows, _: Known) -> Iterator[Finding]:
    """Find rows a thousand times off the others of their family."""
    for family in rows.families.values():
        apart = _smaller_group(family) if len(family) >= ENOUGH else []
        if apart:
            keys = tuple(row.key for row in apart)
            yield Finding(
                rule="mixed-units",
                severity="error",
                keys=keys,
                message=(
                    f"{len(keys)} of {len(family)} rows of one kind are about a thousand times "
                    f"off the others: another unit; {shown(keys)}"
                ),
            )


def _smaller_group(family: Sequence[Row]) -> list[Row]:
    weighed = sorted((_decades(row), row.key) for row in family)
    decades = np.array([decade for decade, _ in weighed])
    gaps = np.diff(decades)
    cut = int(np.argmax(gaps)) + 1
    distance = float(np.median(decades[cut:]) - np.median(decades[:cut]))
    if gaps[cut - 1] < GAP or not DISTANCE[0] <= distance <= DISTANCE[1]:
        return []
    low, high = weighed[:cut], weighed[cut:]
    named = {key for _, key in (low if len(low) <= len(high) else high)}
    return [row for row in family if row.key in named]


def _decades(row: Row) -> float:
    """Return the latency for the work, in decades; the cautious end of small rows."""
    entry = row.entry
    seen_us = max(entry.latency_us, entry.high_us or 0.0, _BORDER_SHARE * entry.border_us)
    return log10(seen_us) - _work(row.sizes)


def _work(sizes: Mapping[str, float]) -> float:
    return sum(
        power * log10(sizes[name]) for name, power in _WORK.items() if sizes.get(name, 0) > 0
    )

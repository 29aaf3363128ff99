"""
Rows nobody measured: they lie exactly on a line between their neighbours.

The rule cannot know which ends of a run were measured.  Five rows on one line to a millionth of
their step are no accident, unless the numbers are written so coarsely that they must be.  A
simulated device may be linear by its formula: of it this is only noted.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from profiler.lint.chains import Chain
from profiler.lint.finding import Finding, Known
from profiler.lint.numerals import grid_us, shown
from profiler.lint.rows import Rows

RUN = 3
"""Rows between two ends of a line, at least."""

_EXACT = 1e-6
_COARSE = 1e-3


def interpolated(rows: Rows, _: Known) -> Iterator[Finding]:
    """Find rows on straight lines between others."""
    keys: dict[str, None] = {}
    for chain in rows.chains:
        for index in _inside_lines(chain):
            keys[chain.rows[index].key] = None
    if keys:
        yield Finding(
            rule="interpolated",
            severity="note" if rows.table.simulated else "warning",
            keys=tuple(keys),
            message=(
                f"{len(keys)} of {len(rows.rows)} rows lie exactly on a line between their "
                f"neighbours: interpolated, not measured: {shown(tuple(keys))}"
            ),
        )


def _inside_lines(chain: Chain) -> Iterator[int]:
    """Yield the rows inside runs of at least ``RUN`` that lie on one line."""
    if len(chain.rows) < RUN + 2:
        return
    steps = np.diff(chain.latencies_us) / np.diff(chain.sizes)
    step = np.maximum(np.abs(steps[:-1]), np.abs(steps[1:]))
    straight = (np.abs(np.diff(steps)) <= _EXACT * step) & (step > 0)
    rises_us = np.abs(np.diff(chain.latencies_us))
    straight &= grid_us(chain.latencies_us.tolist()) < _COARSE * np.minimum(
        rises_us[:-1], rises_us[1:]
    )
    start = 0
    for end in [*np.flatnonzero(~straight).tolist(), len(straight)]:
        if end - start >= RUN:
            yield from range(start + 1, end + 1)
        start = end + 1

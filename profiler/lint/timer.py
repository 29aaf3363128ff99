"""
Tables of a clock that ticks coarsely.

The rule sees numbers on a grid.  It cannot know whether the clock had that grid or somebody
rounded; what is lost is the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from profiler.lint.finding import Finding, Known
from profiler.lint.numerals import grid_us
from profiler.lint.rows import Rows

ENOUGH = 10
TICKS = 200
"""Ticks in the median row above which a tick is below half a per cent of it."""


def coarse_timer(rows: Rows, _: Known) -> Iterator[Finding]:
    """Find tables whose numbers are few multiples of one tick."""
    latencies = [row.latency_us for row in rows.positive]
    if len(latencies) < ENOUGH:
        return
    grid, median_us = grid_us(latencies), float(np.median(latencies))
    if grid and median_us / grid < TICKS:
        distinct = len(set(latencies))
        yield Finding(
            rule="coarse-timer",
            severity="warning",
            message=(
                f"all {len(latencies)} rows are multiples of {grid:g} us, {distinct} different "
                f"numbers, the median {median_us / grid:.0f} ticks: a coarse clock or rounding"
            ),
        )

"""The clock of the host, what it can see, and what looking at it costs."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from statistics import median
from time import perf_counter_ns

from profiler.measurement import Timer

READINGS = 2_000


@cache
def host_timer() -> Timer:
    """Return the monotonic clock of this machine with its measured resolution and overhead."""
    readings = [perf_counter_ns() for _ in range(READINGS)]
    steps = [after - before for before, after in pairwise(readings)]
    seen = [step for step in steps if step > 0]
    return Timer(
        name="perf_counter",
        resolution_us=min(seen, default=0) / 1e3,
        overhead_us=median(steps) / 1e3,
    )

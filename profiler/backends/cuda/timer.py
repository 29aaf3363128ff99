"""The clock of a GPU: what two events with nothing between them say."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

from profiler.backends.cuda.port import CudaRuntime
from profiler.measurement import Timer

READINGS = 300

EVENT_STEP_US = 0.5
"""NVIDIA's word on the resolution of events, for a clock whose steps cannot be seen."""


def event_timer(cuda: CudaRuntime) -> Timer:
    """Return the clock of events on the stream of *cuda*: its smallest step, and what it costs."""
    readings_us = sorted(cuda.elapsed_us(lambda: None) for _ in range(READINGS))
    steps = (after - before for before, after in pairwise(readings_us))
    return Timer(
        name="cuda_events",
        resolution_us=min((step for step in steps if step > 0), default=EVENT_STEP_US),
        overhead_us=median(readings_us),
    )

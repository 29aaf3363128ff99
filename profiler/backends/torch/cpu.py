"""
Running and timing on the CPU.

The number of threads is torch's own, process-wide setting: two torch backends with different
threads in one process would overwrite each other, so every execution sets it first.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns

import torch

from profiler.backends.caches import cpu_flush
from profiler.backends.clock import host_timer
from profiler.backends.torch.settings import Settings
from profiler.device import Device
from profiler.measurement import Timer

Run = Callable[[], object]
"""Executes what was built once; on a GPU it returns before that is done."""


class CpuRunner:
    """Executes on the CPU and times with a monotonic wall clock."""

    provider = "cpu"
    device = torch.device("cpu")

    def __init__(self, settings: Settings) -> None:
        self._threads = settings.threads
        self.options = settings.options

    @property
    def timer(self) -> Timer:
        """The monotonic clock of the host."""
        return host_timer()

    @property
    def flush(self) -> Callable[[], None] | None:
        """Empties the processor's caches."""
        return cpu_flush()

    def measured(self, machine: Device) -> Device:
        """Return *machine*: the CPU is the device."""
        return machine

    def first_run(self, build: Callable[[], Run]) -> tuple[Run, int | None]:
        """Build and execute once; torch does not tell what that holds of main memory."""
        torch.set_num_threads(self._threads)  # compiled code keeps the number it was made with
        run = build()
        run()
        return run, None

    def latency_us(self, run: Run, times: int) -> float:
        """Execute that many times; return microseconds for each."""
        torch.set_num_threads(self._threads)
        start = perf_counter_ns()
        for _ in range(times):
            run()
        return (perf_counter_ns() - start) / 1e3 / times

    def host_share(self, run: Run) -> float | None:
        """Return None: host and device are one."""
        return None

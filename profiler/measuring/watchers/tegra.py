"""
Whether a Jetson's GPU was slowed down: by heat, by its supply, or below its power mode.

Alerts and event counters are evidence by themselves.  Its clock is judged against the highest the
power mode allows, and only where the GPU had work at both ends of a round: its governor slows it
down whenever it may.
"""

from __future__ import annotations

from pathlib import Path

from profiler.measurement import ConditionState
from profiler.measuring.watchers.clocks import SHARE
from profiler.measuring.watchers.port import Span
from profiler.platforms.tegra import TegraGpu, read_tegra

BUSY = 0.7
"""Load from which the governor gives the GPU its highest clock."""


class TegraClocks:
    """
    The clocks of a Jetson's GPU.

    Args:
        root: the system tree.
    """

    watches = "jetson clocks"
    span: Span = "round"

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def read(self) -> TegraGpu | None:
        """Return the GPU's reading; None where there is nothing to judge by."""
        gpu = read_tegra(self._root)
        clocks = (gpu.clock_mhz, gpu.max_mhz, gpu.load)
        blind = gpu.alerts is None and gpu.events is None and None in clocks
        return None if blind else gpu

    def judge(self, before: TegraGpu, after: TegraGpu) -> ConditionState:
        """Return ``throttled`` where something held the clocks down in between."""
        counted = (after.events or 0) > (before.events or 0)
        slow = _is_slow(before) and _is_slow(after)
        return "throttled" if counted or before.alerts or after.alerts or slow else "clean"


def _is_slow(gpu: TegraGpu) -> bool:
    """Tell a GPU that has work and is far below what its power mode allows."""
    if gpu.clock_mhz is None or gpu.max_mhz is None or gpu.load is None:
        return False
    return gpu.load >= BUSY and gpu.clock_mhz < SHARE * gpu.max_mhz

"""
What else the machine was doing while a sample was taken.

Reads the kernel's counters before and after; where they cannot be read the state is
``unverified``, never ``clean``.  Ticks are 10 ms, so the time other processes used is judged over
a whole round and only steal, which should be zero, over a single visit.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from profiler.measurement import ConditionState

MAX_OTHERS = 0.25
"""Mean number of cores other processes may keep busy during a clean round."""

MAX_STEAL = 0.01
"""Share of a visit the hypervisor may give to others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Wall clock, own processor time, and the machine's busy and stolen time, in seconds."""

    wall: float
    own: float
    busy: float
    steal: float


class Meter(Protocol):
    """Judges the time between two of its readings."""

    def read(self) -> Reading | None:
        """Return the counters now, or None where they cannot be read."""
        ...

    def visit_state(self, before: Reading | None) -> ConditionState:
        """Return what happened to the hypervisor's share since *before*."""
        ...

    def others(self, before: Reading | None) -> float | None:
        """Return how many cores other processes kept busy since *before*; None if unread."""
        ...


class Undisturbed:
    """The meter of a simulated device: there is no machine that could be disturbed."""

    def read(self) -> Reading | None:
        """Return nothing: there are no counters."""
        return None

    def visit_state(self, before: Reading | None) -> ConditionState:
        """Return ``clean``."""
        return "clean"

    def others(self, before: Reading | None) -> float | None:
        """Return 0: there are no other processes."""
        return 0.0


class ContentionMeter:
    """
    The meter of a real machine, from the kernel's counters.

    Args:
        stat: the kernel's counters.
    """

    def __init__(self, stat: Path = Path("/proc/stat")) -> None:
        self._stat = stat
        self._tick = 1.0 / os.sysconf("SC_CLK_TCK")

    def read(self) -> Reading | None:
        """Return the counters now, or None where they cannot be read."""
        try:
            with self._stat.open() as lines:
                fields = [int(field) * self._tick for field in lines.readline().split()[1:9]]
        except (OSError, ValueError):
            return None
        if len(fields) < 8:
            return None
        user, nice, system, _idle, _iowait, irq, softirq, steal = fields
        return Reading(
            wall=time.monotonic(),
            own=time.process_time(),
            busy=user + nice + system + irq + softirq,
            steal=steal,
        )

    def visit_state(self, before: Reading | None) -> ConditionState:
        """Return ``contended`` where the hypervisor gave time to others, else ``clean``."""
        now = self.read()
        if before is None or now is None:
            return "unverified"
        stolen = now.steal - before.steal
        return "contended" if stolen > MAX_STEAL * (now.wall - before.wall) else "clean"

    def others(self, before: Reading | None) -> float | None:
        """Return how many cores other processes kept busy since *before*; None if unread."""
        now = self.read()
        if before is None or now is None or now.wall <= before.wall:
            return None
        others = (now.busy - before.busy) - (now.own - before.own)
        return max(others, 0.0) / (now.wall - before.wall)

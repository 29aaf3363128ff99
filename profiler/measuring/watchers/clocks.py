"""
Whether the cores were slowed down: by heat, by power, by whoever sets their clocks.

Counters of the kernel are evidence by themselves.  A low clock is not: cores that do little are
slowed down on purpose.  So clocks are judged only of cores that were busy for most of a round, and
against the highest clock they were seen at under load in this session (NVBench's rule for GPUs).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from profiler.measurement import ConditionState
from profiler.measuring.watchers.port import Span
from profiler.platforms.conditions import core_busy_seconds
from profiler.platforms.cpu_clocks import active_cooling, core_clocks_mhz, throttle_count

SHARE = 0.75
"""Share of the clock at load below which a clock is throttled (NVBench's default)."""

BUSY = 0.5
"""Share of a round a core is busy from which its clock is judged."""


@dataclass(slots=True)
class Peak:
    """The highest clock seen under load in a session, in MHz."""

    mhz: float = field(default=0.0)

    def fell(self, mhz: float) -> bool:
        """Take note of a clock under load; tell whether it is far below the highest."""
        self.mhz = max(self.mhz, mhz)
        return mhz < SHARE * self.mhz


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowing:
    """
    One reading.

    Args:
        at_s: when.
        clocks_mhz: of the cores in use; empty where there is no cpufreq.
        busy_s: time each core was busy since boot.
        throttled: how often cores were too hot since boot; None where nobody counts.
        cooling: what slows cores down right now; None where nothing could.
    """

    at_s: float
    clocks_mhz: dict[int, float]
    busy_s: dict[int, float]
    throttled: int | None
    cooling: tuple[str, ...] | None


class CoreClocks:
    """
    The clocks of the cores this process may use.

    Args:
        root: the system tree.
        cores: the cores in use; those this process may use at the time unless given.
        now_s: a monotonic clock.
    """

    watches = "cpu clocks"
    span: Span = "round"

    def __init__(
        self,
        root: Path = Path("/"),
        cores: Collection[int] | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = root
        self._cores = cores
        self._now_s = now_s
        self._peak = Peak()

    def read(self) -> Slowing | None:
        """Return clocks and counters; None on a machine that tells of neither."""
        cores = os.sched_getaffinity(0) if self._cores is None else self._cores
        reading = Slowing(
            at_s=self._now_s(),
            clocks_mhz=core_clocks_mhz(cores, self._root),
            busy_s=core_busy_seconds(self._root),
            throttled=throttle_count(cores, self._root),
            cooling=active_cooling(self._root),
        )
        told = (reading.clocks_mhz or None, reading.throttled, reading.cooling)
        return None if told == (None, None, None) else reading

    def judge(self, before: Slowing, after: Slowing) -> ConditionState:
        """Return ``throttled`` where something slowed cores down that had work to do."""
        counted = (after.throttled or 0) > (before.throttled or 0)
        clock = _clock_at_load(before, after)
        # Asked in any case: a throttled round still tells what the highest clock is.
        fell = clock is not None and self._peak.fell(clock)
        return "throttled" if counted or after.cooling or before.cooling or fell else "clean"


def _clock_at_load(before: Slowing, after: Slowing) -> float | None:
    """Return the highest clock of the cores that were busy for most of the time."""
    least_s = BUSY * (after.at_s - before.at_s)
    busy = {
        core: after.busy_s[core] - before.busy_s.get(core, 0.0)
        for core in after.busy_s.keys() & after.clocks_mhz.keys()
    }
    return max((after.clocks_mhz[c] for c, s in busy.items() if s >= least_s), default=None)

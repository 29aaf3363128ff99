"""
Who else used the processor: time stolen by the hypervisor, time waited for a core, other processes.

* Steal (``/proc/stat``, ticks of 10 ms) should be zero, so one tick in a visit is already too much.
* Run delay (``/proc/thread-self/schedstat``, nanoseconds) is the time this thread could have run
  and did not: direct evidence, exact enough for a visit.  Threads a runtime made for itself are
  not counted: with several threads the third watcher has to do.
* Other processes are judged over a whole round, on the cores this process may use and their
  hyper-thread siblings: a neighbour on a core of its own is no contention for a core.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from profiler.measurement import ConditionState
from profiler.measuring.watchers.port import Span
from profiler.platforms.conditions import core_busy_seconds, stolen_seconds
from profiler.platforms.cpulist import siblings
from profiler.platforms.files import read_text

MAX_STEAL = 0.01
"""Share of a visit the hypervisor may give to others."""

MAX_RUN_DELAY = 0.01
"""Share of a visit this thread may wait for a core."""

MAX_OTHERS = 0.25
"""Mean number of cores, of those that matter, other processes may keep busy during a round."""


UNSURE_S = 2 / os.sysconf("SC_CLK_TCK")
"""The kernel counts whole ticks: a reading before and one after may each be wrong by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A moment, and seconds used or lost until then."""

    at_s: float
    seconds: float


class Steal:
    """Time the hypervisor gave to other machines."""

    watches = "cpu steal"
    span: Span = "visit"

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def read(self) -> Used | None:
        """Return the time stolen since boot."""
        stolen = stolen_seconds(self._root)
        return None if stolen is None else Used(at_s=time.monotonic(), seconds=stolen)

    def judge(self, before: Used, after: Used) -> ConditionState:
        """Return ``contended`` where more than a hundredth was stolen."""
        stolen = after.seconds - before.seconds
        return "contended" if stolen > MAX_STEAL * (after.at_s - before.at_s) else "clean"


class RunDelay:
    """Time this thread waited for a core."""

    watches = "run queue"
    span: Span = "visit"

    def __init__(self, root: Path = Path("/")) -> None:
        self._path = root / "proc/thread-self/schedstat"

    def read(self) -> Used | None:
        """Return the time waited since this thread began."""
        words = (read_text(self._path) or "").split()
        if len(words) < 2 or not words[1].isdigit():
            return None
        return Used(at_s=time.monotonic(), seconds=int(words[1]) / 1e9)

    def judge(self, before: Used, after: Used) -> ConditionState:
        """Return ``contended`` where more than a hundredth was spent waiting."""
        waited = after.seconds - before.seconds
        return "contended" if waited > MAX_RUN_DELAY * (after.at_s - before.at_s) else "clean"


class OtherProcesses:
    """Time other processes used on the cores of this one."""

    watches = "other processes"
    span: Span = "round"

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def read(self) -> Used | None:
        """Return the time others used so far on the cores that matter to this process."""
        cores = siblings(os.sched_getaffinity(0), self._root)
        busy = core_busy_seconds(self._root)
        if not cores <= busy.keys():
            return None
        others = sum(busy[core] for core in cores) - time.process_time()
        return Used(at_s=time.monotonic(), seconds=others)

    def judge(self, before: Used, after: Used) -> ConditionState:
        """Return ``contended`` where others kept more than a quarter of a core busy."""
        others = other_cores(before, after)
        return "contended" if others > MAX_OTHERS else "clean"


def other_cores(before: Used, after: Used) -> float:
    """Return how many cores others kept busy at least between two readings, on average."""
    others_s = after.seconds - before.seconds - UNSURE_S
    return max(others_s, 0.0) / max(after.at_s - before.at_s, 1e-9)


def processor_watchers(root: Path = Path("/")) -> tuple[Steal, RunDelay, OtherProcesses]:
    """Return the watchers of the machine whose tree is *root*."""
    return Steal(root), RunDelay(root), OtherProcesses(root)

"""
What can spoil samples of an NVIDIA GPU: clocks held down, and other processes.

The driver says why clocks are held down at a moment, and for how long they were since it was
loaded; both count.  A clock is judged only of a busy GPU: one that idles is slow on purpose.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from profiler.measurement import ConditionState
from profiler.measuring.watchers.clocks import Peak
from profiler.measuring.watchers.port import Span
from profiler.platforms.gpu import Gpu, other_processes

BUSY = 0.5
"""Share of the driver's sampling period with a kernel from which a clock is judged."""

MAX_HELD_DOWN = 0.01
"""Share of a round power or heat may hold the clocks down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """
    One reading; None for what this GPU does not tell.

    Args:
        at_s: when.
        clock_mhz: of the multiprocessors.
        busy: whether it had work; None where that is not told.
        reasons: what holds clocks down right now.
        held_down_s: for how long something did, since the driver was loaded.
    """

    at_s: float
    clock_mhz: float | None
    busy: bool | None
    reasons: tuple[str, ...] | None
    held_down_s: float | None


class GpuThrottling:
    """
    The clocks of a GPU.

    Args:
        gpu: reads it.
        now_s: a monotonic clock.
    """

    watches = "gpu clocks"
    span: Span = "round"

    def __init__(self, gpu: Gpu, now_s: Callable[[], float] = time.monotonic) -> None:
        self._gpu = gpu
        self._now_s = now_s
        self._peak = Peak()

    def read(self) -> Held | None:
        """Return clock and reasons; None where the driver tells nothing to judge by."""
        state = self._gpu.state()
        if state.reasons is None and (state.clock_mhz is None or state.load is None):
            return None
        return Held(
            at_s=self._now_s(),
            clock_mhz=state.clock_mhz,
            busy=None if state.load is None else state.load >= BUSY,
            reasons=state.reasons,
            held_down_s=state.held_down_s,
        )

    def judge(self, before: Held, after: Held) -> ConditionState:
        """Return ``throttled`` where something held the clocks down in between."""
        at_load = [r.clock_mhz for r in (before, after) if r.busy and r.clock_mhz is not None]
        # All are asked, so that each is taken note of.
        fell = [self._peak.fell(clock) for clock in at_load]
        held = before.reasons or after.reasons or _held_share(before, after) > MAX_HELD_DOWN
        return "throttled" if held or any(fell) else "clean"


def _held_share(before: Held, after: Held) -> float:
    if before.held_down_s is None or after.held_down_s is None:
        return 0.0
    return (after.held_down_s - before.held_down_s) / max(after.at_s - before.at_s, 1e-9)


class GpuProcesses:
    """
    Who else computes on a GPU.

    Args:
        gpu: reads it.
        root: the system tree, for whose child a process is.
    """

    watches = "gpu processes"
    span: Span = "round"

    def __init__(self, gpu: Gpu, root: Path = Path("/")) -> None:
        self._gpu = gpu
        self._root = root

    def read(self) -> int | None:
        """Return how many other processes compute on it."""
        return other_processes(self._gpu.state().processes, os.getpid(), self._root)

    def judge(self, before: int, after: int) -> ConditionState:
        """Return ``contended`` where anybody else computed at either end of the round."""
        return "contended" if before or after else "clean"

"""
The two kinds of rail: one that counts energy, one that tells power.

Where something is read from is in ``sources``; nothing here knows a file or a driver.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingRail:
    """
    A rail whose hardware counts energy.

    Args:
        name: of the rail.
        read_j: the counter, in joules; None where it cannot be read now.
        step_s: how soon the counter may begin anew twice.
        update_s: how often the hardware updates it.
    """

    name: str
    read_j: Callable[[], float | None]
    step_s: float
    update_s: float

    def joules(self) -> float | None:
        """Return the energy counted so far."""
        return self.read_j()


class Unwrapped:
    """
    A counter that begins anew at 0, as one that does not.

    Args:
        read_j: the counter, in joules.
        range_j: the value after which it begins anew.
    """

    def __init__(self, read_j: Callable[[], float | None], range_j: float) -> None:
        self._read_j = read_j
        self._range_j = range_j
        self._offset_j = 0.0
        self._last_j = 0.0

    def __call__(self) -> float | None:
        """Return what was counted, as if the counter never began anew."""
        now_j = self._read_j()
        if now_j is None:
            return None
        if now_j < self._last_j:
            self._offset_j += self._range_j
        self._last_j = now_j
        return self._offset_j + now_j


class IntegratingRail:
    """
    A rail that tells power, integrated by trapezoids from call to call.

    A stretch at whose end the power could not be read is not counted, and that call returns None.

    Args:
        name: of the rail.
        read_w: the power, in watts; None where it cannot be read now.
        step_s: how often it must be read.
        update_s: how often the hardware updates it.
        now_s: a monotonic clock.
    """

    def __init__(
        self,
        *,
        name: str,
        read_w: Callable[[], float | None],
        step_s: float,
        update_s: float,
        now_s: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.name = name
        self.step_s = step_s
        self.update_s = update_s
        self._read_w = read_w
        self._now_s = now_s
        self._counted_j = 0.0
        self._last: tuple[float, float] | None = None

    def joules(self) -> float | None:
        """Return the energy since the first call."""
        watts, at_s = self._read_w(), self._now_s()
        if watts is None:
            self._last = None
            return None
        if self._last is not None:
            before_s, before_w = self._last
            self._counted_j += (at_s - before_s) * (before_w + watts) / 2
        self._last = (at_s, watts)
        return self._counted_j

"""
Executions that were timed many at once, handed out one by one.

One run of the tool times many; they are handed out in the order taken.  When they are used up, or
older than a second, the tool runs again: so a visit of the measuring loop gets executions of its
own time, at the price of starting a process.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from statistics import fmean
from time import monotonic

FRESH_S = 1.0
"""Age at which what is left of a run is not handed out any more."""

RUN_US = 250_000.0
"""What the executions of one run take together, about."""

FIRST_RUN, SHORTEST_RUN, LONGEST_RUN = 20, 10, 5_000
"""Executions of the first run, and bounds of the others."""


class Executions:
    """
    Hands out what runs of the tool timed; see the module.

    Args:
        run: executes that many times, or a few more, and returns the microseconds of each.
        clock: seconds; tells how old a run is.
    """

    def __init__(
        self, run: Callable[[int], list[float]], clock: Callable[[], float] = monotonic
    ) -> None:
        self._run = run
        self._clock = clock
        self._left: deque[float] = deque()
        self._next = FIRST_RUN
        self._ran_at = 0.0

    def __call__(self, times: int) -> float:
        """Return the mean of the next executions, in microseconds; the port's ``Execute``."""
        if self._clock() - self._ran_at > FRESH_S:
            self._left.clear()
        while len(self._left) < times:
            self._take(times - len(self._left))
        return fmean(self._left.popleft() for _ in range(times))

    def _take(self, wanted: int) -> None:
        taken_us = self._run(max(wanted, self._next))
        self._ran_at = self._clock()
        self._left.extend(taken_us)
        self._next = min(max(int(RUN_US / fmean(taken_us)), SHORTEST_RUN), LONGEST_RUN)

"""
Energy windows: an operation executed back to back, now for a short while, now for twice as long.

What starting and stopping costs (the first reading, a GPU that wakes up) is in both kinds, so it
leaves with their difference.  Short and long come in pairs, in random order within a pair, so that
warming up does not favour one.  What is left is divided in ``estimate``.
"""

from __future__ import annotations

import random
from time import perf_counter

from profiler.backends.port import Prepared
from profiler.energy.port import Rail
from profiler.measurement import Energy, EnergyWindow

PAIRS = 10
"""Short and long windows each; an interval needs about so many."""

LONG = 2
"""Executions of a long window, in those of a short one."""

UPDATES = 4
"""Updates of the rail a short window lasts at least, where the time allows it."""

MIN_PAIRS = 5
"""Pairs even where the time allows fewer."""


def take_windows(
    prepared: Prepared, rail: Rail, seconds: float, latency_us: float, seed: int = 0
) -> Energy | None:
    """
    Count the energy of executing an operation.

    Args:
        prepared: what is executed.
        rail: what counts.
        seconds: how long to go on, about; longer only for operations of which ``MIN_PAIRS`` pairs
            do not fit.
        latency_us: of one execution.
        seed: of the order within pairs.

    Returns:
        The windows, in the order taken; None where the rail cannot be read, or stopped to be.
    """
    order = random.Random(seed)
    pairs, executions = _sizes(rail, seconds, latency_us)
    windows: list[EnergyWindow] = []
    for _ in range(pairs):
        sizes = [executions, LONG * executions]
        order.shuffle(sizes)
        for size in sizes:
            window = _window(prepared, rail, size, latency_us)
            if window is None:
                return None
            windows.append(window)
    return Energy(rail=rail.name, windows=tuple(windows))


def _sizes(rail: Rail, seconds: float, latency_us: float) -> tuple[int, int]:
    """Return how many pairs, and the executions of a short window."""
    shortest_s = max(UPDATES * rail.update_s, latency_us / 1e6)
    pairs = min(max(int(seconds / (shortest_s * (1 + LONG))), MIN_PAIRS), PAIRS)
    short_s = seconds / (pairs * (1 + LONG))
    return pairs, max(round(short_s * 1e6 / latency_us), 1)


def _window(
    prepared: Prepared, rail: Rail, executions: int, latency_us: float
) -> EnergyWindow | None:
    at_once = max(int(rail.step_s * 1e6 / latency_us), 1)
    before_j, start_s = rail.joules(), perf_counter()
    after_j, left = before_j, executions
    while left and after_j is not None:
        prepared(min(at_once, left))
        left -= min(at_once, left)
        after_j = rail.joules()
    if before_j is None or after_j is None:
        return None
    return EnergyWindow(
        executions=executions, seconds=perf_counter() - start_s, joules=after_j - before_j
    )

"""
Slow drift: what a device's sentinels cost now against what they cost when it was new.  Pure.

A pass is judged by the passes just before it (``profiler.health``), which follow a device that
ages slowly.  Here the latest passes are compared with the first ones since the device was last
called good: by the means of their logarithms, with an interval that allows for what passes always
do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import fmean

from profiler.health import PRIOR_PASSES, PRIOR_SD
from profiler.student import student_quantile

PASSES = 5
"""How many passes, the first and the latest, are compared."""

CONFIDENCE = 0.999
"""Of the interval: sentinels are looked at again and again."""

MATTERS = 0.03
"""Relative movement below which a drift that is certain still is no news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """
    How far a sentinel drifted.

    Args:
        sentinel: its name.
        ratio: of the latest passes to the first.
        low: lower end of its interval.
        high: upper end.
        passes: how many passes there were between the first and the latest, both included.
    """

    sentinel: str
    ratio: float
    low: float
    high: float
    passes: int

    @property
    def drifted(self) -> bool:
        """Whether it moved, and far enough to matter."""
        return not self.low <= 1.0 <= self.high and abs(log(self.ratio)) > log(1 + MATTERS)


def drifts(passes: Sequence[Mapping[str, float]]) -> tuple[Drift, ...]:
    """
    Return how far each sentinel drifted.

    Args:
        passes: of one device in one environment since it was last called good, the oldest first:
            latencies by sentinel, in microseconds.  Sentinels in too few of them are left out.
    """
    names = dict.fromkeys(name for each in passes for name in each)
    known = {name: [log(each[name]) for each in passes if name in each] for name in names}
    return tuple(_drift(name, logs) for name, logs in known.items() if len(logs) >= 2 * PASSES)


def _drift(name: str, logs: Sequence[float]) -> Drift:
    first, latest = logs[:PASSES], logs[-PASSES:]
    squares = sum((x - fmean(part)) ** 2 for part in (first, latest) for x in part)
    degrees = 2 * (PASSES - 1) + PRIOR_PASSES
    variance = (squares + PRIOR_PASSES * PRIOR_SD**2) / degrees
    half = student_quantile((1 + CONFIDENCE) / 2, degrees) * sqrt(variance * 2 / PASSES)
    moved = fmean(latest) - fmean(first)
    return Drift(
        sentinel=name,
        ratio=exp(moved),
        low=exp(moved - half),
        high=exp(moved + half),
        passes=len(logs),
    )

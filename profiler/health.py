"""
Whether a device still is what it was: a pass of the sentinels judged by earlier ones.  Pure.

Passes of one device in one environment are compared by the logarithms of the sentinels'
latencies.  A new pass is expected where a Student predictive interval says: around the mean of
earlier passes, as wide as passes differ.  How much they differ is learnt, beginning from a stated
prior, so that a device with few passes is not accused for what passes always do.

Faster counts as well as slower: either is another device than the one whose table is kept.  A
drift slower than the window of passes is followed, not noticed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import fmean
from typing import Literal

from profiler.measurement import Session
from profiler.measuring.sentinels import SENTINELS
from profiler.operations import operation_key
from profiler.summary import MIN_KEPT_ROUNDS, latency_of, round_medians

HealthVerdict = Literal["good", "suspect", "unknown"]
"""What one pass says: as before, moved, or nothing (nothing to compare with, or disturbed)."""

PRIOR_SD = 0.05
"""Relative standard deviation between passes, before any was seen."""

PRIOR_PASSES = 4
"""How many passes the prior is worth."""

WINDOW = 20
"""How many of the latest passes are compared with."""

STUDENT = (
    *(8.610, 6.869, 5.959, 5.408, 5.041, 4.781, 4.587, 4.437, 4.318, 4.221),
    *(4.140, 4.073, 4.015, 3.965, 3.922, 3.883, 3.850, 3.819, 3.792, 3.768),
)
"""
The 99.95 % quantiles of Student's t for 4 to 23 degrees of freedom: those of the prior and of a
window of passes.  Two-sided 99.9 % for each sentinel.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentinelRatio:
    """
    One sentinel against earlier passes.

    Args:
        sentinel: its name.
        ratio: latency now over the geometric mean of earlier ones.
        low: the smallest ratio that is usual.
        high: the largest.
    """

    sentinel: str
    ratio: float
    low: float
    high: float

    @property
    def moved(self) -> bool:
        """Whether the ratio is unusual."""
        return not self.low <= self.ratio <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    What a pass says of its device.

    Args:
        health: ``suspect`` if any sentinel moved, ``good`` if all were compared and none did.
        reason: in words, with the numbers.
        compared: the sentinels that could be compared.
    """

    health: HealthVerdict
    reason: str
    compared: tuple[SentinelRatio, ...] = ()


def sentinel_latencies(session: Session) -> dict[str, float]:
    """
    Return the latencies of the sentinels of a pass by name, in microseconds.

    Left out is what could not be measured, or not in enough rounds without contention: that is
    said of the neighbours.  Throttled rounds count, for throttling is what a device does.
    """
    names = {operation_key(operation): name for name, operation in SENTINELS.items()}
    latencies = {}
    for measurement in session.measurements:
        name = names.get(operation_key(measurement.operation))
        alone = [part for part in measurement.rounds if part.state != "contended"]
        if name is not None and len(alone) >= MIN_KEPT_ROUNDS:
            latencies[name] = latency_of(round_medians(alone))
    return latencies


def judge(earlier: Sequence[Mapping[str, float]], now: Mapping[str, float]) -> Verdict:
    """
    Return what a pass says.

    Args:
        earlier: passes of the same device in the same environment that were not suspect, the
            oldest first: latencies by sentinel, in microseconds.
        now: the new pass.
    """
    passes = earlier[-WINDOW:]
    known = {name: [log(each[name]) for each in passes if name in each] for name in SENTINELS}
    history = {name: logs for name, logs in known.items() if logs}
    if not history:
        return _first(now)
    compared = _compare(history, now)
    moved = [each for each in compared if each.moved]
    if moved:
        return Verdict(health="suspect", reason=_accusation(moved, len(passes)), compared=compared)
    absent = sorted(history.keys() - now.keys())
    if absent:
        return Verdict(health="unknown", reason=_disturbed(absent), compared=compared)
    ratios = ", ".join(f"{each.sentinel} {each.ratio:.2f}" for each in compared)
    reason = f"as in {_passes(len(passes))}: {ratios} times the usual"
    return Verdict(health="good", reason=reason, compared=compared)


def _compare(
    history: Mapping[str, Sequence[float]], now: Mapping[str, float]
) -> tuple[SentinelRatio, ...]:
    sd, quantile = _between_passes(history)
    compared = []
    for name, logs in history.items():
        if name in now:
            half = quantile * sd * sqrt(1 + 1 / len(logs))
            ratio = exp(log(now[name]) - fmean(logs))
            usual = {"low": exp(-half), "high": exp(half)}
            compared.append(SentinelRatio(sentinel=name, ratio=ratio, **usual))
    return tuple(compared)


def _between_passes(history: Mapping[str, Sequence[float]]) -> tuple[float, float]:
    """
    Return the standard deviation between passes, shared over sentinels, and Student's quantile.

    The sentinels of a pass move together, so they add precision but no degrees of freedom.
    """
    spare = max(len(logs) for logs in history.values()) - 1
    squares = [(x - fmean(logs)) ** 2 for logs in history.values() for x in logs]
    freedom = len(squares) - len(history)
    seen = sum(squares) / freedom if freedom else 0.0
    variance = (PRIOR_PASSES * PRIOR_SD**2 + spare * seen) / (PRIOR_PASSES + spare)
    return sqrt(variance), STUDENT[spare]


def _first(now: Mapping[str, float]) -> Verdict:
    if not now:
        return Verdict(health="unknown", reason=_disturbed(sorted(SENTINELS)))
    return Verdict(
        health="unknown",
        reason="the first pass in this environment: the next ones are compared with it",
    )


def _accusation(moved: Sequence[SentinelRatio], passes: int) -> str:
    told = "; ".join(
        f"{each.sentinel} takes {each.ratio:.2f} times the usual, which is "
        f"{each.low:.2f} - {each.high:.2f}"
        for each in sorted(moved, key=lambda each: -abs(log(each.ratio)))
    )
    return f"{told} in {_passes(passes)}"


def _disturbed(absent: Sequence[str]) -> str:
    return (
        f"not judged: {', '.join(absent)} not measured in {MIN_KEPT_ROUNDS} rounds without "
        "contention"
    )


def _passes(count: int) -> str:
    return f"{count} earlier pass{'es' if count > 1 else ''}"

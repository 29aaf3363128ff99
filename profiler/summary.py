"""
Statistics of samples: latency, interval, noise.  Pure functions of numbers.

Contention only ever adds time, and it comes in bursts longer than a short operation and shorter
than a session.  The median of all samples therefore moves with the neighbours, and the minimum
flatters short operations, which can fall between two bursts where a network cannot.  The latency
of a row is the lower quartile of the medians of its rounds (docs/measuring.md compares them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiler.measurement import Measurement, Round

LATENCY_QUANTILE = 0.25
"""Which quantile of the round medians is the latency."""

MIN_KEPT_ROUNDS = 3
"""Fewer good rounds than this say less than all rounds together, good and bad."""

ENOUGH_SAMPLES = {90: 64, 99: 662}
"""By percentile, how many samples there must be."""

RESAMPLES = 400
CONFIDENCE = 0.90

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """
    What samples say.

    Args:
        latency_us: lower quartile of the round medians.
        low_us: lower end of its 90 % bootstrap interval over rounds.
        high_us: upper end.
        median_us: median of all kept samples.
        iqr_us: their interquartile range.
        samples: how many were kept.
        rounds: in how many rounds.
        excluded_rounds: rounds whose conditions were bad and that were left out.
    """

    latency_us: float
    low_us: float
    high_us: float
    median_us: float
    iqr_us: float
    samples: int
    rounds: int
    excluded_rounds: int


def good_rounds(rounds: Sequence[Round]) -> list[Round]:
    """Return the rounds not marked contended or throttled."""
    return [part for part in rounds if part.state in ("clean", "unverified")]


def is_suspect(rounds: Sequence[Round]) -> bool:
    """Return whether too few rounds were undisturbed to say what the operation costs."""
    return len(good_rounds(rounds)) < MIN_KEPT_ROUNDS


def kept_rounds(rounds: Sequence[Round]) -> list[Round]:
    """Return the good rounds; all if fewer than 3 are good."""
    good = good_rounds(rounds)
    return good if len(good) >= MIN_KEPT_ROUNDS else list(rounds)


def round_medians(rounds: Sequence[Round]) -> Array:
    """Return the median of each round, in microseconds."""
    return np.array([float(np.median(part.samples_us)) for part in rounds])


def kept_medians(rounds: Sequence[Round]) -> Array:
    """Return the median of each round that is kept, in microseconds."""
    return round_medians(kept_rounds(rounds))


def latency_of(medians: Array) -> float:
    """Return the latency that round medians amount to, in microseconds."""
    return float(np.quantile(medians, LATENCY_QUANTILE))


def bootstrap(medians: Array) -> Array:
    """Return the latencies of resampled rounds; the same rounds give the same answer."""
    generator = np.random.default_rng(len(medians))
    picks = generator.integers(0, len(medians), size=(RESAMPLES, len(medians)))
    resampled: Array = np.quantile(medians[picks], LATENCY_QUANTILE, axis=1)
    return resampled


def interval(latencies: Array) -> tuple[float, float]:
    """Return the 90 % interval of bootstrapped latencies, in microseconds."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(latencies, (tail, 1 - tail))
    return float(low), float(high)


def percentile_us(samples_us: Sequence[float], percent: int) -> float | None:
    """
    Return a percentile of samples, in microseconds; None where there are too few to know it.

    No valid p90 comes from fewer than 64 samples and no valid p99 from fewer than 662 (MLPerf
    inference rules, early stopping at 99 % confidence).
    """
    if len(samples_us) < ENOUGH_SAMPLES[percent]:
        return None
    return float(np.percentile(samples_us, percent))


def summarise(measurement: Measurement) -> Summary:
    """Return what the samples of *measurement* say."""
    kept = kept_rounds(measurement.rounds)
    samples = np.concatenate([part.samples_us for part in kept])
    medians = round_medians(kept)
    low, high = interval(bootstrap(medians))
    first, middle, third = np.quantile(samples, (0.25, 0.5, 0.75))
    return Summary(
        latency_us=latency_of(medians),
        low_us=low,
        high_us=high,
        median_us=float(middle),
        iqr_us=float(third - first),
        samples=len(samples),
        rounds=len(kept),
        excluded_rounds=len(measurement.rounds) - len(kept),
    )

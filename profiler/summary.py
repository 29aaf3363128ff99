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
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from profiler.measurement import Measurement, Round
from profiler.quantiles import median, quantile, quantiles_along

LATENCY_QUANTILE = 0.25
"""Which quantile of the round medians is the latency."""

MIN_KEPT_ROUNDS = 3
"""Fewer good rounds than this say less than all rounds together, good and bad."""

ENOUGH_SAMPLES = {90: 64, 99: 662}
"""By percentile, how many samples there must be."""

RESAMPLES = 400
RESAMPLED_AT_ONCE = 1_000_000
"""Numbers held while many rows are resampled; 8 MB."""

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
    return np.array([median(part.samples_us) for part in rounds])


def kept_medians(rounds: Sequence[Round]) -> Array:
    """Return the median of each round that is kept, in microseconds."""
    return round_medians(kept_rounds(rounds))


def latency_of(medians: Array) -> float:
    """Return the latency that round medians amount to, in microseconds."""
    return quantile(medians.tolist(), LATENCY_QUANTILE)


def bootstrap(medians: Array) -> Array:
    """Return the latencies of resampled rounds; the same rounds give the same answer."""
    resampled: Array = bootstraps(medians[np.newaxis])[0]
    return resampled


def bootstraps(medians: Array) -> Array:
    """
    Return what ``bootstrap`` returns for many rows of equally many rounds.

    Args:
        medians: of the rounds of each row; shape (rows, rounds).

    Returns:
        Resampled latencies of each row; shape (rows, ``RESAMPLES``).
    """
    rows, rounds = medians.shape
    picks = _picks(rounds)
    resampled = np.empty((rows, RESAMPLES))
    at_once = max(1, RESAMPLED_AT_ONCE // picks.size)
    for first in range(0, rows, at_once):
        some = slice(first, first + at_once)
        resampled[some] = quantiles_along(medians[some][:, picks], LATENCY_QUANTILE)
    return resampled


@lru_cache(maxsize=64)
def _picks(rounds: int) -> NDArray[np.int64]:
    """Return which rounds each resample is of; the same for all rows of so many."""
    generator = np.random.default_rng(rounds)
    return generator.integers(0, rounds, size=(RESAMPLES, rounds))


def interval(latencies: Array) -> tuple[float, float]:
    """Return the 90 % interval of bootstrapped latencies, in microseconds."""
    low, high = intervals(latencies[np.newaxis])[0]
    return float(low), float(high)


def intervals(latencies: Array) -> Array:
    """Return the 90 % interval of each row of bootstrapped latencies; shape (rows, 2)."""
    tail = (1 - CONFIDENCE) / 2
    return np.stack([quantiles_along(latencies, share) for share in (tail, 1 - tail)], axis=1)


def percentile_us(samples_us: Sequence[float], percent: int) -> float | None:
    """
    Return a percentile of samples, in microseconds; None where there are too few to know it.

    No valid p90 comes from fewer than 64 samples and no valid p99 from fewer than 662 (MLPerf
    inference rules, early stopping at 99 % confidence).
    """
    if len(samples_us) < ENOUGH_SAMPLES[percent]:
        return None
    return quantile(samples_us, percent / 100)


def summarise(measurement: Measurement) -> Summary:
    """Return what the samples of *measurement* say."""
    kept, gone = kept_rounds(measurement.rounds), measurement.thinned
    samples = np.concatenate([part.samples_us for part in kept])
    medians = round_medians(kept)
    low, high = interval(bootstrap(medians))
    first, middle, third = np.quantile(samples, (0.25, 0.5, 0.75))
    return Summary(
        latency_us=latency_of(medians),
        low_us=low,
        high_us=high,
        median_us=gone.median_us if gone else float(middle),
        iqr_us=gone.iqr_us if gone else float(third - first),
        samples=gone.kept_samples if gone else len(samples),
        rounds=len(kept),
        excluded_rounds=len(measurement.rounds) - len(kept),
    )

"""
Samples let go by a store that keeps them for a time only.

A thinned measurement keeps the median of every round, which is all that latencies and intervals
are made of, so these do not change.  What is of the samples themselves was computed before they
went (``profiler.measurement.Thinned``); of several sessions together it is no longer known where
one of them is thinned, and is then absent, never wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from profiler.measurement import Measurement, Round, Thinned
from profiler.summary import kept_rounds, percentile_us, round_medians, summarise


def thin(measurement: Measurement, at: str) -> Measurement:
    """
    Return *measurement* with the median of each round in place of its samples.

    One that is thinned already comes back as it is.

    Args:
        measurement: any.
        at: the moment, UTC, ISO 8601.
    """
    if measurement.thinned is not None:
        return measurement
    summary, samples_us = summarise(measurement), _kept_samples_us(measurement)
    every = (*measurement.rounds, *measurement.cold)
    return replace(
        measurement,
        rounds=_medians_of(measurement.rounds),
        cold=_medians_of(measurement.cold),
        thinned=Thinned(
            at=at,
            samples=sum(len(part.samples_us) for part in every),
            kept_samples=summary.samples,
            median_us=summary.median_us,
            iqr_us=summary.iqr_us,
            p90_us=percentile_us(samples_us, 90),
            p99_us=percentile_us(samples_us, 99),
        ),
    )


def sample_count(measurement: Measurement) -> int:
    """Return how many samples its latency rests on, gone or not."""
    if measurement.thinned is not None:
        return measurement.thinned.kept_samples
    return len(_kept_samples_us(measurement))


def pooled_percentile_us(measurements: Sequence[Measurement], percent: int) -> float | None:
    """
    Return a percentile, 90 or 99, of the samples of several measurements together.

    None where there are too few, and where samples of one of several are gone.
    """
    gone = [measurement.thinned for measurement in measurements if measurement.thinned]
    if not gone:
        every = [sample for m in measurements for sample in _kept_samples_us(m)]
        return percentile_us(every, percent)
    if len(measurements) > 1:
        return None
    return gone[0].p90_us if percent == 90 else gone[0].p99_us


def _kept_samples_us(measurement: Measurement) -> list[float]:
    return [sample for part in kept_rounds(measurement.rounds) for sample in part.samples_us]


def _medians_of(rounds: Sequence[Round]) -> tuple[Round, ...]:
    medians = round_medians(rounds)
    return tuple(
        replace(part, samples_us=(float(median),))
        for part, median in zip(rounds, medians, strict=True)
    )

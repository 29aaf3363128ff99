"""
From measurements to the entries of a table.

An operation was measured embedded in its border; its row is the difference of the two latencies,
and its interval is that of the difference.  All sessions of an operation are pooled by round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from profiler.measurement import Measurement, Round
from profiler.operations import Operation, border_of, operation_key
from profiler.summary import Array, bootstrap, interval, kept_rounds, latency_of, round_medians
from profiler.table import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pooled:
    operation: Operation
    medians: Array
    latencies: Array
    samples: int
    bad_rounds: int
    ids: tuple[str, ...]


def tabulate(measurements: Iterable[Measurement]) -> tuple[Entry, ...]:
    """
    Return one entry for each operation whose border, where it has one, was measured too.

    Args:
        measurements: of one device model in one environment, any number of sessions.
    """
    by_key: dict[str, list[Measurement]] = {}
    for measurement in measurements:
        by_key.setdefault(operation_key(measurement.operation), []).append(measurement)
    pooled = {key: _pool(group) for key, group in by_key.items()}
    entries = []
    for key in sorted(pooled):
        border = border_of(pooled[key].operation)
        if border is None:
            entries.append(_entry(pooled[key], None))
        elif operation_key(border) in pooled:
            entries.append(_entry(pooled[key], pooled[operation_key(border)]))
    return tuple(entries)


def _pool(measurements: list[Measurement]) -> _Pooled:
    every: list[Round] = [part for m in measurements for part in m.rounds]
    kept = kept_rounds(every)
    medians = round_medians(kept)
    return _Pooled(
        operation=measurements[0].operation,
        medians=medians,
        latencies=bootstrap(medians),
        samples=sum(len(part.samples_us) for part in kept),
        bad_rounds=sum(part.state in ("contended", "throttled") for part in every),
        ids=tuple(m.id for m in measurements),
    )


def _entry(pooled: _Pooled, border: _Pooled | None) -> Entry:
    border_us = latency_of(border.medians) if border else 0.0
    latency_us = latency_of(pooled.medians) - border_us
    low_us, high_us = interval(_spread(pooled, border))
    warnings = [f"contended: {pooled.bad_rounds} of its rounds"] if pooled.bad_rounds else []
    if latency_us <= 0:
        warnings.append("below_border")
    return Entry(
        operation=pooled.operation,
        latency_us=max(latency_us, 0.0),
        low_us=max(low_us, 0.0),
        high_us=max(high_us, latency_us, 0.0),
        border_us=border_us,
        samples=pooled.samples,
        measurement_ids=(*pooled.ids, *(border.ids if border else ())),
        warnings=tuple(warnings),
    )


def _spread(pooled: _Pooled, border: _Pooled | None) -> Array:
    """Return resampled latencies of the row; the border's are shuffled, to be independent."""
    if border is None:
        return pooled.latencies
    shuffled: Array = np.random.default_rng(0).permutation(border.latencies)
    return pooled.latencies - shuffled

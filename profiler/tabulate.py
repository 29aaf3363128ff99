"""
From measurements to the entries of a table.

An operation was measured embedded in its border; its row is the difference of the two latencies
in one session, where both shared whatever that session was like.  Several sessions give a mean
and the spread between them (``profiler.spread``); one gives an interval over its rounds and says
that it saw no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot
from operator import attrgetter

import numpy as np

from profiler.energy.estimate import millijoules
from profiler.measurement import Measurement
from profiler.operations import Operation, border_of, operation_key
from profiler.spread import Units, intervals_us
from profiler.summary import (
    RESAMPLES,
    Array,
    bootstraps,
    intervals,
    is_suspect,
    kept_medians,
    latency_of,
)
from profiler.table import Entry, Level, Quantity
from profiler.thinning import pooled_percentile_us, sample_count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Medians:
    """The medians of the kept rounds of an operation, and of its border where it has one."""

    probe: Array
    border: Array | None

    @property
    def probe_us(self) -> float:
        return latency_of(self.probe)

    @property
    def border_us(self) -> float:
        return 0.0 if self.border is None else latency_of(self.border)


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """An operation in one session, with its border where it has one."""

    probe: Measurement
    border: Measurement | None

    @cached_property
    def suspect(self) -> bool:
        return any(is_suspect(m.rounds) for m in self.measurements)

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        return (self.probe,) if self.border is None else (self.probe, self.border)

    @cached_property
    def hot(self) -> _Medians:
        border = None if self.border is None else kept_medians(self.border.rounds)
        return _Medians(probe=kept_medians(self.probe.rounds), border=border)

    @cached_property
    def cold(self) -> _Medians:
        border = None if self.border is None else kept_medians(self.border.cold)
        return _Medians(probe=kept_medians(self.probe.cold), border=border)


Part = Callable[[_Seen], _Medians]
"""Which rounds of an operation: the hot or the cold ones."""

_HOT: Part = attrgetter("hot")
_COLD: Part = attrgetter("cold")


def tabulate(sessions: Iterable[Sequence[Measurement]]) -> tuple[Entry, ...]:
    """
    Return one entry for each operation whose border, where it has one, was measured too.

    Args:
        sessions: the measurements of each session, of one device model in one environment.
    """
    seen = _seen(list(sessions))
    hot = _quantities(seen, _HOT)
    cold = _quantities(
        {key: [s for s in of if all(m.cold for m in s.measurements)] for key, of in seen.items()},
        _COLD,
    )
    return tuple(_entry(seen[key], hot[key], cold.get(key)) for key in sorted(seen))


def _seen(sessions: Sequence[Sequence[Measurement]]) -> dict[str, list[_Seen]]:
    """Return the sessions of each operation; the suspect ones only where there are no others."""
    anywhere = {operation_key(m.operation): m for session in sessions for m in session}
    seen: dict[str, list[_Seen]] = {}
    for session in sessions:
        here = {operation_key(m.operation): m for m in session}
        for key, probe in here.items():
            border = border_of(probe.operation)
            found = None if border is None else _find(border, here, anywhere)
            if border is None or found is not None:
                seen.setdefault(key, []).append(_Seen(probe=probe, border=found))
    return {key: [s for s in of if not s.suspect] or of for key, of in seen.items()}


def _find(
    border: Operation, here: Mapping[str, Measurement], anywhere: Mapping[str, Measurement]
) -> Measurement | None:
    key = operation_key(border)
    return here.get(key) or anywhere.get(key)


def _quantities(seen: Mapping[str, Sequence[_Seen]], part: Part) -> dict[str, Quantity]:
    """Return latency and interval of every row, in microseconds."""
    units = {key: _units(of, part) for key, of in seen.items() if of}
    ends = intervals_us(units)
    alone = [key for key in units if key not in ends]
    ends |= zip(alone, _bootstrapped([part(seen[key][0]) for key in alone]), strict=True)
    return {key: _not_negative(row.mean_us, *ends[key]) for key, row in units.items()}


def _bootstrapped(rows: Sequence[_Medians]) -> list[tuple[float, float]]:
    """Return the interval of each row over the rounds of its one session."""
    if not rows:
        return []
    latencies = _resampled([row.probe for row in rows])
    bordered = [index for index, row in enumerate(rows) if row.border is not None]
    borders = _resampled([row.border for row in rows if row.border is not None])
    # a border's are shuffled, to be independent of the probe's
    shuffled = np.random.default_rng(0).permutation(RESAMPLES)
    latencies[bordered] -= borders[:, shuffled]
    return [(low, high) for low, high in intervals(latencies).tolist()]


def _resampled(rows: Sequence[Array]) -> Array:
    """Return resampled latencies of each row; those of equally many rounds at once."""
    resampled = np.empty((len(rows), RESAMPLES))
    lengths = np.array([len(row) for row in rows])
    for length in set(lengths.tolist()):
        (of,) = np.nonzero(lengths == length)
        resampled[of] = bootstraps(np.stack([rows[index] for index in of.tolist()]))
    return resampled


def _units(seen: Sequence[_Seen], part: Part) -> Units:
    """Return one latency for each build where several were seen, else for each session."""
    parts = [part(s) for s in seen]
    probes_us = [medians.probe_us for medians in parts]
    by_build: dict[str, list[float]] = {}
    for s, medians, probe_us in zip(seen, parts, probes_us, strict=True):
        by_build.setdefault(_build_id(s), []).append(probe_us - medians.border_us)
    means = [_mean(latencies) for latencies in by_build.values()]
    values = means if len(means) > 1 else next(iter(by_build.values()))
    return Units(values_us=tuple(values), scale_us=_mean(probes_us))


def _mean(values: Sequence[float]) -> float:
    return values[0] if len(values) == 1 else float(np.mean(values))


def _build_id(seen: _Seen) -> str:
    return "" if seen.probe.build is None else seen.probe.build.id


def _unseen(seen: Sequence[_Seen]) -> tuple[Level, ...]:
    several_builds = len({_build_id(s) for s in seen}) > 1
    levels: list[Level] = [] if several_builds or len(seen) > 1 else ["session"]
    if any(s.probe.build for s in seen) and not several_builds:
        levels.append("build")
    return tuple(levels)


def _not_negative(latency_us: float, low_us: float, high_us: float) -> Quantity:
    value = max(latency_us, 0.0)
    return Quantity(value=value, low=max(low_us, 0.0), high=max(high_us, value))


def _entry(seen: Sequence[_Seen], hot: Quantity, cold: Quantity | None) -> Entry:
    loops = max(s.probe.inner_loops for s in seen)
    return Entry(
        operation=seen[0].probe.operation,
        latency_us=hot.value,
        low_us=hot.low,
        high_us=hot.high,
        border_us=_mean([s.hot.border_us for s in seen]),
        value_kind="suspect" if any(s.suspect for s in seen) else "measured",
        samples=sum(sample_count(s.probe) for s in seen),
        inner_loops=loops,
        sessions=len(seen),
        unseen=_unseen(seen),
        p90_us=pooled_percentile_us([s.probe for s in seen], 90) if loops == 1 else None,
        p99_us=pooled_percentile_us([s.probe for s in seen], 99) if loops == 1 else None,
        cold_us=cold,
        energy_mj=_energy_mj(seen),
        peak_memory_bytes=_peak_memory_bytes(seen),
        kernels=_kernels(seen),
        measurement_ids=tuple(dict.fromkeys(m.id for s in seen for m in s.measurements)),
        warnings=_warnings(seen, hot),
    )


def _energy_mj(seen: Sequence[_Seen]) -> Quantity | None:
    """Return the energy of one execution in the newest session that could read it."""
    for s in reversed(seen):
        if all(m.energy for m in s.measurements):
            probe, *border = [millijoules(m.energy) for m in s.measurements if m.energy]
            return _difference(probe, border[0]) if border else probe
    return None


def _difference(whole: Quantity, part: Quantity) -> Quantity:
    """Return whole less part; the two are independent, so half widths add as squares."""
    value = whole.value - part.value
    return Quantity(
        value=value,
        low=value - hypot(whole.value - whole.low, part.high - part.value),
        high=value + hypot(whole.high - whole.value, part.value - part.low),
    )


def _peak_memory_bytes(seen: Sequence[_Seen]) -> int | None:
    told = [s.probe.peak_memory_bytes for s in seen if s.probe.peak_memory_bytes is not None]
    return max(told, default=None)


def _kernels(seen: Sequence[_Seen]) -> int | None:
    """Return the kernels of the operation without its border's, as the newest session tells."""
    for s in reversed(seen):
        told = [m.kernels for m in s.measurements if m.kernels is not None]
        if len(told) == len(s.measurements):
            return told[0] - sum(told[1:])
    return None


def _warnings(seen: Sequence[_Seen], hot: Quantity) -> tuple[str, ...]:
    states = [part.state for s in seen for part in s.probe.rounds]
    named = [
        f"{state}: {states.count(state)} of its rounds"
        for state in ("contended", "throttled")
        if state in states
    ]
    if hot.value <= 0:
        named.append("below_border")
    return tuple(named)

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
from math import hypot

import numpy as np

from profiler.energy.estimate import millijoules
from profiler.measurement import Measurement, Round
from profiler.operations import Operation, border_of, operation_key
from profiler.spread import Units, intervals_us
from profiler.summary import (
    Array,
    bootstrap,
    interval,
    is_suspect,
    kept_medians,
    kept_rounds,
    latency_of,
    percentile_us,
)
from profiler.table import Entry, Level, Quantity

Part = Callable[[Measurement], Sequence[Round]]
"""Which rounds of a measurement: the hot or the cold ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """An operation in one session, with its border where it has one."""

    probe: Measurement
    border: Measurement | None

    @property
    def suspect(self) -> bool:
        return any(is_suspect(m.rounds) for m in self.measurements)

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        return (self.probe,) if self.border is None else (self.probe, self.border)

    def border_us(self, part: Part) -> float:
        return 0.0 if self.border is None else _latency_us(part(self.border))

    def latency_us(self, part: Part) -> float:
        return _latency_us(part(self.probe)) - self.border_us(part)

    def resampled_us(self, part: Part) -> Array:
        """Return resampled latencies; the border's are shuffled, to be independent."""
        probe = bootstrap(kept_medians(part(self.probe)))
        if self.border is None:
            return probe
        border = bootstrap(kept_medians(part(self.border)))
        shuffled: Array = np.random.default_rng(0).permutation(border)
        return probe - shuffled


def tabulate(sessions: Iterable[Sequence[Measurement]]) -> tuple[Entry, ...]:
    """
    Return one entry for each operation whose border, where it has one, was measured too.

    Args:
        sessions: the measurements of each session, of one device model in one environment.
    """
    seen = _seen(list(sessions))
    hot = _quantities(seen, _hot)
    cold = _quantities(
        {key: [s for s in of if all(m.cold for m in s.measurements)] for key, of in seen.items()},
        _cold,
    )
    return tuple(_entry(seen[key], hot[key], cold.get(key)) for key in sorted(seen))


def _hot(measurement: Measurement) -> Sequence[Round]:
    return measurement.rounds


def _cold(measurement: Measurement) -> Sequence[Round]:
    return measurement.cold


def _latency_us(rounds: Sequence[Round]) -> float:
    return latency_of(kept_medians(rounds))


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
    wide = intervals_us(units)
    quantities = {}
    for key, row in units.items():
        ends = wide.get(key) or interval(seen[key][0].resampled_us(part))
        quantities[key] = _not_negative(row.mean_us, *ends)
    return quantities


def _units(seen: Sequence[_Seen], part: Part) -> Units:
    """Return one latency for each build where several were seen, else for each session."""
    scale_us = float(np.mean([_latency_us(part(s.probe)) for s in seen]))
    by_build: dict[str, list[float]] = {}
    for s in seen:
        by_build.setdefault(_build_id(s), []).append(s.latency_us(part))
    means = [float(np.mean(latencies)) for latencies in by_build.values()]
    values = means if len(means) > 1 else next(iter(by_build.values()))
    return Units(values_us=tuple(values), scale_us=scale_us)


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
    rounds = [part for s in seen for part in kept_rounds(s.probe.rounds)]
    loops = max(s.probe.inner_loops for s in seen)
    samples_us = [sample for part in rounds for sample in part.samples_us]
    return Entry(
        operation=seen[0].probe.operation,
        latency_us=hot.value,
        low_us=hot.low,
        high_us=hot.high,
        border_us=float(np.mean([s.border_us(_hot) for s in seen])),
        value_kind="suspect" if any(s.suspect for s in seen) else "measured",
        samples=len(samples_us),
        inner_loops=loops,
        sessions=len(seen),
        unseen=_unseen(seen),
        p90_us=percentile_us(samples_us, 90) if loops == 1 else None,
        p99_us=percentile_us(samples_us, 99) if loops == 1 else None,
        cold_us=cold,
        energy_mj=_energy_mj(seen),
        peak_memory_bytes=_peak_memory_bytes(seen),
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

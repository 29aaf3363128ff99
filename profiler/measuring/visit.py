"""One operation while it is measured: warm-up, calibration, and its visit in each round."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil
from time import perf_counter
from uuid import uuid4

from profiler.backends.port import Prepared
from profiler.measurement import ConditionState, Energy, Measurement, Round, StopReason, Timer
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.stopping import StoppingRule
from profiler.operations import Operation

STABLE = 0.05
"""Relative difference of two successive executions at which an operation counts as warm."""

CLOCK_STEPS = 1_000
"""How many times what the clock cannot see, or costs, a sample lasts at least."""


@dataclass(slots=True, kw_only=True)
class Stopwatch:
    """Seconds spent warming up and inside samples, over all operations."""

    warm_up: float = 0.0
    timed: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """What one visit took: hot samples, and cold ones where the plan asks for them."""

    hot_us: tuple[float, ...]
    cold_us: tuple[float, ...] = ()


@dataclass(slots=True, kw_only=True)
class Visited:
    """
    An operation being measured.

    Args:
        operation: what is measured.
        prepared: how.
        plan: when there is enough.
        timer: what the clock can see.
        watch: where the time is added up.
    """

    operation: Operation
    prepared: Prepared
    plan: MeasurementPlan
    timer: Timer
    watch: Stopwatch
    rounds: list[Round] = field(default_factory=list)
    cold: list[Round] = field(default_factory=list)
    warmups: int = 0
    inner_loops: int = 1
    samples: int = 1
    stop_reason: StopReason | None = None
    energy: Energy | None = None
    _rule: StoppingRule = field(init=False)

    def __post_init__(self) -> None:
        self._rule = StoppingRule(self.plan)

    def warm_up(self) -> None:
        """Execute until two successive latencies agree, then fix the length of a sample."""
        latency_us = self._discard()
        while self.warmups < self.plan.max_warmups:
            previous_us, latency_us = latency_us, self._discard()
            if abs(latency_us - previous_us) <= STABLE * previous_us:
                break
        self.inner_loops = ceil(self._shortest_sample_us() / latency_us)
        fitting = int(self.plan.visit_us / (latency_us * self.inner_loops))
        self.samples = min(max(fitting, self.plan.min_samples), self.plan.max_samples)

    def sample(self) -> Samples:
        """Take one visit's samples, after one execution that brings the caches back."""
        self._discard()
        start = perf_counter()
        hot_us = tuple(self.prepared(self.inner_loops) for _ in range(self.samples))
        self.watch.timed += perf_counter() - start
        return Samples(hot_us=hot_us, cold_us=self._cold())

    def keep(self, samples: Samples, state: ConditionState) -> None:
        """Add a round and ask the stopping rule."""
        self.rounds.append(Round(samples_us=samples.hot_us, state=state))
        if samples.cold_us:
            self.cold.append(Round(samples_us=samples.cold_us, state=state))
        self.stop_reason = self._rule.reason(self.rounds)

    def mark(self, number: int, state: ConditionState) -> None:
        """Change what is thought of a round, counted from 0, hot and cold."""
        self.rounds[number] = replace(self.rounds[number], state=state)
        if self.cold:
            self.cold[number] = replace(self.cold[number], state=state)

    def measurement(self, otherwise: StopReason) -> Measurement:
        """Return what was measured; *otherwise* is why it ended if no rule of its own fired."""
        return Measurement(
            id=str(uuid4()),
            operation=self.operation,
            rounds=tuple(self.rounds),
            warmups=self.warmups,
            inner_loops=self.inner_loops,
            stop_reason=self.stop_reason or otherwise,
            cold=tuple(self.cold),
            build=self.prepared.build,
            energy=self.energy,
            peak_memory_bytes=self.prepared.peak_memory_bytes,
            kernels=self.prepared.kernels,
        )

    def _shortest_sample_us(self) -> float:
        unseen_us = max(self.timer.resolution_us, self.timer.overhead_us)
        return max(self.plan.min_sample_us, CLOCK_STEPS * unseen_us)

    def _cold(self) -> tuple[float, ...]:
        """Take cold samples: flushed, then one execution, as often as the plan says."""
        flush = self.prepared.flush
        if flush is None or not self.plan.cold_samples:
            return ()
        taken_us = []
        for _ in range(self.plan.cold_samples):
            flush()
            taken_us.append(self.prepared(1))
        return tuple(taken_us)

    def _discard(self) -> float:
        start = perf_counter()
        latency_us = self.prepared(1)
        self.watch.warm_up += perf_counter() - start
        self.warmups += 1
        return latency_us

"""One operation while it is measured: warm-up, calibration, and its visit in each round."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from time import perf_counter
from uuid import uuid4

from profiler.backends.port import Execute
from profiler.measurement import ConditionState, Measurement, Round, StopReason
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.stopping import StoppingRule
from profiler.operations import Operation

STABLE = 0.05
"""Relative difference of two successive executions at which an operation counts as warm."""


@dataclass(slots=True, kw_only=True)
class Stopwatch:
    """Seconds spent warming up and inside samples, over all operations."""

    warm_up: float = 0.0
    timed: float = 0.0


@dataclass(slots=True, kw_only=True)
class Visited:
    """
    An operation being measured.

    Args:
        operation: what is measured.
        execute: how.
        plan: when there is enough.
        watch: where the time is added up.
    """

    operation: Operation
    execute: Execute
    plan: MeasurementPlan
    watch: Stopwatch
    rounds: list[Round] = field(default_factory=list)
    warmups: int = 0
    inner_loops: int = 1
    samples: int = 1
    stop_reason: StopReason | None = None
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
        self.inner_loops = ceil(self.plan.min_sample_us / latency_us)
        fitting = int(self.plan.visit_us / (latency_us * self.inner_loops))
        self.samples = min(max(fitting, self.plan.min_samples), self.plan.max_samples)

    def sample(self) -> tuple[float, ...]:
        """Take one visit's samples, after one execution that brings the caches back."""
        self._discard()
        start = perf_counter()
        samples = tuple(self.execute(self.inner_loops) for _ in range(self.samples))
        self.watch.timed += perf_counter() - start
        return samples

    def keep(self, samples_us: tuple[float, ...], state: ConditionState) -> None:
        """Add a round and ask the stopping rule."""
        self.rounds.append(Round(samples_us=samples_us, state=state))
        self.stop_reason = self._rule.reason(self.rounds)

    def measurement(self, otherwise: StopReason) -> Measurement:
        """Return what was measured; *otherwise* is why it ended if no rule of its own fired."""
        return Measurement(
            id=str(uuid4()),
            operation=self.operation,
            rounds=tuple(self.rounds),
            warmups=self.warmups,
            inner_loops=self.inner_loops,
            stop_reason=self.stop_reason or otherwise,
        )

    def _discard(self) -> float:
        start = perf_counter()
        latency_us = self.execute(1)
        self.watch.warm_up += perf_counter() - start
        self.warmups += 1
        return latency_us

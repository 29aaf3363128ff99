"""
The measuring loop: rounds over all operations in random order, with a sentinel in every round.

Interleaving spreads a burst of contention over all operations instead of spoiling one, and makes
sums of rows comparable with networks measured in the same session.  Nothing but the operation
runs inside a sample; whoever wants to know how far it is, is called between visits.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from time import perf_counter
from uuid import uuid4

import numpy as np

from profiler.backends.port import Backend
from profiler.device import Device
from profiler.errors import BackendFailed, HnaError, OperationUnsupported
from profiler.measurement import ConditionState, Costs, Gap, Session, StopReason
from profiler.measuring.contention import MAX_OTHERS, ContentionMeter, Meter, Undisturbed
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.software import software_versions
from profiler.measuring.visit import Stopwatch, Visited
from profiler.operations import Operation, ResidualConv, border_of, operation_key
from profiler.platforms.conditions import read_conditions

SENTINEL: Operation = ResidualConv(channels_in=16, channels_out=16, height=64, width=64)
"""Measured at the start of every round of every session, on every device."""

MAX_SENTINEL_MOVEMENT = 0.10
"""Relative interquartile range of the sentinel above which a session is doubted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """
    How far a session is.

    Args:
        phase: ``build``, ``warm_up`` or ``rounds``.
        done: visits finished in this phase.
        total: visits this phase will have at most.
        round: the round, from 1; 0 before the first.
    """

    phase: str
    done: int
    total: int
    round: int


OnProgress = Callable[[Progress], None]
"""Called between visits, outside every sample; may raise to abort the session."""


def measure(
    operations: Sequence[Operation],
    backend: Backend,
    device: Device,
    plan: MeasurementPlan,
    *,
    on_round: OnProgress = lambda _: None,
    meter: Meter | None = None,
) -> Session:
    """
    Measure *operations* and the borders they need, each once, whatever their order.

    Args:
        operations: what to measure.
        backend: on what.
        device: who is being measured, for the record.
        plan: when there is enough.
        on_round: is told how far the session is, after every visit.
        meter: judges contention; unless given, the kernel's counters, and none for a simulated
            device.

    Returns:
        The session, with a gap for every operation the backend could not build.

    Raises:
        HnaError: there is nothing to measure.
        BackendFailed: the sentinel itself could not be built.
    """
    wanted = with_borders(operations)
    if not wanted:
        raise HnaError("there is no operation to measure; name at least one")
    meter = meter or (Undisturbed() if device.simulated else ContentionMeter())
    watch = Stopwatch()
    before = read_conditions()
    start = perf_counter()
    with ExitStack() as stack:
        sentinel = _build(SENTINEL, backend, plan, watch, stack)
        visited, gaps = _build_all(wanted, backend, plan, watch, stack, on_round)
        build = perf_counter() - start
        for index, visit in enumerate([sentinel, *visited]):
            visit.warm_up()
            on_round(Progress(phase="warm_up", done=index, total=len(visited), round=0))
        rounds = _Rounds(visited, sentinel, plan, meter, on_round)
        ended_by = rounds.run()
    costs = Costs(
        wall=perf_counter() - start, build=build, warm_up=watch.warm_up, timed=watch.timed
    )
    return Session(
        id=str(uuid4()),
        device=device,
        environment=backend.environment,
        measurements=tuple(visit.measurement(ended_by) for visit in visited),
        gaps=gaps,
        sentinel_us=tuple(rounds.sentinel_us),
        before=before,
        after=read_conditions(),
        costs=costs,
        software=software_versions(),
        warnings=_doubts(rounds.sentinel_us),
    )


def with_borders(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Return *operations* and their borders, each once."""
    unique: dict[str, Operation] = {}
    for operation in operations:
        border = border_of(operation)
        for wanted in (operation,) if border is None else (border, operation):
            unique.setdefault(operation_key(wanted), wanted)
    return tuple(unique.values())


class _Rounds:
    """The rounds of one session: who is still in, and what the sentinel said."""

    def __init__(
        self,
        visited: list[Visited],
        sentinel: Visited,
        plan: MeasurementPlan,
        meter: Meter,
        on_round: OnProgress,
    ) -> None:
        self._open = list(visited)
        self._sentinel = sentinel
        self._plan = plan
        self._meter = meter
        self._on_round = on_round
        self._order = random.Random(plan.seed)
        self.sentinel_us: list[float] = []

    def run(self) -> StopReason:
        """Go round until every operation is done or time is up; return what ended it."""
        start = perf_counter()
        number = 0
        while self._open:
            number += 1
            self._round(number)
            enough = number >= self._plan.min_rounds
            if enough and perf_counter() - start > self._plan.time_limit_s:
                return "time_limit"
        return "round_limit"

    def _round(self, number: int) -> None:
        before = self._meter.read()
        self.sentinel_us.append(float(np.median(self._sentinel.sample())))
        self._order.shuffle(self._open)
        taken = []
        for index, visit in enumerate(self._open):
            reading = self._meter.read()
            samples_us = visit.sample()
            taken.append((visit, samples_us, self._meter.visit_state(reading)))
            self._on_round(
                Progress(phase="rounds", done=index + 1, total=len(self._open), round=number)
            )
        others = self._meter.others(before)
        for visit, samples_us, state in taken:
            visit.keep(samples_us, _judged(state, others))
        self._open = [visit for visit in self._open if visit.stop_reason is None]


def _judged(state: ConditionState, others: float | None) -> ConditionState:
    if others is None:
        return "unverified"
    return "contended" if others > MAX_OTHERS else state


def _build_all(
    wanted: Sequence[Operation],
    backend: Backend,
    plan: MeasurementPlan,
    watch: Stopwatch,
    stack: ExitStack,
    on_round: OnProgress,
) -> tuple[list[Visited], tuple[Gap, ...]]:
    visited: list[Visited] = []
    gaps: list[Gap] = []
    for index, operation in enumerate(wanted):
        try:
            visited.append(_build(operation, backend, plan, watch, stack))
        except (OperationUnsupported, BackendFailed) as error:
            gaps.append(Gap(operation=operation, reason=str(error)))
        on_round(Progress(phase="build", done=index + 1, total=len(wanted), round=0))
    return visited, tuple(gaps)


def _build(
    operation: Operation,
    backend: Backend,
    plan: MeasurementPlan,
    watch: Stopwatch,
    stack: ExitStack,
) -> Visited:
    execute = stack.enter_context(backend.prepare(operation))
    return Visited(operation=operation, execute=execute, plan=plan, watch=watch)


def _doubts(sentinel_us: list[float]) -> tuple[str, ...]:
    first, middle, third = np.quantile(sentinel_us, (0.25, 0.5, 0.75))
    moved = (third - first) / middle
    if moved > MAX_SENTINEL_MOVEMENT:
        return (f"sentinel_moved: interquartile range {moved:.0%} of its median",)
    return ()

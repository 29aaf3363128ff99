"""
The measuring loop: rounds over all operations in random order, with a sentinel in every round.

Interleaving spreads a burst of contention over all operations instead of spoiling one, and makes
sums of rows comparable with networks measured in the same session.  Nothing but the operation
runs inside a sample; whoever wants to know how far it is, is called between visits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from time import perf_counter
from uuid import uuid4

import numpy as np

from profiler.backends.port import Backend
from profiler.device import Device
from profiler.energy.port import Rail
from profiler.energy.windows import take_windows
from profiler.errors import BackendFailed, HnaError, OperationUnsupported
from profiler.measurement import Costs, Gap, Session
from profiler.measuring.instruments import Instruments
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.rounds import OnProgress, Progress, Rounds
from profiler.measuring.sentinels import SENTINEL
from profiler.measuring.software import software_versions
from profiler.measuring.visit import Stopwatch, Visited
from profiler.measuring.watchers.watch import Watch
from profiler.operations import Operation, border_of, operation_key
from profiler.platforms.here import instruments_for, settings
from profiler.summary import kept_medians, latency_of

MAX_SENTINEL_MOVEMENT = 0.10
"""Relative interquartile range of the sentinel above which a session is doubted."""


def measure(
    operations: Sequence[Operation],
    backend: Backend,
    device: Device,
    plan: MeasurementPlan,
    *,
    on_round: OnProgress = lambda _: None,
    instruments: Instruments | None = None,
) -> Session:
    """
    Measure *operations* and the borders they need, each once, whatever their order.

    Args:
        operations: what to measure.
        backend: on what.
        device: who is being measured, for the record.
        plan: when there is enough.
        on_round: is told how far the session is, after every visit.
        instruments: what is read of the device beside the time; those of this machine unless
            given, and none for a simulated device.

    Returns:
        The session, with a gap for every operation the backend could not build.

    Raises:
        HnaError: there is nothing to measure.
        BackendFailed: the sentinel itself could not be built.
    """
    wanted = with_borders(operations)
    if not wanted:
        raise HnaError("there is no operation to measure; name at least one")
    instruments = instruments or instruments_for(device)
    stopwatch, watch = Stopwatch(), Watch(instruments.watchers)
    before = instruments.conditions()
    start = perf_counter()
    with ExitStack() as stack:
        sentinel = _build(SENTINEL, backend, plan, stopwatch, stack)
        visited, gaps = _build_all(wanted, backend, plan, stopwatch, stack, on_round)
        build = perf_counter() - start
        for index, visit in enumerate([sentinel, *visited]):
            visit.warm_up()
            on_round(Progress(phase="warm_up", done=index, total=len(visited), round=0))
        rounds = Rounds(visited, sentinel, plan, watch, instruments.conditions, on_round)
        ended_by = rounds.run()
        if plan.energy_s and instruments.rails:
            _count_energy(visited, instruments.rails[0], plan, on_round)
    costs = Costs(
        wall=perf_counter() - start,
        build=build,
        warm_up=stopwatch.warm_up,
        timed=stopwatch.timed,
    )
    return Session(
        id=str(uuid4()),
        device=device,
        environment=backend.environment,
        measurements=tuple(visit.measurement(ended_by) for visit in visited),
        gaps=gaps,
        sentinel_us=tuple(rounds.sentinel_us),
        before=before,
        during=tuple(rounds.during),
        after=instruments.conditions(),
        costs=costs,
        timer=backend.timer,
        unread=watch.unread,
        software=(*software_versions(), *settings(device)),
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
    prepared = stack.enter_context(backend.prepare(operation))
    return Visited(
        operation=operation, prepared=prepared, plan=plan, timer=backend.timer, watch=watch
    )


def _count_energy(
    visited: Sequence[Visited], rail: Rail, plan: MeasurementPlan, on_round: OnProgress
) -> None:
    """Have the energy of every operation counted, after all latencies: it heats the device."""
    for index, visit in enumerate(visited):
        latency_us = latency_of(kept_medians(visit.rounds))
        visit.energy = take_windows(visit.prepared, rail, plan.energy_s, latency_us)
        on_round(Progress(phase="energy", done=index + 1, total=len(visited), round=0))


def _doubts(sentinel_us: list[float]) -> tuple[str, ...]:
    first, middle, third = np.quantile(sentinel_us, (0.25, 0.5, 0.75))
    moved = (third - first) / middle
    if moved > MAX_SENTINEL_MOVEMENT:
        return (f"sentinel_moved: interquartile range {moved:.0%} of its median",)
    return ()

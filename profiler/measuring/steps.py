"""
Measuring in steps: what tells most of the others first, until the rest is predicted well enough.

Each step is a session of its own; ``profiler.prediction.next_step`` says what belongs into the
next one, and when there need be none.  A row that was predicted says so in its value kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from profiler.backends.port import Backend
from profiler.device import Device
from profiler.errors import HnaError
from profiler.measurement import Session
from profiler.measuring.loop import measure
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.rounds import OnProgress, Progress
from profiler.operations import Operation, operation_key
from profiler.prediction import NextStep, next_step
from profiler.table import Table
from profiler.tabulate import tabulate

OnStep = Callable[[int, NextStep], None]
"""Called before each step with its number, from 1, and what it measures."""


@dataclass(frozen=True, kw_only=True)
class Steps:
    """
    What came of measuring in steps.

    Args:
        table: rows that were measured, and predictions of what was wanted beyond them.
        sessions: one for each step, in order.
        worst_error: half the width of the 90 % interval that nine in ten predictions keep, over
            their latency; None where nothing is predicted.
        choosing_s: how long it took to choose and to predict, in seconds.
    """

    table: Table
    sessions: tuple[Session, ...]
    worst_error: float | None
    choosing_s: float = 0.0

    @classmethod
    def of(cls, session: Session) -> Steps:
        """Return a session that measured everything, as the only step."""
        table = Table(
            device_model=session.device.model,
            environment=session.environment,
            entries=tabulate([session.measurements]),
            simulated=session.device.simulated,
            emulated=session.device.emulated,
        )
        return cls(table=table, sessions=(session,), worst_error=None)

    @property
    def wall_s(self) -> float:
        """How long all sessions took, in seconds."""
        return sum(session.costs.wall for session in self.sessions)


def measure_in_steps(
    wanted: Sequence[Operation],
    backend: Backend,
    device: Device,
    plan: MeasurementPlan,
    *,
    target_error: float,
    on_step: OnStep = lambda _number, _step: None,
    on_round: OnProgress = lambda _: None,
) -> Steps:
    """
    Measure of *wanted* as much as it takes to predict the rest.

    Args:
        wanted: what is to have a row; networks are measured, never predicted.
        backend: on what.
        device: who is being measured, for the record.
        plan: when there is enough of one operation.
        target_error: half the width of a 90 % interval over its latency that is good enough.
        on_step: is told of each step before it is measured.
        on_round: is told how far a session is, after every visit, and when one is chosen.

    Raises:
        HnaError: there is nothing to measure.
        BackendFailed: the sentinel itself could not be built.
    """
    if not wanted:
        raise HnaError("there is no operation to measure; name at least one")
    table = Table(
        device_model=device.model,
        environment=backend.environment,
        entries=(),
        simulated=device.simulated,
        emulated=device.emulated,
    )
    sessions: list[Session] = []
    asked: set[str] = set()
    choosing_s = 0.0
    while True:
        on_round(Progress(phase="choose", done=len(asked), total=len(wanted), round=0))
        began_s = perf_counter()
        # What was measured and has no row, such as for want of its border, is not asked for again.
        gaps = asked - table.by_key.keys()
        step = next_step(table, wanted, target_error=target_error, gaps=gaps)
        choosing_s += perf_counter() - began_s
        if not step.next:
            break
        on_step(len(sessions) + 1, step)
        sessions.append(measure(step.next, backend, device, plan, on_round=on_round))
        asked |= {operation_key(operation) for operation in step.next}
        table = replace(table, entries=tabulate([each.measurements for each in sessions]))
    table = replace(table, entries=(*table.entries, *step.left))
    return Steps(
        table=table,
        sessions=tuple(sessions),
        worst_error=step.worst_error,
        choosing_s=choosing_s,
    )

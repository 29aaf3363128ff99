"""
The same table, measured again and again: what repeated sessions have in common.

A session here is what it is for an agent: made quiet, in a process of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from device_agents.measurer import ProcessMeasurer
from device_agents.quiet import QuietSettings, quiet
from profiler.measurement import Measurement
from profiler.measuring.plan import MeasurementPlan
from profiler.operations import DEFAULT_CANDIDATES, Operation, Position, candidate_at, operation_key
from profiler.platforms.here import this_machine
from profiler.table import Entry
from profiler.tabulate import tabulate

PLAN = MeasurementPlan()
POSITIONS = (
    Position(channels_in=16, channels_out=16, height=64, width=64),
    Position(channels_in=32, channels_out=32, height=32, width=32),
    Position(channels_in=64, channels_out=64, height=16, width=16),
)

Array = NDArray[np.float64]


def some_operations() -> tuple[Operation, ...]:
    """Return the default candidates at three positions of the default space."""
    return tuple(candidate_at(name, place) for place in POSITIONS for name in DEFAULT_CANDIDATES)


def sessions(
    operations: Sequence[Operation], wait_s: float = 2.0
) -> Iterator[tuple[Measurement, ...]]:
    """
    Measure *operations* again and again, as an agent would.

    Args:
        operations: what each session measures.
        wait_s: how long to wait for quiet at most, in seconds.
    """
    measurer = ProcessMeasurer(backend="onnxruntime", machine=this_machine(), plan=PLAN)
    environment = measurer.describe().environment
    while True:
        with quiet(1, settings=QuietSettings(wait_s=wait_s)):
            yield measurer.measure(environment, operations, lambda _: None).measurements


def rows(session: Sequence[Measurement]) -> dict[str, Entry]:
    """Return the table of one session, without its borders, by operation key."""
    entries = tabulate([session])
    return {entry.key: entry for entry in entries if entry.operation.kind != "border"}


def variation(latencies_us: Sequence[dict[str, float]]) -> Array:
    """Return the coefficient of variation of each operation over repetitions."""
    keys = sorted(set.intersection(*(set(one) for one in latencies_us)))
    values = np.array([[one[key] for key in keys] for one in latencies_us])
    spread: Array = values.std(axis=0, ddof=1) / values.mean(axis=0)
    return spread


def keys_of(operations: Sequence[Operation]) -> list[str]:
    """Return the keys of *operations*, in their order."""
    return [operation_key(operation) for operation in operations]

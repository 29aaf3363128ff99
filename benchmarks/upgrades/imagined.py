"""
Upgrades with a known truth: a table by a formula, and after it one in which something changed.

Each latency is drawn with the noise its interval speaks of.  The changes are those a runtime's
release notes speak of: one family, one kernel size, one resolution, everything, or operations that
have nothing in common.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from profiler.backends.simulated import roofline_us
from profiler.device import Environment
from profiler.measuring.loop import with_borders
from profiler.operations import Operation, PlacedOperation, border_of, probe_graph
from profiler.space import known_topology, named_space, space_operations
from profiler.summary import Array
from profiler.table import Entry, Table

NOISE_SD = 0.02
HALF_90 = 1.645
CHANGED = 1.1

Factors = Callable[[Sequence[Operation], np.random.Generator], Array]
"""By how much each operation became slower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagined:
    """Tables before and after, and by how much each operation truly became slower, by key."""

    before: Table
    after: Table
    factors: Mapping[str, float]


def imagine(change: Factors, seed: int) -> Imagined:
    """Return the space of the topology ``meta``, 96 x 96 pixels, before and after *change*."""
    space = named_space("one", "resnet_10", height=96, width=96)
    operations = with_borders(space_operations(space, known_topology("meta", space.levels)))
    draw = np.random.default_rng(seed)
    costs_us = np.array([_cost_us(operation) for operation in operations])
    kept = [o for o, us in zip(operations, costs_us, strict=True) if us > 0]
    costs_us = costs_us[costs_us > 0]
    factors = change(kept, draw)
    before = _table("1", kept, costs_us * _noise(draw, len(kept)))
    after = _table("2", kept, costs_us * factors * _noise(draw, len(kept)))
    truth = zip(kept, factors.tolist(), strict=True)
    by_key = {entry.operation: entry.key for entry in before.entries}
    return Imagined(before=before, after=after, factors={by_key[o]: f for o, f in truth})


def _nothing(operations: Sequence[Operation], _: np.random.Generator) -> Array:
    return np.ones(len(operations))


def _family(operations: Sequence[Operation], _: np.random.Generator) -> Array:
    return _where([_candidate(each).kind == "inverted" for each in operations])


def _kernel_size(operations: Sequence[Operation], _: np.random.Generator) -> Array:
    return _where([getattr(_candidate(each), "kernel", 0) == 5 for each in operations])


def _resolution(operations: Sequence[Operation], _: np.random.Generator) -> Array:
    return _where([getattr(each, "height", 0) == 24 for each in operations])


def _everything(operations: Sequence[Operation], _: np.random.Generator) -> Array:
    return np.full(len(operations), 1.08)


def _a_few(operations: Sequence[Operation], draw: np.random.Generator) -> Array:
    moved = draw.random(len(operations)) < 0.05
    return np.where(moved, draw.choice([0.75, 1.3], size=len(operations)), 1.0)


CHANGES: Mapping[str, Factors] = {
    "nothing": _nothing,
    "one_family": _family,
    "one_kernel_size": _kernel_size,
    "one_resolution": _resolution,
    "everything": _everything,
    "a_few_at_random": _a_few,
}


def _where(changed: Sequence[bool]) -> Array:
    return np.where(changed, CHANGED, 1.0)


def _candidate(operation: Operation) -> Operation:
    return operation.operation if isinstance(operation, PlacedOperation) else operation


def _cost_us(operation: Operation) -> float:
    border = border_of(operation)
    whole_us = roofline_us(probe_graph(operation))
    return whole_us if border is None else whole_us - roofline_us(probe_graph(border))


def _noise(draw: np.random.Generator, count: int) -> Array:
    drawn: Array = np.exp(NOISE_SD * draw.standard_normal(count))
    return drawn


def _table(version: str, operations: Sequence[Operation], latencies_us: Array) -> Table:
    half = HALF_90 * NOISE_SD
    bare = Entry(operation=operations[0], latency_us=1.0, sessions=2)
    return Table(
        device_model="imagined",
        environment=Environment(runtime="imagined", runtime_version=version, provider="formula"),
        entries=tuple(
            replace(
                bare, operation=o, latency_us=us, low_us=us * (1 - half), high_us=us * (1 + half)
            )
            for o, us in zip(operations, latencies_us.tolist(), strict=True)
        ),
        simulated=True,
    )

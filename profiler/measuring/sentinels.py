"""
The sentinels: a few operations that every device measures again and again, to notice a change.

Each stresses something else, because devices fail in parts: a clock mode moves arithmetic and
leaves memory alone, a driver moves calls.  They are no rows of a table.  A sentinel that becomes
another operation needs another name: passes are compared by name (``profiler.health``).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from profiler.measuring.plan import MeasurementPlan
from profiler.operations import Border, InvertedConv, Operation, ResidualConv

SENTINEL: Operation = ResidualConv(channels_in=16, channels_out=16, height=64, width=64)
"""Measured at the start of every round of every session, on every device."""

SENTINELS: Mapping[str, Operation] = MappingProxyType(
    {
        "call": Border(channels=(8,), height=4, width=4),
        "dense": SENTINEL,
        "depthwise": InvertedConv(
            channels_in=16, channels_out=16, height=64, width=64, kernel=7, expansion=2
        ),
        "memory": Border(channels=(32,), height=256, width=256),
    }
)
"""
By what they stress: the call of the runtime, arithmetic, depthwise kernels, memory.

Borders because they need none; dense and depthwise share theirs.
"""

PLAN = MeasurementPlan(
    min_rounds=6, max_rounds=6, visit_us=2_000.0, max_warmups=10, time_limit_s=30.0
)
"""How they are measured: so short that it can be done before work is taken."""

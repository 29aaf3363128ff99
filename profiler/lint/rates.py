"""
Rows faster than the device can be, and tables whose numbers fit another unit.

Work is the multiplications nobody gets around (``profiler.lint.work``) and time the upper end of
the interval, so that every rate is a cautious one.  What cannot be known: the work of most
foreign operations, and the unit of a table whose numbers would be plausible in several.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from profiler.device import Environment
from profiler.lint.finding import Finding, Known
from profiler.lint.numerals import shown
from profiler.lint.row import Row
from profiler.lint.rows import Rows
from profiler.operations import ForeignOperation

CORE_MACS_PER_S = 2.5e11
"""No core computes more in fp32: two 512-bit multiply-adds a cycle at 5 GHz are 1.6e11."""

ANY_MACS_PER_S = 4e15
"""No device computes more at any precision."""

LEAST_MACS_PER_S = 1e6
"""Slower than this by the median is a microcontroller, or a table in nanoseconds."""

LAYER_US = 5.0
"""A runtime needs about as long to call one layer; a median below fits milliseconds."""

SECOND_US = 1e6
"""Layers that take longer by the median fit nanoseconds."""

ABOVE = 4.0
"""How far above the table's own envelope a rate is no longer believed."""

ENVELOPE = 0.95
ENOUGH = 20
SMALL_MACS = 1e6
"""Below it, calls and memory decide, not arithmetic."""


def impossible_rate(rows: Rows, known: Known) -> Iterator[Finding]:
    """
    Find rows that compute faster than the device can.

    Without a stated peak the 95th percentile of the table's own rates stands for it, and only
    rows far above are named.
    """
    rates = _rates(rows)
    if known.peak is not None:
        limit = known.peak.macs_per_s
        fast = [key for key, rate in rates.items() if rate > limit]
        if fast:
            yield _too_fast(fast, rates, f"the device's peak is {limit:.3g}", "error")
    elif len(rates) >= ENOUGH:
        envelope = float(np.quantile(list(rates.values()), ENVELOPE))
        fast = [key for key, rate in rates.items() if rate > ABOVE * envelope]
        if fast:
            yield _too_fast(fast, rates, f"its other rows reach {envelope:.3g}", "warning")


def unit(rows: Rows, _: Known) -> Iterator[Finding]:
    """Find tables whose numbers are in another unit than microseconds."""
    rates = list(_rates(rows).values())
    limit = _limit(rows.table.environment)
    if rates and float(np.median(rates)) > limit:
        yield _suspected(
            "error", f"half the rows compute above {limit:.2g} MACs/s, which no such device does"
        )
    elif rates and float(np.median(rates)) < LEAST_MACS_PER_S:
        yield _suspected("warning", f"half the rows compute below {LEAST_MACS_PER_S:.0e} MACs/s")
    layers = [row.latency_us for row in rows.positive if _is_foreign_layer(row)]
    median_us = float(np.median(layers)) if layers else LAYER_US
    if median_us < LAYER_US:
        yield _suspected("warning", f"half the layers take less than {median_us:.3g} us")
    elif median_us > SECOND_US:
        yield _suspected("warning", f"half the layers take more than {median_us / 1e6:.3g} s")


def _rates(rows: Rows) -> dict[str, float]:
    """Return the MACs/s of rows in which arithmetic decides, at the slow end of their interval."""
    return {
        row.key: rows.macs[row.key] / max(row.latency_us, row.entry.high_us or 0.0) * 1e6
        for row in rows.positive
        if rows.macs.get(row.key, 0) >= SMALL_MACS
    }


def _limit(environment: Environment) -> float:
    if "CPU" not in environment.provider:
        return ANY_MACS_PER_S
    narrower = {"fp32": 1, "fp16": 2, "int8": 4}[environment.precision]
    return CORE_MACS_PER_S * environment.threads * narrower


def _is_foreign_layer(row: Row) -> bool:
    """Whether it is a foreign layer, not a network, of which anything may be expected."""
    return isinstance(row.entry.operation, ForeignOperation) and "pixels" in row.sizes


def _too_fast(keys: list[str], rates: dict[str, float], than: str, severity: str) -> Finding:
    keys.sort(key=lambda key: -rates[key])
    return Finding(
        rule="impossible-rate",
        severity=severity,  # type: ignore[arg-type]
        keys=tuple(keys),
        message=(
            f"{len(keys)} rows compute up to {rates[keys[0]]:.3g} MACs/s; {than}: {shown(keys)}"
        ),
    )


def _suspected(severity: str, why: str) -> Finding:
    return Finding(
        rule="unit",
        severity=severity,  # type: ignore[arg-type]
        message=f"the numbers fit another unit than microseconds: {why}; see the file's makers",
    )

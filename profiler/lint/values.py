"""
Rules about single rows: values, intervals, samples.

They cannot know whether a plausible number is the right one.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from profiler.lint.finding import Finding, Known
from profiler.lint.numerals import shown
from profiler.lint.row import Row
from profiler.lint.rows import Rows
from profiler.operations import Identity

WIDE = 0.25
VERY_WIDE = 1.0
"""Width of an interval over the latency with its border."""

FEW_SAMPLES = 5


def non_positive(rows: Rows, _: Known) -> Iterator[Finding]:
    """
    Find rows that cost nothing, less than nothing, or no number.

    A row measured in a border may cost less than can be told from nothing, and is kept as zero:
    that is a note.  An identity that passes its input on is free.
    """
    wrong = [r for r in rows.rows if not isfinite(r.latency_us) or r.latency_us < 0]
    zero = [r for r in rows.rows if r.latency_us == 0 and not _is_free(r)]
    unseen = [r for r in zero if r.entry.border_us > 0]
    wrong += [r for r in zero if r.entry.border_us <= 0]
    if wrong:
        least = min(r.latency_us for r in wrong)
        yield _of(
            "non-positive", "error", wrong, f"cost nothing or less, down to {least:.4g} us; measure"
        )
    if unseen:
        yield _of("non-positive", "note", unseen, "cost too little beside their border to be seen")


def interval_off(rows: Rows, _: Known) -> Iterator[Finding]:
    """Find intervals that are upside down or do not hold their value."""
    off = [
        row
        for row in rows.rows
        if row.entry.interval_us is not None
        and not row.entry.interval_us[0] <= row.latency_us <= row.entry.interval_us[1]
    ]
    if off:
        yield _of("interval-off", "error", off, "lie outside their own interval")


def interval_wide(rows: Rows, _: Known) -> Iterator[Finding]:
    """Find rows whose interval says little; it may be honest, so only the widest are warned of."""
    very = [row for row in rows.positive if _width(row) > VERY_WIDE]
    wide = [row for row in rows.positive if WIDE < _width(row) <= VERY_WIDE]
    if very:
        yield _of("interval-wide", "warning", very, "have intervals wider than the latency itself")
    if wide:
        yield _of("interval-wide", "note", wide, f"have intervals wider than {WIDE:.0%}")


def interval_unknown(rows: Rows, _: Known) -> Iterator[Finding]:
    """Say how many rows come without an interval: nothing is known of their noise."""
    unknown = [row for row in rows.rows if row.entry.interval_us is None]
    if unknown:
        yield _of("interval-unknown", "note", unknown, "have no interval: nobody knows their noise")


def few_samples(rows: Rows, _: Known) -> Iterator[Finding]:
    """Find rows of one sample, and of few; of unknown numbers nothing is said."""
    one = [row for row in rows.rows if row.entry.samples is not None and row.entry.samples <= 1]
    few = [
        row
        for row in rows.rows
        if row.entry.samples is not None and 1 < row.entry.samples < FEW_SAMPLES
    ]
    if one:
        yield _of("one-sample", "warning", one, "rest on one sample: its noise is unknown")
    if few:
        yield _of("one-sample", "note", few, f"rest on fewer than {FEW_SAMPLES} samples")


def suspect(rows: Rows, _: Known) -> Iterator[Finding]:
    """Find rows measured in too few undisturbed rounds, as whoever measured them said."""
    doubted = [row for row in rows.rows if row.entry.value_kind == "suspect"]
    if doubted:
        yield _of("suspect", "warning", doubted, "were disturbed while measured; measure again")


def _of(rule: str, severity: str, rows: list[Row], what: str) -> Finding:
    keys = tuple(row.key for row in rows)
    count = f"{len(keys)} row{'s' if len(keys) > 1 else ''}"
    return Finding(
        rule=rule,
        severity=severity,  # type: ignore[arg-type]
        keys=keys,
        message=f"{count} {what}: {shown(keys)}",
    )


def _is_free(row: Row) -> bool:
    operation = row.entry.operation
    return isinstance(operation, Identity) and operation.channels_in == operation.channels_out


def _width(row: Row) -> float:
    interval = row.entry.interval_us
    return 0.0 if interval is None else (interval[1] - interval[0]) / row.scale_us

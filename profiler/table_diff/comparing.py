"""
What became of each operation from one table to another: decided from intervals, or not at all.

The ratio of two latencies has an interval that follows from theirs (on the log scale, the two
sides apart: Donner and Zou 2012, Statistical Methods in Medical Research 21:4).  An operation is
the same if the 90 % interval of its ratio lies inside a stated band; it is faster or slower if
the ratio lies outside the band and an interval widened for all the operations compared (5 % for
any false claim in the whole table) excludes 1.  Everything else is ambiguous: unknown intervals,
disturbed rows, latencies near zero, intervals that are too wide.

Where one session was seen its interval does not hold how sessions differ; ``SESSION_SD`` is added
for it.  A change that every operation shares is that of a session, a clock or a runtime;
``moved`` names the families that went one way together.
"""

from __future__ import annotations

from math import exp, hypot, inf, log
from statistics import NormalDist

from profiler.errors import HnaError
from profiler.operations import ForeignOperation, Operation, PlacedOperation
from profiler.summary import CONFIDENCE
from profiler.table import Entry, Table
from profiler.table_diff.found import Change, RowDiff, TableDiff

TOLERANCE = 0.05
"""Relative change that still counts as the same."""

FALSE_CLAIM = 0.05
"""Probability of any false ``faster`` or ``slower`` in a whole table."""

SESSION_SD = 0.02
"""Relative standard deviation between sessions, where only one was seen."""

NOTHING_US = 1e-6
"""A latency below a picosecond is none."""

WIDEST = 7.0
"""Logarithm of the ratio beyond which an interval says nothing: a factor of 1,000."""

_HALF = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


def diff(before: Table, after: Table, *, tolerance: float = TOLERANCE) -> TableDiff:
    """
    Compare two tables, operation by operation.

    Args:
        before: the first; of any device and environment.
        after: the second.
        tolerance: relative change that counts as the same, above 0 and below 1.

    Raises:
        HnaError: a tolerance that is none.
    """
    if not 0 < tolerance < 1:
        raise HnaError(f"a tolerance of {tolerance:g} is none; it lies between 0 and 1")
    earlier, later = before.by_key, after.by_key
    wider = _widening(len(earlier.keys() & later.keys()))
    rows = (
        _row(key, earlier.get(key), later.get(key), tolerance, wider)
        for key in sorted(earlier.keys() | later.keys())
    )
    return TableDiff(
        before=(before.name, before.version),
        after=(after.name, after.version),
        tolerance=tolerance,
        rows=tuple(rows),
    )


def _widening(comparisons: int) -> float:
    """Return how many times wider an interval must be to hold for all comparisons at once."""
    return NormalDist().inv_cdf(1 - FALSE_CLAIM / 2 / max(comparisons, 1)) / _HALF


def _row(
    key: str, before: Entry | None, after: Entry | None, tolerance: float, wider: float
) -> RowDiff:
    match before, after:
        case None, Entry():
            family = family_of(after.operation)
            return RowDiff(key=key, family=family, change="added", after_us=after.latency_us)
        case Entry(), None:
            family = family_of(before.operation)
            return RowDiff(key=key, family=family, change="removed", before_us=before.latency_us)
        case Entry(), Entry():
            return _compared(before, after, tolerance, wider)
        case _:
            raise HnaError(f"neither table holds {key}")


def _compared(before: Entry, after: Entry, tolerance: float, wider: float) -> RowDiff:
    """Compare two rows of one operation; a row that is the same fact did not change."""
    reason = "" if before == after else _doubt(before) or _doubt(after)
    ratio = _ratio(before, after)
    ends = None if reason or ratio is None else _ends(before, after)
    change: Change = "same" if before == after else "ambiguous"
    if ratio is not None and ends is not None and before != after:
        change = _change(log(ratio), ends, log(1 + tolerance), wider)
        reason = "the intervals do not tell" if change == "ambiguous" else ""
    return RowDiff(
        key=before.key,
        family=family_of(before.operation),
        change=change,
        before_us=before.latency_us,
        after_us=after.latency_us,
        ratio=ratio,
        low=None if ratio is None or ends is None else ratio * exp(-ends[0]),
        high=None if ratio is None or ends is None else ratio * exp(ends[1]),
        reason=reason,
    )


def _ratio(before: Entry, after: Entry) -> float | None:
    """Return after by before; None where one of them costs nothing."""
    if min(before.latency_us, after.latency_us) < NOTHING_US:
        return None
    return after.latency_us / before.latency_us


def _ends(before: Entry, after: Entry) -> tuple[float, float]:
    """Return how far the ratio's 90 % interval reaches down and up, as logarithms."""
    if before == after:
        return 0.0, 0.0
    (down_a, up_a), (down_b, up_b) = _reach(after), _reach(before)
    return hypot(down_a, up_b), hypot(up_a, down_b)


def _doubt(entry: Entry) -> str:
    """Return why *entry* can be compared with nothing; empty if it can be."""
    if entry.interval_us is None:
        return "an interval is unknown"
    if entry.value_kind == "suspect":
        return "a row was disturbed while measured"
    low_us, high_us = entry.interval_us
    if not NOTHING_US <= low_us <= entry.latency_us <= high_us < inf:
        return "a latency cannot be told from zero"
    return ""


def _reach(entry: Entry) -> tuple[float, float]:
    low_us, high_us = entry.interval_us or (0.0, inf)
    session = _HALF * SESSION_SD * _share(entry) if "session" in entry.unseen else 0.0
    down, up = log(entry.latency_us / low_us), log(high_us / entry.latency_us)
    return min(hypot(down, session), WIDEST), min(hypot(up, session), WIDEST)


def _share(entry: Entry) -> float:
    """Return how many times the border makes relative noise larger."""
    return (entry.latency_us + entry.border_us) / entry.latency_us


def _change(shift: float, ends: tuple[float, float], band: float, wider: float) -> Change:
    """Decide from the ratio's logarithm and how far its interval reaches down and up."""
    if shift > band and shift - wider * ends[0] > 0:
        return "slower"
    if shift < -band and shift + wider * ends[1] < 0:
        return "faster"
    inside = shift - ends[0] > -band and shift + ends[1] < band
    return "same" if inside else "ambiguous"


def family_of(operation: Operation) -> str:
    """Return what kind of operation it is; of a foreign one what its name begins with."""
    match operation:
        case ForeignOperation():
            return f"{operation.format} {_first_word(operation.name)}"
        case PlacedOperation():
            return f"placed {operation.operation.kind}"
        case _:
            return operation.kind


def _first_word(name: str) -> str:
    end = next((i for i, letter in enumerate(name) if not (letter.isalpha())), len(name))
    return name[:end] or name

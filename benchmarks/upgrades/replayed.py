"""
A triage replayed: everything was measured again, and is shown to the triage as it asks for it.

An agent measures an operation with its border, so a border is shown with whatever needs it and
counts as measured.  Beside it what one could do instead: measure as many, drawn at random; keep
the old rows; scale all of them by what became of the sentinel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log

import numpy as np

from profiler.operations import Operation, border_of, operation_key
from profiler.table import Entry, Table
from profiler.table_diff import diff
from profiler.triage import transferred, triage
from profiler.triage.rows import rows_of

TOLERANCE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """
    What was done about an upgrade.

    Args:
        measured: keys that were measured again.
        latencies_us: what every operation is said to cost now, by key.
        expected_missed: how many of the others are expected to have moved; None where not said.
    """

    measured: frozenset[str]
    latencies_us: Mapping[str, float]
    expected_missed: float | None = None

    def share_of(self, keys: frozenset[str]) -> float:
        """Return which share of *keys* was measured; all of none."""
        return len(keys & self.measured) / len(keys) if keys else 1.0

    def right(self, truth_us: Mapping[str, float]) -> float:
        """Return the share of operations whose latency is within the tolerance of the truth."""
        near = [
            abs(log(self.latencies_us[key] / us)) <= log(1 + TOLERANCE)
            for key, us in truth_us.items()
            if key in self.latencies_us
        ]
        return float(np.mean(near))


def comparable(before: Table, *afters: Table) -> Table:
    """Return *before* with those rows alone that can be compared with every one of *afters*."""
    keys = {entry.key for entry in before.entries}
    for after in afters:
        rows = rows_of(before, after, ())
        keys &= {rows.entries[index].key for index in rows.measured}
    return replace(before, entries=tuple(e for e in before.entries if e.key in keys))


def by_triage(before: Table, after: Table, max_share: float | None) -> Replay:
    """Return what a triage of *before* does, shown rows of *after*, which has all of them."""
    shown: dict[str, Entry] = {}
    while True:
        found = triage(
            before,
            replace(after, entries=tuple(shown.values())),
            tolerance=TOLERANCE,
            max_share=max_share,
        )
        if not found.next:
            break
        for operation in found.next:
            shown |= {key: after.by_key[key] for key in _measured_with(operation, before)}
    rows = (*shown.values(), *transferred(before, found.left))
    return Replay(
        measured=frozenset(shown),
        latencies_us={row.key: row.latency_us for row in rows},
        expected_missed=found.expected_missed,
    )


def at_random(before: Table, after: Table, count: int, draw: np.random.Generator) -> Replay:
    """Return what measuring *count* operations at random does; the others keep their rows."""
    keys = draw.permutation([entry.key for entry in before.entries])[:count]
    measured = frozenset(map(str, keys))
    return Replay(
        measured=measured,
        latencies_us={
            entry.key: (after.by_key[entry.key] if entry.key in measured else entry).latency_us
            for entry in before.entries
        },
    )


def scaled(before: Table, factor: float) -> Replay:
    """Return what multiplying every row by *factor* does; 1 keeps the old rows."""
    latencies_us = {entry.key: entry.latency_us * factor for entry in before.entries}
    return Replay(measured=frozenset(), latencies_us=latencies_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movers:
    """
    Which operations moved by more than the tolerance, by keys.

    Args:
        seen: as the latencies stand, noise and all.
        likely: of those, where the 90 % intervals of the two rows have nothing in common.
        certain: where the whole 90 % interval of the ratio is beyond the tolerance.
    """

    seen: frozenset[str]
    likely: frozenset[str]
    certain: frozenset[str]


def movers(before: Table, after: Table) -> Movers:
    """Return which operations of *before* moved, *after* being the truth."""
    limit = log(1 + TOLERANCE)
    rows = [row for row in diff(before, after, tolerance=TOLERANCE).rows if row.ratio is not None]
    seen = frozenset(row.key for row in rows if row.ratio and abs(log(row.ratio)) > limit)
    return Movers(
        seen=seen,
        likely=frozenset(k for k in seen if _apart(before.by_key[k], after.by_key[k])),
        certain=frozenset(
            row.key
            for row in rows
            if row.low and row.high and (log(row.low) > limit or log(row.high) < -limit)
        ),
    )


def _apart(old: Entry, new: Entry) -> bool:
    """Return whether the intervals of two rows have nothing in common; an unknown one has all."""
    if old.interval_us is None or new.interval_us is None:
        return False
    return old.interval_us[1] < new.interval_us[0] or new.interval_us[1] < old.interval_us[0]


def _measured_with(operation: Operation, before: Table) -> list[str]:
    border = border_of(operation)
    asked = [operation] if border is None else [operation, border]
    return [key for key in map(operation_key, asked) if key in before.by_key]

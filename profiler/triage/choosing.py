"""
What to measure next: what says most at first, then what most probably moved, within the budget.

It is not asked of each operation alone whether it can be left, but of all together: how many that
moved would be left unmeasured.  Few in proportion to those that moved, or to all, are accepted;
one that probably moved is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from profiler.operations import operation_digest
from profiler.summary import Array
from profiler.triage.rows import Rows

SHARE, LEAST = 0.012, 5
"""
How many operations are measured at a time: that share of all, and at least so many.

Few: what one batch shows decides what is worth measuring next (docs/results/triage.md).
"""

HANDFUL = 8
"""So many may always be measured, however small the budget."""

CHECKED = 0.05
"""
Share of all operations, drawn for no reason, that is measured before the rest is left.

Whoever measures nothing but what a model doubts never learns where it is wrong.
"""

MISSED_OF_MOVED, MISSED_OF_ALL = 0.05, 0.01
"""How many that moved may be left: that share of all that moved, or that share of all."""

PROBABLE = 0.2
"""What moved with a higher probability is not left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """
    How much may be measured.

    Args:
        batch: operations at a time.
        most: rows in all, borders with them.
    """

    batch: int
    most: int

    def affordable(self, rows: Rows, wanted: Iterable[int]) -> list[int]:
        """Return those of *wanted*, best first, that one batch and the rest of the budget pay."""
        paid, chosen = set(rows.measured), list[int]()
        for index in wanted:
            border = rows.borders[index]
            with_border = paid | {index} if border is None else paid | {index, border}
            if len(with_border) <= self.most and len(chosen) < self.batch:
                paid = with_border
                chosen.append(index)
        return chosen


def budget_of(operations: int, batch: int | None, max_share: float | None) -> Budget:
    """
    Return the budget of a table with so many operations.

    Args:
        operations: that could be measured again.
        batch: operations at a time; None is one in eighty, at least 5.
        max_share: of the operations that may be measured; None is all, and 8 always may.
    """
    most = operations if max_share is None else max(HANDFUL, int(max_share * operations))
    return Budget(batch=batch or max(LEAST, round(SHARE * operations)), most=most)


def drawn_check(rows: Rows) -> list[int]:
    """Return the operations that are measured before any is left: the same ones every time."""
    count = ceil(CHECKED * len(rows.entries))
    digests = [operation_digest(entry.operation) for entry in rows.entries]
    return sorted(range(len(digests)), key=digests.__getitem__)[:count]


def doubtful(beyond: Array, rest: Sequence[int], moved: int, operations: int) -> list[int]:
    """
    Return what cannot be left, the most probable first; nothing once all the rest can.

    Args:
        beyond: probability of each operation to have moved further than what matters.
        rest: those that are not measured.
        moved: how many of those measured did.
        operations: how many there are.
    """
    order = sorted(rest, key=lambda index: -beyond[index])
    ordered = beyond[order]
    missed = np.cumsum(ordered[::-1])[::-1]  # if this one and all that follow are left
    few = max(MISSED_OF_MOVED * (moved + float(ordered.sum())), MISSED_OF_ALL * operations)
    needed = (missed > few) | (ordered > PROBABLE)
    return order[: int(np.sum(needed))]

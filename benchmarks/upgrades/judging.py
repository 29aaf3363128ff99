"""What a triage did about an upgrade, judged by the truth, beside what one could do instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.upgrades.imagined import Imagined
from benchmarks.upgrades.replayed import (
    TOLERANCE,
    Movers,
    Replay,
    at_random,
    by_triage,
    movers,
    scaled,
)
from profiler.table import Table

DRAWS = 50
"""Random choices that a rival is averaged over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """
    What was done about one upgrade.

    Args:
        operations: how many there are.
        movers: those that moved.
        ours: what the triage did.
        right: share of all rows that are within the tolerance of the truth in the end.
        rivals: the same of what one could do instead, by name.
    """

    operations: int
    movers: Movers
    ours: Replay
    right: float
    rivals: Mapping[str, float]

    @property
    def budget(self) -> float:
        """The share of the operations that was measured."""
        return len(self.ours.measured) / self.operations

    @property
    def text(self) -> str:
        """What a person is told: of how many, how many were found, and what is said of the rest."""
        moved = {"": self.movers.likely, "for certain ": self.movers.certain}
        moved["seemingly "] = self.movers.seen
        told = ", ".join(
            f"{how}{len(keys & self.ours.measured)} of {len(keys)}" for how, keys in moved.items()
        )
        missed = self.ours.expected_missed
        rest = "any number" if missed is None else f"{missed:.0f}"
        return (
            f"{len(self.ours.measured)} of {self.operations} operations measured; of those that "
            f"moved: {told}; {rest} expected among the rest"
        )


def judge(
    before: Table, after: Table, truth: Table, *, sentinel: float, budget: float | None, seed: int
) -> Judged:
    """
    Replay the triage of *before* with a budget.

    Args:
        before: rows that can be compared with all of the others.
        after: what is shown to the triage.
        truth: the same operations, measured another time.
        sentinel: new over old of the sentinel.
        budget: share of the operations that may be measured; None is all.
        seed: of the random rivals.
    """
    truth_us = {entry.key: truth.by_key[entry.key].latency_us for entry in before.entries}
    known = replace(truth, entries=tuple(e for e in truth.entries if e.key in truth_us))
    ours = by_triage(before, after, budget)
    draw = np.random.default_rng(seed)
    chosen = (at_random(before, after, len(ours.measured), draw) for _ in range(DRAWS))
    return Judged(
        operations=len(before.entries),
        movers=movers(before, known),
        ours=ours,
        right=ours.right(truth_us),
        rivals={
            "as many at random": float(np.mean([each.right(truth_us) for each in chosen])),
            "the old rows": scaled(before, 1.0).right(truth_us),
            "scaled by the sentinel": scaled(before, sentinel).right(truth_us),
        },
    )


def judge_imagined(world: Imagined, budget: float | None, seed: int) -> Judged:
    """Replay the triage of an upgrade whose truth is known to the last digit."""
    entries = tuple(
        replace(e, latency_us=e.latency_us * world.factors[e.key]) for e in world.before.entries
    )
    truth = replace(world.after, entries=entries)
    found = judge(world.before, world.after, truth, sentinel=1.0, budget=budget, seed=seed)
    moved = frozenset(key for key, f in world.factors.items() if abs(f - 1) > TOLERANCE)
    return replace(found, movers=Movers(seen=moved, likely=moved, certain=moved))

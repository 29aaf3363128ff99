"""What a decision of an adaptive campaign rests on, and what it says.  Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lut_server.adaptive.plan import Plan
from lut_server.wire import Stage
from profiler.operations import Operation, ReducedNetwork, SegmentationNetwork, operation_key
from profiler.table import Entry, Table

NETWORKS = SegmentationNetwork | ReducedNetwork
"""What is measured as asked: a network is never predicted from operations."""

NEVER_MET = 1e-6
"""The target of a campaign that has only a budget."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """
    What is known of one table a campaign measures for.

    Args:
        plan: what is to be reached.
        stage: in which the latest decision left the target.
        steps: how many decisions were made.
        table: as it is now; empty where nothing was measured yet.
        wanted: all that was asked for, each once.
        asked: keys of what this campaign had measured already, or tried to.
        gaps: keys of what cannot be measured.
        sources: tables of others that can teach this one; only looked at for onboarding.
        spent_s: measuring time so far, in seconds.
    """

    plan: Plan
    stage: Stage
    steps: int
    table: Table
    wanted: Sequence[Operation]
    asked: Collection[str] = frozenset()
    gaps: Collection[str] = frozenset()
    sources: Sequence[Table] = ()
    spent_s: float = 0.0

    @property
    def left(self) -> list[Operation]:
        """What has no row of its own yet, and is no gap."""
        out = {*self.measured, *self.gaps}
        return [each for each in self.wanted if operation_key(each) not in out]

    @property
    def open(self) -> list[Operation]:
        """What of that was not asked for yet."""
        return [each for each in self.left if operation_key(each) not in self.asked]

    @property
    def measured(self) -> frozenset[str]:
        """Keys that have a row of their own."""
        own = ("measured", "suspect")
        return frozenset(e.key for e in self.table.entries if e.value_kind in own)

    @property
    def target_error(self) -> float:
        """The relative half-width that is good enough; of a budget alone, one that never is."""
        return NEVER_MET if self.plan.target_error is None else self.plan.target_error


@dataclass(frozen=True, kw_only=True)
class Decision:
    """
    What is done next.

    Args:
        stage: in which the target is from now on.
        next: what to measure now, most telling first.
        given: rows for what is not measured, or not yet.
        worst_error: relative half-width that remains; None where nothing can be said.
        notes: what people should know.
    """

    stage: Stage
    next: tuple[Operation, ...] = ()
    given: tuple[Entry, ...] = ()
    worst_error: float | None = None
    notes: tuple[str, ...] = ()


def without_networks(operations: Sequence[Operation]) -> list[Operation]:
    """Return those of *operations* that are no networks."""
    return [each for each in operations if not isinstance(each, NETWORKS)]

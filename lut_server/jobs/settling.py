"""
When a job is over, and what of it is left.  Pure.

An operation is settled by a session in which others disturbed neither it nor its border, because
that is what its row is made of (``profiler.tabulate``).  One that others disturbed is measured
again, a few times; then it is left as it is, and the table calls it suspect.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from profiler.operations import Operation, border_of, operation_digest
from profiler.summary import MIN_KEPT_ROUNDS

MAX_SESSIONS = 3
"""Sessions of one job after which an operation is not measured again."""

GoodRounds = Mapping[str, int]
"""What one session measured: how many rounds were good, by digest of the operation."""


def settled_at_once(digests: Collection[str], sessions: Sequence[GoodRounds]) -> bool:
    """
    Return whether one session measured all of a job, and nothing in it was disturbed.

    Most jobs end like this, and to see it nobody has to look at their operations.
    """
    return any(
        session.keys() >= set(digests) and min(session.values()) >= MIN_KEPT_ROUNDS
        for session in sessions
        if session
    )


def unsettled(
    operations: Sequence[Operation], sessions: Sequence[GoodRounds], gaps: Collection[str]
) -> set[str]:
    """
    Return the digests of those of a job's operations that are to be measured (again).

    Args:
        operations: of the job.
        sessions: made for it.
        gaps: digests of those a runtime could not run.
    """
    digests = {operation_digest(operation): operation for operation in operations}
    return {
        digest
        for digest, operation in digests.items()
        if digest not in gaps and not _settled(digest, border_of(operation), sessions)
    }


def superfluous(operations: Sequence[Operation], sessions: Sequence[GoodRounds]) -> set[str]:
    """
    Return the digests of those of a job's operations of which a further session says nothing new.

    Each was measured undisturbed beside its border, and is no border of one that was not.

    Args:
        operations: of the job.
        sessions: that others made for it.
    """
    digests = {operation_digest(operation): operation for operation in operations}
    wanting = {
        digest
        for digest, operation in digests.items()
        if not _measured_well(digest, border_of(operation), sessions)
    }
    needed = {operation_digest(operation) for operation in left_of(operations, wanting)}
    return digests.keys() - needed


def left_of(
    operations: Sequence[Operation], open_digests: Collection[str]
) -> tuple[Operation, ...]:
    """Return the open ones of *operations* and their borders, which belong into one session."""
    wanted = [operation for operation in operations if operation_digest(operation) in open_digests]
    needed = {operation_digest(operation) for operation in wanted}
    needed |= {operation_digest(border) for o in wanted if (border := border_of(o)) is not None}
    return tuple(operation for operation in operations if operation_digest(operation) in needed)


def _settled(digest: str, border: Operation | None, sessions: Sequence[GoodRounds]) -> bool:
    tried = [session for session in sessions if digest in session]
    return len(tried) >= MAX_SESSIONS or _measured_well(digest, border, tried)


def _measured_well(digest: str, border: Operation | None, sessions: Sequence[GoodRounds]) -> bool:
    """Return whether a session measured an operation with neither it nor its border disturbed."""
    needed = [digest] if border is None else [digest, operation_digest(border)]
    return any(
        all(session.get(each, MIN_KEPT_ROUNDS) >= MIN_KEPT_ROUNDS for each in needed)
        for session in sessions
        if digest in session
    )

"""
What a campaign has measured, and in which jobs.  Pure.

An operation's row is a difference with its border (``profiler.operations.border``), so the border
of every operation that will be measured is measured beside it, in the same job.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from profiler.operations import Operation, border_of, operation_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    A campaign's work.

    Args:
        requested: distinct operations asked for, their borders included.
        already_measured: how many of them the table holds and nobody needs again.
        jobs: the operations of each job, borders before what they border.
    """

    requested: int
    already_measured: int
    jobs: tuple[tuple[Operation, ...], ...]


def plan_campaign(
    operations: Iterable[Operation], held: Collection[str], operations_per_job: int
) -> Plan:
    """
    Return the jobs that measure *operations*, each once.

    Args:
        operations: what was asked for; equal ones count once.
        held: keys the table holds, which are not measured again.
        operations_per_job: at most so many in a job, borders included; an operation and its
            border are never parted, so a job has room for two.
    """
    asked = _by_key(operations)
    borders = _by_key(border for o in asked.values() if (border := border_of(o)) is not None)
    wanted = [operation for key, operation in asked.items() if key not in held]
    jobs = _split(wanted, max(operations_per_job, 2 if borders else 1))
    planned = _by_key(operation for job in jobs for operation in job)
    requested = asked.keys() | borders.keys()
    return Plan(
        requested=len(requested), already_measured=len(requested - planned.keys()), jobs=jobs
    )


def _split(wanted: list[Operation], room: int) -> tuple[tuple[Operation, ...], ...]:
    """Fill jobs one after the other; operations of one border stand together."""
    jobs: list[dict[str, Operation]] = [{}]
    for operation in _grouped(wanted):
        border = border_of(operation)
        pair = _by_key([operation] if border is None else [border, operation])
        if len(jobs[-1] | pair) > room:
            jobs.append({})
        jobs[-1] |= pair
    return tuple(tuple(job.values()) for job in jobs if job)


def _grouped(wanted: list[Operation]) -> Iterable[Operation]:
    groups: dict[str, list[Operation]] = {}
    for operation in wanted:
        border = border_of(operation)
        groups.setdefault("" if border is None else operation_key(border), []).append(operation)
    return (operation for group in groups.values() for operation in group)


def _by_key(operations: Iterable[Operation]) -> dict[str, Operation]:
    return {operation_key(operation): operation for operation in operations}

"""
What an adaptive campaign does next for one table, from what is known of it.  Pure, and slow.

A new device's ``handful`` comes first, chosen by other devices' tables, which then say what all the
rest costs.  After that what lowers the remaining doubt most is measured, batch by batch
(``profiler.prediction``), until the rest can be left to predictions or a budget is used up; without
a target or a budget all of it is measured.  Networks are measured as asked, and what was asked for
once is not asked for again, so that every campaign ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, floor

from lut_server.adaptive.guessing import error_of, no_source, predicted, transferred, worst_error
from lut_server.adaptive.known import NETWORKS, Decision, Known, without_networks
from lut_server.adaptive.plan import Plan
from profiler.errors import TransferImpossible
from profiler.operations import Operation, operation_key
from profiler.prediction import NextStep, next_step
from profiler.table import Entry
from profiler.transfer import most_telling

HANDFUL = 10
"""Operations a new device measures first, at least."""

HANDFUL_SHARE = 0.05
"""The same as a share of what is wanted."""


def decide(known: Known) -> Decision:
    """Return what an adaptive campaign does next for one table."""
    if known.stage == "handful":
        return _handful(known) if known.steps == 0 else _after_handful(known)
    if known.stage == "rest":
        return _leave(known)
    return _narrow(known)


def handful_of(plan: Plan, wanted: int) -> int:
    """Return how many operations a new device measures first."""
    count = plan.handful or max(HANDFUL, ceil(HANDFUL_SHARE * wanted))
    return count if plan.max_operations is None else min(count, plan.max_operations)


def _handful(known: Known) -> Decision:
    count = handful_of(known.plan, len(known.wanted))
    if known.sources:
        chosen = _told_by_others(known, count)
    else:
        chosen = _next_step(known, known.wanted, count).next[:count]
    if not chosen:
        return _after_handful(known)
    notes = () if known.sources else (no_source(known),)
    return Decision(stage="handful", next=chosen, notes=notes)


def _told_by_others(known: Known, count: int) -> tuple[Operation, ...]:
    try:
        return most_telling(known.sources, known.open, count)
    except TransferImpossible:
        return ()  # they have rows of what is wanted, but of nothing that is open


def _after_handful(known: Known) -> Decision:
    """Give everything a row, then go on measuring what needs it."""
    given, notes = _guessed(known)
    if not known.plan.measure_rest:
        return Decision(stage="finished", given=given, worst_error=worst_error(given), notes=notes)
    if known.plan.narrows:
        later = _narrow(known)
        return replace(later, given=later.given or given, notes=(*notes, *later.notes))
    if not known.open:
        return _leave(known)
    return Decision(
        stage="rest",
        next=tuple(known.open),
        given=given,
        worst_error=worst_error(given),
        notes=notes,
    )


def _guessed(known: Known) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Return a row for what has none: as others' tables say, or else this one's own."""
    given, why = transferred(known)
    if given or not known.left:
        return given, ()
    instead, why_not = predicted(known)
    return instead, (why,) if instead else (why, _without_row(known, len(known.left), why_not))


def _narrow(known: Known) -> Decision:
    """Measure what lowers the remaining doubt most, or leave the rest."""
    others, _ = transferred(known)
    settled = {entry.key for entry in others if error_of(entry) <= known.target_error}
    doubtful = [each for each in known.wanted if operation_key(each) not in settled]
    step, room = _next_step(known, doubtful), _room(known)
    chosen = step.next if room is None else step.next[:room]
    networks = tuple(each for each in known.open if isinstance(each, NETWORKS))
    if chosen:
        return Decision(stage="narrowing", next=(*chosen, *networks), worst_error=step.worst_error)
    return Decision(stage="rest", next=networks) if networks else _leave(known)


def _leave(known: Known) -> Decision:
    """Leave what was not measured to guesses: by others' tables, and by this one's own rows."""
    (others, _), (own, why) = transferred(known), predicted(known)
    keys = {entry.key for entry in (*others, *own)}
    without = sum(operation_key(each) not in keys for each in known.left)
    return Decision(
        stage="finished",
        given=(*others, *own),
        worst_error=worst_error((*others, *own)),
        notes=(_without_row(known, without, why),) if without else (),
    )


def _next_step(known: Known, wanted: Sequence[Operation], count: int | None = None) -> NextStep:
    return next_step(
        known.table,
        without_networks(wanted),
        target_error=known.target_error,
        count=count,
        gaps={*known.gaps, *known.asked},
    )


def _room(known: Known) -> int | None:
    """Return how many more operations the budgets allow; None is any number."""
    plan = known.plan
    asked = sum(operation_key(each) in known.asked for each in without_networks(known.wanted))
    rooms = [] if plan.max_operations is None else [max(0, plan.max_operations - asked)]
    if plan.max_minutes is not None:
        left_s = max(0.0, 60.0 * plan.max_minutes - known.spent_s)
        if known.asked and known.spent_s > 0:
            rooms.append(floor(left_s * len(known.asked) / known.spent_s))
    return min(rooms, default=None)


def _without_row(known: Known, count: int, why: str) -> str:
    return f"{count} operations of {known.table.name} stay without a row: {why}"

"""
What to measure next, so that the error of what is left falls fastest.

At first those operations are measured that say most of all others, whatever they cost.  Then those
follow whose measurement lowers the remaining variance most (``profiler.greedy``), until nine in ten
of the remaining operations are predicted within the target: then they need not be measured.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from profiler.errors import PredictionImpossible
from profiler.greedy import most_telling
from profiler.operations import Operation, operation_key
from profiler.prediction.design import design_of
from profiler.prediction.examples import examples_of, is_network
from profiler.prediction.fit import Fitted, Process, Taught
from profiler.prediction.learning import doubt, drawn
from profiler.prediction.predictor import Predictor, fit_predictor, predicted_entries
from profiler.prediction.process import NOISE, prior
from profiler.table import Entry, Table

SETTLED = 0.90
"""Share of the remaining operations whose interval must keep the target."""

BATCH_SHARE = 0.05
LEAST_BATCH = 8
COMPARED = 1_000
"""Operations among which the most telling are looked for, at most."""


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """
    What to measure now, or what need not be measured.

    Args:
        next: what to measure now, most telling first; empty once the rest can be left.
        left: predictions of what need not be measured; empty until then.
        worst_error: half the width of the interval over the latency, which nine in ten of the
            remaining predictions keep; None where nothing can be predicted yet, or all is measured.
    """

    next: tuple[Operation, ...]
    left: tuple[Entry, ...]
    worst_error: float | None


def next_step(
    table: Table,
    wanted: Sequence[Operation],
    *,
    target_error: float,
    count: int | None = None,
    gaps: Collection[str] = (),
) -> NextStep:
    """
    Return what of *wanted* to measure next.

    Whole networks are measured, never predicted, and once the rest can be left.

    Args:
        table: what was measured so far.
        wanted: operations that need a latency.
        target_error: half the width of a 90 % interval over its latency, such as 0.05.
        count: how many operations to measure at a time; a twentieth of all, and 8 at least, unless
            given.
        gaps: keys that cannot be measured.
    """
    missing = _missing(table, wanted, gaps)
    networks = tuple(operation for operation in missing if is_network(operation))
    rest = [operation for operation in missing if not is_network(operation)]
    batch = count or max(LEAST_BATCH, round(BATCH_SHARE * len(wanted)))
    if not rest:
        return NextStep(next=networks, left=(), worst_error=None)
    try:
        predictor = fit_predictor(table)
    except PredictionImpossible:
        return NextStep(next=_first(table, rest, batch), left=(), worst_error=None)
    entries = predicted_entries(predictor, rest)
    worst = float(np.quantile([_error(entry) for entry in entries], SETTLED))
    if worst <= target_error:
        return NextStep(next=networks, left=entries, worst_error=worst)
    return NextStep(next=_following(predictor, rest, batch), left=(), worst_error=worst)


def _missing(
    table: Table, wanted: Sequence[Operation], gaps: Collection[str]
) -> tuple[Operation, ...]:
    done = {e.key for e in table.entries if e.value_kind in ("measured", "suspect")} | set(gaps)
    return tuple(o for key, o in {operation_key(o): o for o in wanted}.items() if key not in done)


def _first(table: Table, rest: Sequence[Operation], count: int) -> tuple[Operation, ...]:
    """Return what says most of the rest while there is too little to learn from."""
    taught = [example.operation for example in examples_of(table)[0]]
    some = [rest[i] for i in drawn(len(rest), COMPARED)]
    design = design_of([*taught, *some], 1)
    nothing = Taught(np.zeros(len(taught)), np.zeros(len(taught)))
    scales = prior(design.names)[0]
    fitted = Fitted(scales, np.ones(len(taught)), 0.0)
    spread = Process(design, nothing).doubt(fitted)
    return tuple(some[i] for i in most_telling(spread, float(np.exp(2 * scales[NOISE])), count))


def _following(
    predictor: Predictor, rest: Sequence[Operation], count: int
) -> tuple[Operation, ...]:
    some = [rest[i] for i in drawn(len(rest), COMPARED)]
    spread, noise = doubt(predictor.learnt, (*predictor.taught, *predictor.borders), some)
    return tuple(some[i] for i in most_telling(spread, noise, count))


def _error(entry: Entry) -> float:
    low, high = entry.interval_us or (0.0, float("inf"))
    return (high - low) / 2 / entry.latency_us

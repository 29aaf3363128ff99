"""How well a predictor of one table predicts the rows of another: counted, not argued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from profiler.certificates.ranks import kendall_tau
from profiler.errors import PredictionImpossible
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS
from profiler.prediction.examples import LeftOut, examples_of
from profiler.prediction.learning import drawn
from profiler.prediction.predictor import Predictor, predicted_entries
from profiler.table import Table

RANKED = 2_000
"""Rows that are ranked, at most: pairs grow with their square."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """
    How well a predictor predicts rows it has not seen.

    Args:
        taught: how many rows it was fitted on.
        tested: how many rows it had not seen it was judged by; all figures are of these.
        seen: how many rows of the test it was fitted on; they are not judged.
        extrapolated: how many of the tested it marked so.
        median_error: median of |predicted - measured| / measured.
        mean_error: mean of it (MAPE).
        within_5pct: share of rows predicted within 5 %.
        within_10pct: share within 10 %.
        kendall_tau: rank correlation of predicted and measured, of 2,000 rows at most; None where
            one row is judged.
        coverage: share of rows inside their 90 % interval.
        width: median width of those intervals, over what is predicted.
        left_out: rows of the test that could not be judged, and why.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    taught: int
    tested: int
    seen: int
    extrapolated: int
    median_error: float
    mean_error: float
    within_5pct: float
    within_10pct: float
    kendall_tau: float | None
    coverage: float
    width: float
    left_out: tuple[LeftOut, ...]


def judge(predictor: Predictor, test: Table) -> Judgement:
    """
    Return how well *predictor* predicts the rows of *test* that it has not seen.

    Raises:
        PredictionImpossible: there is none.
    """
    rows, left = examples_of(test)
    seen = {example.operation for example in predictor.taught}
    unseen = [row for row in rows if row.operation not in seen]
    if not unseen:
        raise PredictionImpossible(
            f"table {test.name} holds no row to judge by: {len(rows)} of {len(test.entries)} have "
            f"a latency, and all of those taught the predictor"
        )
    entries = predicted_entries(predictor, [row.operation for row in unseen])
    measured = np.array([row.latency_us for row in unseen])
    predicted = np.array([entry.latency_us for entry in entries])
    low, high = np.array([entry.interval_us for entry in entries], dtype=float).T
    some = drawn(len(unseen), RANKED)
    errors = np.abs(predicted - measured) / measured
    return Judgement(
        taught=len(predictor.taught),
        tested=len(unseen),
        seen=len(rows) - len(unseen),
        extrapolated=sum(bool(entry.warnings) for entry in entries),
        median_error=float(np.median(errors)),
        mean_error=float(np.mean(errors)),
        within_5pct=float(np.mean(errors <= 0.05)),
        within_10pct=float(np.mean(errors <= 0.10)),
        kendall_tau=kendall_tau(predicted[some], measured[some]) if len(unseen) > 1 else None,
        coverage=float(np.mean((low <= measured) & (measured <= high))),
        width=float(np.median((high - low) / predicted)),
        left_out=left,
    )

"""
The predictor of one table: fitted on its rows, stored as data, never as code.

It holds what taught it and what was learnt of it; answering solves a system of equations anew.
Equal tables give equal predictors.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import ClassVar

from profiler.errors import PredictionImpossible
from profiler.operations import ForeignOperation, Operation, operation_key
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS
from profiler.prediction.examples import Example, LeftOut, borders_of, examples_of, is_network
from profiler.prediction.learning import SOLVED, Learnt, drawn, learn, recall
from profiler.prediction.reading import reading_of
from profiler.table import Entry, Origin, Table

FORMAT = 2
"""Format history: 1 (2026-11) the first; 2 (2026-11) other kernels."""

ENOUGH = 5
"""Rows below which nothing is learnt."""

EXTRAPOLATED = "extrapolated"
"""The warning of a prediction for a family that taught nothing."""


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """
    What a table's rows say of operations it has no row for.

    Args:
        format: of this document.
        table: name of the table.
        table_version: version of the rows.
        taught: the rows it was fitted on.
        borders: borders that were subtracted from those rows, and are no rows themselves.
        learnt: what was learnt of them.
        left_out: rows of the table that could not teach, and why.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    format: int = FORMAT
    table: str
    table_version: str
    taught: tuple[Example, ...]
    borders: tuple[Example, ...]
    learnt: Learnt
    left_out: tuple[LeftOut, ...] = ()

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise PredictionImpossible(
                f"the predictor of {self.table} is of format {self.format}, not "
                f"{FORMAT}; fit it anew"
            )


def fit_predictor(table: Table) -> Predictor:
    """
    Return the predictor of *table*.

    Raises:
        PredictionImpossible: too few of its rows were measured.
    """
    taught, left = examples_of(table)
    if len(taught) < ENOUGH:
        raise PredictionImpossible(
            f"table {table.name} holds {len(taught)} rows to learn from, and a predictor needs "
            f"{ENOUGH}: measure more of it"
        )
    taught, many = _held(taught)
    borders = borders_of(table, taught)
    return Predictor(
        table=table.name,
        table_version=table.version,
        taught=taught,
        borders=borders,
        learnt=learn(taught, borders),
        left_out=(*left, *many),
    )


def predicted_entries(predictor: Predictor, operations: Sequence[Operation]) -> tuple[Entry, ...]:
    """
    Return what *operations* are predicted to cost, in their order.

    Whole networks are left out: they are the sum of their rows.  What is of a family that taught
    nothing carries the warning ``extrapolated``.
    """
    wanted = [operation for operation in operations if not is_network(operation)]
    if not wanted:
        return ()
    answer = recall(predictor.learnt, (*predictor.taught, *predictor.borders), wanted)
    known = {family_of(example.operation) for example in predictor.taught}
    known |= {family_of(example.operation) for example in predictor.borders}
    half = predictor.learnt.margin * answer.sd
    return tuple(
        _entry(predictor, operation, (mean, mean - by, mean + by), known)
        for operation, mean, by in zip(wanted, answer.mean, half, strict=True)
    )


def _held(taught: Sequence[Example]) -> tuple[tuple[Example, ...], tuple[LeftOut, ...]]:
    """Return the rows a predictor can hold, and the others; of foreign ones it holds all."""
    kept = drawn(len(taught), SOLVED)
    if len(kept) == len(taught) or all(
        isinstance(example.operation, ForeignOperation) for example in taught
    ):
        return tuple(taught), ()
    reason = f"a predictor holds {SOLVED} rows of ours"
    others = sorted(set(range(len(taught))) - set(kept.tolist()))
    left = (LeftOut(key=operation_key(taught[i].operation), reason=reason) for i in others)
    return tuple(taught[i] for i in kept), tuple(left)


def family_of(operation: Operation) -> tuple[tuple[str, str], ...]:
    """Return what kind of operation it is, whatever its size."""
    said = reading_of(operation).family
    return tuple(sorted((name, text) for name, text in said.items() if name not in SIZE_LIKE))


SIZE_LIKE = ("widens", "resampled")
"""Parts of a family that are sizes written as texts; others of their kind teach them."""


def _entry(
    predictor: Predictor,
    operation: Operation,
    logs: tuple[float, float, float],
    known: set[tuple[tuple[str, str], ...]],
) -> Entry:
    latency_us, low_us, high_us = (exp(min(max(value, -30.0), 30.0)) for value in logs)
    row = {"operation": operation_key(operation), "taught": len(predictor.taught)}
    return Entry(
        operation=operation,
        latency_us=latency_us,
        low_us=low_us,
        high_us=high_us,
        value_kind="predicted",
        origin=Origin(
            format="hna-predictor",
            source=f"{predictor.table}@{predictor.table_version}",
            sha256="",
            row=json.dumps(row, separators=(",", ":")),
        ),
        warnings=() if family_of(operation) in known else (EXTRAPOLATED,),
    )

"""Which operations to measure again next, and which can be left."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import log
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from profiler.errors import TableMismatch
from profiler.formats.attributes import attributes_of
from profiler.lint.row import row_of
from profiler.operations import ForeignOperation, Operation, SegmentationNetwork
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS
from profiler.summary import Array
from profiler.table import Entry, Table
from profiler.triage.likeness import likeness
from profiler.triage.movement import most_telling, predict

TOLERANCE = 0.05
MISSED = 0.05
"""The probability of having moved further than the tolerance that an operation may be left with."""

FIRST_SHARE, FIRST_LEAST = 0.05, 8
"""How many operations are measured first: that share of all, and at least so many."""

NORMAL_90 = 1.645
"""Half a 90 % interval of a normal distribution, in standard deviations."""

UNKNOWN_SD = 0.1
"""Relative standard deviation of a row whose interval is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """How far an operation that was not measured again is predicted to have moved: new over old."""

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    key: str
    ratio: float
    low: float
    high: float
    moved: float
    """Probability that it moved further than the tolerance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """
    Where the triage of a table stands.

    Args:
        before: name of the table whose rows are known.
        after: name of the table that is being filled.
        tolerance: relative movement that matters.
        operations: rows of ``before`` that could be measured again.
        measured: how many of them were.
        moved: keys of those measured that moved further than the tolerance.
        incomparable: keys that cannot be run any more, or cost nothing; not among ``operations``.
        next: what to measure now, the most telling first; empty once the rest can be left.
        left: predictions of what need not be measured; empty until then.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    before: str
    after: str
    tolerance: float
    operations: int
    measured: int
    moved: tuple[str, ...]
    incomparable: tuple[str, ...]
    next: tuple[Operation, ...]
    left: tuple[Prediction, ...]


def triage(
    before: Table,
    after: Table,
    *,
    tolerance: float = TOLERANCE,
    batch: int | None = None,
    gaps: Collection[str] = (),
) -> Triage:
    """
    Say what of *before* to measure next in the environment of *after*.

    Args:
        before: a table with rows.
        after: what was measured of it so far in another environment; may be empty.
        tolerance: relative movement that matters.
        batch: how many operations at a time; None is a twentieth of all, at least 8.
        gaps: keys that could not be measured in the environment of *after*; not asked for again.

    Raises:
        TableMismatch: the tables are of different device models, or one and the same.
    """
    _require_comparable(before, after)
    known = [entry for entry in before.entries if _counts(entry)]
    rows = [entry for entry in known if not _lost(after, entry.key, gaps)]
    lost = tuple(entry.key for entry in known if _lost(after, entry.key, gaps))
    measured = [i for i, entry in enumerate(rows) if _measured(after, entry.key)]
    size = batch or max(FIRST_LEAST, round(FIRST_SHARE * len(rows)))
    distances = likeness([row_of(entry, attributes_of) for entry in rows])
    if len(measured) < min(size, len(rows)) or not rows:
        chosen = most_telling(distances, measured, size - len(measured))
        return _said(before, after, tolerance, rows, measured, lost, chosen, ())
    moved, noise_sd = _movements(rows, measured, after)
    found = predict(distances, measured, moved, noise_sd)
    probability = _beyond(found.mean, found.sd, log(1 + tolerance))
    probability[measured] = -1.0
    order = np.argsort(-probability, kind="stable")
    doubtful = [int(i) for i in order if probability[i] > MISSED][:size]
    left = () if doubtful else tuple(
        _prediction(rows[i].key, found.mean[i], found.sd[i], probability[i])
        for i in range(len(rows)) if i not in set(measured)
    )  # fmt: skip
    return _said(before, after, tolerance, rows, measured, lost, doubtful, left)


def _require_comparable(before: Table, after: Table) -> None:
    if before.device_model != after.device_model:
        raise TableMismatch(
            f"table {after.name} is of {after.device_model}, {before.name} of "
            f"{before.device_model}; triage compares two environments of one device model"
        )
    if before.name == after.name:
        raise TableMismatch(
            f"{before.name} is the table before and after; triage fills another environment's"
        )


def _counts(entry: Entry) -> bool:
    """Return whether a row is a number of an operation that can be measured by itself."""
    nameless = isinstance(entry.operation, ForeignOperation | SegmentationNetwork)
    return not nameless and entry.value_kind == "measured" and entry.latency_us > 0


def _measured(table: Table, key: str) -> bool:
    entry = table.by_key.get(key)
    return entry is not None and entry.value_kind == "measured" and entry.latency_us > 0


def _lost(table: Table, key: str, gaps: Collection[str]) -> bool:
    """Return whether a row of before can have no ratio: a gap, or it costs nothing now."""
    entry = table.by_key.get(key)
    if entry is None:
        return key in gaps
    return entry.value_kind == "measured" and entry.latency_us <= 0


def _movements(rows: list[Entry], measured: list[int], after: Table) -> tuple[Array, Array]:
    pairs = [(rows[i], after.by_key[rows[i].key]) for i in measured]
    moved = np.array([log(new.latency_us / old.latency_us) for old, new in pairs])
    noise = np.array([np.hypot(_relative_sd(old), _relative_sd(new)) for old, new in pairs])
    return moved, noise


def _relative_sd(entry: Entry) -> float:
    if entry.interval_us is None:
        return UNKNOWN_SD
    low_us, high_us = entry.interval_us
    return (high_us - low_us) / 2 / NORMAL_90 / entry.latency_us


def _beyond(mean: Array, sd: Array, limit: float) -> Array:
    """Return the probability of each to be further than *limit* from zero."""
    above, below = (limit - mean) / sd, (-limit - mean) / sd
    cdf = NormalDist().cdf
    inside = [cdf(float(a)) - cdf(float(b)) for a, b in zip(above, below, strict=True)]
    return 1.0 - np.array(inside)


def _prediction(key: str, mean: float, sd: float, moved: float) -> Prediction:
    ends = np.exp(mean + NORMAL_90 * sd * np.array([-1.0, 1.0]))
    return Prediction(
        key=key,
        ratio=float(np.exp(mean)),
        low=float(ends[0]),
        high=float(ends[1]),
        moved=float(moved),
    )


def _said(
    before: Table,
    after: Table,
    tolerance: float,
    rows: list[Entry],
    measured: list[int],
    lost: tuple[str, ...],
    chosen: list[int],
    left: tuple[Prediction, ...],
) -> Triage:
    pairs = {rows[i].key: rows[i] for i in measured}
    ratios = {key: after.by_key[key].latency_us / old.latency_us for key, old in pairs.items()}
    return Triage(
        before=before.name,
        after=after.name,
        tolerance=tolerance,
        operations=len(rows),
        measured=len(measured),
        moved=tuple(key for key, ratio in ratios.items() if abs(log(ratio)) > log(1 + tolerance)),
        incomparable=lost,
        next=tuple(rows[i].operation for i in chosen),
        left=left,
    )

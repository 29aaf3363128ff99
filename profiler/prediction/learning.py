"""
What is learnt of rows, as data: the blocks of the device, the scales, how far rows are believed.

Everything is chosen inside the rows: the blocks and the scales by likelihood, the width of the
intervals by predicting rows that were left out (cross-conformal, Vovk 2015).  Of many rows the
scales are learnt from a few hundred, and the others calibrate the intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import ClassVar

import numpy as np

from profiler.operations import ForeignOperation, Operation
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS
from profiler.prediction.design import (
    Rows,
    design_of,
    foreign_kernels,
    places_of_kernels,
    places_of_operations,
)
from profiler.prediction.examples import Example
from profiler.prediction.fit import Answer, Fitted, Process, Taught
from profiler.prediction.kernels import TILES
from profiler.prediction.near import Neighbourhood
from profiler.prediction.process import NOISE, PRIORS, prior
from profiler.summary import Array

COVERED = 0.90
LEAST_MARGIN = 1.0
"""Standard deviations; rows that agree by chance promise nothing of others."""

FOLDS = 5
CROSS_ROUNDS = 2
LEARNT_FROM = 250
"""Rows the scales are learnt from, at most."""

SOLVED = 1_500
"""Rows that are solved as one; of more, each operation is predicted from those near it."""

AT_ONCE = 500
"""Operations that are predicted at once; bounds the memory."""

CALIBRATED_BY = 400
"""Rows that calibrate the intervals of a table too large to be solved as one."""

SEED = 0

Scales = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """
    What was learnt of rows.

    Args:
        tile: channels in a block of the device's layout; 1 is no blocks.
        scales: how alike operations are, by name; logarithms, ``reach:`` those of sizes.
        belief: how far each row is believed, about 1; outliers less.
        margin: how many standard deviations half of a 90 % interval is.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    tile: int
    scales: Scales
    belief: tuple[float, ...]
    margin: float


def learn(taught: Sequence[Example], borders: Sequence[Example]) -> Learnt:
    """Return what *taught* say, and *borders*, which help but calibrate nothing."""
    examples = (*taught, *borders)
    operations, told = [example.operation for example in examples], _told(examples)
    some = drawn(len(examples), LEARNT_FROM)
    few, shown = [operations[i] for i in some], _among(told, some)
    tile = _likeliest_tile(few, shown)
    design = design_of(few, tile)
    fitted = Process(design, shown).fit()
    scales = tuple(zip(_names(design.names), fitted.scales.tolist(), strict=True))
    rest = np.setdiff1d(np.arange(len(taught)), some)
    if len(some) == len(examples):
        belief, scores = fitted.belief, _crossed(few, shown, tile, len(taught))
    elif len(examples) <= SOLVED:
        belief, scores = _solved(operations, told, tile, scales, rest)
    else:
        belief = np.ones(len(examples))
        chosen = rest[drawn(len(rest), CALIBRATED_BY)]
        scores = _off(_neighbourhood(operations, told, scales).answer(chosen), told.values[chosen])
    return Learnt(
        tile=tile,
        scales=scales,
        belief=tuple(map(float, belief)),
        margin=_margin(scores),
    )


def recall(learnt: Learnt, examples: Sequence[Example], wanted: Sequence[Operation]) -> Answer:
    """Return what *wanted* cost by what was learnt of *examples*."""
    operations, told = [*(example.operation for example in examples), *wanted], _told(examples)
    if len(examples) > SOLVED:
        rows = np.arange(len(examples), len(operations))
        return _neighbourhood(operations, told, learnt.scales).answer(rows)
    parts = [
        _answered(learnt, operations[: len(examples)], told, wanted[start : start + AT_ONCE])
        for start in range(0, len(wanted), AT_ONCE)
    ]
    return Answer(
        np.concatenate([part.mean for part in parts]), np.concatenate([part.sd for part in parts])
    )


def _answered(
    learnt: Learnt, known: Sequence[Operation], told: Taught, wanted: Sequence[Operation]
) -> Answer:
    design = design_of([*known, *wanted], learnt.tile)
    scales = _scales_for(design.names, learnt.scales)
    return Process(design, told).answer(Fitted(scales, np.array(learnt.belief), 0.0))


def doubt(
    learnt: Learnt, examples: Sequence[Example], wanted: Sequence[Operation]
) -> tuple[Array, float]:
    """Return the covariance of *wanted*, given *examples*, and the variance of a measurement."""
    kept = drawn(len(examples), SOLVED)
    known = [examples[i] for i in kept]
    design = design_of([*(example.operation for example in known), *wanted], learnt.tile)
    scales = _scales_for(design.names, learnt.scales)
    fitted = Fitted(scales, np.array(learnt.belief)[kept], 0.0)
    return Process(design, _told(known)).doubt(fitted), float(np.exp(2 * scales[NOISE]))


def _told(examples: Sequence[Example]) -> Taught:
    values = np.log([example.latency_us for example in examples])
    return Taught(values, np.array([example.noise for example in examples]))


def _among(told: Taught, chosen: Rows) -> Taught:
    return Taught(told.values[chosen], told.doubts[chosen])


def drawn(of: int, at_most: int) -> Rows:
    """Return the numbers below *of*: all, or so many drawn by chance, always the same."""
    if of <= at_most:
        return np.arange(of)
    return np.sort(np.random.default_rng(SEED).permutation(of)[:at_most])


def _likeliest_tile(operations: Sequence[Operation], told: Taught) -> int:
    """Return the blocks under which the latencies are most likely."""
    if all(isinstance(operation, ForeignOperation) for operation in operations):
        return 1
    likelihoods = {
        tile: Process(design_of(operations, tile), told).fit(rounds=CROSS_ROUNDS).likelihood
        for tile in TILES
    }
    return max(TILES, key=lambda tile: likelihoods[tile])


def _crossed(operations: Sequence[Operation], told: Taught, tile: int, count: int) -> Array:
    """Return how many deviations the first rows are from what others predict, fitted anew."""
    scores = np.zeros(count)
    for fold in range(FOLDS):
        out = np.arange(fold, count, FOLDS)
        kept = np.setdiff1d(np.arange(len(operations)), out)
        design = design_of([operations[i] for i in (*kept, *out)], tile)
        process = Process(design, _among(told, kept))
        answer = process.answer(process.fit(rounds=CROSS_ROUNDS))
        scores[out] = _off(answer, told.values[out])
    return scores


def _solved(
    operations: Sequence[Operation], told: Taught, tile: int, scales: Scales, rest: Rows
) -> tuple[Array, Array]:
    """Return the belief in all rows, and how far those are off that taught no scale."""
    design = design_of(operations, tile)
    process = Process(design, told)
    fitted = process.believe(_scales_for(design.names, scales))
    answer = process.left_out(fitted)
    return fitted.belief, _off(answer, told.values)[rest]


def _neighbourhood(operations: Sequence[Operation], told: Taught, scales: Scales) -> Neighbourhood:
    names, kernels = places_of_kernels(foreign_kernels(operations))
    places = places_of_operations(operations)
    return Neighbourhood(kernels, places, told, _scales_for(names, scales))


def _off(answer: Answer, values: Array) -> Array:
    return np.asarray(np.abs(answer.mean - values) / answer.sd)


def _margin(scores: Array) -> float:
    """Return how many standard deviations nine in ten stay within."""
    place = min(ceil((len(scores) + 1) * COVERED), len(scores)) - 1
    return max(float(np.sort(scores)[place]), LEAST_MARGIN)


def _names(sizes: Sequence[str]) -> tuple[str, ...]:
    return (*PRIORS, *(f"reach:{name}" for name in sizes))


def _scales_for(sizes: Sequence[str], learnt: Scales) -> Array:
    """Return the scales for these sizes; a size that taught nothing has the reach of the prior."""
    known, (means, _) = dict(learnt), prior(sizes)
    return np.array([known.get(n, mean) for n, mean in zip(_names(sizes), means, strict=True)])

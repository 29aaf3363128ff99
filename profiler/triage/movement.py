"""
How far operations moved, predicted from those that were measured again: a Gaussian process.

What is modelled is the logarithm of new over old latency: a part all operations share, and a part
by each cause that acted (``profiler.triage.causes``); averaged over the explanations that were
drawn.  Rasmussen and Williams, Gaussian Processes for Machine Learning, algorithm 2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import NormalDist

import numpy as np

from profiler.greedy import most_telling as greedy
from profiler.summary import Array
from profiler.triage.causes import Alone, Cause
from profiler.triage.scales import BUILD_SD, LONE_SD, SHARED_SD, Explanation, explanations

PRIOR_SD = 0.03
"""Of the movement by each cause, while nothing is known."""

_CDF = np.vectorize(NormalDist().cdf, otypes=[np.float64])


@dataclass(frozen=True)
class Movement:
    """
    What is predicted of each operation.

    Args:
        mean: of the logarithm of new over old.
        sd: its standard deviation, unless it moved alone.
        beyond: probability that it moved further than what matters.
        alone: of each that was measured the probability that it moved alone.
    """

    mean: Array
    sd: Array
    beyond: Array
    alone: Array


def predict(
    causes: Sequence[Cause],
    count: int,
    measured: Sequence[int],
    moved: Array,
    noise_sd: Array,
    tolerance: float,
) -> Movement:
    """
    Return how far every operation is predicted to have moved.

    Args:
        causes: what may have moved them.
        count: how many operations there are.
        measured: which of them were measured again; one at least.
        moved: log of new over old of those, in the same order.
        noise_sd: standard deviation of each of ``moved``.
        tolerance: relative movement that matters.
    """
    known = [cause.between(measured, measured) for cause in causes]
    drawn = explanations(known, moved, noise_sd)
    seen = [_seen(causes, count, measured, moved, each) for each in drawn]
    means, sds = np.array([mean for mean, _ in seen]), np.array([sd for _, sd in seen])
    lone = np.array([[each.lone_share] for each in drawn])
    together, alone = (_outside(means, far, tolerance) for far in (sds, np.hypot(sds, LONE_SD)))
    return Movement(
        mean=means.mean(axis=0),
        sd=np.sqrt((sds**2).mean(axis=0) + means.var(axis=0)),
        beyond=((1 - lone) * together + lone * alone).mean(axis=0),
        alone=np.mean([each.alone for each in drawn], axis=0),
    )


def _seen(
    causes: Sequence[Cause],
    count: int,
    measured: Sequence[int],
    moved: Array,
    explanation: Explanation,
) -> tuple[Array, Array]:
    """Return mean and standard deviation of every movement under one explanation."""
    every = range(count)
    across = np.full((count, len(measured)), SHARED_SD**2)
    own = np.full(count, SHARED_SD**2 + BUILD_SD**2)
    for cause, scale in zip(causes, explanation.scales, strict=True):
        if scale:
            across += scale**2 * cause.between(every, measured)
            own += scale**2 * cause.variances()
    known = across[measured] + np.diag(explanation.variances)
    weights = np.linalg.solve(known, across.T)
    variance = own - np.sum(across * weights.T, axis=1)
    return weights.T @ moved, np.sqrt(np.maximum(variance, 1e-12))


def most_telling(
    causes: Sequence[Cause], noise_sd: Array, measured: Sequence[int], count: int
) -> list[int]:
    """
    Return *count* operations that say most of all others, beside those measured already.

    Each in turn is the one after which the movements of all are known best, while every cause may
    have acted; ``noise_sd`` is what a measurement of each would have.
    """
    every = range(len(noise_sd))
    spread = SHARED_SD**2 + _together(causes, every, every)
    return greedy(spread, noise_sd**2, count, known=measured)


def most_alike(causes: Sequence[Cause], operations: int, index: int, count: int) -> list[int]:
    """Return which *count* of all operations move most like one of them, if any cause may act."""
    variances = sum(PRIOR_SD**2 * cause.variances() for cause in _common(causes))
    alike = _together(causes, [index], range(operations))[0] / np.sqrt(np.maximum(variances, 1e-12))
    alike[index] = -np.inf
    return [int(other) for other in np.argsort(-alike, kind="stable")[:count]]


def _together(causes: Sequence[Cause], left: Sequence[int], right: Sequence[int]) -> Array:
    """Return how some operations move with others, while every cause may have acted."""
    found = np.zeros((len(left), len(right)))
    for cause in _common(causes):
        found += PRIOR_SD**2 * cause.between(left, right)
    return found


def _common(causes: Sequence[Cause]) -> list[Cause]:
    return [cause for cause in causes if not isinstance(cause, Alone)]


def _outside(mean: Array, sd: Array, tolerance: float) -> Array:
    """Return the probability of each to be further than *tolerance* from where it was."""
    limit = log(1 + tolerance)
    outside: Array = 1.0 - _CDF((limit - mean) / sd) + _CDF((-limit - mean) / sd)
    return outside

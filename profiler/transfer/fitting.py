"""
The latencies of a device from a few of them and from other devices: averaged Gaussian processes.

A device is like the average of the sources or like one of them, but for its speed, for a mixture
of the ways in which sources deviate from each other, and for deviations by the features of rows.
How large each of these is, and how noisy measurements are, a handful of them cannot say: every
combination of a small grid is tried, and all are averaged by how likely they make what was
measured (Rasmussen and Williams, Gaussian Processes for Machine Learning, chapters 2 and 5).
Noise has long tails (Student's t with 4 degrees of freedom, by reweighting): one disturbed
measurement among ten must not turn the table.

The grid and how wide intervals are were chosen on published devices, each left out in turn with all
others of its family, and on tables of one machine's runtimes, each taught by another: runtimes
differ far more than devices do, hence the grid's largest values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import sqrt

import numpy as np

from profiler.errors import TransferImpossible
from profiler.summary import Array
from profiler.transfer.view import Centre, View, centres

NORMAL_90 = 1.645
"""Half a 90 % interval of a normal distribution, in standard deviations."""

LEAST_MEASURED = 2
"""Fewer measurements of the new device than this say nothing of it but its speed."""

SOURCE_SDS = (0.03, 0.1, 0.3, 1.0)
"""How large the weight of each source's deviation may be."""

FEATURE_SDS = ((0.0, 0.1, 0.3, 0.8), (0.02, 0.1, 0.3, 0.8))
"""How large relative deviations by the features of each block may be."""

CONSTANT_SD = 0.1
SPEED_SD = 0.05
"""Of a constant per row, and of the speed around the median of what was measured."""

NOISES = (0.01, 0.03, 0.07, 0.15, 0.35)
"""Relative standard deviations of a row by itself, measurement noise included."""

TAILS = 4.0
"""Degrees of freedom of the noise."""

TAIL_WIDTH = 1.15
"""
By how much that noise widens intervals; 1.30 by itself, but the average over combinations has long
tails already.
"""

UNSURPRISED = 5.0
"""So many measurements as predicted are assumed before those that were made are looked at."""

REWEIGHTED = 4
"""How often measurements are weighed anew."""

SCORED = 40
"""From how many measurements the grid is judged; more only cost time."""

KEPT, KEPT_OF_MANY = 96, 32
"""How many of the most likely combinations are averaged; fewer beyond ``SCORED`` measurements."""

Rows = Array
"""Indices of rows; whole numbers."""


@dataclass(frozen=True)
class Transferred:
    """Mean and standard deviation of the log latency of every row on the new device."""

    mean: Array
    sd: Array


@dataclass(frozen=True)
class Grid:
    """
    Combinations of standard deviations, one a row.

    Args:
        variances: of the weights of each block of columns, shape (combinations, blocks).
        noises: relative standard deviations, shape (combinations,).
    """

    variances: Array
    noises: Array

    def only(self, chosen: Sequence[int]) -> Grid:
        """Return some of the combinations."""
        return Grid(self.variances[chosen], self.noises[chosen])


@dataclass(frozen=True)
class Measured:
    """Rows measured on the new device, their log latencies and standard deviations."""

    rows: Rows
    values: Array
    noise_sd: Array

    def first(self, count: int) -> Measured:
        """Return the first of them."""
        return Measured(self.rows[:count], self.values[:count], self.noise_sd[:count])


def transfer(views: Sequence[View], measured: Rows, values: Array, noise_sd: Array) -> Transferred:
    """
    Return the log latency of every row on a new device.

    Args:
        views: of the rows; the same rows in the same order in each.
        measured: indices of rows that were measured on the new device.
        values: their log latencies there, in whatever unit the answer is wanted.
        noise_sd: standard deviation of each of ``values``; zero where only the values tell.

    Returns:
        Mean and standard deviation; mean +- 1.645 standard deviations is the 90 % interval in
        which a measurement of the row is expected.

    Raises:
        TransferImpossible: no source device, or fewer than 2 measurements.
    """
    devices = min((view.log_latencies.shape[1] for view in views), default=0)
    if devices < 1 or len(measured) < LEAST_MEASURED:
        raise TransferImpossible(
            f"{devices} source(s) and {len(measured)} measured row(s) that a source knows; a "
            f"transfer needs 1 and {LEAST_MEASURED}: measure more on this device, or on others"
        )
    known = Measured(np.asarray(measured, dtype=int), values, noise_sd)
    possible = [centre for view in views for centre in centres(view)]
    grid = _grid(possible[0])
    scores = np.array([_scores(centre, grid, known.first(SCORED)) for centre in possible])
    weights = _best(scores, KEPT if len(known.rows) <= SCORED else KEPT_OF_MANY)
    return _averaged(possible, grid, weights, known)


def _grid(centre: Centre) -> Grid:
    """Return all combinations for the sources, up to two feature blocks and the constant."""
    # A single source does not deviate from itself: its weight would only repeat combinations.
    sources = SOURCE_SDS if centre.blocks[0].shape[1] > 1 else SOURCE_SDS[:1]
    features = FEATURE_SDS[: len(centre.blocks) - 2]
    tried = list(product(sources, *features, (CONSTANT_SD,), NOISES))
    combinations = np.array(tried)
    return Grid(combinations[:, :-1] ** 2, combinations[:, -1])


def _scores(centre: Centre, grid: Grid, known: Measured) -> Array:
    """Return the log probability of each combination and of what was measured."""
    deviation, _ = centre.deviation(known.rows, known.values)
    covariance, solved, _ = _solved(centre, grid, known, deviation)
    _, log_determinant = np.linalg.slogdet(covariance)
    jacobian = float(np.sum(np.log1p(deviation))) if centre.additive else 0.0
    scores: Array = -0.5 * (solved @ deviation + log_determinant) + jacobian
    return scores + centre.log_probability


def _solved(
    centre: Centre, grid: Grid, known: Measured, deviation: Array
) -> tuple[Array, Array, Array]:
    """Return the covariance of what was measured, it solved, and the noise in it by weight."""
    grams = np.array([block[known.rows] @ block[known.rows].T for block in centre.blocks])
    shared = np.einsum("hb,bij->hij", grid.variances, grams) + SPEED_SD**2
    trust = np.ones((len(grid.noises), len(deviation)))
    for _ in range(REWEIGHTED):
        noise = grid.noises[:, None] ** 2 / trust + known.noise_sd**2
        covariance = shared + noise[:, :, None] * np.eye(len(deviation))
        solved = np.linalg.solve(covariance, np.broadcast_to(deviation, trust.shape)[..., None])
        surprise = (solved[..., 0] * noise) ** 2 / (grid.noises[:, None] ** 2 + known.noise_sd**2)
        trust = (TAILS + 1) / (TAILS + surprise)
    return covariance, solved[..., 0], noise


def _best(scores: Array, kept: int) -> Array:
    """Return the probabilities of all combinations, all but the most likely few set to zero."""
    weights: Array = np.exp(scores - np.max(scores))
    least = np.sort(weights, axis=None)[-min(kept, weights.size)]
    weights[weights < least] = 0.0
    return weights / np.sum(weights)


def _averaged(
    possible: Sequence[Centre], grid: Grid, weights: Array, known: Measured
) -> Transferred:
    mean = np.zeros_like(possible[0].log_latency)
    square = np.zeros_like(mean)
    for centre, weight in zip(possible, weights, strict=True):
        kept = np.flatnonzero(weight)
        if not kept.size:
            continue
        means, sds = _predicted(centre, grid.only(kept.tolist()), known)
        mean += weight[kept] @ means
        square += weight[kept] @ (sds**2 + means**2)
    sd = np.sqrt(np.maximum(square - mean**2, 1e-12))
    return Transferred(mean=mean, sd=sd)


def _predicted(centre: Centre, grid: Grid, known: Measured) -> tuple[Array, Array]:
    """Return log latencies and standard deviations by each combination: (combinations, rows)."""
    deviation, speed = centre.deviation(known.rows, known.values)
    covariance, solved, noise = _solved(centre, grid, known, deviation)
    crosses = [block @ block[known.rows].T for block in centre.blocks]
    lengths = np.array([np.sum(block**2, axis=1) for block in centre.blocks])
    found = []
    for i, variances in enumerate(grid.variances):
        across = sum(v * c for v, c in zip(variances, crosses, strict=True)) + SPEED_SD**2
        explained = np.sum(across * np.linalg.solve(covariance[i], across.T).T, axis=1)
        left = np.maximum(variances @ lengths + SPEED_SD**2 - explained, 0.0)
        own = (TAIL_WIDTH * grid.noises[i]) ** 2
        wider = _widening(np.linalg.inv(covariance[i]), solved[i], own - noise[i])
        sd = np.sqrt(left + own) * wider
        found.append(centre.log_latencies(speed, across @ solved[i], sd))
    means, sds = zip(*found, strict=True)
    return np.array(means), np.array(sds)


def _widening(precision: Array, solved: Array, wider: Array) -> float:
    """
    Return by how much intervals are widened, at least 1.

    Measurements, each predicted from the others (Rasmussen and Williams, section 5.4.2), may vary
    more around their predictions than predicted; and how much, few of them do not say for sure,
    wherefore the width is that of Student's t.

    Args:
        precision: inverse of the covariance of what was measured.
        solved: the covariance solved for what was measured.
        wider: what an interval's variance has more than the covariance.
    """
    own = np.diag(precision)
    squares = (solved / own) ** 2 / (1 / own + wider)
    freedom = UNSURPRISED + len(squares)
    surprise = max(1.0, float((UNSURPRISED + np.sum(squares)) / freedom))
    return _student_90(freedom) / NORMAL_90 * sqrt(surprise)


def _student_90(freedom: float) -> float:
    """
    Return half a 90 % interval of Student's t (Abramowitz and Stegun, 26.7.5).

    >>> [round(_student_90(freedom), 2) for freedom in (7, 13, 1e9)]
    [1.89, 1.77, 1.65]
    """
    z = NORMAL_90
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / freedom + second / freedom**2

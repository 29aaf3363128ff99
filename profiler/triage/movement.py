"""
How far operations moved, predicted from those that were measured again: a Gaussian process.

What is modelled is the logarithm of new over old latency: a part all operations share, a part of
each family, and a part that changes smoothly with size.  How large the parts are is learnt from
what was measured (the most likely of a few), under a weak prior that keeps few measurements from
proving that nothing moved.  Rasmussen and Williams, Gaussian Processes for Machine Learning,
algorithm 2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from profiler.summary import Array
from profiler.triage.likeness import Likeness

SHARED_SD = 0.3
"""Of the part all operations share: an upgrade may move everything."""

SCALES = (0.003, 0.01, 0.03, 0.1, 0.3)
"""Standard deviations tried for the other parts."""

REACHES = (1.0, 2.0, 4.0)
"""Doublings over which sizes are tried to move together."""

PRIOR_SCALE = 0.03
PRIOR_WIDTH = 1.5
"""The prior of a scale: logarithmic, around that, so many natural units wide."""

LEAST_NOISE = 0.005
"""Relative standard deviation below which no measurement is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """How large the parts of a movement are."""

    family_sd: float
    size_sd: float
    reach: float

    def covariance(self, distances: Likeness) -> Array:
        """Return the covariance of movements at *distances*."""
        related = np.exp(-distances.families)
        near = np.exp(-0.5 * (distances.doublings / self.reach) ** 2)
        family, size = self.family_sd**2, self.size_sd**2
        covariance: Array = SHARED_SD**2 + family * related + size * related * near
        return covariance


@dataclass(frozen=True)
class Movement:
    """Mean and standard deviation of the logarithm of new over old, for each operation."""

    mean: Array
    sd: Array


def predict(
    distances: Likeness, measured: Sequence[int], moved: Array, noise_sd: Array
) -> Movement:
    """
    Return how far every operation is predicted to have moved.

    Args:
        distances: between all operations.
        measured: which of them were measured again.
        moved: log of new over old of those, in the same order.
        noise_sd: standard deviation of each of ``moved``.
    """
    every = range(len(distances.families))
    noise = np.maximum(noise_sd, LEAST_NOISE) ** 2
    parts = _most_likely(distances.among(measured), moved, noise)
    known = parts.covariance(distances.among(measured)) + np.diag(noise)
    across = parts.covariance(distances.between(list(every), measured))
    own = SHARED_SD**2 + parts.family_sd**2 + parts.size_sd**2
    weights = np.linalg.solve(known, across.T)
    variance = own - np.sum(across * weights.T, axis=1)
    return Movement(mean=weights.T @ moved, sd=np.sqrt(np.maximum(variance, 1e-12)))


def most_telling(distances: Likeness, measured: Sequence[int], count: int) -> list[int]:
    """Return *count* operations that say most of the others, beside those measured already."""
    parts = Parts(family_sd=PRIOR_SCALE, size_sd=PRIOR_SCALE, reach=REACHES[1])
    covariance = parts.covariance(distances)
    chosen = list(measured)
    for index in chosen:
        covariance = _given(covariance, index)
    new: list[int] = []
    for _ in range(min(count, len(covariance) - len(chosen))):
        gained = np.diag(covariance).copy()
        gained[chosen + new] = -1.0
        best = int(np.argmax(gained))
        new.append(best)
        covariance = _given(covariance, best)
    return new


def _given(covariance: Array, index: int) -> Array:
    """Return the covariance of all once the operation at *index* is measured."""
    column = covariance[:, index]
    left: Array = covariance - np.outer(column, column) / (column[index] + LEAST_NOISE**2)
    return left


def _most_likely(distances: Likeness, moved: Array, noise: Array) -> Parts:
    tried = (Parts(family_sd=f, size_sd=s, reach=r) for f, s, r in product(SCALES, SCALES, REACHES))
    return max(tried, key=lambda parts: _log_likelihood(parts, distances, moved, noise))


def _log_likelihood(parts: Parts, distances: Likeness, moved: Array, noise: Array) -> float:
    covariance = parts.covariance(distances) + np.diag(noise)
    lower = np.linalg.cholesky(covariance)
    fit = float(np.sum(np.linalg.solve(lower, moved) ** 2))
    log_determinant = 2 * float(np.sum(np.log(np.diag(lower))))
    scales = np.log(np.array([parts.family_sd, parts.size_sd]) / PRIOR_SCALE)
    return -0.5 * (fit + log_determinant + float(np.sum((scales / PRIOR_WIDTH) ** 2)))

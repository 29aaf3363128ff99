"""
Which causes acted, and how strongly: drawn from what measured movements leave possible.

A few measurements rarely tell one cause from all others.  Choosing the most likely would be too
sure of the rest, so several explanations are drawn (Gibbs sampling: each scale in turn, from its
probability given all others) and what follows is averaged over them.  Before anything is measured
a cause most likely did not act at all: about two of all did (spike and slab; Mitchell and
Beauchamp 1988, Journal of the American Statistical Association 83:404).  An operation may also
have moved alone, far and for no cause that others share; how many do so is learnt too.  The draws
are the same each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

from profiler.summary import Array

SHARED_SD = 0.3
"""Standard deviation of the movement all operations share: an upgrade may move everything."""

SCALES = np.array([0.0, 0.01, 0.03, 0.1, 0.3])
"""Standard deviations of the movement by one cause that are tried."""

ACTING = 2.0
"""How many causes act, expected before anything is measured."""

NOISES = np.array([0.5, 0.7, 1.0, 1.4])
NOISE_PRIOR = np.array([0.2, 0.3, 0.4, 0.1])
"""How many times their noise as told movements were found to have, with the probability of each."""

LONE_SD = 0.3
"""Standard deviation of the movement of an operation that moved alone."""

LONE_PRIOR = (0.5, 50.0)
"""How many moved alone and how many did not, seen before anything is measured: one in a hundred."""

SMALLEST = 1e-300
"""A density below which two explanations are equally impossible."""

CHAINS, SWEEPS, DROPPED = 4, 7, 4
"""
Chains that begin anew, sweeps of each over all causes, and how many of the first say nothing yet.

One chain stays with the explanation it finds first for long; several find several.
"""

BUILD_SD = 0.01
"""
Relative standard deviation between two builds of one operation, which lie differently in memory.

It is in every measurement beside its noise, and in what is predicted of the others.
"""

LEARNT_FROM = 160
"""Movements that scales are learnt from, at most: more take long and tell little more."""


@dataclass(frozen=True)
class Explanation:
    """
    One that was drawn.

    Args:
        scales: of each cause.
        variances: of what each measurement has to itself: noise, its build, having moved alone.
        alone: 1 for each measurement that moved alone, else 0.
        lone_share: probability of any other operation to have moved alone.
    """

    scales: Array
    variances: Array
    alone: Array
    lone_share: float


def explanations(
    causes: Sequence[Array], moved: Array, noise_sd: Array, seed: int = 0
) -> list[Explanation]:
    """
    Draw explanations of movements.

    Args:
        causes: the covariance of the movements by each cause, at scale 1.
        moved: what was measured: logarithms of new over old.
        noise_sd: standard deviation of the noise of each.
        seed: of the draws.
    """
    draw = np.random.default_rng(seed)
    some = np.sort(draw.permutation(len(moved))[:LEARNT_FROM])
    parts = [cause[np.ix_(some, some)] for cause in causes]
    chains = (_Chain(parts, moved[some], noise_sd[some], draw) for _ in range(CHAINS))
    return [_of_all(state, some, noise_sd) for chain in chains for state in chain.run()]


def _of_all(state: _State, some: NDArray[np.intp], noise_sd: Array) -> Explanation:
    """Return what was drawn as an explanation of every movement, learnt from or not."""
    alone = np.zeros(len(noise_sd))
    alone[some] = state.alone
    variances = (noise_sd * state.noise) ** 2 + BUILD_SD**2 + LONE_SD**2 * alone
    return Explanation(state.scales, variances, alone, state.lone_share)


@dataclass(frozen=True)
class _State:
    scales: Array
    noise: float
    alone: NDArray[np.bool_]

    @property
    def lone_share(self) -> float:
        """The probability of moving alone, given how many of those measured did."""
        lone, others = LONE_PRIOR
        return float((self.alone.sum() + lone) / (len(self.alone) + lone + others))


class _Chain:
    """Gibbs sampling: nothing acted at first, noise is as told, and nothing moved alone."""

    def __init__(
        self, parts: list[Array], moved: Array, noise_sd: Array, draw: np.random.Generator
    ) -> None:
        acting = min(0.5, ACTING / max(len(parts), 1))
        slab = len(SCALES) - 1
        self._prior = np.log(np.array([1 - acting, *[acting / slab] * slab]))
        self._parts, self._moved, self._draw = parts, moved, draw
        self._noise = np.diag(noise_sd**2)
        self._scales, self._noise_scale = np.zeros(len(parts)), 1.0
        self._alone = np.zeros(len(moved), dtype=bool)
        self._whole: Array = SHARED_SD**2 + self._noise + BUILD_SD**2 * np.eye(len(moved))

    def run(self) -> list[_State]:
        """Return what was drawn in each sweep that is kept."""
        found = []
        for sweep in range(SWEEPS):
            for index in self._draw.permutation(len(self._parts)):
                part, old = self._parts[index], float(self._scales[index])
                self._scales[index] = self._changed(part, old, SCALES, self._prior)
            told = self._noise_scale
            self._noise_scale = self._changed(self._noise, told, NOISES, np.log(NOISE_PRIOR))
            self._set_apart()
            if sweep >= DROPPED:
                found.append(_State(self._scales.copy(), self._noise_scale, self._alone.copy()))
        return found

    def _set_apart(self) -> None:
        """Draw for each movement in turn whether it is one alone, from what all others predict."""
        inverse = np.linalg.inv(self._whole)
        for index in range(len(self._moved)):
            share = _State(
                self._scales, self._noise_scale, np.delete(self._alone, index)
            ).lone_share
            precision = inverse[index, index]
            error = float(inverse[index] @ self._moved) / precision
            common = 1 / precision - LONE_SD**2 * self._alone[index]
            odds = share / (1 - share) * _density(error, common + LONE_SD**2)
            alone = self._draw.random() < odds / (odds + _density(error, common))
            change = LONE_SD**2 * (float(alone) - float(self._alone[index]))
            if change:
                self._alone[index] = alone
                self._whole[index, index] += change
                column = inverse[:, index]
                inverse = inverse - np.outer(column, column) * (change / (1 + change * precision))

    def _changed(self, part: Array, old: float, tried: Array, prior: Array) -> float:
        """Draw one scale given all others, and keep what follows from it."""
        rest = self._whole - old**2 * part
        likely = _log_likelihoods(rest + tried[:, None, None] ** 2 * part, self._moved) + prior
        chances = np.exp(likely - likely.max())
        new = float(tried[self._draw.choice(len(tried), p=chances / chances.sum())])
        self._whole = rest + new**2 * part
        return new


def _density(error: float, variance: float) -> float:
    """Return the density of *error* under a normal distribution, but for a constant factor."""
    return exp(-0.5 * error**2 / variance) / sqrt(variance) + SMALLEST


def _log_likelihoods(covariances: Array, moved: Array) -> Array:
    """
    Return the log likelihood of *moved* under each covariance, up to a constant.

    The last row of the factor of a covariance with *moved* below it is what the fit is made of;
    what is put in the corner is more than any fit can be, as each covariance holds that of builds.
    """
    count, size = len(covariances), len(moved)
    bordered = np.empty((count, size + 1, size + 1))
    bordered[:, :size, :size] = covariances
    bordered[:, size, :size] = bordered[:, :size, size] = moved
    bordered[:, size, size] = 1.0 + float(moved @ moved) / BUILD_SD**2
    factors = np.linalg.cholesky(bordered)
    fit = np.sum(factors[:, size, :size] ** 2, axis=1)
    diagonals = np.diagonal(factors, axis1=1, axis2=2)[:, :size]
    found: Array = -0.5 * fit - np.sum(np.log(diagonals), axis=1)
    return found

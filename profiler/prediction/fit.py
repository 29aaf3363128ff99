"""
Fitting: what kernels most likely cost, and how alike they are, from operations.

An operation is the sum of its kernels.  Around what they are thought to cost, its logarithm is
close to linear in theirs, with their shares as weights; so the process is conditioned on that
line, the line drawn anew, and so on (Gauss and Newton).  In turn with it the scales climb the
likelihood.  What all others predict badly is believed less, as if errors were of Student's kind;
an outlier, hardly at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from profiler.prediction.climbing import climb
from profiler.prediction.design import Design, Places, Rows
from profiler.prediction.process import (
    FARTHEST,
    NOISE,
    OWN,
    noise_of,
    of_kernels,
    of_operations,
    prior,
)
from profiler.prediction.slope import Slope
from profiler.summary import Array

ROUNDS = 4
CLIMBS = 30
NEWTON_STEPS = 15
FARTHEST_COST = 8.0
"""Natural logarithms a kernel may cost more or less than guessed."""

LEAST_SHARE = 0.05
"""An operation costs at least this share of what its kernels and its border cost together."""

FREEDOM = 4.0
"""Degrees of freedom of the errors."""

OUTLIER = 6.0
"""Times as far from its prediction as usual, and a row is believed as far as it is off only."""

NORMAL_MEDIAN = 0.6745
"""Median of the absolute value of a standard normal variable."""

SETTLED = 1e-3
TINY = 1e-8


@dataclass(frozen=True)
class Taught:
    """
    What a process is fitted on.

    Args:
        values: natural logarithms of latencies.
        doubts: relative standard deviations their intervals speak of.
    """

    values: Array
    doubts: Array


@dataclass(frozen=True)
class Fitted:
    """
    A fitted process.

    Args:
        scales: logarithms of how alike kernels and operations are.
        belief: how far each value is believed, about 1.
        likelihood: of the values, logarithmic, with the prior of the scales.
    """

    scales: Array
    belief: Array
    likelihood: float


@dataclass(frozen=True)
class Answer:
    """Mean and standard deviation of the logarithm of latency, for each operation."""

    mean: Array
    sd: Array


class Process:
    """
    A process over the operations of a design, of which the first have known latencies.

    Args:
        design: all operations.
        taught: latencies of the first of them.
    """

    def __init__(self, design: Design, taught: Taught) -> None:
        self._design, self._taught = design, taught
        self._known = len(taught.values)
        self._used = _used(design, self._known)
        self._middle = design.kernels.sizes[self._used].mean(axis=0)
        self._costs = np.zeros(len(design.work))
        guesses = self._line(self._costs, 0.0)[0][: self._known]
        self._base = float(np.median(taught.values - guesses)) if self._known else 0.0

    def fit(self, start: Array | None = None, rounds: int = ROUNDS) -> Fitted:
        """Return the most likely scales, climbing from *start*, the prior unless given."""
        means, widths = prior(self._design.names)
        low, high = means - FARTHEST * widths, means + FARTHEST * widths
        scales = means if start is None else start
        belief = np.ones(self._known)
        likelihood = -np.inf
        for _ in range(rounds):
            self._settle(scales, belief)
            climbed = self._slope(belief)
            scales, likelihood = climb(climbed, scales, low, high, CLIMBS)
            belief = self._believed(scales, belief)
        return Fitted(scales, belief, likelihood)

    def believe(self, scales: Array) -> Fitted:
        """Return the process of *scales* that others were learnt from, with belief in the known."""
        belief = np.ones(self._known)
        for _ in range(ROUNDS):
            belief = self._believed(scales, belief)
        return Fitted(scales, belief, -np.inf)

    def answer(self, fitted: Fitted) -> Answer:
        """Return what the operations beyond the known ones cost."""
        weights, totals, shares = self._settle(fitted.scales, fitted.belief)
        across, own, kernels = self._across(fitted.scales, shares)
        explained = np.sum(across * self._solve(fitted, shares, across.T).T, axis=1)
        wanted = shares[self._known :]
        variance: Array = np.sum((wanted @ kernels) * wanted, axis=1)
        variance = variance + np.exp(2 * fitted.scales[[OWN, NOISE]]).sum() - explained
        mean = totals[self._known :] + own @ weights
        return Answer(mean, np.sqrt(np.maximum(variance, TINY)))

    def doubt(self, fitted: Fitted) -> Array:
        """Return the covariance of the operations beyond the known ones, given those."""
        _, _, shares = self._settle(fitted.scales, fitted.belief)
        across, _, kernels = self._across(fitted.scales, shares)
        wanted, places = shares[self._known :], self._wanted
        spread = wanted @ kernels @ wanted.T + of_operations(fitted.scales, places, places)
        return np.asarray(spread - across @ self._solve(fitted, shares, across.T))

    @property
    def _some(self) -> Places:
        return self._design.operations.among(np.arange(self._known))

    @property
    def _wanted(self) -> Places:
        return self._design.operations.among(np.arange(self._known, len(self._design.counts)))

    def _across(self, scales: Array, shares: Array) -> tuple[Array, Array, Array]:
        """Return covariances: of others with the known, of their own parts, of kernels."""
        kernels = self._covariance(scales)
        own = of_operations(scales, self._wanted, self._some)
        return shares[self._known :] @ kernels @ shares[: self._known].T + own, own, kernels

    def _solve(self, fitted: Fitted, shares: Array, right: Array) -> Array:
        noisy = self._noisy(fitted, self._covariance(fitted.scales), shares[: self._known])
        return np.asarray(np.linalg.solve(noisy, right))

    def left_out(self, fitted: Fitted) -> Answer:
        """Return what each known operation is predicted to cost from all others."""
        _, totals, shares = self._settle(fitted.scales, fitted.belief)
        known = slice(0, self._known)
        noisy = self._noisy(fitted, self._covariance(fitted.scales), shares[known])
        inverse = np.linalg.inv(noisy)
        aims = self._taught.values - totals[known] + shares[known] @ self._costs
        variance = 1 / np.diag(inverse)
        return Answer(self._taught.values - inverse @ aims * variance, np.sqrt(variance))

    def _settle(self, scales: Array, belief: Array) -> tuple[Array, Array, Array]:
        """Find what the kernels most likely cost; return weights, and the line drawn there."""
        kernels = self._covariance(scales)
        noise = noise_of(scales, self._taught.doubts) / belief
        rest = of_operations(scales, self._some, self._some) + np.diag(noise)
        weights = np.zeros(self._known)
        for step in range(NEWTON_STEPS):
            totals, shares = self._line(self._costs, self._base)
            near = shares[: self._known]
            aims = self._taught.values - totals[: self._known] + near @ self._costs
            weights = np.asarray(np.linalg.solve(near @ kernels @ near.T + rest, aims))
            found = np.clip(kernels @ (near.T @ weights), -FARTHEST_COST, FARTHEST_COST)
            moved = (0.5 if step < 3 else 0.8) * (found - self._costs)
            self._costs = self._costs + moved
            if np.max(np.abs(moved)) < SETTLED:
                break
        totals, shares = self._line(self._costs, self._base)
        return weights, totals, shares

    def _line(self, costs: Array, base: float) -> tuple[Array, Array]:
        """Return logarithms of sums, and the shares of kernels in them, at *costs*."""
        each, counts = np.exp(self._design.work + base + costs), self._design.counts
        totals = np.maximum(counts @ each, LEAST_SHARE * (np.abs(counts) @ each))
        return np.log(totals), counts * each / totals[:, None]

    def _covariance(self, scales: Array) -> Array:
        places = self._design.kernels
        return of_kernels(scales, places, places, self._middle)

    def _noisy(self, fitted: Fitted, kernels: Array, shares: Array) -> Array:
        some = self._some
        noise = noise_of(fitted.scales, self._taught.doubts) / fitted.belief
        return np.asarray(
            shares @ kernels @ shares.T + of_operations(fitted.scales, some, some) + np.diag(noise)
        )

    def _believed(self, scales: Array, belief: Array) -> Array:
        """Return how far each value is to be believed, by how far it is from its prediction."""
        noise = noise_of(scales, self._taught.doubts)
        answer = self.left_out(Fitted(scales, belief, -np.inf))
        off = np.abs(answer.mean - self._taught.values)
        scores = off / answer.sd
        usual = float(np.median(scores)) / NORMAL_MEDIAN
        student = (FREEDOM + 1) / (FREEDOM + (scores / max(usual, 1.0)) ** 2)
        strange = scores > OUTLIER * max(usual, TINY)
        return np.asarray(np.where(strange, noise / np.maximum(off, TINY) ** 2, student))

    def _slope(self, belief: Array) -> Slope:
        totals, shares = self._line(self._costs, self._base)
        near = shares[: self._known][:, self._used]
        aims = self._taught.values - totals[: self._known] + near @ self._costs[self._used]
        return Slope(
            kernels=self._design.kernels.among(self._used),
            operations=self._some,
            names=self._design.names,
            middle=self._middle,
            shares=near,
            aims=aims,
            doubts=self._taught.doubts,
            belief=belief,
        )


def _used(design: Design, known: int) -> Rows:
    """Return the kernels that the first operations run; all, where nothing is known yet."""
    first = design.counts[:known] if known else design.counts
    return np.flatnonzero(np.any(first != 0, axis=0))

"""
What all networks of a space take on a device, from those it measured: sums of unknown rows.

Rows are believed as well as the transferred latencies of other networks determine them, at a
discount: those err together.  Discount and residual are the ones under which the measured
latencies are likeliest; nothing else is tuned, and nothing on what is predicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import log

import numpy as np

from profiler.summary import Array
from profiler.table import Entry

DISCOUNTS = (0.01, 0.03, 0.1, 0.3)
"""What share of an observation a transferred row counts as."""

RESIDUALS = (0.005, 0.01, 0.02, 0.04, 0.07, 0.1, 0.14)
"""Relative standard deviations of networks around sums of rows."""

NORMAL_90 = 1.645
LEAST_SD = 0.02
LEAST_SHARE = 0.05
"""A predicted latency is at least so much of the usual one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """
    Rows under one discount, before anything was measured.

    Args:
        precision: shape (features, features).
        pull: precision times mean; shape (features,).
        covariance: the inverse of the precision.
        mean_us: of the rows.
    """

    precision: Array
    pull: Array
    covariance: Array
    mean_us: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Belief:
    """
    What is known of rows, as the normal equations that say it.

    Args:
        precision: shape (features, features).
        pull: shape (features,).
        usual_us: a usual latency.
    """

    precision: Array
    pull: Array
    usual_us: float

    @cached_property
    def discounted(self) -> tuple[Rows, ...]:
        """The rows under each discount; one that is not known may cost as much as a network."""
        unknown = np.eye(len(self.pull)) / self.usual_us**2
        return tuple(
            _rows(discount * self.precision + unknown, discount * self.pull)
            for discount in DISCOUNTS
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Prices:
    """Latency of every network and its standard deviation, in microseconds."""

    mean_us: Array
    sd_us: Array


def transferred_belief(features: Array, entries: Sequence[Entry]) -> Belief:
    """Return what *entries*, one for each row of *features*, say of rows."""
    latency_us = np.array([entry.latency_us for entry in entries])
    weight = 1.0 / np.array([_sd_us(entry) for entry in entries]) ** 2
    return Belief(
        precision=(features * weight[:, None]).T @ features,
        pull=features.T @ (weight * latency_us),
        usual_us=float(np.median(latency_us)),
    )


def no_belief(features: Array, usual_us: float) -> Belief:
    """Return what is known of rows where nothing was transferred."""
    size = features.shape[1]
    return Belief(precision=np.zeros((size, size)), pull=np.zeros(size), usual_us=usual_us)


def price(features: Array, belief: Belief, measured: Sequence[int], latency_us: Array) -> Prices:
    """
    Return what every network takes.

    Args:
        features: of all networks.
        belief: before anything was measured.
        measured: which networks were.
        latency_us: what they took.
    """
    seen = features[list(measured)]
    fits = [
        _Fit(rows, seen, latency_us, residual)
        for rows, residual in product(belief.discounted, RESIDUALS)
    ]
    best = max(fits, key=lambda fit: fit.log_likelihood())
    rows = best.updated()
    mean_us = np.maximum(features @ rows.mean_us, LEAST_SHARE * belief.usual_us)
    variance = np.sum((features @ rows.covariance) * features, axis=1)
    residual_us = best.residual * mean_us
    return Prices(mean_us=mean_us, sd_us=np.sqrt(np.maximum(variance, 0.0) + residual_us**2))


class _Fit:
    """What was measured, seen with rows under one discount and one residual."""

    def __init__(self, rows: Rows, seen: Array, latency_us: Array, residual: float) -> None:
        self.residual = residual
        self._rows, self._seen, self._latency_us = rows, seen, latency_us
        self._variance = (residual * latency_us) ** 2

    def updated(self) -> Rows:
        """Return the rows after what was measured."""
        weighted = self._seen.T / self._variance
        precision = self._rows.precision + weighted @ self._seen
        return _rows(precision, self._rows.pull + weighted @ self._latency_us)

    def log_likelihood(self) -> float:
        """Return how likely the measured latencies are, but for a constant."""
        rows = self._rows
        spread = self._seen @ rows.covariance @ self._seen.T + np.diag(self._variance)
        factor = np.linalg.cholesky(spread)
        off = np.linalg.solve(factor, self._latency_us - self._seen @ rows.mean_us)
        return float(-0.5 * off @ off - np.log(np.diag(factor)).sum())


def _rows(precision: Array, pull: Array) -> Rows:
    covariance = np.asarray(np.linalg.inv(precision))
    return Rows(precision=precision, pull=pull, covariance=covariance, mean_us=covariance @ pull)


def _sd_us(entry: Entry) -> float:
    """Return the standard deviation of a row, from its 90 % interval."""
    interval = entry.interval_us
    if interval is None or interval[0] <= 0:
        return LEAST_SD * entry.latency_us
    relative = log(interval[1] / interval[0]) / 2 / NORMAL_90
    return max(relative, LEAST_SD) * entry.latency_us

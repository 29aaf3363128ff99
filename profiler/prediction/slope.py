"""How likely scales are, and which way they are likelier: the log likelihood and its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from profiler.prediction.design import Places
from profiler.prediction.process import (
    FIRST_REACH,
    NOISE,
    OFFSET,
    OWN,
    OWN_REACH,
    SLOPE,
    SMOOTH,
    STRANGE,
    TRUST,
    Likely,
    apart,
    noise_of,
    prior,
    squares,
)
from profiler.summary import Array

UNLIKELY = -1e12


@dataclass(frozen=True)
class Parts:
    """The parts of a covariance: of kernels the first three, of operations the last."""

    levels: Array
    lines: Array
    near: Array
    strangers: Array

    @property
    def kernels(self) -> Array:
        """The covariance of kernels."""
        return np.asarray(self.levels + self.lines + self.near)


class Slope:
    """
    The log likelihood of latencies, along one line (``fit``), as a function of the scales.

    Args:
        kernels: where the kernels are.
        operations: where the operations are.
        names: of the sizes of kernels.
        middle: where slopes are zero.
        shares: of the kernels in each operation.
        aims: what the sums of shares times costs were measured to be.
        doubts: relative standard deviations that intervals speak of.
        belief: how far each is believed.
    """

    def __init__(
        self,
        *,
        kernels: Places,
        operations: Places,
        names: Sequence[str],
        middle: Array,
        shares: Array,
        aims: Array,
        doubts: Array,
        belief: Array,
    ) -> None:
        self._sizes = kernels.sizes - middle
        self._product = self._sizes @ self._sizes.T
        self._apart = apart(kernels, kernels)
        self._far = squares(operations.sizes, operations.sizes)
        self._kin = np.exp(-apart(operations, operations))
        self._means, self._widths = prior(names)
        self._shares, self._aims = shares, aims
        self._doubts, self._belief = doubts, belief

    def __call__(self, scales: Array) -> Likely:
        """Return the log likelihood at *scales*, their prior included, and its gradient."""
        parts = self._parts(scales)
        spread = self._shares @ parts.kernels @ self._shares.T + parts.strangers
        spread += np.diag(noise_of(scales, self._doubts) / self._belief)
        try:
            lower = np.linalg.cholesky(spread)
        except np.linalg.LinAlgError:
            return Likely(UNLIKELY, self._means - scales)
        inverse = np.linalg.inv(spread)
        weights = inverse @ self._aims
        away = (scales - self._means) / self._widths
        value = -0.5 * float(self._aims @ weights + np.sum(away**2))
        value -= float(np.sum(np.log(np.diag(lower))))
        pull = 0.5 * (np.outer(weights, weights) - inverse)
        return Likely(value, self._gradient(scales, parts, pull) - away / self._widths)

    def _parts(self, scales: Array) -> Parts:
        offset, slope, smooth, strange, own, own_reach, *_ = np.exp(scales[:FIRST_REACH])
        scaled = self._sizes / np.exp(scales[FIRST_REACH:])
        related = np.exp(-strange * self._apart)
        return Parts(
            levels=offset**2 * related,
            lines=slope**2 * related * self._product,
            near=smooth**2 * related * np.exp(-0.5 * squares(scaled, scaled)),
            strangers=own**2 * self._kin * np.exp(-0.5 * self._far / own_reach**2),
        )

    def _gradient(self, scales: Array, parts: Parts, pull: Array) -> Array:
        """Return the slope of the likelihood by each scale; *pull* is that by the covariance."""
        scale = np.exp(scales)
        inner, own = self._shares.T @ pull @ self._shares, pull * parts.strangers
        gradient = np.empty(len(scales))
        gradient[OFFSET] = 2 * np.sum(inner * parts.levels)
        gradient[SLOPE] = 2 * np.sum(inner * parts.lines)
        gradient[SMOOTH] = 2 * np.sum(inner * parts.near)
        gradient[STRANGE] = -scale[STRANGE] * np.sum(inner * parts.kernels * self._apart)
        gradient[OWN] = 2 * np.sum(own)
        gradient[OWN_REACH] = np.sum(own * self._far) / scale[OWN_REACH] ** 2
        noises = 2 * np.diag(pull) / self._belief
        gradient[NOISE] = scale[NOISE] ** 2 * np.sum(noises)
        gradient[TRUST] = scale[TRUST] ** 2 * np.sum(noises * self._doubts**2)
        scaled = self._sizes / scale[FIRST_REACH:]
        gradient[FIRST_REACH:] = _by_reaches(inner * parts.near, scaled)
        return gradient


def _by_reaches(weighted: Array, scaled: Array) -> Array:
    """Return the weighted sums of squared distances along each size."""
    ends = 2 * np.sum(weighted, axis=1) @ scaled**2
    return np.asarray(ends - 2 * np.sum(scaled * (weighted @ scaled), axis=0))

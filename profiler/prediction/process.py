"""
How alike operations are: the covariance of a Gaussian process, and its gradient.

The logarithm of what a kernel costs has a part each family shares, a slope in every size, and a
part that changes smoothly with size, each size over a reach of its own; families are the less
related the more of their parts differ.  An operation has a small part of its own besides.  How
large all that is, ``Scales``, is learnt: the most likely, under wide priors.  Rasmussen and
Williams, Gaussian Processes for Machine Learning, equations 2.30 and 5.9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from profiler.prediction.design import Places
from profiler.summary import Array

PRIORS: Mapping[str, tuple[float, float]] = {
    "offset": (1.0, 0.5),
    "slope": (0.3, 0.7),
    "smooth": (0.6, 0.7),
    "strange": (1.0, 0.5),
    "own": (0.05, 1.0),
    "own_reach": (4.0, 0.7),
    "noise": (0.02, 0.7),
    "trust": (0.5, 0.5),
}
"""Median and logarithmic width of the prior of each scale, in natural logarithms and doublings."""

REACH = (4.0, 1.0)
"""The prior of a size's reach: in doublings, wide enough for any."""

OFFSET, SLOPE, SMOOTH, STRANGE, OWN, OWN_REACH, NOISE, TRUST = range(len(PRIORS))
FIRST_REACH = len(PRIORS)
FARTHEST = 3.0
"""How many widths of its prior a scale may be away from it."""


@dataclass(frozen=True)
class Likely:
    """A log likelihood and its gradient by the logarithms of the scales."""

    value: float
    gradient: Array


def prior(names: Sequence[str]) -> tuple[Array, Array]:
    """Return means and widths of the logarithms of the scales, *names* being those of sizes."""
    both = np.array([*PRIORS.values(), *(REACH for _ in names)])
    return np.log(both[:, 0]), both[:, 1]


def apart(left: Places, right: Places) -> Array:
    """Return in how many parts the families differ."""
    found = np.zeros((len(left.families), len(right.families)))
    for column in range(left.families.shape[1]):
        found += left.families[:, column][:, None] != right.families[:, column][None]
    return found


def squares(left: Array, right: Array) -> Array:
    """Return the squared distances between the rows of two matrices."""
    both = np.sum(left**2, axis=1)[:, None] + np.sum(right**2, axis=1)[None]
    return np.asarray(np.maximum(both - 2 * left @ right.T, 0.0))


def of_kernels(scales: Array, left: Places, right: Places, middle: Array) -> Array:
    """Return the covariance of kernels at *left* with those at *right*."""
    offset, slope, smooth, strange = np.exp(scales[:FIRST_REACH][:OWN])
    reach = np.exp(scales[FIRST_REACH:])
    product = (left.sizes - middle) @ (right.sizes - middle).T
    near = np.exp(-0.5 * squares(left.sizes / reach, right.sizes / reach))
    related = np.exp(-strange * apart(left, right))
    return np.asarray(related * (offset**2 + slope**2 * product + smooth**2 * near))


def of_operations(scales: Array, left: Places, right: Places) -> Array:
    """Return the covariance of the parts that operations have of their own."""
    own, reach = np.exp(scales[[OWN, OWN_REACH]])
    near = np.exp(-0.5 * squares(left.sizes, right.sizes) / reach**2)
    return np.asarray(own**2 * near * np.exp(-apart(left, right)))


def noise_of(scales: Array, doubts: Array) -> Array:
    """Return the variance of what was measured, *doubts* being what intervals say of it."""
    return np.asarray(np.exp(2 * scales[NOISE]) + np.exp(2 * scales[TRUST]) * doubts**2)

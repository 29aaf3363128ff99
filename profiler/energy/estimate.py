"""
The energy of one execution, from windows of unequal length.

What it means: the energy the rail delivered while the operation ran, for each execution.  It
includes what the device draws anyway while it is on, and whatever else the rail feeds; what is
paid once for each window is not in it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from profiler.errors import HnaError
from profiler.measurement import Energy
from profiler.table import Quantity

RESAMPLES = 2_000
LOW, HIGH = 0.05, 0.95
"""Ends of the 90 % interval."""


def millijoules(energy: Energy) -> Quantity:
    """
    Return the energy of one execution, in millijoules.

    The difference of the windows of a pair, divided by the difference of their executions, is one
    value; the result is their mean.  The interval is a studentised bootstrap over pairs, because
    the plain one is too short for ten of them.  Noise larger than the energy itself may make an
    end, or even the value, negative: that is no energy, but a reason not to believe it.

    Raises:
        HnaError: fewer than two pairs, or a pair of equal windows.
    """
    values_mj = _values_mj(energy)
    mean = float(values_mj.mean())
    error = float(_standard_error(values_mj[None, :])[0])
    if error == 0:
        return Quantity(value=mean, low=mean, high=mean)
    drawn = np.random.default_rng(0).integers(len(values_mj), size=(RESAMPLES, len(values_mj)))
    resampled = values_mj[drawn]
    errors = _standard_error(resampled)
    spread = errors > 0  # a resample of one pair alone says nothing about the spread
    deviations = (resampled.mean(axis=1)[spread] - mean) / errors[spread]
    low, high = np.quantile(deviations, (LOW, HIGH))
    return Quantity(value=mean, low=mean - float(high) * error, high=mean - float(low) * error)


def _values_mj(energy: Energy) -> NDArray[np.float64]:
    pairs = [energy.windows[n : n + 2] for n in range(0, len(energy.windows) - 1, 2)]
    if len(pairs) < 2 or any(one.executions == other.executions for one, other in pairs):
        raise HnaError(
            f"{len(energy.windows)} energy windows of {energy.rail} are not pairs of a short and a "
            "long one; at least two such pairs are needed"
        )
    differences = [
        (other.joules - one.joules) / (other.executions - one.executions) for one, other in pairs
    ]
    return np.array(differences) * 1e3


def _standard_error(values: NDArray[np.float64]) -> NDArray[np.float64]:
    error: NDArray[np.float64] = values.std(axis=1, ddof=1) / np.sqrt(values.shape[1])
    return error

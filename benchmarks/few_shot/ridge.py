"""
The baseline: ridge regression of the new device's latencies on what the sources' tables say.

Tables have one cost for each choice of each position, fitted to the same pool by least squares;
the strength of the regression is chosen by leaving out each of the few measured networks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.few_shot.published import Published
from benchmarks.few_shot.views import flat, one_hot
from profiler.summary import Array

STRENGTHS = tuple(10.0**exponent for exponent in range(-3, 4))
LEAST = 1e-3
"""Keeps the least squares solvable: choices of one position add up to one."""


def source_tables(networks: Published, sources: Sequence[str], count: int) -> Array:
    """Return what each source's table, fitted to *count* networks, says of all, standardised."""
    choices = flat(one_hot(networks.choices, networks.operations))
    columns = np.c_[choices, np.ones(len(choices))]
    known = columns[:count]
    gram = known.T @ known + LEAST * np.eye(columns.shape[1])
    said = columns @ np.linalg.solve(gram, known.T @ networks.known(sources, count))
    standard: Array = (said - said[:count].mean(axis=0)) / said[:count].std(axis=0)
    return standard


def ridge(said: Array, measured: Array, latency_ms: Array) -> Array:
    """Return the latency of every network from a few that were measured."""
    errors = [_left_out(said[measured], latency_ms, strength) for strength in STRENGTHS]
    strength = STRENGTHS[int(np.argmin(errors))]
    return _predicted(said[measured], latency_ms, said, strength)


def _left_out(known: Array, latency_ms: Array, strength: float) -> float:
    """Return the squared error of each measured network, predicted from the others."""
    error = 0.0
    for i in range(len(known)):
        others = np.delete(np.arange(len(known)), i)
        said = _predicted(known[others], latency_ms[others], known[i : i + 1], strength)
        error += float((said[0] - latency_ms[i]) ** 2)
    return error


def _predicted(known: Array, latency_ms: Array, asked: Array, strength: float) -> Array:
    middle, mean = known.mean(axis=0), latency_ms.mean()
    centred = known - middle
    gram = centred.T @ centred + strength * np.eye(known.shape[1])
    weights = np.linalg.solve(gram, centred.T @ (latency_ms - mean))
    predicted: Array = mean + (asked - middle) @ weights
    return predicted

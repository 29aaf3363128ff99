"""
One way of seeing the rows of a transfer: what the sources say of them, and what the rows are.

There may be several ways, of which nobody knows yet which is the new device's.  A runtime that
drops the dead branches of a network computes another network than it was given: the same sources,
asked about the networks as they are and as they would be without dead branches, are two views.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from profiler.summary import Array

FLOOR = 0.05
"""Of a typical latency; what a fit says below it, down to negative, is no latency."""


@dataclass(frozen=True, kw_only=True)
class View:
    """
    Sources and features of the same rows.

    Args:
        log_latencies: logarithms of the sources' latencies, shape (rows, devices); NaN where a
            source has no such row, but no row is NaN throughout.
        features: blocks of columns by which latencies differ between devices, most general first,
            each of shape (rows, columns); at most two.
        probability: that this view is the right one, before anything is measured.
        additive: rows are networks whose latencies are sums over the features, so that deviations
            add up in microseconds and not in logarithms.
    """

    log_latencies: Array
    features: tuple[Array, ...] = ()
    probability: float = 1.0
    additive: bool = False


@dataclass(frozen=True, kw_only=True)
class Centre:
    """
    What the new device may be like, and how it may deviate from that.

    Args:
        log_latency: of every row there, up to the device's speed.
        blocks: columns of possible deviations: the sources', the features', a constant.
        log_probability: of this centre.
        additive: as in the view.
    """

    log_latency: Array
    blocks: tuple[Array, ...]
    log_probability: float
    additive: bool

    def deviation(self, rows: Array, log_latencies: Array) -> tuple[Array, float]:
        """Return how *log_latencies* at *rows* deviate from the centre, and the device's speed."""
        apart = log_latencies - self.log_latency[rows]
        speed = float(np.median(apart))
        return (np.expm1(apart - speed) if self.additive else apart - speed), speed

    def log_latencies(self, speed: float, mean: Array, sd: Array) -> tuple[Array, Array]:
        """Return log latencies and their standard deviations from those of deviations."""
        if not self.additive:
            return self.log_latency + speed + mean, sd
        factor = np.maximum(1 + mean, FLOOR)
        return self.log_latency + speed + np.log(factor), sd / factor


def centres(view: View) -> Iterator[Centre]:
    """Yield the average of the sources and, as likely together, each of them."""
    logs = filled(view.log_latencies)
    average = np.log(np.mean(np.exp(logs), axis=1)) if view.additive else np.mean(logs, axis=1)
    devices = logs.shape[1]
    levels = [average] if devices == 1 else [average, *logs.T]
    shares = (
        np.full(len(levels), 1.0) if devices == 1 else np.r_[0.5, np.full(devices, 0.5 / devices)]
    )
    for level, share in zip(levels, shares, strict=True):
        yield Centre(
            log_latency=level,
            blocks=_blocks(view, logs, average, level),
            log_probability=float(np.log(view.probability * share)),
            additive=view.additive,
        )


def filled(log_latencies: Array) -> Array:
    """
    Return the sources made equally fast, what one lacks filled with what the others have.

    >>> filled(np.array([[0.0, 5.0], [1.0, np.nan]])).round(1).tolist()
    [[2.5, 2.5], [3.5, 3.5]]
    """
    speeds = np.zeros(log_latencies.shape[1])
    for _ in range(3):
        typical = np.nanmean(log_latencies - speeds, axis=1, keepdims=True)
        speeds = np.nanmedian(log_latencies - typical, axis=0)
    alike = log_latencies - speeds
    alike = alike + np.mean(speeds)
    typical = np.nanmean(alike, axis=1, keepdims=True)
    complete: Array = np.where(np.isnan(alike), typical, alike)
    return complete


def _blocks(view: View, logs: Array, average: Array, level: Array) -> tuple[Array, ...]:
    """Return the columns of deviations: relative to *level* if they add up in microseconds."""
    features = [standard(block) for block in view.features]
    constant = np.ones((len(logs), 1))
    if not view.additive:
        return (logs - average[:, None], *features, constant)
    own = np.exp(level)[:, None]
    typical = float(np.median(np.exp(average)))
    sources = (np.exp(logs) - np.exp(average)[:, None]) / own
    return (sources, *(block * typical / own for block in features), constant * typical / own)


def standard(block: Array) -> Array:
    """Return *block* centred, its rows of unit length on average."""
    centred = block - np.mean(block, axis=0)
    length = np.sqrt(np.mean(np.sum(centred**2, axis=1)))
    scaled: Array = centred / length if length > 0 else centred
    return scaled

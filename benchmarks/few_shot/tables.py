"""
Tables of published devices: what each part of a network costs there, by the first networks alone.

Costs add up; how much they are shrunk is what makes the known latencies most likely.  Two things
make more of the same 900 networks.  *Robustness*: phones took twice as long for some networks, and
a latency that is further off than others are is moved towards what the fit says of it, as
Student's t has it (pseudo-values: Huber and Ronchetti, Robust Statistics, section 7.8).  *Sharing*:
devices differ less than their noise does, so they are fitted along the principal directions of all
together, in units of their noise, each direction shrunk by itself (a multi-task Gaussian process as
in Bonilla et al., NeurIPS 2007, whose noise differs between tasks).

Both were chosen by how well they predict other networks on the nine sources, and each of these as
if it were new; no unseen device was looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from profiler.summary import Array

STRENGTHS = tuple(10.0 ** (half / 2) for half in range(-8, 5))
"""Noise over signal, as variances, that a fit may have."""

TAILS = 4.0
"""Degrees of freedom of the noise."""

ROUNDS = 6
"""How often disturbed latencies are moved anew."""

NORMAL_MAD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""

LEAST_NOISE = 1e-3
"""Relative; a simulator has none, and must not outweigh all others."""

FLOOR = 0.05
"""Of the mean latency; what a fit says below it is no latency."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """
    A source's table.

    Args:
        costs: of each column, relative to the mean of the known networks.
        constant: what every network costs, relative to it.
        design: which of the columns that were offered it is fitted to.
    """

    costs: Array
    constant: float
    design: int

    def log_latencies(self, columns: Array) -> Array:
        """Return logarithms of relative latencies; shape (networks,)."""
        logs: Array = np.log(np.maximum(columns @ self.costs + self.constant, FLOOR))
        return logs


@dataclass(frozen=True, kw_only=True)
class Ridge:
    """The most likely ridge regression: weights, noise and the logarithm of how likely it is."""

    weights: Array
    noise_sd: float
    evidence: float


class Design:
    """Columns of the known networks, centred and of unit length on average, ready for any fit."""

    def __init__(self, columns: Array) -> None:
        self.middle = np.mean(columns, axis=0)
        centred = columns - self.middle
        self.length = float(np.sqrt(np.mean(np.sum(centred**2, axis=1))))
        self.columns: Array = centred / self.length
        values, self._vectors = np.linalg.eigh(self.columns @ self.columns.T)
        self._values: Array = np.maximum(values, 0.0)

    def ridge(self, wanted: Array) -> Ridge:
        """Return the fit to *wanted*, of mean zero, by the most likely strength."""
        turned = self._vectors.T @ wanted
        likely = [self._evidence(turned, strength) for strength in STRENGTHS]
        best = int(np.argmax([evidence for evidence, _ in likely]))
        evidence, signal = likely[best]
        solved = self._vectors @ (turned / (self._values + STRENGTHS[best]))
        return Ridge(
            weights=self.columns.T @ solved,
            noise_sd=float(np.sqrt(signal * STRENGTHS[best])),
            evidence=evidence,
        )

    def undisturbed(self, wanted: Array) -> Array:
        """Return *wanted* with what is further off than usual moved towards its fit."""
        moved = wanted
        for _ in range(ROUNDS):
            middle = np.mean(moved)
            said = middle + self.columns @ self.ridge(moved - middle).weights
            off = wanted - said
            usual = max(NORMAL_MAD * float(np.median(np.abs(off))), LEAST_NOISE)
            trust = np.minimum(1.0, (TAILS + 1) / (TAILS + (off / usual) ** 2))
            moved = said + trust * off
        return moved

    def together(self, wanted: Array, noise_sd: Array) -> Array:
        """Return weights of several fits at once, shape (columns, fits); *wanted* of mean zero."""
        scales = np.maximum(noise_sd, LEAST_NOISE)
        _, _, directions = np.linalg.svd(wanted / scales, full_matrices=False)
        along = (wanted / scales) @ directions.T
        weights = np.stack([self.ridge(each).weights for each in along.T], axis=1)
        shared: Array = (weights @ directions) * scales
        return shared

    def _evidence(self, turned: Array, strength: float) -> tuple[float, float]:
        """Return the log evidence of a strength, up to a constant, and the signal's variance."""
        spread = self._values + strength
        signal = float(np.mean(turned**2 / spread))
        evidence = -0.5 * len(turned) * np.log(signal) - 0.5 * np.sum(np.log(spread))
        return float(evidence), signal


def fitted_tables(offered: Sequence[Array], latency_ms: Array) -> list[Fit]:
    """
    Return a table for each device.

    Args:
        offered: ways to describe the known networks, each of shape (networks, columns); a device
            takes the one that makes its latencies most likely.
        latency_ms: of the known networks, shape (networks, devices).
    """
    designs = [Design(columns) for columns in offered]
    relative = latency_ms / np.mean(latency_ms, axis=0)
    chosen = [_most_likely(designs, each) for each in relative.T]
    fits: dict[int, Fit] = {}
    for index, design in enumerate(designs):
        devices = [device for device, choice in enumerate(chosen) if choice == index]
        if devices:
            found = _shared(design, relative[:, devices], index)
            fits.update(zip(devices, found, strict=True))
    return [fits[device] for device in range(len(chosen))]


def _most_likely(designs: Sequence[Design], relative: Array) -> int:
    centred = relative - np.mean(relative)
    return int(np.argmax([design.ridge(centred).evidence for design in designs]))


def _shared(design: Design, relative: Array, index: int) -> list[Fit]:
    """Return tables of the devices that are described alike, learnt together."""
    calm = np.stack([design.undisturbed(each) for each in relative.T], axis=1)
    means = np.mean(calm, axis=0)
    noise_sd = np.array([design.ridge(each).noise_sd for each in (calm - means).T])
    costs = design.together(calm - means, noise_sd) / design.length
    return [
        Fit(costs=each, constant=float(mean - design.middle @ each), design=index)
        for each, mean in zip(costs.T, means, strict=True)
    ]

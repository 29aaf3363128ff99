"""
Views of published networks: tables fitted to each source, asked about every network.

A source is known by its latencies of the first networks alone.  What it would take for any other is
a sum over the network's choices, fitted to those (ridge, its strength the most likely).  In
NAS-Bench-201 some runtimes compute only edges whose results reach the output; every source is
therefore fitted to networks as written and to what is left of them, keeps what suits it better,
and is asked about both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.few_shot.published import Published
from benchmarks.few_shot.stages import position_traits, stage_traits, total_traits, unit
from profiler.summary import Array
from profiler.transfer import View

EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""Nodes of a NAS-Bench-201 cell that each choice connects; node 3 is the output."""

NOTHING = 0
"""The operation of NAS-Bench-201 that passes nothing on."""

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Noise over signal, as variances, that a fit may have."""

RARE = 0.3
"""How much choices cost by themselves, beside what their traits cost."""

FLOOR = 0.05
"""Of the mean latency; what a fit says below it is no latency."""


@dataclass(frozen=True)
class Fit:
    """A source's table: what each column costs, relative to the mean of the known networks."""

    costs: Array
    constant: float
    evidence: float

    def log_latencies(self, columns: Array) -> Array:
        """Return logarithms of relative latencies; shape (networks,)."""
        logs: Array = np.log(np.maximum(columns @ self.costs + self.constant, FLOOR))
        return logs


def cell_views(networks: Published, sources: Sequence[str], known: int) -> tuple[View, View]:
    """Return NAS-Bench-201 as written and without dead branches, by its first *known* cells."""
    written = one_hot(networks.choices, networks.operations)
    alive = one_hot(living(networks.choices), networks.operations)
    fits, pruning = [], 0
    for device in sources:
        latency_ms = networks.latency_ms[device][:known]
        whole, left = (fitted(flat(seen), latency_ms) for seen in (written, alive))
        pruning += left.evidence > whole.evidence
        fits.append(max(whole, left, key=lambda each: each.evidence))
    likely = (pruning + 1) / (len(sources) + 2)
    return _cells(fits, written, 1 - likely), _cells(fits, alive, likely)


def chain_view(networks: Published, sources: Sequence[str], known: int) -> View:
    """Return FBNet's networks, all of whose choices are computed, by the first *known*."""
    chosen = one_hot(networks.choices, networks.operations)
    stages = stage_traits(chosen)
    columns = np.hstack([stages, position_traits(chosen), RARE * unit(flat(chosen))])
    fits = [fitted(columns, networks.latency_ms[device][:known]) for device in sources]
    return View(
        log_latencies=np.stack([each.log_latencies(columns) for each in fits], axis=1),
        features=(total_traits(chosen), stages),
        additive=True,
    )


def some(view: View, networks: Array) -> View:
    """Return the view of some of the networks."""
    return View(
        log_latencies=view.log_latencies[networks],
        features=tuple(block[networks] for block in view.features),
        probability=view.probability,
        additive=view.additive,
    )


def one_hot(choices: Array, operations: int) -> Array:
    """Return a one for each choice; shape (networks, positions, operations)."""
    chosen: Array = np.eye(operations)[choices]
    return chosen


def flat(choices: Array) -> Array:
    """Return the choices of a network in one row."""
    return choices.reshape(len(choices), -1)


def living(choices: Array) -> Array:
    """Return NAS-Bench-201 cells with nothing on edges from which no result reaches the output."""
    needed = np.zeros((len(choices), 4), dtype=bool)
    needed[:, 3] = True
    left = np.full_like(choices, NOTHING)
    for edge in sorted(range(len(EDGES)), key=lambda e: -EDGES[e][1]):
        start, end = EDGES[edge]
        used = needed[:, end] & (choices[:, edge] != NOTHING)
        left[used, edge] = choices[used, edge]
        needed[:, start] |= used
    return left


def fitted(columns: Array, latency_ms: Array) -> Fit:
    """Return the table of a device whose latencies of the first networks are known."""
    known = len(latency_ms)
    middle = np.mean(columns[:known], axis=0)
    centred = columns[:known] - middle
    length = np.sqrt(np.mean(np.sum(centred**2, axis=1)))
    relative = latency_ms / np.mean(latency_ms) - 1.0
    found = [_ridge(centred / length, relative, strength) for strength in STRENGTHS]
    evidence, weights = max(found, key=lambda each: each[0])
    costs = weights / length
    return Fit(costs=costs, constant=1.0 - float(middle @ costs), evidence=evidence)


def _ridge(design: Array, wanted: Array, strength: float) -> tuple[float, Array]:
    """Return the log evidence of a strength, up to a constant, and the weights by it."""
    count = len(wanted)
    lower = np.linalg.cholesky(design @ design.T + strength * np.eye(count))
    half = np.linalg.solve(lower, wanted)
    evidence = -0.5 * count * np.log(half @ half / count) - np.sum(np.log(np.diag(lower)))
    return float(evidence), design.T @ np.linalg.solve(lower.T, half)


def _cells(fits: Sequence[Fit], choices: Array, probability: float) -> View:
    """Return a view by tables, deviating by how often an operation is chosen, and by where."""
    return View(
        log_latencies=np.stack([each.log_latencies(flat(choices)) for each in fits], axis=1),
        features=(np.sum(choices, axis=1)[:, 1:], flat(choices)),
        probability=probability,
        additive=True,
    )

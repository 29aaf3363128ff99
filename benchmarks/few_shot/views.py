"""
Views of published networks: tables fitted to each source, asked about every network.

A source is known by its latencies of the first networks alone.  What it would take for any other is
a sum over the network's choices, fitted to those (``few_shot.tables``).  In NAS-Bench-201 some
runtimes compute only edges whose results reach the output; every source is therefore fitted to
networks as written and to what is left of them, keeps what suits it better, and is asked about
both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.few_shot.published import Published
from benchmarks.few_shot.stages import position_traits, stage_traits, total_traits, unit
from benchmarks.few_shot.tables import Fit, fitted_tables
from profiler.summary import Array
from profiler.transfer import View

EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""Nodes of a NAS-Bench-201 cell that each choice connects; node 3 is the output."""

NOTHING = 0
"""The operation of NAS-Bench-201 that passes nothing on."""

RARE = 0.3
"""How much choices cost by themselves, beside what their traits cost."""


def cell_views(networks: Published, sources: Sequence[str], known: int) -> tuple[View, View]:
    """Return NAS-Bench-201 as written and without dead branches, by its first *known* cells."""
    written = one_hot(networks.choices, networks.operations)
    alive = one_hot(living(networks.choices), networks.operations)
    offered = [flat(seen)[:known] for seen in (written, alive)]
    fits = fitted_tables(offered, networks.known(sources, known))
    likely = (sum(each.design for each in fits) + 1) / (len(sources) + 2)
    return _cells(fits, written, 1 - likely), _cells(fits, alive, likely)


def chain_view(networks: Published, sources: Sequence[str], known: int) -> View:
    """Return FBNet's networks, all of whose choices are computed, by the first *known*."""
    chosen = one_hot(networks.choices, networks.operations)
    stages = stage_traits(chosen)
    columns = np.hstack([stages, position_traits(chosen), RARE * unit(flat(chosen))])
    fits = fitted_tables([columns[:known]], networks.known(sources, known))
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


def _cells(fits: Sequence[Fit], choices: Array, probability: float) -> View:
    """Return a view by tables, deviating by how often an operation is chosen, and by where."""
    return View(
        log_latencies=np.stack([each.log_latencies(flat(choices)) for each in fits], axis=1),
        features=(np.sum(choices, axis=1)[:, 1:], flat(choices)),
        probability=probability,
        additive=True,
    )

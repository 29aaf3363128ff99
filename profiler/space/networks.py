"""
From a space and a topology to networks: which operations they are made of, and random ones.

Two candidates of a cell that are the same operation (a GroupConv whose groups do not divide the
channels is the ResConv) are one choice; a new search keeps the first (spec 9, defect 11).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from random import Random

from profiler.errors import HnaError
from profiler.operations import (
    Cell,
    Network,
    Operation,
    Position,
    ReducedNetwork,
    candidate_at,
    operation_key,
)
from profiler.operations.network import Place
from profiler.space.meta import MetaSpace
from profiler.space.topology import Topology

CellCandidates = dict[Place, tuple[str, ...]]
"""Names of the candidate operations of every running cell, in order."""


def network(space: MetaSpace, topology: Topology, candidates: Mapping[Place, str]) -> Network:
    """
    Return the network in which each cell is one candidate.

    Args:
        space: sizes and widths, and whether inputs are reduced before they are resampled.
        topology: which cells run and what they read.
        candidates: name of the operation of every running cell.
    """
    kind = ReducedNetwork if space.reduced else Network
    cells = (
        Cell(
            iteration=cell.place[0],
            level=cell.place[1],
            inputs=cell.inputs,
            candidate=candidates[cell.place],
            blocks=space.blocks_at(cell.place),
        )
        for cell in topology.cells
    )
    return kind(
        batch=space.batch,
        height=space.height,
        width=space.width,
        channels=space.channels,
        cells=tuple(cells),
    )


def uniform_network(space: MetaSpace, topology: Topology, candidate: str) -> Network:
    """Return the network every cell of which is *candidate*."""
    return network(space, topology, dict.fromkeys(topology.places, candidate))


def skeleton(space: MetaSpace, topology: Topology) -> Network:
    """Return a network that has the cells, positions and glue all networks of a space share."""
    return uniform_network(space, topology, space.candidates[0])


def cell_candidates(
    space: MetaSpace, topology: Topology, *, distinct: bool = True
) -> CellCandidates:
    """
    Return the candidates of every running cell.

    Args:
        space: its candidates.
        topology: which cells run.
        distinct: leave out a candidate that is the same operation as an earlier one.
    """
    if not distinct:
        return dict.fromkeys(topology.places, space.candidates)
    shared = skeleton(space, topology)
    return {cell.place: _distinct(space.candidates, shared.position(cell)) for cell in shared.cells}


def space_operations(space: MetaSpace, topology: Topology) -> tuple[Operation, ...]:
    """Return every operation networks of the space are made of, each once: what to measure."""
    shared = skeleton(space, topology)
    parts: list[Operation] = [shared.head()]
    for cell in shared.cells:
        parts += shared.pooling(cell)
        parts += [shared.placed(cell, name) for name in space.candidates]
    return tuple({operation_key(part): part for part in parts}.values())


def random_networks(
    space: MetaSpace, topology: Topology, count: int, seed: int
) -> tuple[Network, ...]:
    """
    Return *count* different networks, each cell drawn uniformly.

    Raises:
        HnaError: there are fewer networks than that.
    """
    candidates = cell_candidates(space, topology)
    possible = prod(len(names) for names in candidates.values())
    if count > possible:
        raise HnaError(f"{count} different networks asked for; the space has {possible}")
    generator = Random(seed)
    drawn: dict[tuple[str, ...], None] = {}
    while len(drawn) < count:
        drawn[tuple(generator.choice(names) for names in candidates.values())] = None
    return tuple(
        network(space, topology, dict(zip(candidates, names, strict=True))) for names in drawn
    )


def _distinct(names: tuple[str, ...], position: Position) -> tuple[str, ...]:
    """Return the first name of each operation."""
    first: dict[Operation, str] = {}
    for name in names:
        first.setdefault(candidate_at(name, position), name)
    return tuple(first.values())

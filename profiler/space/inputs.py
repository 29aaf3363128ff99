"""
What a device measures before there is a topology, so that every input of a cell has a price.

A candidate in place belongs to one topology; these operations belong to none.  One reference
candidate stands for whatever a cell becomes: measured at each level reading one tensor, and in
each cell reading every tensor it can, it says what a channel costs.  A resampling is measured
behind that candidate, because a bare one misleads where the candidate decides its memory layout
(docs/measuring.md, finding 3).  None of this says what a topology of other candidates costs: once
there is a topology, its own operations are measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from profiler.operations import (
    Cell,
    MaxPool,
    Network,
    Operation,
    PlacedOperation,
    Position,
    candidate_at,
    operation_key,
)
from profiler.operations.catalogue import CandidateOperation
from profiler.operations.network import Place
from profiler.space.known import known_topology
from profiler.space.meta import MetaSpace
from profiler.space.networks import uniform_network
from profiler.space.topology import sequential_input

REFERENCE_CANDIDATE = "3x3_ResConv"
"""What every cell is measured as: its cost is linear in the channels it reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputOperations:
    """
    The operations by the part they play, and the channels they read.

    Args:
        alone: by level, a cell that reads one tensor of its own level.
        whole: by place, the cell reading all it can; in iteration 0 that is its only input.
        resampled: by level of the source and of the reader, the source's cell of ``alone``
            followed by what the reader asks for.
        pooled: by level, what halves it.
        head: the head.
        channels: by place past iteration 0, C read of each row of its selection matrix: the cells
            of the iteration before, then x.
    """

    alone: Mapping[int, Operation]
    whole: Mapping[Place, Operation]
    resampled: Mapping[tuple[int, int], Operation]
    pooled: Mapping[int, Operation]
    head: Operation
    channels: Mapping[Place, tuple[int, ...]]

    @property
    def every(self) -> tuple[Operation, ...]:
        """All of them, equal ones once."""
        groups = (self.alone, self.whole, self.resampled, self.pooled)
        operations = [operation for group in groups for operation in group.values()]
        return tuple({operation_key(each): each for each in (*operations, self.head)}.values())


def input_operations(space: MetaSpace) -> tuple[Operation, ...]:
    """Return the operations to measure, each once; 41 for the spaces of HNA-NAS."""
    return input_parts(space).every


def input_parts(space: MetaSpace) -> InputOperations:
    """Return the operations from which the cost of every input of every cell follows."""
    meta = uniform_network(space, known_topology("meta", space.levels), REFERENCE_CANDIDATE)
    deepest = space.levels - 1
    return InputOperations(
        alone={level: _alone(meta, level) for level in range(space.levels)},
        whole={cell.place: _fused(meta, cell) for cell in meta.cells},
        resampled={
            (source, reader.level): _resampled(meta, source, reader)
            for reader in meta.cells
            if reader.iteration == 1  # its cells stand at every level a reader can
            for source in range(space.levels)
            if source != reader.level
        },
        pooled={level: _pool(meta, level) for level in range(deepest)},
        head=meta.head(),
        channels={cell.place: _channels(meta, cell) for cell in meta.cells if cell.iteration},
    )


def _alone(meta: Network, level: int) -> CandidateOperation:
    height, width = meta.size(level)
    channels = meta.channels[level]
    position = Position(
        channels_in=channels,
        channels_out=channels,
        height=height,
        width=width,
        batch=meta.batch,
    )
    return candidate_at(REFERENCE_CANDIDATE, position)


def _fused(meta: Network, cell: Cell) -> Operation:
    """Return *cell* behind its concatenation, without what its readers ask for."""
    operation = meta.operation(cell)
    sources = tuple(meta.channels_read(cell, place) for place in cell.inputs)
    if len(sources) < 2:
        return operation
    return PlacedOperation(operation=operation, sources=sources)


def _resampled(meta: Network, source: int, reader: Cell) -> Operation:
    channels = meta.channels[source]
    height, width = meta.size(reader.level)
    read = meta.channels_read(reader, (0, source))
    asked = (height, width) if read == channels else (height, width, read)
    return PlacedOperation(operation=_alone(meta, source), sources=(channels,), resampled=(asked,))


def _pool(meta: Network, level: int) -> Operation:
    height, width = meta.size(level)
    return MaxPool(batch=meta.batch, channels=meta.channels[level], height=height, width=width)


def _channels(meta: Network, cell: Cell) -> tuple[int, ...]:
    i, _ = cell.place
    sources = ((i - 1, level) for level in range(len(meta.channels) - i + 1))
    return tuple(
        meta.channels_read(cell, place) for place in (*sources, sequential_input(cell.place))
    )

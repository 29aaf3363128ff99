"""
A whole network, the same kind of value as an operation (spec/hna_nas.md section 1).

Cells (iteration, level) read other cells; an input from the same iteration is max-pooled, an
input from another one is resampled to the cell's size, several are concatenated in the order
given.  A skipped cell is simply absent.

A reduced network is this project's own: a cell of 8 channels that reads one of 128 at another size
has it reduced to 8 first, instead of convolving all of them at its own size (spec 3.7).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from profiler.errors import OperationInvalid
from profiler.graph import GraphBuilder
from profiler.operations.catalogue import CandidateOperation, Position, candidate_at
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS, require_integer, require_positive
from profiler.operations.glue import Head, MaxPool
from profiler.operations.placed import Asked, PlacedOperation, reduce_channels

Place = tuple[int, int]
"""Iteration and level of a cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """
    One cell of a network.

    Args:
        iteration: i, from 0.
        level: j, from 0; the resolution is the image's halved j times.
        inputs: cells it reads, in the order of concatenation; empty means the image.
        candidate: name of its operation, such as ``3x3_ResConv``.
        blocks: M, how many blocks are stacked.

    Raises:
        OperationInvalid: inputs that are no pairs, or a number that is no index.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    iteration: int
    level: int
    inputs: tuple[Place, ...]
    candidate: str
    blocks: int = 1

    def __post_init__(self) -> None:
        pairs = isinstance(self.inputs, tuple) and all(
            isinstance(place, tuple) and len(place) == 2 for place in self.inputs
        )
        if not pairs:
            raise OperationInvalid(
                f"cell: inputs={self.inputs!r} must be pairs of iteration and level"
            )
        require_integer("cell: iteration", self.iteration, at_least=0)
        require_integer("cell: level", self.level, at_least=0)
        for index in (index for place in self.inputs for index in place):
            require_integer("cell: inputs", index, at_least=0)
        require_integer("cell: blocks", self.blocks, at_least=1)

    @property
    def place(self) -> Place:
        """Iteration and level."""
        return (self.iteration, self.level)

    @property
    def name(self) -> str:
        """The prefix of the cell's parameters, such as ``cell_0_1``."""
        return f"cell_{self.iteration}_{self.level}"

    def __str__(self) -> str:
        sources = "+".join(f"{i}.{j}" for i, j in self.inputs) or "image"
        return f"{self.iteration}.{self.level}:{sources}>{self.candidate}*{self.blocks}"


def is_resampled(reader: Cell, place: Place) -> bool:
    """Return whether *reader* needs the output of *place* at another size than it has."""
    return place[0] != reader.iteration and place[1] != reader.level


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """
    A segmentation network of the nested search space: an image in, one logit map out.

    Args:
        batch: N, the number of images.
        channels_in: C of the image.
        height: H of the image, in pixels.
        width: W of the image, in pixels.
        channels: output channels of a cell, by level.
        cells: in the order in which they run; the last one, at level 0, feeds the head.

    Raises:
        OperationInvalid: a cell reads one that does not run before it, or is out of range.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    kind: Literal["network"] = "network"
    batch: int = 1
    channels_in: int = 3
    height: int
    width: int
    channels: tuple[int, ...]
    cells: tuple[Cell, ...]

    def __post_init__(self) -> None:
        require_positive(self)
        if not self.cells or self.cells[-1].level != 0:
            raise OperationInvalid("network: the last cell must be at level 0, where the head is")
        seen: set[Place] = set()
        for cell in self.cells:
            self._check(cell, seen)
            seen.add(cell.place)

    @property
    def heads(self) -> int:
        """How many logit maps it ends in: one."""
        return 1

    @property
    def deployed(self) -> Self:
        """What runs on a device: the network itself, which has no heads for training alone."""
        return self

    def position(self, cell: Cell) -> Position:
        """Return where in the network *cell* stands: channels, size, blocks."""
        height, width = self.size(cell.level)
        return Position(
            channels_in=sum(self._sources(cell)) or self.channels_in,
            channels_out=self.channels[cell.level],
            height=height,
            width=width,
            blocks=cell.blocks,
            batch=self.batch,
        )

    def size(self, level: int) -> tuple[int, int]:
        """Return H and W at *level*, in pixels."""
        return self.height >> level, self.width >> level

    def channels_read(self, reader: Cell, place: Place) -> int:
        """Return C of what *reader* concatenates of the output of *place*."""
        return self.channels[place[1]]

    def operation(self, cell: Cell) -> CandidateOperation:
        """Return the operation of *cell*."""
        return candidate_at(cell.candidate, self.position(cell))

    def placed(
        self, cell: Cell, candidate: str | None = None
    ) -> CandidateOperation | PlacedOperation:
        """
        Return *cell* as a table prices it.

        Args:
            cell: one of the network's.
            candidate: name of its operation; the cell's own unless given.

        Returns:
            The bare candidate where nothing is concatenated or resampled around it.
        """
        operation = candidate_at(candidate or cell.candidate, self.position(cell))
        sources = self._sources(cell)
        resampled = tuple(
            self._asked(reader, place)
            for reader in self.cells
            for place in reader.inputs
            if place == cell.place and is_resampled(reader, place)
        )
        if len(sources) < 2 and not resampled:
            return operation
        return PlacedOperation(
            operation=operation, sources=sources or (self.channels_in,), resampled=resampled
        )

    def pooling(self, cell: Cell) -> Iterator[MaxPool]:
        """Yield what halves the inputs *cell* reads from its own iteration."""
        for iteration, level in cell.inputs:
            if iteration == cell.iteration:
                height, width = self.size(level)
                yield MaxPool(
                    batch=self.batch, channels=self.channels[level], height=height, width=width
                )

    def head(self) -> Head:
        """Return the head."""
        return Head(
            batch=self.batch, channels=self.channels[0], height=self.height, width=self.width
        )

    def parts(self) -> Iterator[MaxPool | CandidateOperation | PlacedOperation | Head]:
        """Yield every row the network's latency adds up, repeated as often as it runs."""
        for cell in self.cells:
            yield from self.pooling(cell)
            yield self.placed(cell)
        yield self.head()

    def expand(self, builder: GraphBuilder, tensor: str, prefix: str = "") -> str:
        """Write the network into *builder* after the image *tensor*."""
        features: dict[Place, str] = {}
        for cell in self.cells:
            name = f"{prefix}{cell.name}."
            fused = self._fuse(builder, cell, features, name) if cell.inputs else tensor
            features[cell.place] = self.operation(cell).expand(builder, fused, name)
        return self.head().expand(builder, features[self.cells[-1].place], prefix + "head.")

    def _sources(self, cell: Cell) -> tuple[int, ...]:
        return tuple(self.channels_read(cell, place) for place in cell.inputs)

    def _asked(self, reader: Cell, place: Place) -> Asked:
        """Return what *reader* asks of the output of *place*, which it needs at another size."""
        height, width = self.size(reader.level)
        channels = self.channels_read(reader, place)
        if channels == self.channels[place[1]]:
            return height, width
        return height, width, channels

    def _fuse(
        self, builder: GraphBuilder, cell: Cell, features: dict[Place, str], prefix: str
    ) -> str:
        height, width = self.size(cell.level)
        tensors = []
        for index, place in enumerate(cell.inputs):
            tensor = features[place]
            if place[0] == cell.iteration:
                tensor = builder.max_pool(f"{prefix}input{index}", tensor)
            elif is_resampled(cell, place):
                channels = self.channels_read(cell, place)
                tensor = reduce_channels(builder, tensor, channels, f"{prefix}reduce{index}.")
                tensor = builder.resize(f"{prefix}input{index}", tensor, height, width)
            tensors.append(tensor)
        return builder.concatenate(prefix + "fused", tuple(tensors)) if tensors[1:] else tensors[0]

    def _check(self, cell: Cell, seen: set[Place]) -> None:
        if not 0 <= cell.level < len(self.channels):
            raise OperationInvalid(
                f"cell {cell.place}: there are {len(self.channels)} levels of channels"
            )
        if min(self.size(cell.level)) < 1:
            raise OperationInvalid(
                f"cell {cell.place}: {self.height}x{self.width} pixels cannot be halved "
                f"{cell.level} times; use a larger image"
            )
        if cell.place in seen:
            raise OperationInvalid(f"cell {cell.place} is there twice")
        if not cell.inputs and cell.level != 0:
            raise OperationInvalid(
                f"cell {cell.place} has no inputs; only a cell at level 0 can read the image"
            )
        for place in cell.inputs:
            if place not in seen:
                raise OperationInvalid(
                    f"cell {cell.place} reads {place}, which does not run before it"
                )
            if place[0] == cell.iteration and place[1] != cell.level - 1:
                raise OperationInvalid(
                    f"cell {cell.place} reads {place}; within an iteration only the level "
                    "above is an input"
                )
        self.operation(cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReducedNetwork(Network):
    """
    A network in which a cell reads no more channels of another size than it makes itself.

    What a cell reads at another size passes a 1 x 1 convolution without bias and a batch norm
    first, at the size it has, to the channels of the reader; only where it has more.
    """

    kind: Literal["reduced_network"] = "reduced_network"  # type: ignore[assignment]

    def channels_read(self, reader: Cell, place: Place) -> int:
        """Return C of what *reader* concatenates of the output of *place*, at most its own."""
        there = self.channels[place[1]]
        return min(there, self.channels[reader.level]) if is_resampled(reader, place) else there

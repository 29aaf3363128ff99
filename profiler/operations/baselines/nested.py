"""
What UNet, UNet++ and DNANet share: a triangle of nodes at (level, column).

Node (l, 0) reads node (l - 1, 0), max-pooled; node (l, c) reads tensors of its own level and,
bilinearly resampled with aligned corners, of its neighbours.  Resampling is to the exact size of
the level, the image's halved l times rounding down: an image whose sides are no multiple of the
deepest level's works too (the published networks resample by factors of 2, which there do not
meet).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from profiler.errors import OperationInvalid
from profiler.graph import GraphBuilder
from profiler.operations.baselines.blocks import Block, require_block, stack
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS, require_positive
from profiler.operations.glue import Head

Spot = tuple[int, int]
"""Level and column of a node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedNetwork:
    """
    A network of nodes at (level, column), from an image to logit maps.

    Args:
        batch: N, the number of images.
        channels_in: C of the image.
        height: H of the image, in pixels.
        width: W of the image, in pixels.
        channels: output channels of a node, by level; three levels or more.
        blocks: how many blocks a node stacks, by level, from level 1; at level 0 it is one.
        block: what a node is made of, a name of ``BLOCKS``.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    kind: str
    batch: int = 1
    channels_in: int = 3
    height: int
    width: int
    channels: tuple[int, ...]
    blocks: tuple[int, ...]
    block: Block

    def __post_init__(self) -> None:
        require_positive(self)
        if self.levels < 3 or len(self.blocks) != self.levels - 1:
            raise OperationInvalid(
                f"{self.kind}: channels={self.channels} and blocks={self.blocks}: there must be "
                "channels for three levels or more and blocks for each but the first"
            )
        require_block(self.kind, self.block, self.channels)
        if min(self.size(self.levels - 1)) < 1:
            raise OperationInvalid(
                f"{self.kind}: {self.height}x{self.width} pixels cannot be halved "
                f"{self.levels - 1} times; use a larger image"
            )

    @property
    def levels(self) -> int:
        """How many sizes the features come in."""
        return len(self.channels)

    def size(self, level: int) -> tuple[int, int]:
        """Return H and W at *level*, in pixels."""
        return self.height >> level, self.width >> level

    def spots(self) -> Iterator[Spot]:
        """Yield the nodes in an order in which they can run: column by column, downwards."""
        for column in range(self.levels):
            for level in range(self.levels - column):
                yield level, column

    def neighbours(self, spot: Spot) -> tuple[Spot, ...]:
        """Return the nodes that a node of a column after the first concatenates, in order."""
        raise NotImplementedError

    def _nodes(self, builder: GraphBuilder, image: str, prefix: str) -> dict[Spot, str]:
        """Write every node; return the tensor each makes."""
        made: dict[Spot, str] = {}
        for level, column in self.spots():
            p = f"{prefix}node_{level}_{column}."
            if column:
                read = self._fuse(builder, (level, column), made, p)
            else:
                read = builder.max_pool(p + "pool", made[level - 1, 0]) if level else image
            made[level, column] = self._stack(builder, read, level, p)
        return made

    def _fuse(self, builder: GraphBuilder, spot: Spot, made: dict[Spot, str], p: str) -> str:
        height, width = self.size(spot[0])
        tensors = []
        for level, column in self.neighbours(spot):
            tensor = made[level, column]
            if level != spot[0]:
                tensor = builder.resize(f"{p}from_{level}_{column}", tensor, height, width)
            tensors.append(tensor)
        return builder.concatenate(p + "fused", tuple(tensors))

    def _stack(self, builder: GraphBuilder, tensor: str, level: int, prefix: str) -> str:
        count = self.blocks[level - 1] if level else 1
        return stack(builder, tensor, self.channels[level], count, self.block, prefix)

    def _head(self, builder: GraphBuilder, tensor: str, prefix: str) -> str:
        """Write the 1 x 1 convolution with bias to a logit map."""
        head = Head(
            batch=self.batch, channels=self.channels[0], height=self.height, width=self.width
        )
        return head.expand(builder, tensor, prefix)

    def _heads(self, builder: GraphBuilder, tensors: list[str], prefix: str) -> str:
        """Write a head for each tensor; the last, ``head``, is the prediction."""
        *earlier, last = tensors
        maps = [
            self._head(builder, tensor, f"{prefix}head{number}.")
            for number, tensor in enumerate(earlier, start=1)
        ]
        maps.append(self._head(builder, last, prefix + "head."))
        return builder.concatenate(prefix + "heads", tuple(maps)) if earlier else maps[0]


def require_heads(kind: str, heads: int, levels: int) -> None:
    """
    Check that a network of *levels* can end in *heads* logit maps.

    Raises:
        OperationInvalid: names the numbers there can be.
    """
    if heads not in (1, levels - 1):
        raise OperationInvalid(
            f"{kind}: heads={heads}; a network of {levels} levels has 1, or {levels - 1} with "
            "deep supervision"
        )

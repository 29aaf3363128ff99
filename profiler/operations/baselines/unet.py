"""
UNet (Ronneberger et al., MICCAI 2015) and UNet++ (Zhou et al., DLMIA 2018), as baselines.

From the papers: five levels, max-pooling on the way down, skips that are concatenated before what
comes from below; in UNet++ a triangle of nodes, dense skips along a level, and 1 x 1 heads on the
nodes of level 0 under deep supervision.  Chosen here, so that widths, depth and block can be those
of the network they are compared with: padded convolutions with batch norm, bilinear resampling
instead of a transposed convolution, blocks by level as in DNANet, and the last head, not the mean
of all, as UNet++'s prediction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from profiler.graph import GraphBuilder
from profiler.operations.baselines.blocks import Block
from profiler.operations.baselines.nested import NestedNetwork, Spot, require_heads


@dataclass(frozen=True, slots=True, kw_only=True)
class UNet(NestedNetwork):
    """
    UNet: an image in, one logit map out.

    Of the triangle it has the first column, on the way down, and the last node of every level, on
    the way up.  The fields are those of ``NestedNetwork``.

    Raises:
        OperationInvalid: a number is out of range, or the image is too small.
    """

    kind: Literal["unet"] = "unet"
    block: Block = "vgg"

    @property
    def heads(self) -> int:
        """How many logit maps it ends in."""
        return 1

    @property
    def deployed(self) -> UNet:
        """This network: it has no deep supervision."""
        return self

    def spots(self) -> Iterator[Spot]:
        """Yield the nodes in the order in which they run: down, and up again."""
        for level in range(self.levels):
            yield level, 0
        for level in range(self.levels - 2, -1, -1):
            yield level, self.levels - 1 - level

    def neighbours(self, spot: Spot) -> tuple[Spot, ...]:
        """Return the node of the level on the way down, and the one below on the way up."""
        level, column = spot
        return (level, 0), (level + 1, column - 1)

    def expand(self, builder: GraphBuilder, tensor: str, prefix: str = "") -> str:
        """Write the network into *builder* after the image *tensor*."""
        made = self._nodes(builder, tensor, prefix)
        return self._heads(builder, [made[0, self.levels - 1]], prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class UNetPlusPlus(NestedNetwork):
    """
    UNet++: an image in, ``heads`` logit maps out, the last of which is the prediction.

    The fields are those of ``NestedNetwork``, and

    Args:
        heads: logit maps; 1, or with deep supervision one less than there are levels.

    Raises:
        OperationInvalid: a number is out of range, or the image is too small.
    """

    kind: Literal["unetpp"] = "unetpp"
    block: Block = "vgg"
    heads: int = 1

    def __post_init__(self) -> None:
        NestedNetwork.__post_init__(self)
        require_heads(self.kind, self.heads, self.levels)

    @property
    def deployed(self) -> UNetPlusPlus:
        """This network without deep supervision: its parameters are a subset of this one's."""
        return replace(self, heads=1)

    def neighbours(self, spot: Spot) -> tuple[Spot, ...]:
        """Return all earlier nodes of the level, and the one below."""
        level, column = spot
        return (*((level, k) for k in range(column)), (level + 1, column - 1))

    def expand(self, builder: GraphBuilder, tensor: str, prefix: str = "") -> str:
        """Write the network into *builder* after the image *tensor*."""
        made = self._nodes(builder, tensor, prefix)
        first = self.levels - self.heads
        return self._heads(builder, [made[0, c] for c in range(first, self.levels)], prefix)

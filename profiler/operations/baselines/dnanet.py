"""
DNANet, the densely nested attention network (Li et al., TIP 2023; spec/hna_nas.md section 7.1).

Everything here is the published network's: nodes that read all earlier ones of their level, the one
below and the one above, CBAM blocks, the fusion of the deepest node of every column into one map,
and a head on every node of level 0 under deep supervision.  Only resampling differs, in images
whose sides are no multiple of 16 (see ``nested``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from profiler.graph import GraphBuilder
from profiler.operations.baselines.blocks import Block
from profiler.operations.baselines.nested import NestedNetwork, Spot, require_heads


@dataclass(frozen=True, slots=True, kw_only=True)
class DnaNet(NestedNetwork):
    """
    DNANet: an image in, ``heads`` logit maps out, the last of which is the prediction.

    The fields are those of ``NestedNetwork``, and

    Args:
        heads: logit maps; 1, or with deep supervision one less than there are levels.

    Raises:
        OperationInvalid: a number is out of range, a width has no 16th for channel attention, or
            the image is too small.
    """

    kind: Literal["dnanet"] = "dnanet"
    block: Block = "residual_cbam"
    heads: int = 1

    def __post_init__(self) -> None:
        NestedNetwork.__post_init__(self)  # super() does not know a class that slots made anew
        require_heads(self.kind, self.heads, self.levels)

    @property
    def deployed(self) -> DnaNet:
        """This network without deep supervision: its parameters are a subset of this one's."""
        return replace(self, heads=1)

    def neighbours(self, spot: Spot) -> tuple[Spot, ...]:
        """Return all earlier nodes of the level, the one below, and the one above."""
        level, column = spot
        above = [(level - 1, column)] if level else []
        return (*((level, k) for k in range(column)), (level + 1, column - 1), *above)

    def expand(self, builder: GraphBuilder, tensor: str, prefix: str = "") -> str:
        """Write the network into *builder* after the image *tensor*."""
        made = self._nodes(builder, tensor, prefix)
        fused = self._fusion(builder, made, prefix + "fusion.")
        supervised = [made[0, column] for column in range(1, self.heads)]
        return self._heads(builder, [*supervised, fused], prefix)

    def _fusion(self, builder: GraphBuilder, made: dict[Spot, str], p: str) -> str:
        """Bring the last node of every level to the size and width of level 0, and fuse them."""
        tensors = []
        for level in range(self.levels - 1, 0, -1):
            last = made[level, self.levels - 1 - level]
            y = builder.convolution(f"{p}reduce{level}", last, self.channels[0], 1)
            tensors.append(builder.resize(f"{p}from_{level}", y, self.height, self.width))
        tensors.append(made[0, self.levels - 1])
        return self._stack(builder, builder.concatenate(p + "fused", tuple(tensors)), 0, p)

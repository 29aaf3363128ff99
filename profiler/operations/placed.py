"""
A candidate as it stands in a network: behind what it reads, before what its readers ask for.

A runtime chooses a memory layout for a convolution, and what follows is fast or slow in that
layout: ONNX Runtime resamples the output of one candidate three times as fast as that of another
(docs/measuring.md).  So the concatenation a candidate reads and the resamplings of its output are
priced with the candidate, not apart from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from profiler.errors import OperationInvalid
from profiler.graph import GraphBuilder
from profiler.operations.candidates import InvertedConv, ResidualConv, SpatialConv
from profiler.operations.catalogue import CandidateOperation
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS, require_integer, require_positive

Size = tuple[int, int]
"""H and W, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOperation:
    """
    Concatenate, operate, resample for each reader of another size.

    Args:
        operation: the candidate.
        sources: C of each tensor that is concatenated into its input, in order.
        resampled: H and W its output is bilinearly resampled to, once for each reader.

    Raises:
        OperationInvalid: no candidate, sources that do not add up to its input, or a size that
            is none.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    kind: Literal["placed"] = "placed"
    operation: CandidateOperation
    sources: tuple[int, ...]
    resampled: tuple[Size, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.operation, ResidualConv | SpatialConv | InvertedConv):
            raise OperationInvalid(
                f"placed: {self.operation!r:.80} is no candidate: residual, spatial, inverted"
            )
        require_positive(self)
        if not isinstance(self.resampled, tuple):
            raise OperationInvalid(f"placed: resampled={self.resampled!r} must be pairs of H and W")
        for size in self.resampled:
            if not isinstance(size, tuple) or len(size) != 2:
                raise OperationInvalid(f"placed: resampled={size!r} is no height and width")
            for number in size:
                require_integer("placed: resampled", number, at_least=1)
        if len(self.sources) < 2 and not self.resampled:
            raise OperationInvalid(
                f"placed: one source of {self.sources} and no resampling is the bare candidate; "
                "name that"
            )
        if sum(self.sources) != self.operation.channels_in:
            raise OperationInvalid(
                f"placed: sources={self.sources} add up to {sum(self.sources)} channels; the "
                f"candidate reads {self.operation.channels_in}"
            )

    @property
    def batch(self) -> int:
        """N, the number of images."""
        return self.operation.batch

    @property
    def height(self) -> int:
        """H of the candidate, in pixels."""
        return self.operation.height

    @property
    def width(self) -> int:
        """W of the candidate, in pixels."""
        return self.operation.width

    def expand(
        self, builder: GraphBuilder, tensors: tuple[str, ...], prefix: str = ""
    ) -> tuple[str, ...]:
        """Write it into *builder*; return the candidate's output and each resampled one."""
        fused = builder.concatenate(prefix + "fused", tensors) if tensors[1:] else tensors[0]
        output = self.operation.expand(builder, fused, prefix)
        resized = [
            builder.resize(f"{prefix}output{index}", output, height, width)
            for index, (height, width) in enumerate(self.resampled)
        ]
        return (output, *resized)

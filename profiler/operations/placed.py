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
from profiler.operations.catalogue import CandidateOperation
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS, require_integer, require_positive

Size = tuple[int, int]
"""H and W, in pixels."""

Asked = Size | tuple[int, int, int]
"""H and W a reader wants, and C where it has the channels reduced before they are resampled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOperation:
    """
    Concatenate, operate, resample for each reader of another size.

    Args:
        operation: the candidate.
        sources: C of each tensor that is concatenated into its input, in order.
        resampled: H and W its output is bilinearly resampled to, once for each reader; and C
            where a 1 x 1 convolution reduces it to fewer channels first.

    Raises:
        OperationInvalid: no candidate, sources that do not add up to its input, a size that is
            none, or a reduction to no fewer channels.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    kind: Literal["placed"] = "placed"
    operation: CandidateOperation
    sources: tuple[int, ...]
    resampled: tuple[Asked, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.operation, CandidateOperation):
            raise OperationInvalid(
                f"placed: {self.operation!r:.80} is no candidate: residual, spatial, inverted, "
                "narrow_residual, narrow_spatial, identity"
            )
        require_positive(self)
        if not isinstance(self.resampled, tuple):
            raise OperationInvalid(f"placed: resampled={self.resampled!r} must be pairs of H and W")
        for asked in self.resampled:
            self._check(asked)
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
        resized = []
        for index, (height, width, *reduced) in enumerate(self.resampled):
            channels = reduced[0] if reduced else self.operation.channels_out
            tensor = reduce_channels(builder, output, channels, f"{prefix}reduce{index}.")
            resized.append(builder.resize(f"{prefix}output{index}", tensor, height, width))
        return (output, *resized)

    def _check(self, asked: object) -> None:
        if not isinstance(asked, tuple) or len(asked) not in (2, 3):
            raise OperationInvalid(f"placed: resampled={asked!r} is no height and width")
        for number in asked:
            require_integer("placed: resampled", number, at_least=1)
        if asked[2:] and asked[2] >= self.operation.channels_out:
            raise OperationInvalid(
                f"placed: resampled={asked} reduces {self.operation.channels_out} channels to "
                f"{asked[2]}, which is no fewer; name height and width alone"
            )


def reduce_channels(builder: GraphBuilder, tensor: str, channels: int, prefix: str) -> str:
    """Write a 1 x 1 convolution and batch norm after *tensor*, unless it has *channels* already."""
    if builder.shape(tensor)[1] == channels:
        return tensor
    y = builder.convolution(prefix + "conv", tensor, channels, 1, bias=False)
    return builder.batch_norm(prefix + "bn", y)

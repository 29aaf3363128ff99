"""
The border of an operation: what an isolated measurement pays at its edges.

Measured alone, an operation pays for layout conversion at its inputs and for one call of the
runtime, which inside a network it does not.  So an operation is measured *embedded*, between
1 x 1 convolutions that make its inputs and a mean that reads its output; the border is the same
graph without the operation, measured and kept as an entry of its own, and the row is the
difference (docs/measuring.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from profiler.graph import GraphBuilder
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS, require_positive

FEED_CHANNELS = 8
"""Channels of the tensor that feeds each producer: few, so that the border stays cheap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """
    One producer (1 x 1 convolution and ReLU) and one mean for each input of an operation.

    Args:
        batch: N, the number of images.
        channels: C of each tensor the producers make.
        height: H, in pixels.
        width: W, in pixels.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    kind: Literal["border"] = "border"
    batch: int = 1
    channels: tuple[int, ...]
    height: int
    width: int

    def __post_init__(self) -> None:
        require_positive(self)

    def produce(self, builder: GraphBuilder) -> tuple[str, ...]:
        """Write the producers into *builder*; return the tensors they make."""
        return tuple(
            self._producer(builder, f"source{index}", channels)
            for index, channels in enumerate(self.channels)
        )

    def expand(self, builder: GraphBuilder, tensors: tuple[str, ...], prefix: str = "") -> str:
        """Write the means of *tensors* into *builder*; return the tensor that holds them all."""
        means = tuple(
            builder.global_mean(f"{prefix}mean{index}", tensor)
            for index, tensor in enumerate(tensors)
        )
        return builder.concatenate(prefix + "means", means) if means[1:] else means[0]

    def _producer(self, builder: GraphBuilder, name: str, channels: int) -> str:
        feed = builder.input(name, (self.batch, FEED_CHANNELS, self.height, self.width))
        return builder.relu(name + "_relu", builder.convolution(name + "_conv", feed, channels, 1))

"""
Primitives: the kinds of node a graph is made of.

Each is a value that says what is computed, never where its inputs come from; shapes and wiring
belong to the graph.  H and W follow from the input: a convolution or pooling at stride 2 keeps the
border pixel of an odd size (rounding up) unless it says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from profiler.onnx_node import OnnxNode

Shape = tuple[int, ...]
"""N, C, H, W; tensors of a node from elsewhere may have other dimensions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution:
    """
    A 2-D convolution, padded by ``kernel // 2``.

    At stride 1 it keeps H and W; at stride s every s-th pixel remains, rounding up.
    """

    channels_in: int
    channels_out: int
    kernel: tuple[int, int]
    groups: int = 1
    bias: bool = True
    stride: int = 1

    @property
    def weight_shape(self) -> Shape:
        """Shape of the weight tensor: out, in per group, kernel height, kernel width."""
        return (self.channels_out, self.channels_in // self.groups, *self.kernel)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransposedConvolution:
    """A transposed 4 x 4 convolution with bias at stride 2, padded by 1: doubles H and W."""

    channels_in: int
    channels_out: int

    @property
    def weight_shape(self) -> Shape:
        """Shape of the weight tensor: in, out, kernel height, kernel width."""
        return (self.channels_in, self.channels_out, 4, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchNorm:
    """Batch normalisation over C, eps 1e-5, momentum 0.1 (spec 3.2)."""

    channels: int


@dataclass(frozen=True, slots=True)
class Relu:
    """max(x, 0)."""


@dataclass(frozen=True, slots=True)
class Relu6:
    """min(max(x, 0), 6)."""


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """1 / (1 + exp(-x))."""


@dataclass(frozen=True, slots=True)
class Add:
    """The sum of two tensors of one shape."""


@dataclass(frozen=True, slots=True)
class Multiply:
    """The product of two tensors; a dimension of 1 is repeated to the size of the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concatenate:
    """Concatenation along C, or along H to run one layer on several tensors at once."""

    along: Literal["C", "H"] = "C"

    @property
    def axis(self) -> int:
        """Index of the dimension in N, C, H, W."""
        return "NCHW".index(self.along)


@dataclass(frozen=True, slots=True, kw_only=True)
class BilinearResize:
    """Bilinear resampling to ``height`` x ``width`` with ``align_corners=True`` (spec 1.2)."""

    height: int
    width: int


@dataclass(frozen=True, slots=True)
class MaxPool2:
    """2 x 2 max-pooling at stride 2, floor (spec 1.1)."""


@dataclass(frozen=True, slots=True)
class MaxPool3:
    """3 x 3 max-pooling at stride 2, padded by 1: halves H and W, rounding up."""


@dataclass(frozen=True, slots=True)
class GlobalMean:
    """The mean over H and W: the cheapest consumer of a tensor, in any layout."""


@dataclass(frozen=True, slots=True)
class GlobalMax:
    """The maximum over H and W."""


@dataclass(frozen=True, slots=True)
class GlobalSum:
    """The sum over H and W."""


@dataclass(frozen=True, slots=True)
class ChannelMean:
    """The mean over C."""


@dataclass(frozen=True, slots=True)
class ChannelMax:
    """The maximum over C."""


Primitive = (
    Convolution
    | TransposedConvolution
    | BatchNorm
    | Relu
    | Relu6
    | Sigmoid
    | Add
    | Multiply
    | Concatenate
    | BilinearResize
    | MaxPool2
    | OnnxNode
    | MaxPool3
    | GlobalMean
    | GlobalMax
    | GlobalSum
    | ChannelMean
    | ChannelMax
)

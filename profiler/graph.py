"""
Graphs of primitives: the one definition every operation expands to.

A graph is a value with static shapes.  The torch module, the ONNX model, the parameter count and
the MACs all derive from it, so what is measured is what is searched is what is deployed.
It refuses to hold weights: those live with whoever runs the graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from profiler.errors import GraphInvalid
from profiler.onnx_node import OnnxNode
from profiler.primitives import (
    Add,
    BatchNorm,
    BilinearResize,
    ChannelMax,
    ChannelMean,
    Concatenate,
    Convolution,
    GlobalMax,
    GlobalMean,
    GlobalSum,
    MaxPool2,
    MaxPool3,
    Multiply,
    Primitive,
    Relu,
    Relu6,
    Shape,
    Sigmoid,
    TransposedConvolution,
)

__all__ = [
    "Add",
    "BatchNorm",
    "BilinearResize",
    "ChannelMax",
    "ChannelMean",
    "Concatenate",
    "Convolution",
    "GlobalMax",
    "GlobalMean",
    "GlobalSum",
    "Graph",
    "GraphBuilder",
    "MaxPool2",
    "MaxPool3",
    "Multiply",
    "Node",
    "OnnxNode",
    "Primitive",
    "Relu",
    "Relu6",
    "Shape",
    "Sigmoid",
    "TransposedConvolution",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One primitive in a graph; ``name`` is also the name of the tensor it makes."""

    name: str
    primitive: Primitive
    inputs: tuple[str, ...]
    shape: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """
    Primitives wired together, in an order in which they can run.

    Args:
        inputs: name and shape of each tensor the graph is fed with.
        nodes: the primitives; each reads earlier tensors only.
        output: the tensor that is the result.
    """

    inputs: tuple[tuple[str, Shape], ...]
    nodes: tuple[Node, ...]
    output: str

    @property
    def output_shape(self) -> Shape:
        """Shape of the result."""
        shapes = dict(self.inputs) | {node.name: node.shape for node in self.nodes}
        return shapes[self.output]


class GraphBuilder:
    """
    Writes a graph down, node by node, and works out every shape.

    Each method returns the name of the tensor it made.  Names are the caller's, so that a
    parameter can be found again: ``cell_0_1.block0.conv1`` holds ``...conv1.weight``.
    """

    def __init__(self) -> None:
        self._inputs: list[tuple[str, Shape]] = []
        self._nodes: list[Node] = []
        self._shapes: dict[str, Shape] = {}

    def shape(self, tensor: str) -> Shape:
        """Return the shape of *tensor*."""
        return self._shapes[tensor]

    def input(self, name: str, shape: Shape) -> str:
        """Declare a tensor the graph is fed with."""
        self._claim(name, shape)
        self._inputs.append((name, shape))
        return name

    def convolution(
        self,
        name: str,
        tensor: str,
        channels_out: int,
        kernel: int | tuple[int, int],
        *,
        groups: int = 1,
        bias: bool = True,
        stride: int = 1,
    ) -> str:
        """Add a convolution; at *stride* 1 it keeps H and W."""
        n, c, h, w = self.shape(tensor)
        if c % groups or channels_out % groups:
            raise GraphInvalid(
                f"{name}: groups={groups} does not divide {c} input and {channels_out} output "
                "channels; choose a divisor of both"
            )
        primitive = Convolution(
            channels_in=c,
            channels_out=channels_out,
            kernel=(kernel, kernel) if isinstance(kernel, int) else kernel,
            groups=groups,
            bias=bias,
            stride=stride,
        )
        shape = (n, channels_out, -(-h // stride), -(-w // stride))
        return self._add(name, primitive, (tensor,), shape)

    def transposed_convolution(self, name: str, tensor: str, channels_out: int) -> str:
        """Add a transposed convolution that doubles H and W."""
        n, c, h, w = self.shape(tensor)
        primitive = TransposedConvolution(channels_in=c, channels_out=channels_out)
        return self._add(name, primitive, (tensor,), (n, channels_out, 2 * h, 2 * w))

    def batch_norm(self, name: str, tensor: str) -> str:
        """Add a batch normalisation."""
        shape = self.shape(tensor)
        return self._add(name, BatchNorm(channels=shape[1]), (tensor,), shape)

    def relu(self, name: str, tensor: str) -> str:
        """Add a ReLU."""
        return self._add(name, Relu(), (tensor,), self.shape(tensor))

    def relu6(self, name: str, tensor: str) -> str:
        """Add a ReLU6."""
        return self._add(name, Relu6(), (tensor,), self.shape(tensor))

    def sigmoid(self, name: str, tensor: str) -> str:
        """Add a sigmoid."""
        return self._add(name, Sigmoid(), (tensor,), self.shape(tensor))

    def add(self, name: str, left: str, right: str) -> str:
        """Add the sum of two tensors of one shape."""
        if self.shape(left) != self.shape(right):
            raise GraphInvalid(
                f"{name}: cannot add {self.shape(left)} and {self.shape(right)}; "
                "both tensors need one shape"
            )
        return self._add(name, Add(), (left, right), self.shape(left))

    def multiply(self, name: str, left: str, right: str) -> str:
        """Add the product of two tensors; a dimension of 1 is repeated."""
        pairs = list(zip(self.shape(left), self.shape(right), strict=True))
        if any(x != y and 1 not in (x, y) for x, y in pairs):
            raise GraphInvalid(
                f"{name}: cannot multiply {self.shape(left)} by {self.shape(right)}; "
                "each dimension must agree or be 1"
            )
        n, c, h, w = (max(pair) for pair in pairs)
        return self._add(name, Multiply(), (left, right), (n, c, h, w))

    def concatenate(
        self, name: str, tensors: tuple[str, ...], along: Literal["C", "H"] = "C"
    ) -> str:
        """Add a concatenation along C or H."""
        primitive = Concatenate(along=along)
        shapes = [list(self.shape(tensor)) for tensor in tensors]
        total = sum(shape.pop(primitive.axis) for shape in shapes)
        for tensor, shape in zip(tensors, shapes, strict=True):
            if shape != shapes[0]:
                raise GraphInvalid(
                    f"{name}: {tensor} is {self.shape(tensor)} and {tensors[0]} is "
                    f"{self.shape(tensors[0])}; all but {along} must agree: resize it first"
                )
        shapes[0].insert(primitive.axis, total)
        n, c, h, w = shapes[0]
        return self._add(name, primitive, tensors, (n, c, h, w))

    def resize(self, name: str, tensor: str, height: int, width: int) -> str:
        """Add a bilinear resampling to *height* x *width* pixels."""
        n, c, _, _ = self.shape(tensor)
        primitive = BilinearResize(height=height, width=width)
        return self._add(name, primitive, (tensor,), (n, c, height, width))

    def max_pool(self, name: str, tensor: str) -> str:
        """Add a 2 x 2 max-pooling."""
        n, c, h, w = self.shape(tensor)
        if h < 2 or w < 2:
            raise GraphInvalid(f"{name}: {h}x{w} pixels cannot be halved; use a larger image")
        return self._add(name, MaxPool2(), (tensor,), (n, c, h // 2, w // 2))

    def max_pool3(self, name: str, tensor: str) -> str:
        """Add a 3 x 3 max-pooling at stride 2 that keeps the border of an odd size."""
        n, c, h, w = self.shape(tensor)
        return self._add(name, MaxPool3(), (tensor,), (n, c, -(-h // 2), -(-w // 2)))

    def global_mean(self, name: str, tensor: str) -> str:
        """Add the mean over H and W."""
        return self._reduce_pixels(name, GlobalMean(), tensor)

    def global_max(self, name: str, tensor: str) -> str:
        """Add the maximum over H and W."""
        return self._reduce_pixels(name, GlobalMax(), tensor)

    def global_sum(self, name: str, tensor: str) -> str:
        """Add the sum over H and W."""
        return self._reduce_pixels(name, GlobalSum(), tensor)

    def channel_mean(self, name: str, tensor: str) -> str:
        """Add the mean over C."""
        return self._reduce_channels(name, ChannelMean(), tensor)

    def channel_max(self, name: str, tensor: str) -> str:
        """Add the maximum over C."""
        return self._reduce_channels(name, ChannelMax(), tensor)

    def onnx_node(
        self, name: str, primitive: OnnxNode, tensors: tuple[str, ...], shape: Shape
    ) -> str:
        """Add a node of an ONNX model made elsewhere; its *shape* is what that model says."""
        for tensor in tensors:
            self.shape(tensor)
        return self._add(name, primitive, tensors, shape)

    def build(self, output: str) -> Graph:
        """Return the graph whose result is *output*."""
        self.shape(output)
        return Graph(inputs=tuple(self._inputs), nodes=tuple(self._nodes), output=output)

    def _reduce_pixels(
        self, name: str, primitive: GlobalMean | GlobalMax | GlobalSum, tensor: str
    ) -> str:
        n, c, _, _ = self.shape(tensor)
        return self._add(name, primitive, (tensor,), (n, c, 1, 1))

    def _reduce_channels(self, name: str, primitive: ChannelMean | ChannelMax, tensor: str) -> str:
        n, _, h, w = self.shape(tensor)
        return self._add(name, primitive, (tensor,), (n, 1, h, w))

    def _add(self, name: str, primitive: Primitive, inputs: tuple[str, ...], shape: Shape) -> str:
        self._claim(name, shape)
        self._nodes.append(Node(name=name, primitive=primitive, inputs=inputs, shape=shape))
        return name

    def _claim(self, name: str, shape: Shape) -> None:
        if name in self._shapes:
            raise GraphInvalid(f"two tensors are called {name!r}; names in a graph are unique")
        if min(shape, default=1) < 1:
            raise GraphInvalid(f"{name}: shape {shape} has an empty dimension")
        self._shapes[name] = shape

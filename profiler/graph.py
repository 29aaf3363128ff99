"""
Graphs of primitives: the one definition every operation expands to.

A graph is a value with static shapes.  The torch module, the ONNX model, the parameter count and
the MACs all derive from it, so what is measured is what is searched is what is deployed.
It refuses to hold weights: those live with whoever runs the graph.
"""

from __future__ import annotations

from dataclasses import dataclass

from profiler.errors import GraphInvalid

Shape = tuple[int, int, int, int]
"""N, C, H, W."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution:
    """A 2-D convolution at stride 1 that keeps H and W (padding is ``kernel // 2``)."""

    channels_in: int
    channels_out: int
    kernel: tuple[int, int]
    groups: int = 1
    bias: bool = True

    @property
    def weight_shape(self) -> Shape:
        """Shape of the weight tensor: out, in per group, kernel height, kernel width."""
        return (self.channels_out, self.channels_in // self.groups, *self.kernel)


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
class Add:
    """The sum of two tensors of one shape."""


@dataclass(frozen=True, slots=True)
class Concatenate:
    """Concatenation along C."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BilinearResize:
    """Bilinear resampling to ``height`` x ``width`` with ``align_corners=True`` (spec 1.2)."""

    height: int
    width: int


@dataclass(frozen=True, slots=True)
class MaxPool2:
    """2 x 2 max-pooling at stride 2, floor (spec 1.1)."""


@dataclass(frozen=True, slots=True)
class GlobalMean:
    """The mean over H and W: the cheapest consumer of a tensor, in any layout."""


Primitive = (
    Convolution
    | BatchNorm
    | Relu
    | Relu6
    | Add
    | Concatenate
    | BilinearResize
    | MaxPool2
    | GlobalMean
)


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
    ) -> str:
        """Add a convolution that keeps H and W."""
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
        )
        return self._add(name, primitive, (tensor,), (n, channels_out, h, w))

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

    def add(self, name: str, left: str, right: str) -> str:
        """Add the sum of two tensors of one shape."""
        if self.shape(left) != self.shape(right):
            raise GraphInvalid(
                f"{name}: cannot add {self.shape(left)} and {self.shape(right)}; "
                "both tensors need one shape"
            )
        return self._add(name, Add(), (left, right), self.shape(left))

    def concatenate(self, name: str, tensors: tuple[str, ...]) -> str:
        """Add a concatenation along C."""
        n, _, h, w = self.shape(tensors[0])
        for tensor in tensors:
            if self.shape(tensor)[2:] != (h, w):
                raise GraphInvalid(
                    f"{name}: {tensor} is {self.shape(tensor)[2:]}, not {(h, w)}; resize it first"
                )
        channels = sum(self.shape(tensor)[1] for tensor in tensors)
        return self._add(name, Concatenate(), tensors, (n, channels, h, w))

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

    def global_mean(self, name: str, tensor: str) -> str:
        """Add the mean over H and W."""
        n, c, _, _ = self.shape(tensor)
        return self._add(name, GlobalMean(), (tensor,), (n, c, 1, 1))

    def build(self, output: str) -> Graph:
        """Return the graph whose result is *output*."""
        self.shape(output)
        return Graph(inputs=tuple(self._inputs), nodes=tuple(self._nodes), output=output)

    def _add(self, name: str, primitive: Primitive, inputs: tuple[str, ...], shape: Shape) -> str:
        self._claim(name, shape)
        self._nodes.append(Node(name=name, primitive=primitive, inputs=inputs, shape=shape))
        return name

    def _claim(self, name: str, shape: Shape) -> None:
        if name in self._shapes:
            raise GraphInvalid(f"two tensors are called {name!r}; names in a graph are unique")
        if min(shape) < 1:
            raise GraphInvalid(f"{name}: shape {shape} has an empty dimension")
        self._shapes[name] = shape

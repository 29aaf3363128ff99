"""
The kernels a runtime runs for one of our operations, read off the graph it is measured as.

Batch norm and what follows it elementwise are fused into the convolution before them, as every
runtime does.  Many CPU runtimes keep images in blocks of channels (NCHWc; oneDNN, MLAS): there
channels are computed up to a multiple of the block, and what cannot be blocked is converted back
and forth.  How large the blocks of a device are is not known but learnt (``tile``; 1 is none).
The rules of what can be blocked are those of ONNX Runtime's layout optimiser.
"""

from __future__ import annotations

from math import prod

from profiler.cost import macs_of
from profiler.graph import (
    Add,
    BilinearResize,
    ChannelMax,
    ChannelMean,
    Concatenate,
    Convolution,
    GlobalMax,
    GlobalMean,
    GlobalSum,
    Graph,
    MaxPool2,
    MaxPool3,
    Multiply,
    Node,
    OnnxNode,
    TransposedConvolution,
)
from profiler.prediction.kernel import Counted, Kernel, kernel

GRAIN = 4
"""Channels must divide by this to be blocked."""

MOVED_WORK = 8
"""What writing a value costs, in multiply-accumulates; a guess the fit corrects."""

RESAMPLED_WORK = 16
"""What interpolating a value costs, likewise."""

_Reader = GlobalMean | GlobalMax | GlobalSum | ChannelMean | ChannelMax


class Walk:
    """
    A walk along a graph that notes which kernels are run.

    Args:
        graph: what is run.
        given: nodes that were paid for elsewhere; their tensors are there.
        tile: channels in a block.
    """

    def __init__(self, graph: Graph, given: frozenset[str], tile: int) -> None:
        self.kernels: list[Counted] = []
        self._tile = tile
        self._shapes = dict(graph.inputs) | {node.name: node.shape for node in graph.nodes}
        self._blocked = {name: False for name, _ in graph.inputs}
        self._converted: set[str] = set()
        for node in graph.nodes:
            if node.name in given:
                self._blocked[node.name] = tile > 1
            else:
                self._blocked[node.name] = self._step(node)

    def _step(self, node: Node) -> bool:
        """Note the kernel of *node*; return whether what it makes is blocked."""
        match node.primitive:
            case Convolution() as convolution:
                return self._convolution(node, convolution)
            case TransposedConvolution() as transposed:
                out = transposed.channels_out
                sizes = {"channels_in": transposed.channels_in, "channels_out": out}
                return self._plain(node, "transposed", macs_of(node), **sizes)
            case BilinearResize():
                return self._resize(node)
            case Concatenate():
                return self._concatenate(node)
            case MaxPool2() | MaxPool3():
                return self._note(node, "max_pool", 4 * prod(node.shape))
            case Add() | Multiply():
                return self._join(node)
            case GlobalMean() | GlobalMax() | GlobalSum() | ChannelMean() | ChannelMax():
                return self._read(node)
            case OnnxNode(op_type=op_type):
                return self._plain(node, op_type, macs_of(node) + prod(node.shape))
            case _:
                return self._blocked[node.inputs[0]]

    def _convolution(self, node: Node, convolution: Convolution) -> bool:
        groups, tile = convolution.groups, self._tile
        into, out = convolution.channels_in // groups, convolution.channels_out // groups
        area = prod(convolution.kernel)
        sizes = {"kernel_height": convolution.kernel[0], "kernel_width": convolution.kernel[1]}
        sizes |= {"area": area, "pointwise": 1 + (area == 1), "stride": convolution.stride}
        if groups > 1 and into == out == 1:
            blocked = tile > 1 and groups % GRAIN == 0
            wide = self._padded(groups) if blocked else groups
            kind = "depthwise" if blocked or tile == 1 else "depthwise plain"
            self._want(node.inputs[0], blocked)
            if kind == "depthwise plain":
                self._unroll(node, area)
            work = wide * area * _pixels(node)
            return self._note(node, kind, work, blocked, channels_in=wide, **sizes)
        if groups > 1:
            blocked = tile > 1 and into % tile == 0 and out % tile == 0
            self._want(node.inputs[0], blocked)
            sizes |= {"channels_in": into, "channels_out": out, "groups": groups}
            kind = "conv" if blocked else "conv plain"
            if not blocked:
                self._unroll(node, area)
            return self._note(node, kind, macs_of(node), blocked, **sizes)
        return self._dense(node, into, out, sizes)

    def _dense(self, node: Node, into: int, out: int, sizes: dict[str, int]) -> bool:
        """Few channels are read as they are, an image for instance; more are read blocked."""
        direct = into < self._tile
        blocked = self._tile > 1 and (direct or into % GRAIN == 0)
        self._want(node.inputs[0], blocked and not direct)
        if blocked:
            into, out = into if direct else self._padded(into), self._padded(out)
        kind = "conv direct" if direct else "conv" if blocked or self._tile == 1 else "conv plain"
        sizes = sizes | {"channels_in": into, "channels_out": out}
        if kind == "conv plain":
            self._unroll(node, sizes["area"])
        work = into * out * sizes["area"] * _pixels(node)
        return self._note(node, kind, work, blocked, **sizes)

    def _resize(self, node: Node) -> bool:
        source = node.inputs[0]
        _, channels, height, width = self._shapes[source]
        whole = node.shape[2] % height == 0 and node.shape[3] % width == 0
        blocked = self._blocked[source] and whole
        self._want(source, blocked)
        wide = self._padded(channels) if blocked else channels
        kind = "resize" if blocked or self._tile == 1 else "resize plain"
        work = RESAMPLED_WORK * prod(node.shape)
        pixels = height * width
        return self._note(node, kind, work, blocked, channels_in=wide, pixels_in=pixels)

    def _concatenate(self, node: Node) -> bool:
        if prod(node.shape[2:]) == 1:
            return False
        blocked = all(
            self._blocked[t] and self._shapes[t][1] % self._tile == 0 for t in node.inputs
        )
        for tensor in node.inputs:
            self._want(tensor, blocked)
        return self._note(node, "concat", prod(node.shape), blocked, sources=len(node.inputs))

    def _join(self, node: Node) -> bool:
        blocked = all(self._blocked[tensor] for tensor in node.inputs)
        for tensor in node.inputs:
            self._want(tensor, blocked)
        return self._note(node, type(node.primitive).__name__.lower(), prod(node.shape), blocked)

    def _read(self, node: Node) -> bool:
        source = node.inputs[0]
        self._want(source, False)
        kind = type(node.primitive).__name__.lower()
        self.kernels.append((1.0, kernel(kind, prod(self._shapes[source]), self._shapes[source])))
        return False

    def _unroll(self, node: Node, area: int) -> None:
        """Note the writing out of every window of the input, as one matrix; pixels are there."""
        if area == 1:
            return
        channels = self._shapes[node.inputs[0]][1]
        unrolled = (node.shape[0], channels * area, *node.shape[2:])
        self.kernels.append((1.0, kernel("unroll", MOVED_WORK * prod(unrolled), unrolled)))

    def _plain(self, node: Node, kind: str, work: float, **sizes: int) -> bool:
        for tensor in node.inputs:
            self._want(tensor, False)
        return self._note(node, kind, work, False, **sizes)

    def _note(
        self, node: Node, kind: str, work: float, blocked: bool | None = None, **sizes: int
    ) -> bool:
        made = kernel(kind, work + MOVED_WORK * prod(node.shape), node.shape, **sizes)
        self.kernels.append((1.0, made))
        return self._blocked[node.inputs[0]] if blocked is None else blocked

    def _want(self, tensor: str, blocked: bool) -> None:
        """Note the conversion of *tensor*, where it is there in the other layout only."""
        if self._blocked[tensor] != blocked and tensor not in self._converted:
            self._converted.add(tensor)
            self.kernels.append((1.0, conversion(self._shapes[tensor])))

    def _padded(self, channels: int) -> int:
        return -(-channels // self._tile) * self._tile


def conversion(shape: tuple[int, ...]) -> Kernel:
    """Return the kernel that brings a tensor from one layout into the other."""
    return kernel("convert", prod(shape), shape)


def _pixels(node: Node) -> int:
    return prod(node.shape) // node.shape[1]

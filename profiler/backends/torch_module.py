"""
Graph to torch module.

The module's state dict has the graph's own parameter names (``cell_0_1.block0.conv1.weight``), so
weights move between torch and ONNX by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from profiler.errors import OperationUnsupported
from profiler.graph import (
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
    Graph,
    MaxPool2,
    MaxPool3,
    Multiply,
    Node,
    OnnxNode,
    Relu,
    Relu6,
    Sigmoid,
    TransposedConvolution,
)
from profiler.operations import Operation, operation_graph


class GraphModule(nn.Module):
    """
    Runs a graph node by node, on tensors of the graph's sizes (the batch may differ).

    To run a network on another image size, describe it for that size and load the same weights.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self._last_use = _last_use(graph)
        for node in graph.nodes:
            layer = _layer(node)
            if layer is not None:
                _attach(self, node.name, layer)
        self._layers = dict(self.named_modules())
        self._in_place = set(_rectifiable(graph, self._last_use))

    def forward(self, *tensors: Tensor) -> Tensor:
        """Run the graph on its inputs, in the order of ``graph.inputs``."""
        values = {name: x for (name, _), x in zip(self.graph.inputs, tensors, strict=True)}
        for node in self.graph.nodes:
            inputs = [values[name] for name in node.inputs]
            values[node.name] = self._run(node, inputs)
            for name in self._last_use[node.name]:
                del values[name]
        return values[self.graph.output]

    def _run(self, node: Node, inputs: list[Tensor]) -> Tensor:
        x = inputs[0]
        match node.primitive:
            case Convolution() | TransposedConvolution() | BatchNorm():
                y: Tensor = self._layers[node.name](x)
                return y
            case Relu():
                return functional.relu(x)
            case Relu6():
                return functional.relu6(x)
            case Sigmoid():
                return x.sigmoid()
            case Add():
                return x + inputs[1]
            case Multiply():
                return x * inputs[1]
            case Concatenate(axis=axis):
                return torch.cat(inputs, dim=axis)
            case BilinearResize(height=height, width=width):
                return resize(x, height, width)
            case MaxPool2():
                return max_pool(x)
            case MaxPool3():
                return functional.max_pool2d(x, kernel_size=3, stride=2, padding=1)
            case GlobalMean():
                return x.mean(dim=(2, 3), keepdim=True)
            case GlobalMax():
                return x.amax(dim=(2, 3), keepdim=True)
            case GlobalSum():
                return x.sum(dim=(2, 3), keepdim=True)
            case ChannelMean():
                return x.mean(dim=1, keepdim=True)
            case ChannelMax():
                return x.amax(dim=1, keepdim=True)
            case OnnxNode():
                raise _unsupported(node.primitive)


def torch_module(operation: Operation) -> GraphModule:
    """Return *operation* as a torch module with torch's default initial weights."""
    return GraphModule(operation_graph(operation))


def load_parameters(module: nn.Module, parameters: Mapping[str, NDArray[np.float32]]) -> None:
    """Copy *parameters*, by name, into *module*; every name must be there."""
    state = {name: torch.from_numpy(array.copy()) for name, array in parameters.items()}
    missing, unexpected = module.load_state_dict(state, strict=False)
    lacking = [name for name in missing if not name.endswith("num_batches_tracked")]
    if lacking or unexpected:
        raise KeyError(f"parameters missing {lacking[:3]}, unexpected {unexpected[:3]}")


def parameters_of(module: nn.Module) -> dict[str, NDArray[np.float32]]:
    """Return the weights of *module* by name, as arrays an ONNX model takes."""
    return {
        name: tensor.detach().cpu().numpy().astype(np.float32)
        for name, tensor in module.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def resize(x: Tensor, height: int, width: int) -> Tensor:
    """Resample bilinearly to *height* x *width* with aligned corners (spec 1.2)."""
    return functional.interpolate(x, size=(height, width), mode="bilinear", align_corners=True)


def max_pool(x: Tensor) -> Tensor:
    """Halve H and W by 2 x 2 max-pooling, rounding down (spec 1.1)."""
    return functional.max_pool2d(x, kernel_size=2, stride=2)


def _layer(node: Node) -> nn.Module | None:
    match node.primitive:
        case Convolution() as c:
            height, width = c.kernel
            return nn.Conv2d(
                c.channels_in,
                c.channels_out,
                c.kernel,
                stride=c.stride,
                padding=(height // 2, width // 2),
                groups=c.groups,
                bias=c.bias,
            )
        case TransposedConvolution() as c:
            return nn.ConvTranspose2d(c.channels_in, c.channels_out, 4, stride=2, padding=1)
        case BatchNorm(channels=channels):
            return nn.BatchNorm2d(channels)
        case OnnxNode():
            raise _unsupported(node.primitive)
        case _:
            return None


def _attach(root: nn.Module, name: str, layer: nn.Module) -> None:
    """Hang *layer* below *root* under its dotted name, making the modules in between."""
    *path, leaf = name.split(".")
    for part in path:
        child = getattr(root, part, None)
        if child is None:
            child = nn.Module()
            root.add_module(part, child)
        root = child
    root.add_module(leaf, layer)


def _rectifiable(graph: Graph, last_use: Mapping[str, list[str]]) -> Iterator[str]:
    """
    Yield the activations that may overwrite what they read.

    Nothing reads it after them, and no gradient is computed from it: those of a convolution, a
    batch norm and a sum need what went in, not what came out.
    """
    makers = {node.name: node.primitive for node in graph.nodes}
    for node in graph.nodes:
        if isinstance(node.primitive, Relu | Relu6):
            maker = makers.get(node.inputs[0])
            free = node.inputs[0] in last_use[node.name]
            if free and isinstance(maker, Convolution | BatchNorm | Add):
                yield node.name


def _last_use(graph: Graph) -> dict[str, list[str]]:
    """Return, for each node, the tensors nobody needs after it."""
    last: dict[str, str] = {}
    for node in graph.nodes:
        for name in node.inputs:
            last[name] = node.name
    freed: dict[str, list[str]] = {node.name: [] for node in graph.nodes}
    for tensor, node_name in last.items():
        if tensor != graph.output:
            freed[node_name].append(tensor)
    return freed


def _unsupported(primitive: OnnxNode) -> OperationUnsupported:
    return OperationUnsupported(f"torch runs no nodes of ONNX models: {primitive.op_type}")

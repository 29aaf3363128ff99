"""
Batch norm folded into the convolution before it.

At inference ``gamma * (W x + b - mean) / sqrt(var + eps) + beta`` is one convolution.  A runtime
may fold by itself (ONNX Runtime and TensorRT do); a quantiser needs it done before it chooses the
ranges of weights.  A batch norm that does not directly follow a convolution of its own stays.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

Weights = dict[str, NDArray[np.float32]]


def with_folded_batch_norm(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return *model* with every batch norm that follows a convolution merged into it."""
    folded = onnx.ModelProto()
    folded.CopyFrom(model)
    graph = folded.graph
    weights = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    convolutions = _convolutions_read_once(graph)
    for norm in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        convolution = convolutions.get(norm.input[0])
        if convolution is not None:
            _merge(convolution, norm, weights)
            graph.node.remove(norm)
    _keep_used(graph, weights)
    return folded


def count_of(model: onnx.ModelProto, kind: str) -> int:
    """Return how many nodes of *model* are of *kind*, such as ``BatchNormalization``."""
    return sum(node.op_type == kind for node in model.graph.node)


def _convolutions_read_once(graph: onnx.GraphProto) -> dict[str, onnx.NodeProto]:
    """Return the convolutions with a single reader, by the tensor they make."""
    readers = Counter(name for node in graph.node for name in node.input)
    readers.update(output.name for output in graph.output)
    made = {node.output[0]: node for node in graph.node if node.op_type == "Conv"}
    return {tensor: node for tensor, node in made.items() if readers[tensor] == 1}


def _merge(convolution: onnx.NodeProto, norm: onnx.NodeProto, weights: Weights) -> None:
    gamma, beta, mean, variance = (weights[name].astype(np.float64) for name in norm.input[1:5])
    epsilon = next(helper.get_attribute_value(a) for a in norm.attribute if a.name == "epsilon")
    scale = gamma / np.sqrt(variance + epsilon)  # C
    weight = weights[convolution.input[1]]  # C,C_in/groups,k,k
    bias = weights[convolution.input[2]] if len(convolution.input) > 2 else np.zeros(len(scale))
    names = [f"{convolution.name}.folded.{part}" for part in ("weight", "bias")]
    weights[names[0]] = (weight * scale[:, None, None, None]).astype(np.float32)
    weights[names[1]] = ((bias - mean) * scale + beta).astype(np.float32)
    convolution.input[1:] = names
    convolution.output[0] = norm.output[0]


def _keep_used(graph: onnx.GraphProto, weights: Weights) -> None:
    """Replace the constants of *graph* by those of *weights* that a node reads."""
    used = {name for node in graph.node for name in node.input}
    del graph.initializer[:]
    graph.initializer.extend(
        numpy_helper.from_array(np.ascontiguousarray(array), name)
        for name, array in weights.items()
        if name in used
    )

"""
Graph to ONNX.

One node of the graph becomes one node of the model, so that the runtime, not the exporter,
decides what is fused.  Opset 17 and IR 8 load in every runtime the agents use.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from profiler.graph import (
    Add,
    BatchNorm,
    BilinearResize,
    Concatenate,
    Convolution,
    GlobalMean,
    Graph,
    MaxPool2,
    Node,
    Relu,
    Relu6,
    Shape,
)
from profiler.parameters import Parameters, parameter_shapes

OPSET = 17
IR_VERSION = 8


def onnx_model(graph: Graph, parameters: Parameters, *, name: str = "network") -> onnx.ModelProto:
    """
    Return *graph* as an ONNX model with static shapes.

    Args:
        graph: what to write down.
        parameters: name to array; every parameter of the graph, as in ``parameter_shapes``.
        name: the model's name.
    """
    constants = [
        numpy_helper.from_array(np.ascontiguousarray(parameters[key]), key)
        for node in graph.nodes
        for key, _ in parameter_shapes(node)
    ]
    nodes: list[onnx.NodeProto] = []
    for node in graph.nodes:
        nodes += _nodes(node, constants)
    body = helper.make_graph(
        nodes,
        name,
        [_value(tensor, shape) for tensor, shape in graph.inputs],
        [_value(graph.output, graph.output_shape)],
        constants,
    )
    opset = [helper.make_opsetid("", OPSET)]
    return helper.make_model(
        body, opset_imports=opset, ir_version=IR_VERSION, producer_name="hna-nas"
    )


def _value(name: str, shape: Shape) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _nodes(node: Node, constants: list[onnx.TensorProto]) -> list[onnx.NodeProto]:
    match node.primitive:
        case Convolution() as convolution:
            return [_convolution(node, convolution)]
        case BatchNorm():
            parts = [key for key, _ in parameter_shapes(node)]
            return [_node("BatchNormalization", node, parts, epsilon=1e-5, momentum=0.9)]
        case Relu():
            return [_node("Relu", node)]
        case Relu6():
            bounds = [_shared(constants, "zero", 0), _shared(constants, "six", 6)]
            return [_node("Clip", node, bounds)]
        case Add():
            return [_node("Add", node)]
        case Concatenate():
            return [_node("Concat", node, axis=1)]
        case MaxPool2():
            return [_node("MaxPool", node, kernel_shape=[2, 2], strides=[2, 2])]
        case GlobalMean():
            # Not GlobalAveragePool: that one reads blocked layouts too, and a reader of the
            # plain layout is what a concatenation in a network mostly is.
            return [_node("ReduceMean", node, axes=[2, 3], keepdims=1)]
        case BilinearResize():
            return [_resize(node, constants)]


def _node(
    kind: str, node: Node, extra: list[str] | None = None, **attributes: Any
) -> onnx.NodeProto:
    return helper.make_node(
        kind, [*node.inputs, *(extra or [])], [node.name], node.name, **attributes
    )


def _convolution(node: Node, convolution: Convolution) -> onnx.NodeProto:
    height, width = convolution.kernel
    pads = [height // 2, width // 2, height // 2, width // 2]
    parts = [key for key, _ in parameter_shapes(node)]
    return _node(
        "Conv",
        node,
        parts,
        kernel_shape=[height, width],
        pads=pads,
        group=convolution.groups,
    )


def _resize(node: Node, constants: list[onnx.TensorProto]) -> onnx.NodeProto:
    sizes = f"{node.name}.sizes"
    constants.append(numpy_helper.from_array(np.array(node.shape, dtype=np.int64), sizes))
    return _node(
        "Resize",
        node,
        ["", "", sizes],
        mode="linear",
        coordinate_transformation_mode="align_corners",
    )


def _shared(constants: list[onnx.TensorProto], name: str, value: float) -> str:
    """Return the name of a scalar constant every node of the model shares."""
    if all(constant.name != name for constant in constants):
        constants.append(numpy_helper.from_array(np.array(value, dtype=np.float32), name))
    return name

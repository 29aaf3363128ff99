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
    Shape,
    Sigmoid,
    TransposedConvolution,
)
from profiler.onnx_node import ABSENT, TENSOR, attribute_of
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
        case TransposedConvolution():
            sizes: dict[str, Any] = {"kernel_shape": [4, 4], "strides": [2, 2], "pads": [1] * 4}
            return [_node("ConvTranspose", node, _parts(node), **sizes)]
        case BatchNorm():
            return [_node("BatchNormalization", node, _parts(node), epsilon=1e-5, momentum=0.9)]
        case Relu():
            return [_node("Relu", node)]
        case Relu6():
            bounds = [_shared(constants, "zero", 0), _shared(constants, "six", 6)]
            return [_node("Clip", node, bounds)]
        case Sigmoid():
            return [_node("Sigmoid", node)]
        case Add():
            return [_node("Add", node)]
        case Multiply():
            return [_node("Mul", node)]
        case Concatenate(axis=axis):
            return [_node("Concat", node, axis=axis)]
        case MaxPool2():
            return [_node("MaxPool", node, kernel_shape=[2, 2], strides=[2, 2])]
        case MaxPool3():
            return [_node("MaxPool", node, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)]
        case GlobalMean():
            # Not GlobalAveragePool: that one reads blocked layouts too, and a reader of the
            # plain layout is what a concatenation in a network mostly is.
            return [_node("ReduceMean", node, axes=[2, 3])]
        case GlobalMax():
            return [_node("ReduceMax", node, axes=[2, 3])]
        case GlobalSum():
            return [_node("ReduceSum", node, [_shared(constants, "pixels", [2, 3])])]
        case ChannelMean():
            return [_node("ReduceMean", node, axes=[1])]
        case ChannelMax():
            return [_node("ReduceMax", node, axes=[1])]
        case BilinearResize():
            return [_resize(node, constants)]
        case OnnxNode() as made_elsewhere:
            return [_made_elsewhere(node, made_elsewhere, constants)]


def _node(
    kind: str, node: Node, extra: list[str] | None = None, **attributes: Any
) -> onnx.NodeProto:
    return helper.make_node(
        kind, [*node.inputs, *(extra or [])], [node.name], node.name, **attributes
    )


def _convolution(node: Node, convolution: Convolution) -> onnx.NodeProto:
    height, width = convolution.kernel
    pads = [height // 2, width // 2, height // 2, width // 2]
    return _node(
        "Conv",
        node,
        _parts(node),
        kernel_shape=[height, width],
        strides=[convolution.stride] * 2,
        pads=pads,
        group=convolution.groups,
    )


def _made_elsewhere(
    node: Node, primitive: OnnxNode, constants: list[onnx.TensorProto]
) -> onnx.NodeProto:
    names = {position: f"{node.name}.{part}" for position, (part, _) in primitive.weights().items()}
    for position, constant in primitive.constants().items():
        if constant.values is not None:
            names[position] = f"{node.name}.{position}"
            values = np.array(constant.values, dtype=constant.type).reshape(constant.shape)
            constants.append(numpy_helper.from_array(values, names[position]))
    tensors = iter(node.inputs)
    read = [
        next(tensors) if text == TENSOR else names.get(position, ABSENT)
        for position, text in enumerate(primitive.reads)
    ]
    attributes: dict[str, Any] = dict(map(attribute_of, primitive.attributes))
    return helper.make_node(primitive.op_type, read, [node.name], node.name, **attributes)


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


def _parts(node: Node) -> list[str]:
    return [name for name, _ in parameter_shapes(node)]


def _shared(constants: list[onnx.TensorProto], name: str, value: float | list[int]) -> str:
    """Return the name of a constant every node of the model shares: a number, or axes."""
    if all(constant.name != name for constant in constants):
        kind = np.int64 if isinstance(value, list) else np.float32
        constants.append(numpy_helper.from_array(np.array(value, dtype=kind), name))
    return name

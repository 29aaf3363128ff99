"""
Weights and activations in half precision.

Every float32 constant becomes float16, and with the constants every tensor computed from them;
shapes stay integers.  What a runtime makes of it is its own matter: one without half-precision
kernels (ONNX Runtime on x86) casts to float32 around each node and is not faster.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from profiler.errors import BackendFailed

_STAYS_FLOAT = {"Resize": (1, 2)}
"""Inputs ONNX fixes to float32, by position: region and scales of a resampling."""


def with_half_precision(model: onnx.ModelProto, *, float_io: bool = True) -> onnx.ModelProto:
    """
    Return *model* with float16 weights and activations.

    Args:
        model: in float32.
        float_io: inputs and outputs stay float32, cast inside the model.

    Raises:
        BackendFailed: a weight is beyond the range of half precision.
    """
    half = onnx.ModelProto()
    half.CopyFrom(model)
    graph = half.graph
    kept = _kept_float(graph)
    for constant in graph.initializer:
        if constant.data_type == TensorProto.FLOAT and constant.name not in kept:
            constant.CopyFrom(_halved(constant))
    if float_io:
        _cast_inside(graph)
    else:
        for value in (*graph.input, *graph.output):
            value.type.tensor_type.elem_type = TensorProto.FLOAT16
    return half


def _kept_float(graph: onnx.GraphProto) -> set[str]:
    return {
        node.input[position]
        for node in graph.node
        for position in _STAYS_FLOAT.get(node.op_type, ())
        if position < len(node.input)
    }


def _halved(constant: onnx.TensorProto) -> onnx.TensorProto:
    array = numpy_helper.to_array(constant)
    with np.errstate(over="ignore"):  # what overflows is named below
        half = array.astype(np.float16)
    if not np.isfinite(half).all():
        raise BackendFailed(
            f"{constant.name} holds {float(np.abs(array).max()):.3g}, beyond the "
            f"{float(np.finfo(np.float16).max):.0f} of half precision; export in fp32 or int8"
        )
    return numpy_helper.from_array(half, constant.name)


def _cast_inside(graph: onnx.GraphProto) -> None:
    nodes = list(graph.node)
    renamed = {value.name: f"{value.name}.half" for value in (*graph.input, *graph.output)}
    for node in nodes:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]
    before = [_cast(i.name, renamed[i.name], TensorProto.FLOAT16) for i in graph.input]
    after = [_cast(renamed[o.name], o.name, TensorProto.FLOAT) for o in graph.output]
    del graph.node[:]
    graph.node.extend([*before, *nodes, *after])


def _cast(source: str, result: str, to: int) -> onnx.NodeProto:
    return helper.make_node("Cast", [source], [result], f"{result}.cast", to=to)


def with_rounding(model: onnx.ModelProto) -> onnx.ModelProto:
    """
    Return *model* in float32 with every number rounded to half precision where it is stored.

    This is what a device with half-precision kernels that add up in float32 computes, on any
    device: the accuracy of a half-precision model can be judged where there are no such kernels.
    """
    rounded = onnx.ModelProto()
    rounded.CopyFrom(onnx.shape_inference.infer_shapes(model))
    graph, kept = rounded.graph, _kept_float(rounded.graph)
    for constant in graph.initializer:
        if constant.data_type == TensorProto.FLOAT and constant.name not in kept:
            array = numpy_helper.to_array(_halved(constant)).astype(np.float32)
            constant.CopyFrom(numpy_helper.from_array(array, constant.name))
    floats = {
        value.name
        for value in (*graph.value_info, *graph.output)
        if value.type.tensor_type.elem_type == TensorProto.FLOAT
    }
    nodes = [each for node in graph.node for each in _rounding(node, floats)]
    del graph.node[:]
    graph.node.extend(nodes)
    return rounded


def _rounding(node: onnx.NodeProto, floats: set[str]) -> list[onnx.NodeProto]:
    """Return *node*, and behind it the rounding of what it makes if that is a float."""
    (name,) = node.output
    if name not in floats:
        return [node]
    node.output[0] = f"{name}.exact"
    return [
        node,
        _cast(f"{name}.exact", f"{name}.half", TensorProto.FLOAT16),
        _cast(f"{name}.half", name, TensorProto.FLOAT),
    ]

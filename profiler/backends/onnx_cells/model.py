"""
An ONNX model, as the reading process sees it: static shapes, shape arithmetic worked out, cut.

What computes shapes (integers from the sizes of tensors) costs a runtime nothing once sizes are
fixed, so it is worked out here and its results become constants.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper, shape_inference
from onnx.reference import ReferenceEvaluator

from profiler.backends.onnx_cells.cutting import Cut, Tensors, cells_of
from profiler.errors import OperationInvalid
from profiler.onnx_cells.contents import NETWORK

DOMAINS = ("", "ai.onnx")
FOLDED = 2**24
"""Elements of the largest constant that is worked with; larger ones stay what they are."""


def read(model: bytes) -> dict[str, Any]:
    """
    Return the network that *model* names, its cells, and what no cell covers, as JSON values.

    Raises:
        OperationInvalid: it is no model, has sizes that are not fixed, or names other files.
    """
    loaded = _loaded(model)
    said = {each.key: each.value for each in loaded.metadata_props}
    if NETWORK in said:
        return {"network": json.loads(said[NETWORK]), "cells": [], "unpriced": []}
    cut = _cut(_with_shapes(loaded))
    return {
        "network": None,
        "cells": [asdict(cell) for cell in cut.cells],
        "unpriced": [{"node": node, "reason": reason} for node, reason in cut.unpriced],
    }


def _loaded(model: bytes) -> onnx.ModelProto:
    try:
        loaded = onnx.load_model_from_string(model)
    except Exception as error:  # protobuf has errors of its own, which say nothing to a person
        raise OperationInvalid("it is no ONNX model") from error
    if not loaded.graph.node:
        raise OperationInvalid("it is no ONNX model, or one without nodes")
    foreign = {each.domain for each in loaded.graph.node} - set(DOMAINS)
    if foreign:
        raise OperationInvalid(f"it uses operators of {', '.join(sorted(foreign))}, not ONNX's own")
    if any(each.external_data for each in loaded.graph.initializer):
        raise OperationInvalid("its weights are in another file; save it as one file")
    return loaded


def _with_shapes(model: onnx.ModelProto) -> onnx.ModelProto:
    """Fix what is left open of the batch, and work out the shape of every tensor."""
    weights = {each.name for each in model.graph.initializer}
    for given in model.graph.input:
        if given.name in weights:
            continue
        sides = given.type.tensor_type.shape.dim
        for index, side in enumerate(sides):
            if side.HasField("dim_value") and side.dim_value > 0:
                continue
            if index:
                raise OperationInvalid(
                    f"input {given.name!r} has no fixed size in dimension {index}; export the "
                    "model at one size"
                )
            side.dim_value = 1
    try:
        return shape_inference.infer_shapes(model, check_type=True, data_prop=True)
    except (shape_inference.InferenceError, onnx.checker.ValidationError) as error:
        raise OperationInvalid(f"its shapes cannot be worked out: {error}") from error


def _cut(model: onnx.ModelProto) -> Cut:
    constants = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    shapes = _shapes(model)
    left = []
    for node in model.graph.node:
        results = _folded(node, constants, shapes, model)
        if results is None:
            left.append(node)
        else:
            constants |= results
    inputs = {each.name for each in model.graph.input} - constants.keys()
    outputs = {each.name for each in model.graph.output}
    return cells_of(left, Tensors(shapes, constants, inputs, outputs))


def _shapes(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """Return the shape of every float tensor whose shape is fixed."""
    graph = model.graph
    found = {}
    for value in (*graph.input, *graph.value_info, *graph.output):
        kind = value.type.tensor_type
        sides = [side.dim_value for side in kind.shape.dim]
        if kind.elem_type == onnx.TensorProto.FLOAT and all(side > 0 for side in sides):
            found[value.name] = tuple(sides)
    return found


def _folded(
    node: onnx.NodeProto,
    constants: dict[str, NDArray[Any]],
    shapes: dict[str, tuple[int, ...]],
    model: onnx.ModelProto,
) -> dict[str, NDArray[Any]] | None:
    """Return the results of a node that only constants and sizes go into; None of any other."""
    if node.op_type == "Shape" and node.input[0] in shapes:
        sizes = np.array(shapes[node.input[0]], dtype=np.int64)
        taken = {each.name: each.i for each in node.attribute}
        return {node.output[0]: sizes[taken.get("start", 0) : taken.get("end", len(sizes))]}
    if any(name and name not in constants for name in node.input):
        return None
    read = {name: constants[name] for name in node.input if name}
    if any(value.size > FOLDED for value in read.values()) or node.op_type.startswith("Random"):
        return None
    alone = helper.make_graph([node], "alone", [_value(n) for n in read], [_value(node.output[0])])
    try:
        run = ReferenceEvaluator(helper.make_model(alone, opset_imports=model.opset_import))
        results: list[Any] = list(run.run([node.output[0]], read))
        return {node.output[0]: np.asarray(results[0])}
    except Exception:  # noqa: BLE001 - what ONNX's reference cannot run is priced like any node
        return None


def _value(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, onnx.TensorProto.UNDEFINED, None)

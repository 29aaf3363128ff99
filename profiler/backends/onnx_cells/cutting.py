"""
Nodes of a model grouped into cells.

A convolution or matrix product begins a cell; what reads its result, and nothing else does, joins
it as long as it works element by element, because that is what runtimes run as one kernel.  Every
other node is a cell of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from profiler.backends.onnx_cells.texts import attribute_texts, constant_text
from profiler.errors import OperationInvalid
from profiler.onnx_node import ABSENT, TENSOR
from profiler.operations.onnx_cell import OnnxCell, OnnxCellNode

HEAVY = frozenset({"Conv", "ConvTranspose", "Gemm", "MatMul"})
ELEMENTWISE = frozenset(
    {"Add", "BatchNormalization", "Clip", "Div", "Elu", "Erf", "Gelu", "HardSigmoid", "HardSwish"}
    | {"LeakyRelu", "Mish", "Mul", "PRelu", "Relu", "Sigmoid", "Softplus", "Sub", "Tanh"}
)
FREE = frozenset({"Identity", "Dropout"})
"""What a runtime leaves out of a network that only infers."""


@dataclass(frozen=True)
class Tensors:
    """What is known of a model's tensors: shapes of float ones, constants, inputs, outputs."""

    shapes: dict[str, tuple[int, ...]]
    constants: dict[str, NDArray[Any]]
    inputs: set[str]
    outputs: set[str]


@dataclass
class Cut:
    """Cells in order, and the nodes that none covers, with the reason."""

    cells: list[OnnxCell] = field(default_factory=list)
    unpriced: list[tuple[str, str]] = field(default_factory=list)


def cells_of(nodes: Sequence[onnx.NodeProto], tensors: Tensors) -> Cut:
    """Return the cells that *nodes* make up."""
    nodes = _without_free(nodes, tensors)
    readers = Counter(name for node in nodes for name in set(node.input))
    cut = Cut()
    for group in _groups(nodes, readers, tensors):
        try:
            cut.cells.append(_cell(group, tensors))
        except OperationInvalid as error:
            cut.unpriced += [(node.name or node.op_type, str(error)) for node in group]
    return cut


def _without_free(nodes: Sequence[onnx.NodeProto], tensors: Tensors) -> list[onnx.NodeProto]:
    same: dict[str, str] = {}
    left = []
    for node in nodes:
        read = [same.get(name, name) for name in node.input]
        if node.op_type in FREE and node.output[0] not in tensors.outputs:
            same[node.output[0]] = read[0]
            continue
        copied = onnx.NodeProto()
        copied.CopyFrom(node)
        del copied.input[:]
        copied.input.extend(read)
        left.append(copied)
    return left


def _groups(
    nodes: Iterable[onnx.NodeProto], readers: Counter[str], tensors: Tensors
) -> list[list[onnx.NodeProto]]:
    groups: list[list[onnx.NodeProto]] = []
    ends: dict[str, list[onnx.NodeProto]] = {}
    for node in nodes:
        group = _joined(node, ends, readers, tensors)
        if group is None:
            group = []
            groups.append(group)
        for read in node.input:
            ends.pop(read, None)
        group.append(node)
        if group[0].op_type in HEAVY:
            ends[node.output[0]] = group
    return groups


def _joined(
    node: onnx.NodeProto,
    ends: dict[str, list[onnx.NodeProto]],
    readers: Counter[str],
    tensors: Tensors,
) -> list[onnx.NodeProto] | None:
    """Return the group whose end only *node* reads, if it can be run with it."""
    if node.op_type not in ELEMENTWISE:
        return None
    alone = [n for n in node.input if n in ends and readers[n] == 1 and n not in tensors.outputs]
    return ends[alone[-1]] if alone else None


def _cell(group: Sequence[onnx.NodeProto], tensors: Tensors) -> OnnxCell:
    names: dict[str, str] = {}
    inputs: list[tuple[int, ...]] = []
    nodes = []
    for index, node in enumerate(group):
        for name in node.input:
            if name and name not in names and name not in tensors.constants:
                names[name] = f"input{len(inputs)}"
                inputs.append(_shape(name, tensors))
        nodes.append(_node(node, names, tensors))
        names[node.output[0]] = f"node{index}"
    batch = inputs[0][0] if inputs and inputs[0] else 1
    return OnnxCell(batch=batch, inputs=tuple(inputs), nodes=tuple(nodes))


def _node(node: onnx.NodeProto, names: dict[str, str], tensors: Tensors) -> OnnxCellNode:
    if len([name for name in node.output if name]) != 1:
        raise OperationInvalid(f"{node.op_type} has several results")
    values = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    return OnnxCellNode(
        op_type=node.op_type,
        reads=tuple(_read(name, node.op_type, tensors) for name in node.input),
        tensors=tuple(names[name] for name in node.input if name in names),
        attributes=attribute_texts(node.op_type, values),
        shape=_shape(node.output[0], tensors),
    )


def _read(name: str, op_type: str, tensors: Tensors) -> str:
    if not name:
        return ABSENT
    if name in tensors.constants:
        return constant_text(np.asarray(tensors.constants[name]), op_type)
    return TENSOR


def _shape(name: str, tensors: Tensors) -> tuple[int, ...]:
    if name not in tensors.shapes:
        raise OperationInvalid(f"tensor {name!r} is not of float32, or its shape is not fixed")
    return tensors.shapes[name]

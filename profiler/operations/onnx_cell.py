"""
Cells of networks from elsewhere: nodes of an ONNX model that a runtime is likely to run as one.

A cell is data like any other operation: its nodes, what each reads, and the shapes.  Weights are
not part of it.  It is measured as it stands, without a border: what it reads has no common form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from profiler.errors import OperationInvalid
from profiler.graph import GraphBuilder
from profiler.onnx_node import TENSOR, OnnxNode, require_size
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS, require_integer, require_positive

MAX_NODES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxCellNode:
    """
    One node of a cell.

    Args:
        op_type: ONNX's name of the operator.
        reads: one text for each of ONNX's inputs, as in ``profiler.onnx_node``.
        tensors: what it reads where ``reads`` says ``@``, in order: ``input0``, ... of the cell, or
            ``node0``, ... an earlier node.
        attributes: ``name=JSON``, by name.
        shape: of its result.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    op_type: str
    reads: tuple[str, ...]
    tensors: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    shape: tuple[int, ...]

    @property
    def primitive(self) -> OnnxNode:
        """The node without its place."""
        return OnnxNode(op_type=self.op_type, reads=self.reads, attributes=self.attributes)

    def __str__(self) -> str:
        shape = "x".join(map(str, self.shape))
        return f"{'+'.join(self.tensors)}>{self.primitive}>{shape}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxCell:
    """
    A cell of a network from elsewhere.

    Args:
        batch: N, the number of images.
        inputs: shapes of the float32 tensors it reads.
        nodes: in an order in which they can run; the last one's result is the cell's.

    Raises:
        OperationInvalid: a node reads what is not there yet, or cannot be one.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    kind: Literal["onnx_cell"] = "onnx_cell"
    batch: int = 1
    inputs: tuple[tuple[int, ...], ...]
    nodes: tuple[OnnxCellNode, ...]

    def __post_init__(self) -> None:
        require_positive(self)
        if not 1 <= len(self.nodes) <= MAX_NODES or not self.inputs:
            raise OperationInvalid(
                f"onnx_cell: {len(self.nodes)} nodes and {len(self.inputs)} inputs; a cell has 1 "
                f"to {MAX_NODES} nodes and reads something"
            )
        for shape in self.inputs:
            _require_shape(shape)
        known = {f"input{index}" for index in range(len(self.inputs))}
        for index, node in enumerate(self.nodes):
            _require_wired(index, node, known)
            known.add(f"node{index}")

    def expand(self, builder: GraphBuilder, tensors: tuple[str, ...]) -> str:
        """Write the cell into *builder* after *tensors*, its inputs."""
        named = {f"input{index}": tensor for index, tensor in enumerate(tensors)}
        for index, node in enumerate(self.nodes):
            read = tuple(named[tensor] for tensor in node.tensors)
            named[f"node{index}"] = builder.onnx_node(
                f"node{index}", node.primitive, read, node.shape
            )
        return named[f"node{len(self.nodes) - 1}"]


def _require_wired(index: int, node: object, known: set[str]) -> None:
    if not isinstance(node, OnnxCellNode):
        raise OperationInvalid(f"onnx_cell: node{index} is {node!r:.80}, not an object of a node")
    if node.primitive.reads.count(TENSOR) != len(node.tensors):
        raise OperationInvalid(
            f"onnx_cell: node{index} names {len(node.tensors)} tensors for "
            f"{node.reads.count(TENSOR)} places marked {TENSOR}"
        )
    unknown = [name for name in node.tensors if name not in known]
    if unknown:
        raise OperationInvalid(
            f"onnx_cell: node{index} reads {unknown[0]!r:.80}, no input and no earlier node"
        )
    _require_shape(node.shape)


def _require_shape(shape: object) -> None:
    if not isinstance(shape, tuple):
        raise OperationInvalid(f"onnx_cell: shape {shape!r:.80} is no list of sizes")
    for side in shape:
        require_integer("onnx_cell: shape", side, at_least=1)
    require_size(shape)

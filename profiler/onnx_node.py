"""
Nodes of ONNX models made elsewhere, as values.

What a node reads is one text for each of ONNX's inputs: ``@`` is a tensor, an empty text an input
left out, ``float32[64,3,7,7]`` weights (drawn at random where it is measured), and
``int64[2]=1,2`` a constant whose values matter, such as a shape.  Attributes are ``name=JSON``.
Only operators of ONNX's own domain are known, and none that holds a graph.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from math import prod

from profiler.errors import OperationInvalid

TENSOR = "@"
ABSENT = ""
MAX_ELEMENTS = 2**28
"""Of one tensor; a hostile document must not make a board run out of memory."""

MAX_VALUES = 1_024
"""Of one constant that is written out."""

WEIGHTS = "float32"
"""The type of what is drawn at random."""

TYPES = ("float32", "int64", "int32", "bool", "float16")
CONTROL_FLOW = ("If", "Loop", "Scan", "SequenceMap")

_BATCH_NORM = {1: "weight", 2: "bias", 3: "running_mean", 4: "running_var"}
"""Their values must be possible ones: ``profiler.parameters`` draws by these names."""

_CONSTANT = re.compile(rf"({'|'.join(TYPES)})\[([0-9,]*)\](?:=(.*))?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """
    A constant input.

    Args:
        type: of an element.
        shape: of the tensor; empty for a number.
        values: flat, row by row; None where any values of the type do.
    """

    type: str
    shape: tuple[int, ...]
    values: tuple[float, ...] | None = None

    def __str__(self) -> str:
        text = f"{self.type}[{','.join(map(str, self.shape))}]"
        if self.values is None:
            return text
        return f"{text}={','.join(map(_number, self.values))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxNode:
    """
    A node of an ONNX model; see the module for its texts.

    Args:
        op_type: ONNX's name of the operator, such as ``Conv``.
        reads: one text for each input.
        attributes: ``name=JSON``, by name.

    Raises:
        OperationInvalid: one of the texts cannot be read, or the operator runs a graph.
    """

    op_type: str
    reads: tuple[str, ...]
    attributes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.op_type) or self.op_type in CONTROL_FLOW:
            raise OperationInvalid(f"onnx: operator {self.op_type!r:.80} cannot be measured")
        for text in self.reads:
            if text not in (TENSOR, ABSENT):
                constant_of(text)
        for text in self.attributes:
            attribute_of(text)

    def constants(self) -> dict[int, Constant]:
        """Return the constants it reads, by position."""
        found = enumerate(self.reads)
        return {i: constant_of(text) for i, text in found if text not in (TENSOR, ABSENT)}

    def weights(self) -> dict[int, tuple[str, tuple[int, ...]]]:
        """Return name and shape of what is drawn at random, by position."""
        parts = _BATCH_NORM if self.op_type == "BatchNormalization" else {}
        return {
            position: (parts.get(position, str(position)), constant.shape)
            for position, constant in self.constants().items()
            if constant.values is None
        }

    def attribute(self, name: str) -> object:
        """Return the value of an attribute; None where the node does not say it."""
        return dict(map(attribute_of, self.attributes)).get(name)

    def macs(self, shape: tuple[int, ...]) -> int:
        """Return the multiply-accumulates of a node whose result has *shape*."""
        weights = self.constants().get(1)
        if weights is None or len(weights.shape) < 2:
            return 0
        match self.op_type:
            case "Conv":
                return prod(shape) * prod(weights.shape[1:])
            case "ConvTranspose":
                strides = self.attribute("strides") or [1]
                pixels = prod(shape[2:]) // prod(strides if isinstance(strides, list) else [1])
                return shape[0] * prod(weights.shape) * pixels
            case "Gemm" | "MatMul":
                inner = weights.shape[1] if self.attribute("transB") else weights.shape[-2]
                return prod(shape) * inner
            case _:
                return 0

    def __str__(self) -> str:
        return f"{self.op_type}({'|'.join((*self.reads, *self.attributes))})"


def constant_of(text: str) -> Constant:
    """
    Return the constant that *text* describes.

    >>> constant_of("int64[2]=1,2")
    Constant(type='int64', shape=(2,), values=(1.0, 2.0))

    Raises:
        OperationInvalid: it describes none, or one too large.
    """
    found = _CONSTANT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise OperationInvalid(
            f"onnx: {text!r:.80} is no input; write {TENSOR!r}, '', 'float32[8,3]' or "
            "'int64[2]=1,2'"
        )
    shape = tuple(int(side) for side in found[2].split(",") if side)
    require_size(shape)
    values = None if found[3] is None else tuple(_values(found[3]))
    if values is None and found[1] != WEIGHTS:
        raise OperationInvalid(
            f"onnx: {text!r:.80} has no values; only {WEIGHTS} is drawn at random"
        )
    if values is not None and (len(values) != prod(shape) or len(values) > MAX_VALUES):
        raise OperationInvalid(
            f"onnx: {text!r:.80} has {len(values)} values for {prod(shape)} places (at most "
            f"{MAX_VALUES} are written out)"
        )
    return Constant(type=found[1], shape=shape, values=values)


def attribute_of(text: str) -> tuple[str, object]:
    """
    Return name and value of the attribute that *text* says.

    >>> attribute_of("kernel_shape=[3,3]")
    ('kernel_shape', [3, 3])

    Raises:
        OperationInvalid: it says none.
    """
    name, found, value = text.partition("=") if isinstance(text, str) else ("", "", "")
    try:
        if not found or not _NAME.fullmatch(name):
            raise ValueError("no name")
        read = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise OperationInvalid(
            f"onnx: attribute {text!r:.80} is none; write name=JSON, such as group=1"
        ) from error
    items = read if isinstance(read, list) else [read]
    if not all(type(item) in (int, float, str) for item in items):
        raise OperationInvalid(f"onnx: attribute {text!r:.80} must hold numbers or a text")
    return name, read


def require_size(shape: tuple[int, ...]) -> None:
    """Check that a tensor of *shape* is one, and not too large, or raise ``OperationInvalid``."""
    if any(side < 1 for side in shape) or prod(shape) > MAX_ELEMENTS:
        raise OperationInvalid(
            f"onnx: a tensor of shape {list(shape)} is empty or has over {MAX_ELEMENTS} elements"
        )


def _values(text: str) -> list[float]:
    try:
        return [float(value) for value in text.split(",") if value]
    except ValueError as error:
        raise OperationInvalid(f"onnx: {text!r:.80} are no numbers") from error


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))

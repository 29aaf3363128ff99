"""Constants and attributes of ONNX nodes as the texts of ``profiler.onnx_node``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from profiler.errors import OperationInvalid
from profiler.onnx_node import TYPES, WEIGHTS, Constant

WRITTEN_OUT = 16
"""
A float constant of at most so many elements is a bound, a scale, an exponent, of operators that
learn nothing.
"""

LEARNING = frozenset(
    {"BatchNormalization", "Conv", "ConvTranspose", "Gemm", "GroupNormalization"}
    | {"InstanceNormalization", "LayerNormalization", "MatMul", "PRelu"}
)
"""Operators all of whose float constants are weights, however few."""

SCALING = frozenset({"Add", "Mul", "Sub"})
"""Operators whose float constants are weights unless they are one number."""


def constant_text(values: NDArray[Any], op_type: str) -> str:
    """
    Return *values* as a text: written out where they matter, else as weights.

    Args:
        values: the constant.
        op_type: what reads it.

    Raises:
        OperationInvalid: they are of a type no cell has.
    """
    kind = str(values.dtype)
    if kind not in TYPES:
        raise OperationInvalid(f"a constant of type {kind}; cells hold {', '.join(TYPES)}")
    learnt = op_type in LEARNING or (op_type in SCALING and values.size > 1)
    is_weight = kind == WEIGHTS and (learnt or values.size > WRITTEN_OUT)
    flat = None if is_weight else tuple(float(value) for value in values.ravel())
    return str(Constant(type=kind, shape=tuple(values.shape), values=flat))


def attribute_texts(op_type: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """
    Return attributes as texts, by name.

    Raises:
        OperationInvalid: one holds a graph or a tensor.
    """
    return tuple(f"{name}={_json(op_type, name, value)}" for name, value in sorted(values.items()))


def _json(op_type: str, name: str, value: Any) -> str:
    plain = [_plain(item) for item in value] if isinstance(value, list) else _plain(value)
    items = plain if isinstance(plain, list) else [plain]
    if not all(type(item) in (int, float, str) for item in items):
        raise OperationInvalid(f"{op_type}: attribute {name} holds {type(value).__name__}")
    return json.dumps(plain, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    return float(value) if isinstance(value, np.floating) else value

"""
Whether TensorRT computes what the model says: its outputs against those of ONNX Runtime.

Both run the same file on the same inputs, so what differs is rounding, and a wrong kernel.
"""

from __future__ import annotations

import numpy as np
import onnxruntime as ort

from profiler.backends.tensorrt.model import Feed, Model
from profiler.errors import BackendFailed

EXACT = 1e-3
"""Largest accepted difference of float32 outputs, relative to the largest one."""

TOLERANCES = {"fp32": 2e-2, "fp16": 2e-2, "int8": 1e-1}
"""The same by precision; float32 with TF32, which has the 10 bits of half precision."""


def tolerance(precision: str, *, tf32: bool) -> float:
    """Return by how much outputs may differ, relative to the largest one."""
    return EXACT if precision == "fp32" and not tf32 else TOLERANCES[precision]


def require_agreement(model: Model, outputs: Feed, limit: float, key: str) -> None:
    """
    Compare *outputs* with those of ONNX Runtime on the CPU.

    Args:
        model: and the inputs it was run on.
        outputs: what another runtime made of them.
        limit: largest accepted difference, relative to the largest output.
        key: of the operation.

    Raises:
        BackendFailed: an output is missing, no number, or differs by more.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 3
    session = ort.InferenceSession(model.content, options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    for name, expected in zip(names, session.run(names, model.inputs), strict=True):
        if name not in outputs:
            raise BackendFailed(f"{key}: the engine has no output {name!r}")
        found = outputs[name].astype(np.float64).reshape(expected.shape)
        error = _difference(found, expected.astype(np.float64))
        if not error <= limit:  # written so that what is no number fails too
            raise BackendFailed(
                f"{key}: output {name!r} differs from ONNX Runtime's by {error:.2g} of its largest "
                f"value; {limit:.2g} is accepted"
            )


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-12))

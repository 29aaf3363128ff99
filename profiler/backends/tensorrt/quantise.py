"""
Weights and activations in 8 bits, as TensorRT reads them: symmetric, signed, with Q/DQ nodes.

Batch norm is folded first.  Quantised are the inputs and weights of convolutions (weights by
output channel) and nothing else, as NVIDIA advises: what lies between two convolutions is fused
with them, and a network of the rest has nothing to gain.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import onnx
import onnxruntime as ort
from onnxruntime import quantization

from profiler.errors import BackendFailed
from profiler.parameters import Parameters

_QUANTISED = ["Conv", "ConvTranspose"]


def with_symmetric_scales(model: onnx.ModelProto, inputs: Parameters) -> onnx.ModelProto:
    """
    Return *model* with its convolutions in 8 bits.

    Args:
        model: in float32.
        inputs: of the model, by name, from which the ranges follow.

    Raises:
        BackendFailed: ONNX Runtime could not quantise it.
    """
    with tempfile.TemporaryDirectory() as folder:
        folded, written = Path(folder) / "folded.onnx", Path(folder) / "int8.onnx"
        try:
            _fold(model, folded)
            quantization.quantize_static(
                folded,
                written,
                _Once(inputs),
                quant_format=quantization.QuantFormat.QDQ,
                per_channel=True,
                activation_type=quantization.QuantType.QInt8,
                weight_type=quantization.QuantType.QInt8,
                op_types_to_quantize=_QUANTISED,
                extra_options={
                    "ActivationSymmetric": True,
                    "WeightSymmetric": True,
                    "QuantizeBias": False,
                    "OpTypesToExcludeOutputQuantization": _QUANTISED,
                },
            )
            return onnx.load(written)
        except (RuntimeError, ValueError, AttributeError) as error:
            raise BackendFailed(f"ONNX Runtime could not quantise the model: {error}") from error


def _fold(model: onnx.ModelProto, path: Path) -> None:
    """Write *model* with batch norm folded to *path*, and that it is ready to be quantised."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    folded = onnx.load(path)
    folded.metadata_props.add(key="onnx.quant.pre_process", value="onnxruntime.quant")
    onnx.save(folded, path)


class _Once(quantization.CalibrationDataReader):  # type: ignore[misc]
    """Hands out one set of inputs."""

    def __init__(self, inputs: Parameters) -> None:
        self._left = [inputs]

    def get_next(self) -> dict[str, Any] | None:
        return dict(self._left.pop()) if self._left else None

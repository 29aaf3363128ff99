"""
Weights and activations in 8 bits: static quantisation by ONNX Runtime.

Weights have a scale for each output channel; activations are unsigned and asymmetric, with the
range they had on calibration images: what x86 and ARM kernels of ONNX Runtime run.  The head
stays in float32, for a logit in 256 steps moves the border of a small target.  Batch norm must be
folded before, or its ranges are lost.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

from profiler.errors import BackendFailed, DataInvalid
from search.data.dataset import Dataset
from search.data.images import resized_image

_WEIGHTED = ("Conv", "ConvTranspose")


def calibration_images(dataset: Dataset, *, size: int, count: int) -> Iterator[NDArray[np.float32]]:
    """
    Yield *count* training images, spread over the list, as a network of *size* pixels sees them.

    Test images never calibrate: what is measured on them would be chosen on them.

    Raises:
        DataInvalid: no image is asked for, or one cannot be read.
    """
    if count < 1:
        raise DataInvalid(f"{count} calibration images: at least one is needed")
    chosen = np.linspace(0, len(dataset.train) - 1, min(count, len(dataset.train)), dtype=int)
    for index in chosen.tolist():
        image, _ = dataset.train[index].load_as_stored()
        yield dataset.normalisation.apply(resized_image(image, size, size))[None]  # 1,3,H,W


def quantised(model: onnx.ModelProto, images: Iterable[NDArray[np.float32]]) -> onnx.ModelProto:
    """
    Return *model* with its operators in 8 bits, all but the head.

    Args:
        model: in float32, batch norm folded.
        images: 1,3,H,W each, of which the ranges of activations are learned.

    Raises:
        BackendFailed: ONNX Runtime could not quantise it.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepared, written = Path(folder) / "prepared.onnx", Path(folder) / "int8.onnx"
        try:
            quant_pre_process(model, prepared, skip_optimization=True, skip_symbolic_shape=True)
            quantization.quantize_static(
                prepared,
                written,
                _Reader(model.graph.input[0].name, images),
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
                nodes_to_exclude=[_head(model)],
            )
        except (RuntimeError, ValueError, AttributeError) as error:
            raise BackendFailed(f"ONNX Runtime could not quantise the model: {error}") from error
        eight = onnx.load(written)
    del eight.metadata_props[:]
    eight.metadata_props.extend(model.metadata_props)
    return eight


def left_in_float(model: onnx.ModelProto) -> tuple[str, ...]:
    """Return the convolutions of a quantised *model* whose weights are float."""
    restored = {n.output[0] for n in model.graph.node if n.op_type == "DequantizeLinear"}
    weighted = (node for node in model.graph.node if node.op_type in _WEIGHTED)
    return tuple(node.name for node in weighted if node.input[1] not in restored)


class _Reader(quantization.CalibrationDataReader):  # type: ignore[misc]
    """Hands images to the calibration, one by one."""

    def __init__(self, name: str, images: Iterable[NDArray[np.float32]]) -> None:
        self._name = name
        self._images = iter(images)

    def get_next(self) -> dict[str, Any] | None:
        image = next(self._images, None)
        return None if image is None else {self._name: image}


def _head(model: onnx.ModelProto) -> str:
    names: list[str] = [node.name for node in model.graph.node if node.op_type in _WEIGHTED]
    return names[-1]

"""What is to be exported, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from profiler.backends.onnx_model import OPSET
from profiler.errors import RunInvalid
from search.export.latency import Latency
from search.metrics.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPlan:
    """
    Which files are made of a trained network; float32 always is.

    Args:
        dynamic: batch, height and width are free.
        fp16: a file in half precision too.
        float_io: its image and logits stay float32.
        int8: a file in 8 bits too, which needs training images.
        tensorrt: an engine of every file in float.
        opset: version of the ONNX operators.
        calibration_images: how many training images an 8-bit file learns its ranges from.
        latency_rounds: executions of each file to time it here; 0 leaves it unmeasured.

    Raises:
        RunInvalid: a number no export can have.
    """

    dynamic: bool = False
    fp16: bool = False
    float_io: bool = True
    int8: bool = False
    tensorrt: bool = False
    opset: int = OPSET
    calibration_images: int = 64
    latency_rounds: int = 20

    def __post_init__(self) -> None:
        if self.calibration_images < 1 or self.latency_rounds < 0:
            raise RunInvalid(
                f"export: calibration_images={self.calibration_images} must be at least 1, "
                f"latency_rounds={self.latency_rounds} not negative"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """
    One file to deploy, and what is known about it.

    Args:
        name: ``fp32``, ``fp16`` or ``int8``; that of an engine ends in ``.engine``.
        path: the file.
        sha256: of its content, in hexadecimal.
        size_bytes: its length.
        difference: largest difference of a logit from torch's, relative to the largest logit, on
            random images; None where it cannot be run here.
        left_in_float: the convolutions of an 8-bit file that compute in float.
        metrics: on the test list; None where it was not evaluated.
        latency: in ONNX Runtime on one CPU thread here; None where it was not measured.
    """

    name: str
    path: Path
    sha256: str
    size_bytes: int
    difference: float | None = None
    left_in_float: tuple[str, ...] = ()
    metrics: Metrics | None = None
    latency: Latency | None = None

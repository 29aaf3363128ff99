"""The ONNX model of an operation in a precision, with the inputs it is run on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from profiler.backends.onnx_half import with_half_precision
from profiler.backends.onnx_model import onnx_model
from profiler.backends.tensorrt.calibration import Calibration, read_calibration
from profiler.backends.tensorrt.quantise import with_symmetric_scales
from profiler.device import PRECISIONS
from profiler.errors import BackendUnavailable
from profiler.graph import Graph
from profiler.parameters import random_inputs, random_parameters

Feed = dict[str, NDArray[Any]]
"""Name of an input or output to its array."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """
    What is built and run.

    Args:
        content: the ONNX file.
        inputs: by name, in the precision the model reads.
    """

    content: bytes
    inputs: Feed


class Models:
    """
    Makes models in one precision.

    Args:
        precision: ``fp32``, ``fp16`` or ``int8``; the model itself says it, no flag of a builder.
        calibration: recorded inputs; for ``int8``.

    Raises:
        BackendUnavailable: an unknown precision, 8 bits without a calibration, or a calibration
            without 8 bits.
    """

    def __init__(self, precision: str, calibration: Path | str | None) -> None:
        if precision not in PRECISIONS:
            raise BackendUnavailable(
                f"precision {precision!r}; choose one of {', '.join(PRECISIONS)}"
            )
        if precision == "int8" and calibration is None:
            raise BackendUnavailable(
                "precision int8 needs a calibration, recorded inputs its ranges come from; give "
                "calibration=FOLDER of .npy or .npz files"
            )
        if precision != "int8" and calibration is not None:
            raise BackendUnavailable(f"precision {precision} takes no calibration; int8 does")
        self._precision = precision
        self._calibration: Calibration | None = None
        if calibration is not None:
            self._calibration = read_calibration(Path(calibration))

    @property
    def options(self) -> tuple[str, ...]:
        """What an environment has to say about the models."""
        found = self._calibration
        return () if found is None else (f"calibration={found.digest}",)

    def model(self, graph: Graph) -> Model:
        """Return the model of *graph* with reproducible random weights."""
        floats = onnx_model(graph, random_parameters(graph, seed=0))
        if self._calibration is not None:
            inputs = self._calibration.inputs(graph, seed=0)
            eight = with_symmetric_scales(floats, inputs)
            return Model(content=eight.SerializeToString(), inputs=dict(inputs))
        inputs = random_inputs(graph, seed=0)
        if self._precision == "fp16":
            half = with_half_precision(floats, float_io=False)
            halves: Feed = {name: array.astype(np.float16) for name, array in inputs.items()}
            return Model(content=half.SerializeToString(), inputs=halves)
        return Model(content=floats.SerializeToString(), inputs=dict(inputs))


def require_one_thread(threads: int) -> None:
    """
    Check that nobody asks for threads a GPU does not have.

    Raises:
        BackendUnavailable: somebody does.
    """
    if threads != 1:
        raise BackendUnavailable(
            f"threads={threads} on a GPU, which one thread feeds; leave it at 1"
        )

"""
An ONNX file where a torch module is expected.

Whatever judges a trained network (``search.evaluation``) judges its exported files with the same
code.  They run in ONNX Runtime on the CPU; nothing can be trained.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from torch import Tensor, nn

from profiler.errors import BackendFailed
from search.export.metadata import SMALLEST_SIDE

PROVIDER = "CPUExecutionProvider"
_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class OnnxModule(nn.Module):
    """
    Runs an ONNX model: images N,3,H,W to logits N,K,H,W.

    Args:
        model: the file, or its content.
        threads: of one inference.

    Raises:
        BackendFailed: ONNX Runtime cannot load it.
    """

    def __init__(self, model: Path | bytes, *, threads: int = 1) -> None:
        super().__init__()
        self._session = open_session(model, threads=threads)
        (image,) = self._session.get_inputs()
        self._name = image.name
        self._type = _TYPES[image.type]
        said = self._session.get_modelmeta().custom_metadata_map
        self._smallest = int(said.get(SMALLEST_SIDE, 1))
        self._batch = image.shape[0] if isinstance(image.shape[0], int) else None

    def forward(self, images: Tensor) -> Tensor:
        """
        Run the model; one of a fixed batch runs as often as *images* hold that many.

        Raises:
            BackendFailed: the model is for images of another size or number.
        """
        if min(images.shape[2:]) < self._smallest:
            raise BackendFailed(
                f"images {tuple(images.shape)} are too small: the model needs {self._smallest} "
                "pixels of height and width"
            )
        array = images.detach().cpu().numpy().astype(self._type)
        starts = range(0, len(array), self._batch or len(array))
        step = starts.step
        try:
            parts = [
                self._session.run(None, {self._name: array[start : start + step]})[0]
                for start in starts
            ]
        except Exception as error:
            raise BackendFailed(
                f"ONNX Runtime cannot run the model on images {tuple(array.shape)}: {error}"
            ) from error
        return torch.from_numpy(np.concatenate(parts).astype(np.float32))


def open_session(model: Path | bytes, *, threads: int) -> ort.InferenceSession:
    """
    Return an inference session of ONNX Runtime on the CPU, with all its optimisations.

    Raises:
        BackendFailed: it cannot load the model.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(model, options, providers=[PROVIDER])
    except Exception as error:
        name = model if isinstance(model, Path) else "the model"
        raise BackendFailed(f"ONNX Runtime cannot load {name}: {error}") from error

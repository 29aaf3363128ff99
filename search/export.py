"""
A trained network as an ONNX file that is known to compute the same.

The file is written only after onnx's checker accepts it and ONNX Runtime agrees with the torch
module on a random image.
"""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import nn

from profiler.atomic import write_atomically
from profiler.backends.onnx_model import onnx_model
from profiler.backends.torch_module import parameters_of
from profiler.errors import BackendFailed
from profiler.operations import Network, operation_graph

TOLERANCE = 1e-4
"""Largest accepted difference of a logit, relative to the largest logit."""


def export_onnx(network: Network, module: nn.Module, path: Path) -> Path:
    """
    Write *network* with the weights of *module* to *path* and return it.

    Args:
        network: what is exported; its batch and image size become the model's.
        module: its torch module, trained; left as it is.
        path: the ONNX file, replaced in one step.

    Raises:
        BackendFailed: the model is invalid, or computes something else than the module.
        RunInvalid: the file could not be written.
    """
    graph = operation_graph(network)
    parameters = parameters_of(module)
    try:
        model = onnx_model(graph, parameters)
        onnx.checker.check_model(model, full_check=True)
    except KeyError as error:
        raise BackendFailed(f"{path}: the module has no weight {error} of the network") from error
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise BackendFailed(f"{path}: the network makes an invalid ONNX model: {error}") from error
    content = model.SerializeToString()
    _require_agreement(content, network, module, path)
    write_atomically(path, content)
    return path


def _require_agreement(content: bytes, network: Network, module: nn.Module, path: Path) -> None:
    shape = (network.batch, network.channels_in, network.height, network.width)
    image = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    expected = _run_torch(module, image)
    found = _run_onnx(content, image)
    difference = float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-12))
    if not difference <= TOLERANCE:
        raise BackendFailed(
            f"{path}: ONNX Runtime differs from torch by {difference:.1e} of the largest logit, "
            f"more than {TOLERANCE:.0e}; nothing was written"
        )


def _run_torch(module: nn.Module, image: NDArray[np.float32]) -> NDArray[np.float32]:
    twin = copy.deepcopy(module).cpu().eval()
    with torch.inference_mode():
        logits: NDArray[np.float32] = twin(torch.from_numpy(image)).numpy()
    return logits


def _run_onnx(content: bytes, image: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    outputs = session.run(None, {session.get_inputs()[0].name: image})
    logits: NDArray[np.float32] = outputs[0]
    return logits

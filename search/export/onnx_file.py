"""
A trained network as an ONNX file that is known to compute the same.

The file is written only after onnx's checker accepts it and ONNX Runtime agrees with the torch
module on random images.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import onnx
from onnx import version_converter
from torch import nn

from profiler.atomic import write_atomically
from profiler.backends.onnx_model import OPSET, onnx_model
from profiler.backends.torch_module import parameters_of
from profiler.errors import BackendFailed, GraphInvalid
from profiler.graph import Graph
from profiler.onnx_cells.contents import NETWORK
from profiler.operations import SegmentationNetwork, operation_graph, operation_to_json
from search.export.agreement import TOLERANCE, checked_shapes, largest_difference
from search.export.dynamic import PROBE, with_any_size
from search.export.folding import with_folded_batch_norm
from search.export.metadata import SMALLEST_SIDE, smallest_side, with_properties


def export_onnx(
    network: SegmentationNetwork,
    module: nn.Module,
    path: Path,
    *,
    dynamic: bool = False,
    folded: bool = True,
    opset: int = OPSET,
) -> Path:
    """
    Write *network* with the weights of *module* to *path* and return it.

    Args:
        network: what is exported; its batch and image size become the model's.
        module: its torch module, trained; left as it is.
        path: the ONNX file, replaced in one step.
        dynamic: leave batch, height and width free instead.
        folded: merge every batch norm into the convolution before it.
        opset: version of the ONNX operators.

    Raises:
        BackendFailed: the model is invalid, or computes something else than the module.
        GraphInvalid: *dynamic*, and the network cannot run at every size.
        RunInvalid: the file could not be written.
    """
    model = float_model(network, module, dynamic=dynamic, folded=folded, opset=opset)
    content = model.SerializeToString()
    require_agreement(content, network, module, dynamic=dynamic)
    write_atomically(path, content)
    return path


def float_model(
    network: SegmentationNetwork,
    module: nn.Module,
    *,
    dynamic: bool = False,
    folded: bool = True,
    opset: int = OPSET,
) -> onnx.ModelProto:
    """
    Return the model ``export_onnx`` writes, valid but not yet compared with *module*.

    Args and errors are those of ``export_onnx``.
    """
    try:
        model = onnx_model(_graph(network, dynamic), parameters_of(module))
        if dynamic:
            side = str(smallest_side(network))
            model = with_properties(with_any_size(model), **{SMALLEST_SIDE: side})
        model = with_folded_batch_norm(model) if folded else model
        model = _at_opset(model, opset)
        model = with_properties(model, **{NETWORK: json.dumps(operation_to_json(network))})
        onnx.checker.check_model(model, full_check=True)
    except KeyError as error:
        raise BackendFailed(f"the module has no weight {error} of the network") from error
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise BackendFailed(f"the network makes an invalid ONNX model: {error}") from error
    return model


def require_agreement(
    content: bytes, network: SegmentationNetwork, module: nn.Module, *, dynamic: bool
) -> float:
    """
    Return how far the float32 model *content* is from *module*.

    Raises:
        BackendFailed: further than rounding explains.
    """
    shapes = checked_shapes(network, dynamic=dynamic)
    difference = largest_difference(content, network, module, shapes)
    if not difference <= TOLERANCE:
        raise BackendFailed(
            f"ONNX Runtime differs from torch by {difference:.1e} of the largest logit, more than "
            f"{TOLERANCE:.0e}; nothing was written"
        )
    return difference


def _graph(network: SegmentationNetwork, dynamic: bool) -> Graph:
    if not dynamic:
        return operation_graph(network)
    height, width = PROBE
    try:
        return operation_graph(replace(network, height=height, width=width))
    except GraphInvalid as error:
        raise GraphInvalid(
            f"the network does not run at every size ({error}); export it at a fixed one"
        ) from error


def _at_opset(model: onnx.ModelProto, opset: int) -> onnx.ModelProto:
    if opset == OPSET:
        return model
    try:
        return version_converter.convert_version(model, opset)
    except (version_converter.ConvertError, RuntimeError) as error:
        raise BackendFailed(
            f"opset {opset}: the model cannot be written in it ({error}); {OPSET} always works"
        ) from error

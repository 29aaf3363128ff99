"""
All files of one trained network, each checked, evaluated and timed.

The float32 file must compute what torch computes.  The others are judged by what they are for:
their figures on the test list stand beside those of the float32 file, made by the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import onnx
from torch import nn

from profiler.atomic import write_atomically
from profiler.backends.onnx_half import with_half_precision, with_rounding
from profiler.backends.tensorrt.library import tensorrt
from profiler.errors import DataInvalid, RunInvalid
from profiler.operations import SegmentationNetwork
from search.data.dataset import Dataset
from search.data.normalisation import Normalisation
from search.evaluation import evaluate
from search.export.agreement import checked_shapes, largest_difference
from search.export.engine import build_engine
from search.export.latency import interleaved_latencies
from search.export.metadata import normalisation_properties, with_properties
from search.export.onnx_file import float_model, require_agreement
from search.export.onnx_module import OnnxModule
from search.export.plan import Artefact, ExportPlan
from search.export.quantise import calibration_images, left_in_float, quantised

OnStep = Callable[[str], None]
"""Told in a phrase what is being done."""


def export_files(
    network: SegmentationNetwork,
    module: nn.Module,
    plan: ExportPlan,
    folder: Path,
    *,
    dataset: Dataset | None = None,
    normalisation: Normalisation,
    on_step: OnStep = lambda _: None,
) -> tuple[Artefact, ...]:
    """
    Write the files *plan* asks for into *folder* and return what is known about each.

    Args:
        network: what is exported; images are of its size unless the plan leaves that free.
        module: its trained module, left as it is.
        plan: which files.
        folder: made if need be; files of the same names are replaced.
        dataset: whose training images calibrate 8 bits and whose test list the files are evaluated
            on; without it nothing is evaluated.
        normalisation: of the images, as the network was trained.
        on_step: told what is being done.

    Raises:
        DataInvalid: 8 bits without a data set.
        RunInvalid: evaluation at a size that is not square, or a file that cannot be written.
        ExtraMissing: an engine without TensorRT.
        BackendFailed: a model is invalid, differs from torch, or does not run.
    """
    _require_possible(network, plan, dataset)
    data = replace(dataset, normalisation=normalisation) if dataset is not None else None
    models = dict(_models(network, module, plan, data, on_step))
    for model in models.values():
        with_properties(model, **normalisation_properties(normalisation))
    checked = [
        _checked(name, model, network, module, plan, folder) for name, model in models.items()
    ]
    if data is not None:
        on_step(f"evaluating {len(checked)} file(s) on {len(data.test)} test images")
        checked = [_evaluated(each, models["fp32"], network, data) for each in checked]
    if plan.latency_rounds:
        on_step(f"timing {len(checked)} file(s), {plan.latency_rounds} rounds")
        checked = _timed(checked, network, plan.latency_rounds)
    engines = list(_engines(checked, network, on_step)) if plan.tensorrt else []
    return (*checked, *engines)


def described(name: str, path: Path) -> Artefact:
    """Return the artefact *path* is, with its length and hash."""
    content = path.read_bytes()
    return Artefact(
        name=name, path=path, sha256=sha256(content).hexdigest(), size_bytes=len(content)
    )


def _require_possible(
    network: SegmentationNetwork, plan: ExportPlan, dataset: Dataset | None
) -> None:
    """Refuse before anything is written what would fail after minutes."""
    if plan.int8 and dataset is None:
        raise DataInvalid("int8 needs training images to learn its ranges from; give --data")
    if dataset is not None and network.height != network.width:
        raise RunInvalid(
            f"the network is for {network.width}x{network.height} pixels and test images are "
            "resized to squares; export without --data, or with --size"
        )
    if plan.tensorrt:
        tensorrt()


def _models(
    network: SegmentationNetwork,
    module: nn.Module,
    plan: ExportPlan,
    dataset: Dataset | None,
    on_step: OnStep,
) -> Iterator[tuple[str, onnx.ModelProto]]:
    on_step("writing ONNX, batch norm folded")
    model = float_model(network, module, dynamic=plan.dynamic, opset=plan.opset)
    yield "fp32", model
    if plan.fp16:
        yield "fp16", with_half_precision(model, float_io=plan.float_io)
    if plan.int8 and dataset is not None:
        on_step(f"calibrating 8 bits on {plan.calibration_images} training images")
        images = calibration_images(dataset, size=network.height, count=plan.calibration_images)
        yield "int8", quantised(model, images)


def _checked(
    name: str,
    model: onnx.ModelProto,
    network: SegmentationNetwork,
    module: nn.Module,
    plan: ExportPlan,
    folder: Path,
) -> Artefact:
    content = model.SerializeToString()
    if name == "fp32":
        difference = require_agreement(content, network, module, dynamic=plan.dynamic)
    else:
        shapes = checked_shapes(network, dynamic=plan.dynamic)
        difference = largest_difference(content, network, module, shapes)
    path = folder / f"network_{name}.onnx"
    write_atomically(path, content)
    floats = left_in_float(model) if name == "int8" else ()
    return replace(described(name, path), difference=difference, left_in_float=floats)


def _evaluated(
    artefact: Artefact, model: onnx.ModelProto, network: SegmentationNetwork, dataset: Dataset
) -> Artefact:
    """Evaluate a file; half precision as a device with kernels for it would compute it."""
    half = artefact.name == "fp16"
    content = with_rounding(model).SerializeToString() if half else artefact.path
    metrics = evaluate(
        OnnxModule(content),
        dataset.test,
        size=network.height,
        normalisation=dataset.normalisation,
        batch=network.batch,
    )
    return replace(artefact, metrics=metrics)


def _timed(artefacts: list[Artefact], network: SegmentationNetwork, rounds: int) -> list[Artefact]:
    shape = (network.batch, network.channels_in, network.height, network.width)
    files = {each.name: each.path for each in artefacts}
    latencies = interleaved_latencies(files, shape, rounds=rounds)
    return [replace(each, latency=latencies[each.name]) for each in artefacts]


def _engines(
    artefacts: list[Artefact], network: SegmentationNetwork, on_step: OnStep
) -> Iterator[Artefact]:
    for each in artefacts:
        if each.name != "int8":
            on_step(f"building the TensorRT engine of {each.path.name}")
            path = each.path.with_suffix(".engine")
            size = (network.height, network.width)
            yield described(f"{each.name}.engine", build_engine(each.path, path, size=size))

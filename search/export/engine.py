"""
An ONNX file as a TensorRT engine.

TensorRT and TensorRT-RTX share the builder's interface; whichever is installed builds.  The
network is strongly typed: the ONNX file says what is computed in half precision.  TensorRT builds
for the GPU of this machine; TensorRT-RTX for every GPU it knows, and needs none to do so.  8-bit
models of ONNX Runtime are refused: TensorRT reads symmetric scales only.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from profiler.atomic import write_atomically
from profiler.errors import BackendFailed, ExtraMissing

PACKAGES = ("tensorrt", "tensorrt_rtx")
SMALLEST_PIXELS, LARGEST_PIXELS, LARGEST_BATCH = 32, 1024, 8
"""What an engine of free sizes must be able to run."""


def build_engine(onnx_file: Path, path: Path, *, size: tuple[int, int]) -> Path:
    """
    Build the engine of *onnx_file*, write it to *path* and return that.

    Args:
        onnx_file: in float32 or half precision.
        path: the engine, replaced in one step.
        size: H and W in pixels for which an engine of free sizes is made fastest.

    Raises:
        ExtraMissing: neither TensorRT nor TensorRT-RTX is installed.
        BackendFailed: it cannot read the model or build the engine.
        RunInvalid: the file could not be written.
    """
    trt = tensorrt()
    logger = trt.Logger(trt.Logger.ERROR)
    builder = trt.Builder(logger)
    typed = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = builder.create_network(typed)
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(onnx_file.read_bytes()):
        raise BackendFailed(f"{trt.__name__} cannot read {onnx_file}: {_reason(parser)}")
    configuration = builder.create_builder_config()
    _allow_sizes(builder, network, configuration, size)
    engine = builder.build_serialized_network(network, configuration)
    if engine is None:
        raise BackendFailed(f"{trt.__name__} {trt.__version__} could not build {onnx_file}")
    write_atomically(path, memoryview(engine))
    return path


def tensorrt() -> Any:
    """
    Return the module of TensorRT, or of TensorRT-RTX.

    Raises:
        ExtraMissing: neither is installed.
    """
    for name in PACKAGES:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise ExtraMissing(" or ".join(PACKAGES), "tensorrt")


def _reason(parser: Any) -> str:
    return str(parser.get_error(0).desc()).strip() if parser.num_errors else "no reason given"


def _allow_sizes(builder: Any, network: Any, configuration: Any, size: tuple[int, int]) -> None:
    """Say which sizes an engine with a free dimension has to run."""
    image = network.get_input(0)
    if -1 not in tuple(image.shape):
        return
    channels, (height, width) = image.shape[1], size
    profile = builder.create_optimization_profile()
    profile.set_shape(
        image.name,
        (1, channels, min(SMALLEST_PIXELS, height), min(SMALLEST_PIXELS, width)),
        (1, channels, height, width),
        (LARGEST_BATCH, channels, max(LARGEST_PIXELS, height), max(LARGEST_PIXELS, width)),
    )
    configuration.add_optimization_profile(profile)

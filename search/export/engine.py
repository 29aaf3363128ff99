"""
An ONNX file as a TensorRT engine, built by the profiler's builder.

The ONNX file says what is computed in half precision.  TensorRT builds for the GPU of this machine;
TensorRT-RTX for every GPU it knows, and needs none to do so.  8-bit models of ONNX Runtime are
refused: TensorRT reads symmetric scales only.
"""

from __future__ import annotations

from pathlib import Path

from profiler.atomic import write_atomically
from profiler.backends.tensorrt.builder import BuildSettings, build_plan
from profiler.backends.tensorrt.library import tensorrt


def build_engine(onnx_file: Path, path: Path, *, size: tuple[int, int]) -> Path:
    """
    Build the engine of *onnx_file*, write it to *path* and return that.

    Args:
        onnx_file: in float32 or half precision.
        path: the engine, replaced in one step.
        size: H and W in pixels for which an engine of free sizes is made fastest.

    Raises:
        ExtraMissing: neither TensorRT nor TensorRT-RTX is installed.
        BackendUnavailable: it cannot be used on this machine.
        OperationUnsupported: it has no layer or kernel for a node.
        BackendFailed: it cannot read the model or build the engine.
        RunInvalid: the file could not be written.
    """
    settings = BuildSettings(size=size)
    plan = build_plan(tensorrt(), onnx_file.read_bytes(), str(onnx_file), settings)
    write_atomically(path, plan.content)
    return path

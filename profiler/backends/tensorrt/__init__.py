"""TensorRT and TensorRT-RTX: ONNX to engines, executed on device buffers, timed by events."""

from profiler.backends.tensorrt.backend import create

__all__ = ["create"]

"""ONNX Runtime with one of its execution providers, on a CPU or an NVIDIA GPU."""

from profiler.backends.onnxruntime.backend import OnnxRuntimeBackend, create

__all__ = ["OnnxRuntimeBackend", "create"]

"""TensorRT through its command-line tool, for boards whose Python has no binding."""

from profiler.backends.trtexec.backend import create

__all__ = ["create"]

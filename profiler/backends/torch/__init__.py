"""PyTorch on the CPU or on an NVIDIA GPU: eager, compiled, or replayed as a CUDA graph."""

from profiler.backends.torch.backend import TorchBackend, create

__all__ = ["TorchBackend", "create"]

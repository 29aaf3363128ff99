"""
What one can choose of the torch backend, and what cannot be chosen together.

Everything that changes speed is fixed here and part of the environment, never left to torch's
defaults, which differ from release to release.  Loads no torch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from profiler.errors import BackendUnavailable

MODES = ("eager", "compiled", "cuda_graph")
LAYOUTS = ("nchw", "nhwc")
PRECISIONS = ("fp32", "fp16")
SWITCH = ("off", "on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """
    How torch runs.

    Args:
        device: ``cpu``, ``cuda`` or ``cuda:1``.
        mode: ``eager``; ``compiled`` by ``torch.compile``; or ``cuda_graph``, captured once and
            replayed, which costs one launch instead of one for each kernel.
        layout: memory layout of activations and weights, ``nchw`` or ``nhwc``.
        precision: ``fp32``, or ``fp16`` on a GPU.
        threads: of one inference on the CPU; a GPU is fed by one.
        tf32: whether a GPU may round the factors of fp32 products to 10 bits, ``off`` or ``on``.
        cudnn_benchmark: whether cuDNN tries its algorithms and takes the fastest (``on``), or
            chooses by rules, the same ones in every session (``off``).

    Raises:
        BackendUnavailable: a value there is not, or values that contradict each other.
    """

    device: str = "cpu"
    mode: str = "eager"
    layout: str = "nchw"
    precision: str = "fp32"
    threads: int = 1
    tf32: str = "off"
    cudnn_benchmark: str = "off"

    def __post_init__(self) -> None:
        wrong = [*self._unknown(), *self._contradictory()]
        if wrong:
            raise BackendUnavailable(f"torch: {wrong[0]}")

    @property
    def on_gpu(self) -> bool:
        """Whether it runs on a GPU."""
        return self.device != "cpu"

    @property
    def gpu_index(self) -> int:
        """Number of the GPU, from 0."""
        return int(self.device.partition(":")[2] or 0)

    @property
    def options(self) -> tuple[str, ...]:
        """What an environment says of them, beside precision and threads; sorted."""
        common = (f"layout={self.layout}", f"mode={self.mode}")
        gpu = (f"cudnn_benchmark={self.cudnn_benchmark}", f"tf32={self.tf32}")
        return tuple(sorted((*common, *gpu))) if self.on_gpu else common

    def _unknown(self) -> Iterator[str]:
        if not re.fullmatch(r"cpu|cuda(:\d+)?", self.device):
            yield f"device {self.device!r}; choose cpu, cuda or, of several GPUs, cuda:1"
        for name, choices in (
            ("mode", MODES),
            ("layout", LAYOUTS),
            ("precision", PRECISIONS),
            ("tf32", SWITCH),
            ("cudnn_benchmark", SWITCH),
        ):
            if getattr(self, name) not in choices:
                yield f"{name} {getattr(self, name)!r}; choose one of {', '.join(choices)}"

    def _contradictory(self) -> Iterator[str]:
        if self.on_gpu:
            if self.threads != 1:
                yield f"threads={self.threads} on a GPU, which one thread feeds; leave it at 1"
            return
        if self.precision == "fp16":
            yield (
                "precision 'fp16' on the CPU, where most processors convert to fp32 and back "
                "around each operation; choose device=cuda, or precision=fp32"
            )
        if self.mode == "cuda_graph":
            yield "mode 'cuda_graph' on the CPU; choose device=cuda, or another mode"
        for name in ("tf32", "cudnn_benchmark"):
            if getattr(self, name) == "on":
                yield f"{name}=on is a setting of GPUs; choose device=cuda, or leave it off"

"""
TensorRT or TensorRT-RTX: two packages of one interface, and what tells them apart.

Networks are strongly typed with both, and with TensorRT 11 there is nothing else: the model says
what is computed in which precision, and no builder flag changes that.  TensorRT builds for the GPU
of this machine and times kernels to choose them; TensorRT-RTX builds for the kinds of GPU it is
told, without one, and finishes the kernels on the GPU when they first run.  TensorRT before 10 is
refused: its networks are weakly typed, and ``trtexec`` measures there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from profiler.errors import BackendUnavailable, ExtraMissing

PACKAGES = ("tensorrt", "tensorrt_rtx")
OLDEST = 10
"""Major version of TensorRT below which networks cannot be strongly typed."""


@dataclass(frozen=True, slots=True)
class Library:
    """
    One of the packages, loaded.

    Args:
        module: the package.
        log: what it says is collected there, for the whole process; TensorRT wants one logger.
    """

    module: Any
    log: Any

    @property
    def name(self) -> str:
        """``tensorrt`` or ``tensorrt_rtx``."""
        return str(self.module.__name__)

    @property
    def version(self) -> str:
        """Such as ``10.13.2.6``."""
        return str(self.module.__version__)

    @property
    def is_rtx(self) -> bool:
        """Whether it builds without a GPU, for the kinds of GPU it is told."""
        return self.name == "tensorrt_rtx"

    def said(self) -> tuple[str, ...]:
        """Return the errors it logged since the last time, and forget them."""
        errors = tuple(self.log.errors)
        self.log.errors.clear()
        return errors

    def why(self) -> str:
        """Return the first of them, which names the cause, in one line."""
        return first_line(self.said())


@cache
def tensorrt() -> Library:
    """
    Return TensorRT, or TensorRT-RTX where that is what is installed.

    Raises:
        ExtraMissing: neither is installed.
        BackendUnavailable: one is, and cannot be loaded or is too old.
    """
    unusable: list[str] = []
    for name in PACKAGES:
        try:
            module = import_module(name)
        except ModuleNotFoundError:
            continue
        except (ImportError, OSError) as error:
            unusable.append(f"{name} cannot be loaded: {first_line([str(error)])}")
            continue
        version = str(module.__version__)
        if name == "tensorrt" and int(version.split(".")[0]) < OLDEST:
            unusable.append(f"TensorRT {version} is older than {OLDEST}; use the trtexec backend")
            continue
        return Library(module, _log(module))
    if unusable:
        raise BackendUnavailable("; ".join(unusable))
    raise ExtraMissing(" or ".join(PACKAGES), "tensorrt")


def first_line(texts: Iterable[str]) -> str:
    """Return the first line of *texts* that says something."""
    lines = (line.strip() for text in texts for line in text.splitlines())
    return next((line for line in lines if line), "no reason given")


def _log(trt: Any) -> Any:
    """Return a logger that keeps errors, and the layers of the engine built last."""
    severe = (trt.ILogger.Severity.INTERNAL_ERROR, trt.ILogger.Severity.ERROR)

    class Log(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.errors: list[str] = []
            self.layers = ""

        def log(self, severity: Any, message: str) -> None:
            if severity in severe:
                self.errors.append(message)
            elif message.startswith("Layers:"):
                self.layers = message

    return Log()

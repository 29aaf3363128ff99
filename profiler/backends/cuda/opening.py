"""
Opening a GPU, with whichever CUDA package works, or one line that says why none does.

The driver comes first: without it a package would help nobody.
"""

from __future__ import annotations

import ctypes
from functools import cache
from importlib import import_module

from profiler.backends.cuda.port import CudaRuntime
from profiler.errors import BackendUnavailable, ExtraMissing

DRIVER_LIBRARY = "libcuda.so.1"

_ADAPTERS = {
    "cuda-bindings": "profiler.backends.cuda.cuda_python",
    "pycuda": "profiler.backends.cuda.pycuda",
}
"""Package to the module that uses it, the preferred one first."""


@cache
def open_cuda(device: int = 0) -> CudaRuntime:
    """
    Return a GPU; the same one whenever the same number is asked for in this process.

    Args:
        device: number of the GPU, from 0, as the driver counts those it may see.

    Raises:
        BackendUnavailable: there is no driver, no such GPU, or no package that works.
        ExtraMissing: no CUDA package is installed.
    """
    require_driver()
    unusable: list[str] = []
    for package, module in _ADAPTERS.items():
        try:
            opened: CudaRuntime = import_module(module).open_runtime(device)
        except ModuleNotFoundError:
            continue
        except ImportError as error:  # it is there, and was built for something else
            unusable.append(f"{package}: {error}")
        else:
            return opened
    if unusable:
        raise BackendUnavailable(f"no CUDA package works here: {'; '.join(unusable)}")
    raise ExtraMissing(" or ".join(_ADAPTERS), "cuda")


def require_driver() -> None:
    """
    Raise unless NVIDIA's driver is there.

    Raises:
        BackendUnavailable: it is not.
    """
    try:
        ctypes.CDLL(DRIVER_LIBRARY)
    except OSError as error:
        raise BackendUnavailable(
            f"no CUDA driver: {DRIVER_LIBRARY} not found; it comes with NVIDIA's driver, and a "
            "container sees it when it is started with its GPUs"
        ) from error

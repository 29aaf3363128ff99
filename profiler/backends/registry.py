"""
Backends by name: the one place that knows which module serves which runtime.

A variant is a backend with options that make it another thing to measure: another provider,
another mode, another device.  The ones here are those ``hna doctor`` speaks of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from profiler.backends.port import Backend
from profiler.errors import BackendUnavailable, ExtraMissing

_MODULES = {
    "onnxruntime": ("profiler.backends.onnxruntime", "agent"),
    "torch": ("profiler.backends.torch", "search"),
    "openvino": ("profiler.backends.openvino", "openvino"),
    "tensorrt": ("profiler.backends.tensorrt", "tensorrt"),
    "trtexec": ("profiler.backends.trtexec", "agent"),
    "simulated": ("profiler.backends.simulated", "agent"),
}

BACKENDS = tuple(_MODULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """
    A backend with options.

    Args:
        backend: its name.
        options: of it; what is not named is the backend's default.
    """

    backend: str
    options: Mapping[str, int | float | str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What a person types to have it, such as ``torch mode=compiled``."""
        return " ".join((self.backend, *(f"{k}={v}" for k, v in self.options.items())))


def _variants(backend: str, *several: Mapping[str, str]) -> tuple[Variant, ...]:
    return tuple(Variant(backend=backend, options=options) for options in several)


_PROVIDERS = ("cuda", "tensorrt", "nv_tensorrt_rtx", "openvino", "acl", "xnnpack")
_GPU_MODES = ("eager", "compiled", "cuda_graph")

VARIANTS = (
    *_variants("onnxruntime", {}, *({"provider": provider} for provider in _PROVIDERS)),
    *_variants("torch", {}, {"mode": "compiled"}),
    *_variants("torch", *({"device": "cuda", "mode": mode} for mode in _GPU_MODES)),
    *(Variant(backend=name) for name in BACKENDS if name not in ("onnxruntime", "torch")),
)


def open_backend(name: str, **options: Any) -> Backend:
    """
    Return a backend, loading its runtime.

    Args:
        name: one of ``BACKENDS``.
        **options: of that backend, such as ``threads``.

    Raises:
        BackendUnavailable: no backend has that name, or it cannot run on this machine so.
        ExtraMissing: a package it needs is not installed.
    """
    backend: Backend = creator(name)(**options)
    return backend


def creator(name: str) -> Callable[..., Any]:
    """
    Return what makes a backend, loading its runtime; its keyword arguments are the options.

    Raises:
        BackendUnavailable: no backend has that name.
        ExtraMissing: a package it needs is not installed.
    """
    if name not in _MODULES:
        raise BackendUnavailable(f"no backend is called {name!r}; there are {', '.join(BACKENDS)}")
    module_name, extra = _MODULES[name]
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        raise ExtraMissing(error.name or name, extra) from error
    create: Callable[..., Any] = module.create
    return create


def why_unavailable(name: str, **options: Any) -> str | None:
    """Return why backend *name* cannot be used here with *options*, or None where it can."""
    try:
        open_backend(name, **options)
    except BackendUnavailable as error:
        return str(error)
    return None

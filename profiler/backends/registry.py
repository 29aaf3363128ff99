"""Backends by name: the one place that knows which module serves which runtime."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from profiler.backends.port import Backend
from profiler.errors import BackendUnavailable, ExtraMissing

_MODULES = {
    "onnxruntime": ("profiler.backends.onnxruntime", "agent"),
    "torch": ("profiler.backends.torch", "search"),
    "simulated": ("profiler.backends.simulated", "agent"),
}

BACKENDS = tuple(_MODULES)


def open_backend(name: str, **options: Any) -> Backend:
    """
    Return a backend, loading its runtime.

    Args:
        name: one of ``BACKENDS``.
        **options: of that backend, such as ``threads``.

    Raises:
        BackendUnavailable: no backend has that name, or it cannot run on this machine.
        ExtraMissing: a package it needs is not installed.
    """
    if name not in _MODULES:
        raise BackendUnavailable(f"no backend is called {name!r}; there are {', '.join(BACKENDS)}")
    module_name, extra = _MODULES[name]
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        raise ExtraMissing(error.name or name, extra) from error
    backend: Backend = module.create(**options)
    return backend


def why_unavailable(name: str) -> str | None:
    """Return why backend *name* cannot be used here, or None where it can."""
    try:
        open_backend(name)
    except BackendUnavailable as error:
        return str(error)
    return None

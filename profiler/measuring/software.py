"""The versions of everything that can move a latency."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "hna-nas",
    "numpy",
    "onnx",
    "onnxruntime",
    "onnxruntime-gpu",
    "openvino",
    "tensorrt",
    "tensorrt-rtx-cu13",
    "torch",
)


def software_versions() -> tuple[str, ...]:
    """Return ``name=version`` of the interpreter, the kernel and each installed package."""
    found = [f"python={platform.python_version()}", f"kernel={platform.release()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package}={version(package)}")
        except PackageNotFoundError:
            continue
    return tuple(sorted(found))

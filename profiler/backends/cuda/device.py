"""
Which device is measured when a runtime computes on an NVIDIA GPU.

A GPU in a slot is a device of its own, told apart by its UUID wherever it is plugged in.  One that
shares the memory of its machine (a Jetson) is not: there the board is the device.  Every backend
that computes on a GPU asks here, so that all of them name one GPU alike.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from profiler.device import Device
from profiler.platforms.files import read_text

GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuProperties:
    """
    What a runtime tells about a GPU.

    Args:
        name: as its driver gives it, such as ``NVIDIA GeForce RTX 4090``.
        uuid: 32 hexadecimal digits, with or without hyphens and ``GPU-`` before them.
        capability: compute capability, such as ``(8, 9)``.
        multiprocessors: how many it has.
        memory_bytes: what it can address.
        integrated: it shares the memory of its machine.
        l2_bytes: its largest cache; None where it is not told.
        driver: release of NVIDIA's driver, such as ``580.82.07``; None where it cannot be read.
        cuda: version of CUDA that driver offers, such as ``13.0``; None where it is not told.
    """

    name: str
    uuid: str
    capability: tuple[int, int]
    multiprocessors: int
    memory_bytes: int
    integrated: bool = False
    l2_bytes: int | None = None
    driver: str | None = None
    cuda: str | None = None

    @property
    def architecture(self) -> str:
        """Compute capability as compilers write it, such as ``sm_89``."""
        major, minor = self.capability
        return f"sm_{major}{minor}"

    @property
    def options(self) -> tuple[str, ...]:
        """What an environment has to say about the GPU's software, where it is known."""
        told = {"cuda": self.cuda, "driver": self.driver}
        return tuple(f"{name}={value}" for name, value in told.items() if value is not None)


def gpu_device(machine: Device, properties: GpuProperties) -> Device:
    """
    Return the device that is measured when *machine* computes on that GPU.

    Args:
        machine: where the GPU is.
        properties: of the GPU.
    """
    if properties.integrated:
        return machine
    return replace(
        machine,
        fingerprint=gpu_fingerprint(properties.uuid),
        model=gpu_model(properties.name),
        name=f"{properties.name} in {machine.name}",
        architecture=properties.architecture,
        cores=properties.multiprocessors,
        # Drivers keep a little for themselves, each release another little.
        memory_bytes=-(-properties.memory_bytes // GIB) * GIB,
        clusters=(),
        host_model=machine.model,
    )


def gpu_model(name: str) -> str:
    """
    Return the model of the GPU its driver calls *name*.

    >>> gpu_model("NVIDIA GeForce RTX 4090")
    'nvidia-geforce-rtx-4090'

    Old drivers leave their maker's name out.

    >>> gpu_model("Tesla T4")
    'nvidia-tesla-t4'
    """
    words = re.findall(r"[a-z0-9]+", name.lower())
    return "-".join(words if "nvidia" in words[:1] else ["nvidia", *words])


def driver_release(root: Path = Path("/")) -> str | None:
    """Return the release of NVIDIA's kernel driver on the machine whose tree is *root*."""
    text = read_text(root / "proc/driver/nvidia/version") or ""
    found = re.search(r"^NVRM version:.*?\s(\d+\.\d+(?:\.\d+)?)\s", text, re.MULTILINE)
    return found[1] if found else None


def gpu_fingerprint(uuid: str) -> str:
    """Return the fingerprint of the device that is the GPU of that UUID."""
    digits = re.sub(r"^(gpu|mig)-|-", "", uuid.lower())
    return hashlib.sha256(f"hna-nas gpu {digits}".encode()).hexdigest()[:32]

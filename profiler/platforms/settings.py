"""
How a machine is set up: governors, releases, power limits.

They move latencies, and users change them; but they are no part of a key, so they are recorded.
"""

from __future__ import annotations

from pathlib import Path

from profiler.platforms.cpu_clocks import governors
from profiler.platforms.files import read_text
from profiler.platforms.gpu import GpuFacts
from profiler.platforms.jetson import is_jetson, releases
from profiler.platforms.tegra import gpu_folder


def machine_settings(root: Path = Path("/")) -> tuple[str, ...]:
    """Return ``name=value`` texts of the machine whose tree is *root*."""
    told: dict[str, str | None] = {
        "governor": "+".join(governors(root)) or None,
        "boost": _boost(root),
        "platform_profile": read_text(root / "sys/firmware/acpi/platform_profile"),
    }
    if is_jetson(root):
        release, folder = releases(root), gpu_folder(root)
        told["l4t"], told["jetpack"] = release.l4t, release.jetpack
        told["gpu_governor"] = read_text(folder / "governor") if folder else None
    return tuple(f"{name}={value}" for name, value in told.items() if value is not None)


def _boost(root: Path) -> str | None:
    """Return whether cores may exceed their base clock; Intel's driver counts the other way."""
    boost = read_text(root / "sys/devices/system/cpu/cpufreq/boost")
    no_turbo = read_text(root / "sys/devices/system/cpu/intel_pstate/no_turbo")
    return {"1": "on", "0": "off"}.get(boost or "") or {"0": "on", "1": "off"}.get(no_turbo or "")


def gpu_settings(facts: GpuFacts) -> tuple[str, ...]:
    """Return ``name=value`` texts of an NVIDIA GPU."""
    told = {
        "gpu_driver": facts.driver,
        "gpu_cuda": facts.cuda,
        "gpu_power_limit_w": facts.power_limit_w and f"{facts.power_limit_w:g}",
        "gpu_persistence": {True: "on", False: "off", None: None}[facts.persistence],
    }
    return tuple(f"{name}={value}" for name, value in told.items() if value is not None)

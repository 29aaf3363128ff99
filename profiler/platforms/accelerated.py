"""Conditions of a machine and its accelerator together."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from profiler.measurement import Conditions
from profiler.platforms.conditions import read_conditions
from profiler.platforms.gpu import Gpu, other_processes
from profiler.platforms.ina import power_rails
from profiler.platforms.tegra import read_tegra

GPU_ALONE = ("POM_5V_GPU", "VDD_SYS_GPU", "GPU", "VDD_GPU")
"""Rails of Jetsons (Nano, TX2, AGX Xavier, Thor) that feed the GPU and nothing else."""


def read_with_nvidia(gpu: Gpu, root: Path = Path("/")) -> Conditions:
    """Read the conditions of a machine and of an NVIDIA GPU in it."""
    machine, state = read_conditions(root), gpu.state()
    return replace(
        machine,
        gpu_clock_mhz=state.clock_mhz,
        gpu_temperature_c=state.temperature_c,
        gpu_power_w=gpu.watts(),
        gpu_processes=other_processes(state.processes, os.getpid(), root),
        throttle_reasons=_together(machine.throttle_reasons, state.reasons),
    )


def read_with_tegra(root: Path = Path("/")) -> Conditions:
    """Read the conditions of a Jetson; who else computes on its GPU is not told there."""
    machine, gpu = read_conditions(root), read_tegra(root)
    rails = {rail.name: rail.watts for rail in power_rails(root)}
    watts = next((rails[name]() for name in GPU_ALONE if name in rails), None)
    return replace(
        machine,
        gpu_clock_mhz=gpu.clock_mhz,
        gpu_temperature_c=gpu.temperature_c,
        gpu_power_w=watts,
        throttle_reasons=_together(machine.throttle_reasons, gpu.alerts),
    )


def _together(*reasons: tuple[str, ...] | None) -> tuple[str, ...] | None:
    told = [names for names in reasons if names is not None]
    return tuple(sorted({name for names in told for name in names})) if told else None

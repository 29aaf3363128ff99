"""The machine this runs on: who it is, how it is set up, and what can be read of it."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from profiler.backends.cuda.device import gpu_fingerprint
from profiler.backends.located import Place
from profiler.device import Device
from profiler.energy.sources import jetson_rails, nvidia_rails, processor_rails
from profiler.errors import InstrumentUnavailable
from profiler.measuring.instruments import Instruments
from profiler.measuring.watchers.blind import Blind
from profiler.measuring.watchers.clocks import CoreClocks
from profiler.measuring.watchers.nvidia import GpuProcesses, GpuThrottling
from profiler.measuring.watchers.port import Watcher
from profiler.measuring.watchers.processor import processor_watchers
from profiler.measuring.watchers.tegra import TegraClocks
from profiler.platforms.accelerated import read_with_nvidia, read_with_tegra
from profiler.platforms.conditions import read_conditions
from profiler.platforms.cores import kinds_in_use
from profiler.platforms.cpulist import parse_cpulist
from profiler.platforms.description import describe as describe
from profiler.platforms.gpu import Gpu, open_gpus
from profiler.platforms.jetson import is_jetson
from profiler.platforms.linux import identify
from profiler.platforms.nvpmodel import power_mode
from profiler.platforms.settings import gpu_settings, machine_settings
from profiler.platforms.tegra import read_tegra


def this_machine(root: Path = Path("/")) -> Device:
    """Return who the machine whose tree is *root* is."""
    return identify(root)


def this_place(root: Path = Path("/"), cores: str | None = None) -> Place:
    """
    Return what that machine adds to every environment: its power mode, the cores in use.

    Args:
        root: the system tree.
        cores: the cores measured on, such as ``4-7``; those this process may use unless given.

    Raises:
        HnaError: *cores* is no list of cores.
    """
    used = os.sched_getaffinity(0) if cores is None else parse_cpulist(cores)
    kinds = kinds_in_use(used, root)
    options = (f"cores={'+'.join(kinds)}",) if kinds else ()
    if not is_jetson(root):
        return Place(options=options)
    return Place(power_mode=power_mode(root, read_tegra(root).max_mhz), options=options)


def instruments_for(device: Device, root: Path = Path("/")) -> Instruments:
    """Return the instruments for measuring *device* on that machine; none if it is simulated."""
    if device.simulated:
        return Instruments()
    watchers: tuple[Watcher, ...] = (*processor_watchers(root), CoreClocks(root))
    if device.host_model is not None:
        return _with_gpu(device, root, watchers)
    if is_jetson(root):
        return Instruments(
            watchers=(*watchers, TegraClocks(root)),
            rails=jetson_rails(root).found,
            conditions=partial(read_with_tegra, root),
        )
    return Instruments(
        watchers=watchers,
        rails=processor_rails(root).found,
        conditions=partial(read_conditions, root),
    )


def settings(device: Device, root: Path = Path("/")) -> tuple[str, ...]:
    """
    Return how the machine is set up, ``name=value`` texts, sorted; for a session's software.

    They may change what is measured and are no part of a key, such as ``governor=powersave``.
    """
    if device.simulated:
        return ()
    of_gpu = _gpu_of(device) if device.host_model is not None else None
    facts = () if of_gpu is None or isinstance(of_gpu, str) else gpu_settings(of_gpu.facts)
    return tuple(sorted((*machine_settings(root), *facts)))


def _with_gpu(device: Device, root: Path, watchers: tuple[Watcher, ...]) -> Instruments:
    gpu = _gpu_of(device)
    if isinstance(gpu, str):
        # Without it, a GPU nobody watches would be certified by watchers of the processor.
        return Instruments(
            watchers=(*watchers, Blind(watches=f"gpu: {gpu}")),
            conditions=partial(read_conditions, root),
        )
    return Instruments(
        watchers=(*watchers, GpuThrottling(gpu), GpuProcesses(gpu, root)),
        rails=nvidia_rails(gpu).found,
        conditions=partial(read_with_nvidia, gpu, root),
    )


def _gpu_of(device: Device) -> Gpu | str:
    """Return the GPU that is *device*, or why it cannot be read."""
    try:
        gpus = open_gpus()
    except InstrumentUnavailable as error:
        return str(error)
    own = [gpu for gpu in gpus if gpu_fingerprint(gpu.facts.uuid) == device.fingerprint]
    found = own or (gpus if len(gpus) == 1 else ())
    return found[0] if found else f"none of {len(gpus)} GPUs of the driver is {device.name}"

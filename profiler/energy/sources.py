"""
The rails of a machine: RAPL of x86 processors, NVML of NVIDIA GPUs, power monitors of Jetsons.

What cannot be read is absent, and why is said.  The rail that is the whole device comes first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from profiler.energy.port import Rail
from profiler.energy.rails import CountingRail, IntegratingRail, Unwrapped
from profiler.platforms.files import read_number, read_text
from profiler.platforms.gpu import Gpu
from profiler.platforms.ina import PowerRail, power_rails

Read = Callable[[], float | None]
"""Reads a number; None where that fails."""

POWERCAP = "sys/class/powercap"
RAPL_UPDATE_S = 0.001
"""RAPL counters are updated about every millisecond (Intel SDM, volume 3, 14.10)."""

RAPL_STEP_S = 60.0
"""A 32-bit counter of 15.3 uJ begins anew after 65 kJ: two minutes at 500 W."""

NVML_UPDATE_S = 0.1
"""How often GPUs update what NVML tells, at worst; the documentation gives no number."""

SAMPLING_S = 0.02
"""How often power is read that nobody integrates."""

WHOLE_BOARD = (
    ("VDD_IN",),  # Xavier NX, Orin NX, Orin Nano
    ("POM_5V_IN",),  # Nano
    ("VIN",),  # Thor
    ("VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"),  # AGX Orin: VDDQ_VDD2_1V8AO is fed by the last
    ("CPU", "CV", "GPU", "SOC", "SYS5V", "VDDRQ"),  # AGX Xavier
    ("VDD_GPU", "VDD_CPU_SOC_MSS", "VIN_SYS_5V0"),  # Thor whose INA238 cannot be read
)
"""Rails that together are the whole module; the first all of which a board has is its total."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rails:
    """
    What was found.

    Args:
        found: rails that could be read, the whole device first.
        absent: what could not, and why.
    """

    found: tuple[Rail, ...] = ()
    absent: tuple[str, ...] = ()


def processor_rails(root: Path = Path("/")) -> Rails:
    """Return the RAPL counters of the packages, together; cores and memory are parts of those."""
    zones = sorted((root / POWERCAP).glob("intel-rapl:*"))
    packages = [zone for zone in zones if _zone_name(zone).startswith("package-")]
    if not packages:
        return Rails(absent=("rapl: the kernel offers no package to count (a virtual machine?)",))
    counters = [counter for zone in packages if (counter := _rapl(zone)) is not None]
    name = "rapl:" + "+".join(_zone_name(zone) for zone in packages)
    if len(counters) < len(packages):
        return Rails(absent=(f"{name}: energy_uj cannot be read; only root may",))
    total = CountingRail(
        name=name, read_j=_sum(counters), step_s=RAPL_STEP_S, update_s=RAPL_UPDATE_S
    )
    return Rails(found=(total,))


def nvidia_rails(gpu: Gpu) -> Rails:
    """Return the one rail of a GPU: its energy counter, else its power integrated."""
    if gpu.joules() is not None:
        counter = CountingRail(
            name="nvml:total", read_j=gpu.joules, step_s=3600.0, update_s=NVML_UPDATE_S
        )
        return Rails(found=(counter,))
    if gpu.watts() is not None:
        integrated = IntegratingRail(
            name="nvml:power", read_w=gpu.watts, step_s=SAMPLING_S, update_s=NVML_UPDATE_S
        )
        return Rails(found=(integrated,))
    return Rails(absent=("nvml: this GPU tells neither energy nor power",))


def jetson_rails(root: Path = Path("/"), now_s: Callable[[], float] = time.perf_counter) -> Rails:
    """
    Return the rails of a Jetson's power monitors, the whole module first.

    Args:
        root: the system tree.
        now_s: a monotonic clock, to integrate power with.
    """
    rails = {rail.name: rail for rail in power_rails(root)}
    if not rails:
        return Rails(absent=("ina3221: no power monitor can be read",))
    whole = next((names for names in WHOLE_BOARD if set(names) <= rails.keys()), ())
    parts = [rail for name, rail in rails.items() if whole != (name,)]
    total = [_board_rail([rails[name] for name in whole], now_s)] if whole else []
    absent = () if whole else ("ina3221: no rail is known to be the whole module",)
    return Rails(found=(*total, *(_board_rail([rail], now_s) for rail in parts)), absent=absent)


def _rapl(zone: Path) -> Read | None:
    range_uj = read_number(zone / "max_energy_range_uj")
    read_j = _joules(zone / "energy_uj")
    if range_uj is None or read_j() is None:
        return None
    return Unwrapped(read_j, range_uj / 1e6)


def _zone_name(zone: Path) -> str:
    return read_text(zone / "name") or zone.name


def _joules(path: Path) -> Read:
    def read_j() -> float | None:
        microjoules = read_number(path)
        return None if microjoules is None else microjoules / 1e6

    return read_j


def _sum(reads: Sequence[Read]) -> Read:
    """Return the sum of readings; None where one of them is."""

    def read() -> float | None:
        told = [value for one in reads if (value := one()) is not None]
        return sum(told) if len(told) == len(reads) else None

    return read


def _board_rail(rails: Sequence[PowerRail], now_s: Callable[[], float]) -> Rail:
    return IntegratingRail(
        name="ina3221:" + "+".join(rail.name for rail in rails),
        read_w=_sum([rail.watts for rail in rails]),
        step_s=SAMPLING_S,
        update_s=max(SAMPLING_S, *(rail.update_s or 0.0 for rail in rails)),
        now_s=now_s,
    )

"""
The clocks of the cores, and what the kernel says of holding them down.

Many virtual machines tell nothing of this: everything is None there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from profiler.platforms.files import read_number, read_text

CPUS = "sys/devices/system/cpu"
COOLING = re.compile(r"cpufreq|^Processor$|^cpu-throttle-alert$")
"""Cooling devices that slow cores down: of cpufreq on ARM, of ACPI on x86, of a Jetson."""


def core_clocks_mhz(cores: Iterable[int], root: Path = Path("/")) -> dict[int, float]:
    """Return the clock of each of *cores* whose clock cpufreq tells."""
    khz = {n: read_number(root / CPUS / f"cpu{n}/cpufreq/scaling_cur_freq") for n in cores}
    return {core: clock / 1e3 for core, clock in khz.items() if clock is not None}


def throttle_count(cores: Iterable[int], root: Path = Path("/")) -> int | None:
    """Return how often *cores* and their packages were too hot since boot; x86 only."""
    folders = [root / CPUS / f"cpu{core}/thermal_throttle" for core in cores]
    names = ("core_throttle_count", "package_throttle_count")
    counts = (read_number(folder / name) for folder in folders for name in names)
    told = [int(count) for count in counts if count is not None]
    return sum(told) if told else None


def active_cooling(root: Path = Path("/")) -> tuple[str, ...] | None:
    """Return the cooling devices that slow cores down right now; None where there are none."""
    found: dict[str, float] = {}
    for device in sorted((root / "sys/class/thermal").glob("cooling_device*")):
        name, state = read_text(device / "type") or "", read_number(device / "cur_state")
        if COOLING.search(name) and state is not None:
            found[name] = max(state, found.get(name, 0.0))
    return tuple(sorted(name for name, state in found.items() if state > 0)) if found else None


def governors(root: Path = Path("/")) -> tuple[str, ...]:
    """Return the cpufreq governors in use, each once; none where there is no cpufreq."""
    paths = (root / CPUS).glob("cpu[0-9]*/cpufreq/scaling_governor")
    return tuple(sorted({text for path in paths if (text := read_text(path))}))

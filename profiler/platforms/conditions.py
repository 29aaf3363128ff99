"""
What the machine is doing at this moment: load, steal, clock, temperature.

Each reading is None where this machine does not offer it; nothing is guessed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

from profiler.measurement import Conditions
from profiler.platforms.cpu_clocks import active_cooling
from profiler.platforms.cpuinfo import read_cpuinfo
from profiler.platforms.files import read_number, read_text

STEAL_COLUMN = 7
BUSY_COLUMNS = (0, 1, 2, 5, 6)
"""user, nice, system, irq, softirq; guest time is inside user already (proc_stat(5))."""
PLAUSIBLE_C = (-40.0, 150.0)
"""Sensors that are not connected report nonsense outside of this."""


def read_conditions(root: Path = Path("/")) -> Conditions:
    """Read load, processor times, clock and temperature of the machine whose tree is *root*."""
    ticks = _ticks_by_name(root).get("cpu", ())
    return Conditions(
        at=datetime.now(UTC).isoformat(),
        load_average=_load_average(root),
        steal_seconds=_seconds(ticks, (STEAL_COLUMN,)),
        busy_seconds=_seconds(ticks, BUSY_COLUMNS),
        run_queue=_run_queue(root),
        clock_mhz=_clock_mhz(root),
        temperature_c=_temperature_c(root),
        throttle_reasons=active_cooling(root),
    )


def stolen_seconds(root: Path = Path("/")) -> float | None:
    """Return the processor time the hypervisor gave to others since boot; None if unread."""
    return _seconds(_ticks_by_name(root).get("cpu", ()), (STEAL_COLUMN,))


def core_busy_seconds(root: Path = Path("/")) -> dict[int, float]:
    """Return the time each core was busy since boot, in seconds; empty where it is not told."""
    busy = {
        int(name[3:]): _seconds(ticks, BUSY_COLUMNS)
        for name, ticks in _ticks_by_name(root).items()
        if name[3:].isdigit()
    }
    return {core: seconds for core, seconds in busy.items() if seconds is not None}


def _ticks_by_name(root: Path) -> dict[str, tuple[int, ...]]:
    """Return the columns of ``cpu`` (all cores together), ``cpu0``, ``cpu1`` ..."""
    lines = (read_text(root / "proc/stat") or "").splitlines()
    rows = (line.split() for line in lines if line.startswith("cpu"))
    return {name: tuple(int(word) for word in words if word.isdigit()) for name, *words in rows}


def _seconds(ticks: tuple[int, ...], columns: tuple[int, ...]) -> float | None:
    if len(ticks) <= max(columns):
        return None
    return sum(ticks[column] for column in columns) / os.sysconf("SC_CLK_TCK")


def _load_average(root: Path) -> float | None:
    words = (read_text(root / "proc/loadavg") or "").split()
    return float(words[0]) if words else None


def _run_queue(root: Path) -> int | None:
    """Return ``procs_running``: threads that run or wait for a core, this one included."""
    lines = (read_text(root / "proc/stat") or "").splitlines()
    words = next((line.split() for line in lines if line.startswith("procs_running")), [])
    return int(words[1]) if len(words) == 2 and words[1].isdigit() else None


def _clock_mhz(root: Path) -> float | None:
    """Return the mean clock of the cores: cpufreq's where there is one, else cpuinfo's."""
    folder = root / "sys/devices/system/cpu"
    khz = _numbers(folder.glob("cpu[0-9]*/cpufreq/scaling_cur_freq"))
    if khz:
        return fmean(khz) / 1e3
    mhz = [float(block["cpu MHz"]) for block in read_cpuinfo(root) if block.get("cpu MHz")]
    return fmean(mhz) if mhz else None


def _temperature_c(root: Path) -> float | None:
    """Return the hottest thermal zone, in degrees Celsius; the kernel counts thousandths."""
    zones = _numbers((root / "sys/class/thermal").glob("thermal_zone*/temp"))
    lowest, highest = PLAUSIBLE_C
    return max((t / 1e3 for t in zones if lowest <= t / 1e3 <= highest), default=None)


def _numbers(paths: Iterable[Path]) -> list[float]:
    return [number for path in paths if (number := read_number(path)) is not None]

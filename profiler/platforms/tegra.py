"""
What a Jetson's GPU is doing: clock, load, temperature, and what holds its clocks down.

* Clock and load: devfreq (``/sys/class/devfreq/17000000.gpu`` and the like).  ``max_freq`` is what
  the power mode allows; ``load`` counts thousandths.
* Thermal throttling: cooling devices named ``gpu-throttle-alert``; a state above 0 is active.
* Supply: ``soctherm_oc`` counts under-voltage and over-current events, ``oc1_event_cnt`` to
  ``oc3_event_cnt``.

What each path rests on, board by board, is in ``docs/platforms.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from profiler.platforms.files import read_number, read_text

GPU_FOLDER = re.compile(r"(?:[0-9a-f]+\.)?(?:gpu|gp10b|gv11b|ga10b)|gpu-gpc-0")
"""Nano ``57000000.gpu``, Xavier ``17000000.gv11b``, Orin ``17000000.ga10b`` (5.x) and
``17000000.gpu`` (6.x), Thor ``gpu-gpc-0``."""

LOADS = ("sys/devices/gpu.0/load", "sys/devices/platform/gpu.0/load")
EMC_RATES = ("sys/kernel/debug/bpmp/debug/clk/emc/rate", "sys/kernel/debug/clk/emc/clk_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class TegraGpu:
    """
    One reading; None for what this board or release does not tell.

    Args:
        clock_mhz: of the GPU now.
        max_mhz: highest the power mode allows.
        load: share of the time it was busy, from 0 to 1.
        temperature_c: of the GPU.
        alerts: names of throttle alerts that are active.
        events: under-voltage and over-current events since boot.
    """

    clock_mhz: float | None
    max_mhz: float | None
    load: float | None
    temperature_c: float | None
    alerts: tuple[str, ...] | None
    events: int | None


def read_tegra(root: Path = Path("/")) -> TegraGpu:
    """Read the GPU of the Jetson whose tree is *root*."""
    folder = gpu_folder(root)
    return TegraGpu(
        clock_mhz=_mhz(folder, "cur_freq"),
        max_mhz=_mhz(folder, "max_freq"),
        load=_load(root, folder),
        temperature_c=_temperature_c(root),
        alerts=_alerts(root),
        events=_events(root),
    )


def gpu_folder(root: Path) -> Path | None:
    """Return the devfreq folder of the GPU."""
    found = (root / "sys/class/devfreq").glob("*")
    return next((path for path in sorted(found) if GPU_FOLDER.fullmatch(path.name)), None)


def emc_mhz(root: Path) -> float | None:
    """Return the clock of the memory controller; only root may read it."""
    rates = (read_number(root / path) for path in EMC_RATES)
    return next((rate / 1e6 for rate in rates if rate is not None), None)


def _mhz(folder: Path | None, name: str) -> float | None:
    hertz = read_number(folder / name) if folder else None
    return None if hertz is None else hertz / 1e6


def _load(root: Path, folder: Path | None) -> float | None:
    paths = [folder / "device/load"] if folder else []
    loads = (read_number(path) for path in (*paths, *(root / name for name in LOADS)))
    return next((load / 1e3 for load in loads if load is not None), None)


def _temperature_c(root: Path) -> float | None:
    zones = (root / "sys/class/thermal").glob("thermal_zone*")
    of_gpu = [z for z in sorted(zones) if (read_text(z / "type") or "").lower().startswith("gpu")]
    # The zone of a GPU without power answers with an error or with nonsense below zero.
    told = (read_number(zone / "temp") for zone in of_gpu)
    return next((milli / 1e3 for milli in told if milli is not None and milli > 0), None)


def _alerts(root: Path) -> tuple[str, ...] | None:
    states = dict(_alert_states(root))
    return tuple(sorted(n for n, state in states.items() if state > 0)) if states else None


def _alert_states(root: Path) -> Iterator[tuple[str, float]]:
    for device in (root / "sys/class/thermal").glob("cooling_device*"):
        name, state = read_text(device / "type") or "", read_number(device / "cur_state")
        if name.endswith("-throttle-alert") and state is not None:
            yield name, state


def _events(root: Path) -> int | None:
    counts = (read_number(p) for p in (root / "sys/class/hwmon").glob("hwmon*/oc*_event_cnt"))
    told = [int(count) for count in counts if count is not None]
    return sum(told) if told else None

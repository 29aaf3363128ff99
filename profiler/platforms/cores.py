"""
Which kinds of core a machine has: big and little (ARM), performance and efficiency (x86).

A kind is what executes alike: one name, and speeds within a tenth.  The name is an ARM part number
or the performance counters' name for a hybrid x86; the speed is ``cpu_capacity`` (a property of
the device tree, told for cores that are switched off too) or the highest clock of cpufreq.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from profiler.platforms.cpuinfo import arm_core, processors, read_cpuinfo
from profiler.platforms.cpulist import format_cpulist, parse_cpulist
from profiler.platforms.files import read_number, read_text

CPUS = "sys/devices/system/cpu"
ALIKE = 0.90
"""Share of the faster one's speed above which two cores of one name are of one kind: the highest
clocks of equal cores differ by a few per cent where makers bin them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """
    One core.

    Args:
        number: as the kernel counts.
        name: such as ``arm-cortex-a76``; None where nothing tells.
        speed: relative to others of this machine; None where nothing tells.
        max_mhz: its highest clock; None where there is no cpufreq.
    """

    number: int
    name: str | None
    speed: float | None
    max_mhz: int | None


def clusters(root: Path = Path("/")) -> tuple[str, ...]:
    """
    Return the kinds of core and their numbers, such as ``0-3 arm-cortex-a55``.

    Empty where all cores are of one kind, or nothing tells them apart.
    """
    kinds = kinds_by_core(root)
    named = sorted(set(kinds.values()))
    lists = {kind: [core for core in kinds if kinds[core] == kind] for kind in named}
    ordered = sorted(named, key=lambda kind: lists[kind])
    return tuple(f"{format_cpulist(lists[kind])} {kind}" for kind in ordered)


def kinds_in_use(cores: Iterable[int], root: Path = Path("/")) -> tuple[str, ...]:
    """Return the kinds among *cores*, sorted; empty on a machine whose cores are of one kind."""
    kinds = kinds_by_core(root)
    return tuple(sorted({kinds[core] for core in cores if core in kinds}))


def fastest_cores(root: Path = Path("/")) -> frozenset[int] | None:
    """Return the cores of the fastest kind; None where all are alike, or no speed is told."""
    kinds = kinds_by_core(root)
    speeds = {core.number: core.speed for core in _cores(root)}
    told = {n: speed for n in kinds if (speed := speeds[n]) is not None}
    if not told:
        return None
    kind = kinds[max(told, key=lambda number: told[number])]
    return frozenset(number for number in kinds if kinds[number] == kind)


def kinds_by_core(root: Path) -> dict[int, str]:
    """Return the kind of each core; empty on a machine whose cores are of one kind."""
    groups = list(_groups(_cores(root)))
    if len(groups) < 2:
        return {}
    names = [group[0].name for group in groups]
    return {
        core.number: _kind(group, alone=names.count(group[0].name) == 1)
        for group in groups
        for core in group
    }


def _kind(group: list[Core], *, alone: bool) -> str:
    """Return the name of a group, with its clock where others share the name."""
    name = group[0].name or "core"
    fastest = max((core.max_mhz or 0 for core in group), default=0)
    if alone:
        return name
    return f"{name}-{fastest}mhz" if fastest else f"{name}-speed-{group[0].speed:.0f}"


def _groups(cores: list[Core]) -> Iterator[list[Core]]:
    """Yield cores of one name and about one speed, the fastest of each name first."""
    for name in dict.fromkeys(core.name for core in cores):
        left = sorted((c for c in cores if c.name == name), key=lambda c: -(c.speed or 0.0))
        while left:
            fastest = left[0].speed or 0.0
            alike = [core for core in left if (core.speed or 0.0) >= ALIKE * fastest]
            yield alike
            left = left[len(alike) :]


def _cores(root: Path) -> list[Core]:
    folder = root / CPUS
    arm = {int(b["processor"]): arm_core((b,)) for b in processors(read_cpuinfo(root))}
    hybrid = _hybrid(root)
    present = parse_cpulist(read_text(folder / "present") or "") or set(arm)
    capacity = {n: read_number(folder / f"cpu{n}/cpu_capacity") for n in present}
    khz = {n: read_number(folder / f"cpu{n}/cpufreq/cpuinfo_max_freq") for n in present}
    named = {n: hybrid.get(n) or arm.get(n) or _name_like(n, arm, capacity) for n in present}
    told = capacity if all(value is not None for value in capacity.values()) else khz
    even = told if all(value is not None for value in told.values()) else {}
    return [
        Core(number=n, name=named[n], speed=even.get(n), max_mhz=_mhz(khz[n]))
        for n in sorted(present)
    ]


def _mhz(khz: float | None) -> int | None:
    return None if khz is None else round(khz / 1e3)


def _name_like(
    number: int, arm: dict[int, str | None], capacity: dict[int, float | None]
) -> str | None:
    """Return the name of a core that is switched off: that of a core of the same capacity."""
    if capacity[number] is None:
        return next(iter(arm.values()), None) if len(set(arm.values())) == 1 else None
    return next((arm[n] for n in arm if capacity.get(n) == capacity[number]), None)


def _hybrid(root: Path) -> dict[int, str]:
    """Return the kinds of a hybrid x86, which counts performance of each kind separately."""
    names = {"intel-core": "cpu_core", "intel-atom": "cpu_atom"}
    lists = {name: read_text(root / f"sys/devices/{unit}/cpus") for name, unit in names.items()}
    return {
        core: name
        for name, text in lists.items()
        if text and re.fullmatch(r"[\d,-]+", text)
        for core in parse_cpulist(text)
    }

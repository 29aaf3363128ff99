"""
What is read of an NVIDIA GPU, as values, and the port of whoever reads it.

Importing this loads no driver library; ``profiler.platforms.nvml`` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from profiler.errors import InstrumentUnavailable
from profiler.platforms.files import read_text

INITIAL_PID_NAMESPACE = "pid:[4026531836]"
"""``PROC_PID_INIT_INO`` of Linux: process numbers in it are those the driver tells."""

THROTTLING = {
    0x004: "sw_power_cap",
    0x008: "hw_slowdown",
    0x020: "sw_thermal_slowdown",
    0x040: "hw_thermal_slowdown",
    0x080: "hw_power_brake_slowdown",
    0x200: "board_limit",
}
"""
``nvmlClocksEventReasons`` that hold down the clocks of a GPU that would run faster.

Left out: idle (0x001), settings somebody made (0x002 application clocks, 0x010 sync boost, 0x100
display clocks), and the voltage limit every GPU meets at its highest clock (0x400).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuFacts:
    """
    What does not change while a session lasts; None where the driver does not tell.

    Args:
        name: as the driver gives it, such as ``NVIDIA H100 80GB HBM3``.
        uuid: such as ``GPU-3f1c...``.
        memory_bytes: of the GPU.
        driver: release of the driver.
        cuda: version of CUDA the driver offers, such as ``13.0``.
        power_limit_w: in force.
        persistence: the driver stays loaded while nobody uses the GPU.
    """

    name: str
    uuid: str
    memory_bytes: int | None
    driver: str | None
    cuda: str | None
    power_limit_w: float | None
    persistence: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuState:
    """
    One reading; None for what could not be read.

    Args:
        clock_mhz: of the multiprocessors.
        load: share of the driver's last sampling period in which a kernel ran, from 0 to 1.
        temperature_c: of the GPU.
        reasons: names of what holds the clocks down, of ``THROTTLING``.
        held_down_s: time power and heat held them down since the driver was loaded, in seconds.
        processes: numbers of the processes that compute on it.
    """

    clock_mhz: float | None = None
    load: float | None = None
    temperature_c: float | None = None
    reasons: tuple[str, ...] | None = None
    held_down_s: float | None = None
    processes: tuple[int, ...] | None = None


class Gpu(Protocol):
    """
    One GPU that can be read.

    Invariants: reading changes nothing on the GPU and never raises; what cannot be read is None.
    """

    @property
    def facts(self) -> GpuFacts:
        """What does not change."""
        ...

    def state(self) -> GpuState:
        """Read what does."""
        ...

    def joules(self) -> float | None:
        """Return the energy used since the driver was loaded; Volta and later."""
        ...

    def watts(self) -> float | None:
        """Return what it draws now, or drew in the last moment."""
        ...


def open_gpus() -> tuple[Gpu, ...]:
    """
    Return the GPUs of this machine, in the driver's order.

    Raises:
        InstrumentUnavailable: nothing here can read a GPU, and why.
    """
    try:
        nvml = import_module("profiler.platforms.nvml")
    except ModuleNotFoundError as error:
        raise InstrumentUnavailable(
            "nvidia-ml-py is not installed; install it with: pip install 'hna-nas[cuda]'"
        ) from error
    return cast("tuple[Gpu, ...]", nvml.open_gpus())


def throttle_reasons(bits: int) -> tuple[str, ...]:
    """
    Return the names of what throttles, of a bit mask of event reasons.

    >>> throttle_reasons(0x001 | 0x004)
    ('sw_power_cap',)
    """
    return tuple(name for bit, name in THROTTLING.items() if bits & bit)


def other_processes(
    processes: Iterable[int] | None, own: int, root: Path = Path("/")
) -> int | None:
    """
    Return how many of *processes* are neither *own* nor its descendants.

    A driver counts processes of the whole machine.  In a container of its own process namespace
    nobody can be recognised, unless *own* itself is in the list: then this is None.
    """
    if processes is None:
        return None
    listed = set(processes)
    mine = {number for number in listed if _descends(number, own, root)}
    if not mine and not _in_initial_namespace(root):
        return None
    return len(listed - mine)


def _in_initial_namespace(root: Path) -> bool:
    try:
        return str((root / "proc/self/ns/pid").readlink()) == INITIAL_PID_NAMESPACE
    except OSError:
        return False


def _descends(number: int, own: int, root: Path) -> bool:
    seen: set[int] = set()
    while number not in seen and number > 0:
        if number == own:
            return True
        seen.add(number)
        number = _parent(number, root)
    return False


def _parent(number: int, root: Path) -> int:
    """Return the parent of a process; 0 where it is gone."""
    text = read_text(root / f"proc/{number}/stat") or ""
    # The name in parentheses may hold anything, so fields are counted from its end.
    fields = text.rpartition(")")[2].split()
    return int(fields[1]) if len(fields) > 1 and fields[1].isdigit() else 0

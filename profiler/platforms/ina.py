"""
The power monitors of a Jetson: rails by name, in watts.

Three drivers tell them: INA3221 under iio in milliwatts (JetPack 4), INA3221 under hwmon as
millivolts and milliamperes (JetPack 5 and later), INA238 under hwmon in microwatts (Thor's input).
Channels 4 to 7 of the hwmon driver are shunt voltages and sums, not rails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from profiler.platforms.files import read_number, read_text

NOT_CONNECTED = "NC"
INPUT = "VIN"
"""What NVIDIA's ``tegrastats`` calls the rail of Thor's INA238."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRail:
    """
    A rail of the board.

    Args:
        name: as NVIDIA labels it, such as ``VDD_IN``.
        watts: reads it; None where that fails.
        update_s: time between two conversions of the monitor, in seconds; None where it is not
            told.
    """

    name: str
    watts: Callable[[], float | None]
    update_s: float | None


def power_rails(root: Path = Path("/")) -> tuple[PowerRail, ...]:
    """Return the rails of the board whose tree is *root* that can be read now, by name."""
    found = {rail.name: rail for rail in (*_hwmon(root), *_iio(root))}
    return tuple(found[name] for name in sorted(found) if found[name].watts() is not None)


def _hwmon(root: Path) -> Iterator[PowerRail]:
    for folder in sorted((root / "sys/class/hwmon").glob("hwmon*")):
        chip = read_text(folder / "name")
        if chip == "ina3221":
            yield from _channels(folder)
        elif chip == "ina238":
            yield PowerRail(name=INPUT, watts=_scaled(folder / "power1_input", 1e6), update_s=None)


def _channels(folder: Path) -> Iterator[PowerRail]:
    interval_ms = read_number(folder / "update_interval")
    for channel in (1, 2, 3):
        label = read_text(folder / f"in{channel}_label")
        if label and label != NOT_CONNECTED:
            yield PowerRail(
                name=label,
                watts=_product(folder / f"in{channel}_input", folder / f"curr{channel}_input"),
                update_s=None if interval_ms is None else interval_ms / 1e3,
            )


def _iio(root: Path) -> Iterator[PowerRail]:
    drivers = root / "sys/bus/i2c/drivers/ina3221x"
    for path in sorted(drivers.glob("*/iio*device*/rail_name_*")):
        label, found = read_text(path), re.search(r"\d+$", path.name)
        if label and found and label != NOT_CONNECTED:
            milliwatts = path.with_name(f"in_power{found[0]}_input")
            yield PowerRail(name=label, watts=_scaled(milliwatts, 1e3), update_s=None)


def _scaled(path: Path, divisor: float) -> Callable[[], float | None]:
    def watts() -> float | None:
        value = read_number(path)
        return None if value is None else value / divisor

    return watts


def _product(millivolts: Path, milliamperes: Path) -> Callable[[], float | None]:
    def watts() -> float | None:
        volts, amperes = read_number(millivolts), read_number(milliamperes)
        return None if volts is None or amperes is None else volts * amperes / 1e6

    return watts

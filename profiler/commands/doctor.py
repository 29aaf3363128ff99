"""``hna doctor``: what this machine can measure, and why not the rest."""

from __future__ import annotations

from profiler.device import Device
from profiler.measurement import Conditions


def doctor() -> None:
    """Say what this machine can measure, and why not the rest."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table as Grid

    from profiler.backends.registry import VARIANTS, open_backend
    from profiler.errors import BackendUnavailable
    from profiler.platforms.conditions import read_conditions
    from profiler.platforms.here import describe, instruments_for, this_machine

    console = Console()
    device = this_machine()
    console.print(_who(device), markup=False)
    grid = Grid("backend", "can measure", "environment, or why not")
    for variant in VARIANTS:
        try:
            opened = open_backend(variant.backend, **variant.options)
            grid.add_row(variant.label, "yes", escape(opened.environment.label))
        except BackendUnavailable as error:
            grid.add_row(variant.label, "no", escape(str(error)))
    console.print(grid)
    unread = [w.watches for w in instruments_for(device).watchers if w.read() is None]
    for line in (*_readings(read_conditions()), *describe(), *_blind(unread)):
        console.print(line, markup=False, highlight=False)


def _who(device: Device) -> str:
    emulated = ", emulated: its latencies mean nothing" if device.emulated else ""
    return (
        f"{device.name}: {device.model}, {device.architecture}, {device.system}{emulated}\n"
        f"{device.cores} cores, {device.memory_bytes / 2**30:.0f} GiB, {device.fingerprint}"
    )


def _readings(conditions: Conditions) -> list[str]:
    from dataclasses import asdict

    values = asdict(conditions)
    read = [
        f"{name} = {value:g}" for name, value in values.items() if isinstance(value, int | float)
    ]
    unread = [name for name, value in values.items() if value is None]
    return [*read, *([f"not read: {', '.join(unread)}"] if unread else [])]


def _blind(unread: list[str]) -> list[str]:
    if not unread:
        return []
    return [f"rounds will be unverified: nobody can read {', '.join(unread)}"]

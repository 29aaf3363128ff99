"""``hna doctor``: what this machine can measure, and why not the rest."""

from __future__ import annotations


def doctor() -> None:
    """Say what this machine can measure, and why not the rest."""
    from rich.console import Console
    from rich.table import Table as Grid

    from profiler.backends.registry import BACKENDS, open_backend
    from profiler.errors import BackendUnavailable
    from profiler.measuring.contention import ContentionMeter
    from profiler.platforms.conditions import read_conditions
    from profiler.platforms.linux import identify

    console = Console()
    device = identify()
    console.print(
        f"[bold]{device.name}[/bold]: {device.model}, {device.architecture}, {device.system}"
    )
    console.print(
        f"{device.cores} cores, {device.memory_bytes / 2**30:.0f} GiB, {device.fingerprint}"
    )
    grid = Grid("backend", "can measure", "environment, or why not")
    for name in BACKENDS:
        try:
            grid.add_row(name, "yes", open_backend(name).environment.label)
        except BackendUnavailable as error:
            grid.add_row(name, "no", str(error))
    console.print(grid)
    console.print(_readings(read_conditions(), ContentionMeter().read() is not None))


def _readings(conditions: object, counters: bool) -> str:
    from dataclasses import asdict

    values = asdict(conditions)  # type: ignore[call-overload]
    unread = [name for name, value in values.items() if value is None]
    lines = [f"{name} = {value:g}" for name, value in values.items() if isinstance(value, float)]
    if not counters:
        lines.append("processor counters cannot be read: rounds will be marked unverified")
    if unread:
        lines.append(f"cannot be read here: {', '.join(unread)}")
    return "\n".join(lines)

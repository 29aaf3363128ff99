"""How tables and sessions are printed."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as Grid

from profiler.measurement import Session
from profiler.operations import operation_label
from profiler.table import Table


def print_table(table: Table, console: Console | None = None) -> None:
    """Print the rows of *table*, slowest last."""
    kind = " (simulated)" if table.simulated else " (emulated)" if table.emulated else ""
    grid = Grid(
        title=f"{table.device_model}{kind} · {table.environment.label}",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    grid.add_column("operation", no_wrap=True)
    for name in ("latency us", "90 % interval", "border us", "samples"):
        grid.add_column(name, justify="right", no_wrap=True)
    for entry in sorted(table.entries, key=lambda e: e.latency_us):
        grid.add_row(
            operation_label(entry.operation),
            f"{entry.latency_us:.1f}",
            f"{entry.low_us:.1f} - {entry.high_us:.1f}",
            f"{entry.border_us:.1f}",
            str(entry.samples),
        )
    console = console or Console()
    console.print(grid)
    for entry in table.entries:
        for warning in entry.warnings:
            console.print(f"{operation_label(entry.operation)}: {warning}")
    console.print(f"table {table.name} version {table.version}")


def print_session(session: Session, console: Console | None = None) -> None:
    """Print what a session cost, what it could not measure, and what it doubts."""
    console = console or Console()
    costs = session.costs
    useful = costs.timed + costs.warm_up
    console.print(
        f"{costs.wall:.1f} s, of which {costs.timed:.1f} s inside samples, {costs.warm_up:.1f} s "
        f"warm-up, {costs.build:.1f} s building: {costs.wall / useful:.2f} x the measuring itself"
    )
    for gap in session.gaps:
        console.print(f"not measured: {gap.reason}")
    for warning in session.warnings:
        console.print(f"warning: {warning}")

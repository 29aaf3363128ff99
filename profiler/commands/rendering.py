"""How tables and sessions are printed."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as Grid

from profiler.measurement import Session
from profiler.operations import operation_label
from profiler.pictures.words import count_text, interval_text
from profiler.table import Entry, Quantity, Table

MIB = 2**20


def _between(quantity: Quantity | None) -> str:
    """Return a quantity with its interval; nothing where it was not measured."""
    if quantity is None:
        return ""
    return f"{quantity.value:.1f} ({quantity.low:.1f} - {quantity.high:.1f})"


def _memory(entry: Entry) -> str:
    bytes_ = entry.peak_memory_bytes
    return "" if bytes_ is None else f"{bytes_ / MIB:.1f}"


_EXTRAS = (
    ("cold us", lambda entry: _between(entry.cold_us)),
    ("energy mJ", lambda entry: _between(entry.energy_mj)),
    ("memory MiB", _memory),
)
"""Columns that are shown where some row has them."""


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
    extras = [extra for extra in _EXTRAS if any(extra[1](entry) for entry in table.entries)]
    for name in ("latency us", "90 % interval", "border us", "samples", *(e[0] for e in extras)):
        grid.add_column(name, justify="right", no_wrap=True)
    for entry in sorted(table.entries, key=lambda e: e.latency_us):
        suspect = " (suspect)" if entry.value_kind == "suspect" else ""
        grid.add_row(
            operation_label(entry.operation) + suspect,
            f"{entry.latency_us:.1f}",
            interval_text(entry),
            f"{entry.border_us:.1f}",
            count_text(entry.samples),
            *(extra[1](entry) for extra in extras),
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
    if session.unread:
        console.print(f"unverified: nobody could read {', '.join(session.unread)}")
    for gap in session.gaps:
        console.print(f"not measured: {gap.reason}")
    for warning in session.warnings:
        console.print(f"warning: {warning}")

"""How tables and sessions are printed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as Grid

from profiler.measurement import Session
from profiler.measuring.steps import Steps
from profiler.operations import operation_label
from profiler.pictures.words import count_text, interval_text
from profiler.table import INFERRED, Entry, Quantity, Table

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
    """Print the rows of *table*, slowest last; those that nobody measured apart, and marked."""
    kind = " (simulated)" if table.simulated else " (emulated)" if table.emulated else ""
    grid = Grid(
        title=f"{table.device_model}{kind} · {table.environment.label}",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    grid.add_column("operation")  # it gives way first: a number is never cut off
    extras = [extra for extra in _EXTRAS if any(extra[1](entry) for entry in table.entries)]
    for name in ("latency us", "90 % interval", "border us", "samples", *(e[0] for e in extras)):
        grid.add_column(name, justify="right", no_wrap=True)
    rows = groupby(sorted(table.entries, key=_place), key=lambda entry: _place(entry)[0])
    for inferred, entries in rows:
        if inferred:
            grid.add_section()
        for entry in entries:
            suspect = " (suspect)" if entry.value_kind == "suspect" else ""
            grid.add_row(
                operation_label(entry.operation) + suspect,
                f"{entry.latency_us:.1f}",
                interval_text(entry),
                "" if inferred else f"{entry.border_us:.1f}",
                entry.value_kind if inferred else count_text(entry.samples),
                *(extra[1](entry) for extra in extras),
            )
    console = console or Console()
    console.print(grid)
    for entry in table.entries:
        for warning in entry.warnings:
            console.print(f"{operation_label(entry.operation)}: {warning}")
    console.print(f"table {table.name} version {table.version}")


def print_sessions(sessions: Sequence[Session], console: Console | None = None) -> None:
    """Print what sessions cost together, what they could not measure, and what they doubt."""
    console = console or Console()
    wall, timed, warm_up, build = (
        sum(getattr(session.costs, name) for session in sessions)
        for name in ("wall", "timed", "warm_up", "build")
    )
    console.print(
        f"{wall:.1f} s, of which {timed:.1f} s inside samples, {warm_up:.1f} s "
        f"warm-up, {build:.1f} s building: {wall / (timed + warm_up):.2f} x the measuring itself"
    )
    unread = dict.fromkeys(name for session in sessions for name in session.unread)
    if unread:
        console.print(f"unverified: nobody could read {', '.join(unread)}")
    for session in sessions:
        for gap in session.gaps:
            console.print(f"not measured: {gap.reason}")
        for warning in session.warnings:
            console.print(f"warning: {warning}")


def print_steps(
    steps: Steps, wanted: int, target_error: float, console: Console | None = None
) -> None:
    """Print how much of what was wanted had to be measured for the rest to be predicted."""
    predicted = sum(entry.value_kind == "predicted" for entry in steps.table.entries)
    console = console or Console()
    if steps.worst_error is None or not predicted:
        console.print(
            f"all {wanted} operations were measured: too few for predictions within "
            f"{target_error:.1%} of any of them"
        )
        return
    measured = wanted - predicted
    saved_s = steps.wall_s * predicted / measured
    console.print(
        f"{measured} of {wanted} operations were measured, in {len(steps.sessions)} steps; "
        f"{predicted} are predicted, nine in ten of them within {steps.worst_error:.1%} "
        f"({target_error:.1%} were asked for): about {saved_s:.0f} s of measuring saved, for "
        f"{steps.choosing_s:.0f} s of choosing"
    )


def _place(entry: Entry) -> tuple[bool, float]:
    """Return where a row stands: below those that were measured if it was not, then by latency."""
    return entry.value_kind in INFERRED, entry.latency_us

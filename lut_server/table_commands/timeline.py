"""``hna table timeline``: parse, call one function, print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from lut_server.options import DEFAULT_SERVER, SERVER
from profiler.errors import HnaError

if TYPE_CHECKING:
    from rich.table import Table as Grid

    from lut_server.wire import Timeline
    from profiler.operations import Operation
    from profiler.table import Table

LEVELS = "▁▂▃▄▅▆▇█"

SHORTEST = 8
"""Characters of a digest that are enough to mean it."""


def timeline(
    name: Annotated[str, typer.Argument(help="The table's name, as hna table list prints it.")],
    operation: Annotated[
        str,
        typer.Argument(help="Its key, or the beginning of its digest.", metavar="KEY_OR_DIGEST"),
    ],
    count: Annotated[int, typer.Option(min=1, max=1000, help="At most so many sessions.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print the sessions as JSON.")] = False,
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Show what each session said of an operation, the newest first."""
    from rich.console import Console

    from lut_server.client import LutClient

    with LutClient(server) as client:
        found = client.timeline(name, find_operation(client.table(name), operation), count)
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
        return
    console = Console()
    console.print(timeline_grid(found))
    latencies_us = [point.entry.latency_us for point in reversed(found.points) if point.entry]
    if latencies_us:
        low_us, high_us = min(latencies_us), max(latencies_us)
        console.print(f"{sparkline(latencies_us)}  {low_us:.2f} - {high_us:.2f} us, oldest first")


def find_operation(table: Table, which: str) -> Operation:
    """
    Return the operation of *table* that has this key, or whose digest begins so.

    Raises:
        HnaError: none has, or several have.
    """
    from profiler.operations import operation_digest

    if which in table.by_key:
        return table.by_key[which].operation
    digests = {operation_digest(entry.operation): entry.operation for entry in table.entries}
    short = len(which) < SHORTEST
    found = [] if short else [each for digest, each in digests.items() if digest.startswith(which)]
    if len(found) != 1:
        raise HnaError(
            f"table {table.name} has {len(found) or 'no'} operations with the key, or a digest "
            f"beginning, {which!r:.200}; hna table show {table.name} prints the keys"
        )
    return found[0]


def timeline_grid(found: Timeline) -> Grid:
    """Return one line for each session, the newest first."""
    from rich.table import Table
    from rich.text import Text

    from profiler.operations import operation_label
    from profiler.pictures.words import interval_text

    title = f"{operation_label(found.operation)}: {len(found.points)} of {found.sessions} sessions"
    grid = Table("begun", "device", title=Text(title))
    for heading in ("latency us", "90 % interval us", "rounds", "disturbed"):
        grid.add_column(heading, justify="right")
    grid.add_column("software that changed")
    before = [*(point.software for point in found.points[1:]), ()]
    for point, software in zip(found.points, before, strict=True):
        grid.add_row(
            point.at[:16],
            Text(point.device),
            "no border" if point.entry is None else f"{point.entry.latency_us:.2f}",
            "unknown" if point.entry is None else interval_text(point.entry, 2),
            str(point.rounds),
            str(point.disturbed),
            Text(_changed(point.software, software)),
        )
    return grid


def sparkline(values: Sequence[float]) -> str:
    """
    Return *values* as characters of growing height.

    >>> sparkline([1.0, 2.0, 8.0])
    '▁▂█'
    """
    low, span = min(values), max(values) - min(values)
    steps = len(LEVELS) - 1
    return "".join(LEVELS[round((value - low) / span * steps) if span else 0] for value in values)


def _changed(software: Iterable[str], before: Sequence[str]) -> str:
    return ", ".join(each for each in software if each not in before) if before else ""

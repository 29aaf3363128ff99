"""``hna table triage``: parse, call one function, print."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer

from lut_server.options import DEFAULT_SERVER, SERVER
from profiler.commands.percent import share

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Grid

    from lut_server.wire import TransferReceipt
    from profiler.table import Table
    from profiler.triage import Triage

SHOWN = 20
"""Operations that a dry run names."""


def triage(
    before: Annotated[
        str, typer.Argument(help="The table of before, as hna table list prints it.")
    ],
    device: Annotated[str, typer.Option(help="Fingerprint of the device, or its beginning.")],
    runtime_version: Annotated[
        str | None, typer.Option(help="Of the new environment, where the device offers several.")
    ] = None,
    environment: Annotated[
        int | None, typer.Option(help="Number of the new environment among the device's, from 1.")
    ] = None,
    tolerance: Annotated[str, typer.Option(help="Relative movement that matters.")] = "5%",
    batch: Annotated[
        int | None, typer.Option(min=1, help="Operations measured at a time; one in eighty.")
    ] = None,
    max_share: Annotated[
        str | None,
        typer.Option(help="Of all operations that may be measured again, such as 25%; all."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be measured first, and stop.")
    ] = False,
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """
    After an upgrade, measure few operations again, then those that moved; transfer the rest.

    Ctrl-C stops looking; the same command goes on where it stopped.
    """
    from rich.console import Console

    from lut_server.campaigns.rendering import show_progress
    from lut_server.client import LutClient
    from lut_server.table_commands.upgrade import find_upgrade, measure_again

    console = Console()
    with LutClient(server) as client:
        upgrade = find_upgrade(
            client,
            before,
            device,
            runtime_version=runtime_version,
            number=environment,
            tolerance=share(tolerance),
            batch=batch,
            max_share=None if max_share is None else share(max_share),
        )
        if dry_run:
            _print_next(client.triage(before, upgrade.request))
            return
        found = measure_again(client, upgrade, lambda views: show_progress(views, console))
        receipt = client.transfer(before, upgrade.request)
        if found.moved:
            console.print(moved_grid(found, client.table(before), client.table(found.after)))
    _print_end(found, receipt, console)


def moved_grid(found: Triage, before: Table, after: Table) -> Grid:
    """Return the families of which operations moved, with how far: new over old."""
    from rich.table import Table as Grid

    from profiler.table_diff.comparing import family_of

    ratios: dict[str, list[float]] = defaultdict(list)
    for key in found.moved:
        old, new = before.by_key[key], after.by_key[key]
        ratios[family_of(old.operation)].append(new.latency_us / old.latency_us)
    grid = Grid("moved", title=f"beyond {found.tolerance:.0%}: after over before")
    for heading in ("operations", "median ratio", "smallest", "largest"):
        grid.add_column(heading, justify="right")
    for family, known in sorted(ratios.items()):
        numbers = (median(known), min(known), max(known))
        grid.add_row(family, str(len(known)), *(f"{number:.3f}" for number in numbers))
    return grid


def _print_next(found: Triage) -> None:
    from profiler.operations import operation_label

    typer.echo(_measured_line(found))
    typer.echo(f"{len(found.next)} operations would be measured next for {found.after}")
    for operation in found.next[:SHOWN]:
        typer.echo(f"  {operation_label(operation)}")
    if len(found.next) > SHOWN:
        typer.echo(f"  and {len(found.next) - SHOWN} more")


def _print_end(found: Triage, receipt: TransferReceipt, console: Console) -> None:
    lines = [_measured_line(found), f"moved: {len(found.moved)}"]
    if found.incomparable:
        lines.append(
            f"left out: {len(found.incomparable)} that cannot be run now or cost nothing, such as "
            f"{found.incomparable[0]}"
        )
    lines.append(
        f"transferred: {receipt.transferred} to {receipt.table}, for whoever allows such rows"
    )
    if found.expected_missed is not None and receipt.transferred:
        lines.append(_risk_line(found, receipt))
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _risk_line(found: Triage, receipt: TransferReceipt) -> str:
    """Return how many of the rows that were not measured are expected to have moved."""
    line = (
        f"expected to have moved beyond {found.tolerance:.0%} and not measured: "
        f"{found.expected_missed:.1f} of {receipt.transferred}"
    )
    ending = "; --max-share ended it: a larger one goes on from here" if found.spent else ""
    return line + ending


def _measured_line(found: Triage) -> str:
    share = found.measured / found.operations if found.operations else 0.0
    return f"measured: {found.measured} of {found.operations} operations ({share:.1%})"

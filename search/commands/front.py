"""``hna front``: networks for any device and budget from a search that is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Grid

    from search.front.devices import FrontDevice
    from search.front.networks import Promised
    from search.front.run import SearchedRun


def front(
    run: Annotated[Path, typer.Argument(help="Folder of a search that scored its candidates.")],
    device: Annotated[
        list[str] | None,
        typer.Option(
            help="Name, model or table, with a budget if you like: rpi=20ms. Those of the search "
            "unless given; with budgets, one network keeps them all."
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(help="Address of a server, for other devices.", envvar="HNA_SERVER"),
    ] = None,
    table: Annotated[Path | None, typer.Option(help="File with a device's table.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="File with its certificate.")] = None,
    measure: Annotated[
        bool,
        typer.Option("--measure", help="Have the server's devices measure what they lack."),
    ] = False,
    points: Annotated[int, typer.Option(min=2, help="Budgets for each device.")] = 12,
    out: Annotated[Path | None, typer.Option(help="Folder; RUN/front unless given.")] = None,
) -> None:
    """Derive the Pareto front, or one network for several budgets, from the search of RUN."""
    from functools import partial

    from rich.console import Console

    from search.front.networks import promised_networks
    from search.front.run import open_run
    from search.front.writing import notes, write_front
    from search.run_folder import RunFolder

    _require_together(server, table, certificate, measure)
    console = Console()
    searched = open_run(RunFolder(run))
    on_server = partial(_on_server, searched, server, measure, console) if server else None
    devices = _devices(searched, device or (), table, certificate, on_server)
    found = promised_networks(searched, devices, points)
    folder = out or run / "front"
    write_front(folder, searched, devices, found)
    console.print(_grid(devices, found))
    for note in notes(searched, devices):
        console.print(f"note: {note}", soft_wrap=True, markup=False)
    console.print(f"written: {folder}", soft_wrap=True, markup=False)


def _require_together(
    server: str | None, table: Path | None, certificate: Path | None, measure: bool
) -> None:
    from profiler.errors import RunInvalid

    if certificate is not None and table is None:
        raise RunInvalid("--certificate belongs to a --table; name both")
    if measure and server is None:
        raise RunInvalid("--measure needs the server the device's agent works for: name a --server")


def _devices(
    run: SearchedRun,
    wanted: Sequence[str],
    table: Path | None,
    certificate: Path | None,
    on_server: Callable[[str, float | None], FrontDevice] | None,
) -> Sequence[FrontDevice]:
    """Return the devices that were named: a table file's always, the search's where none was."""
    from search.commands.devices import named_device
    from search.front.devices import called, device_of_file, require_apart

    filed = [device_of_file(table, certificate)] if table else []
    if not wanted:
        return filed or require_apart(run.devices())
    known = [*filed, *run.devices()]
    named = [called(known, *named_device(text), on_server) for text in wanted]
    tables = [each.table.name for each in named]
    return require_apart([*(each for each in filed if each.table.name not in tables), *named])


def _on_server(
    run: SearchedRun,
    server: str,
    measure: bool,
    console: Console,
    name: str,
    budget_us: float | None,
) -> FrontDevice:
    from lut_server.client import LutClient
    from search.commands.display import search_progress
    from search.front.devices import device_of_server, have_measured
    from search.target import find_target

    with LutClient(server) as client:
        target = find_target(client, name, budget_us)
        if measure:
            with search_progress(console) as listener:
                listener.on_phase(f"measuring what the table of {target.device.name} lacks")
                have_measured(client, target, run.configuration, run.topology, listener.on_campaign)
        return device_of_server(client, target)


def _grid(devices: Sequence[FrontDevice], found: Sequence[Promised]) -> Grid:
    from rich.table import Table as Grid

    grid = Grid()
    grid.add_column("", justify="right")
    for device in devices:
        budget = "" if device.budget_us is None else f" of {_ms(device.budget_us)}"
        grid.add_column(f"{device.name}, ms{budget}", justify="right")
    for name in ("promised loss", "MMACs", "parameters"):
        grid.add_column(name, justify="right")
    grid.add_column("operations", overflow="fold")
    for number, each in enumerate(found, start=1):
        grid.add_row(str(number), *_cells(devices, each))
    return grid


def _cells(devices: Sequence[FrontDevice], each: Promised) -> Iterator[str]:
    for device in devices:
        own = len(devices) > 1 and device.name in each.point.fronts
        latency = _ms(each.point.predicted[device.name])
        yield f"[bold]{latency} *[/bold]" if own else latency
    yield f"{each.loss:.4f}"
    yield f"{each.macs / 1e6:,.1f}"
    yield f"{each.parameters:,}"
    yield _operations(each)


def _operations(each: Promised) -> str:
    """Return two characters for each cell, iteration after iteration."""
    from itertools import groupby

    from profiler.operations import candidate_label

    iterations = groupby(each.network.cells, key=lambda cell: cell.iteration)
    return " | ".join(
        " ".join(candidate_label(cell.candidate) for cell in cells) for _, cells in iterations
    )


def _ms(latency_us: float) -> str:
    return f"{latency_us / 1000:.4g}"

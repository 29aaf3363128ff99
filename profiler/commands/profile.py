"""``hna profile``: measure operations on this machine, print or save a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from profiler.measuring.plan import COLD_SAMPLES


def profile(
    backend: Annotated[
        str, typer.Option(help="Such as onnxruntime, torch or simulated; hna doctor lists them.")
    ] = "onnxruntime",
    threads: Annotated[int, typer.Option(min=1, help="Threads of one inference.")] = 1,
    option: Annotated[
        list[str] | None,
        typer.Option(
            help="Option of the backend, repeatable, such as provider=cuda, mode=cuda_graph, "
            "precision=fp16 or layout=nhwc.",
            metavar="NAME=VALUE",
        ),
    ] = None,
    channels: Annotated[
        tuple[int, int], typer.Option(help="Input and output channels of the candidates.")
    ] = (16, 16),
    size: Annotated[int, typer.Option(min=2, help="Height and width, in pixels.")] = 64,
    blocks: Annotated[int, typer.Option(min=1, help="Stacked blocks (M).")] = 1,
    candidate: Annotated[
        list[str] | None,
        typer.Option(help="Candidate to measure, repeatable; the 12 default ones unless given."),
    ] = None,
    operations: Annotated[
        Path | None,
        typer.Option(help="JSON list of operations to measure instead.", dir_okay=False),
    ] = None,
    quick: Annotated[bool, typer.Option(help="A first look: few, short rounds.")] = False,
    cold: Annotated[
        bool, typer.Option(help="Also measure with caches flushed before each execution.")
    ] = False,
    energy_seconds: Annotated[
        float,
        typer.Option(min=0, help="Count the energy of each operation for so long; 0 does not."),
    ] = 0.0,
    save: Annotated[Path | None, typer.Option(help="Write the table to this file.")] = None,
) -> None:
    """Measure operations on this machine and print their latencies."""
    from dataclasses import replace

    from profiler.backends.located import located
    from profiler.backends.options import backend_options
    from profiler.backends.registry import open_backend
    from profiler.commands.progress import session_progress
    from profiler.commands.rendering import print_session, print_table
    from profiler.measuring.loop import measure
    from profiler.measuring.plan import MeasurementPlan
    from profiler.operations import DEFAULT_CANDIDATES, Position, candidate_at
    from profiler.operations_file import load_operations
    from profiler.platforms.here import this_machine, this_place
    from profiler.table import Table
    from profiler.table_file import save_table
    from profiler.tabulate import tabulate

    position = Position(
        channels_in=channels[0], channels_out=channels[1], height=size, width=size, blocks=blocks
    )
    names = candidate or DEFAULT_CANDIDATES
    wanted = (
        load_operations(operations)
        if operations
        else tuple(candidate_at(name, position) for name in names)
    )
    options = backend_options(backend, option or (), threads=threads)
    opened = located(open_backend(backend, **options), this_place())
    device = opened.device(this_machine())
    plan = replace(
        MeasurementPlan.quick() if quick else MeasurementPlan(),
        cold_samples=COLD_SAMPLES if cold else 0,
        energy_s=energy_seconds,
    )
    with session_progress() as on_progress:
        session = measure(wanted, opened, device, plan, on_round=on_progress)
    table = Table(
        device_model=device.model,
        environment=opened.environment,
        entries=tabulate([session.measurements]),
        simulated=device.simulated,
        emulated=device.emulated,
    )
    print_table(table)
    print_session(session)
    if save:
        save_table(table, save)

"""``hna profile``: measure operations on this machine, print or save a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from profiler.commands.percent import share
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
    target_error: Annotated[
        float | None,
        typer.Option(
            parser=share,
            metavar="SHARE",
            help="Measure in steps, only until the rest is predicted within it, such as 5%.",
        ),
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Write the table to this file.")] = None,
) -> None:
    """Measure operations on this machine and print their latencies."""
    from dataclasses import replace

    from profiler.backends.located import located
    from profiler.backends.options import backend_options
    from profiler.backends.registry import open_backend
    from profiler.commands.progress import session_bar
    from profiler.commands.rendering import print_sessions, print_steps, print_table
    from profiler.measuring.loop import measure
    from profiler.measuring.plan import MeasurementPlan
    from profiler.measuring.steps import Steps, measure_in_steps
    from profiler.operations import DEFAULT_CANDIDATES, Position, candidate_at, operation_key
    from profiler.operations_file import load_operations
    from profiler.platforms.here import this_machine, this_place
    from profiler.table_file import save_table

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
    with session_bar() as bar:
        if target_error is None:
            session = measure(wanted, opened, device, plan, on_round=bar.update)
            steps = Steps.of(session)
        else:
            steps = measure_in_steps(
                wanted,
                opened,
                device,
                plan,
                target_error=target_error,
                on_step=bar.step,
                on_round=bar.update,
            )
    print_table(steps.table)
    print_sessions(steps.sessions)
    if target_error is not None:
        print_steps(steps, len({operation_key(each) for each in wanted}), target_error)
    if save:
        save_table(steps.table, save)

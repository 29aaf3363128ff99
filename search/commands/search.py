"""``hna search``: search a network for a device an agent measures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from profiler.commands.percent import share


def search(
    data: Annotated[Path, typer.Option(help="Folder with images, masks and a split.")],
    run: Annotated[Path, typer.Option(help="Folder of the run; one that exists goes on.")],
    server: Annotated[
        str, typer.Option(help="Address of the server.", envvar="HNA_SERVER")
    ] = "http://127.0.0.1:8765",
    device: Annotated[
        list[str] | None,
        typer.Option(
            help="Name, model or fingerprint, with a budget if you like: rpi=20ms. May be left "
            "out where there is only one; given several times, one network keeps all budgets."
        ),
    ] = None,
    budget_ms: Annotated[
        float | None,
        typer.Option(
            help="Budget of devices without their own; 60 % of the median of random networks "
            "unless given."
        ),
    ] = None,
    max_macs: Annotated[
        float | None, typer.Option(help="Multiply-accumulates not to exceed, such as 30e6.")
    ] = None,
    max_weights: Annotated[
        float | None, typer.Option(help="Convolution weights not to exceed, such as 50e3.")
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            help="Rows that do where nothing was measured, and are not measured then: predicted "
            "or transferred, repeatable. Everything is measured unless given."
        ),
    ] = None,
    target_error: Annotated[
        float | None,
        typer.Option(
            parser=share,
            metavar="SHARE",
            help="Measure only until the rest can be predicted within this error, such as 5%.",
        ),
    ] = None,
    split: Annotated[str, typer.Option(help="Folder of the lists.")] = "50_50",
    simplify_for_device: Annotated[
        bool,
        typer.Option(
            "--simplify-for-device",
            help="Let stage 1 know what inputs cost on the (first) device; for long searches.",
        ),
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="The search of the paper.")] = False,
    space: Annotated[
        str, typer.Option(help="paper, or extended: reduced inputs, narrow blocks, identity.")
    ] = "paper",
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    compute: Annotated[str, typer.Option(help="Where torch computes: cpu, cuda or auto.")] = "auto",
) -> None:
    """Search a network that keeps the latency budget of one device or of several."""
    from rich.console import Console

    from lut_server.client import LutClient
    from lut_server.wire import gap_fillers
    from search.commands.devices import find_targets
    from search.commands.display import print_summary, search_progress
    from search.configuration import computed_on, full_configuration, small_configuration
    from search.data.folder import open_folder
    from search.distributed import joined
    from search.pipeline import Search
    from search.run_folder import RunFolder
    from search.stage1.plan import Hardware

    make = full_configuration if full else small_configuration
    configuration = make(
        budget_us=None if budget_ms is None else budget_ms * 1000, seed=seed, options=space
    )
    hardware: Hardware = "latency" if simplify_for_device else "none"
    configuration = replace(
        configuration,
        stage1=replace(configuration.stage1, hardware=hardware),
        max_macs=max_macs,
        max_conv_weights=max_weights,
        allow=gap_fillers(allow),
        target_error=target_error,
    )
    with joined(compute) as world, LutClient(server) as client:
        console = Console(quiet=not world.main)
        with search_progress(console) as listener:
            result = Search(
                client=client,
                targets=find_targets(client, device or ()),
                dataset=open_folder(data, split=split, seed=seed),
                configuration=computed_on(configuration, str(world.device)),
                folder=RunFolder(run),
                listener=listener,
                world=world,
            ).run()
        if world.main:
            print_summary(console, result, run)

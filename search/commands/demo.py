"""``hna demo``: the whole loop on this machine, with a server and an agent of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from search.data.dataset import Dataset


def demo(
    run: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("runs/demo"),
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of a data set; NUAA-SIRST in $HNA_DATA if it is there."),
    ] = None,
    budget_ms: Annotated[
        float | None,
        typer.Option(help="Latency budget; 60 % of the median of random networks unless given."),
    ] = None,
    backend: Annotated[str, typer.Option(help="onnxruntime, torch or simulated.")] = "onnxruntime",
    full: Annotated[bool, typer.Option("--full", help="The search of the paper.")] = False,
    space: Annotated[
        str, typer.Option(help="paper, or extended: reduced inputs, narrow blocks, identity.")
    ] = "paper",
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
) -> None:
    """Measure this machine, search a network for it, and prove its latency."""
    from rich.console import Console

    from lut_server.client import LutClient
    from search.commands.display import print_summary, search_progress
    from search.configuration import full_configuration, small_configuration
    from search.pipeline import Search
    from search.processes import local_agent, local_server
    from search.run_folder import RunFolder, fresh_folder

    console = Console()
    make = full_configuration if full else small_configuration
    budget_us = None if budget_ms is None else budget_ms * 1000
    configuration = make(budget_us=budget_us, seed=seed, options=space)
    dataset = _dataset(data, configuration.training.size, seed)
    folder = fresh_folder(run)
    console.print(f"{dataset.name}: {len(dataset.train)} training images ({dataset.source})")
    with (
        local_server(folder) as url,
        local_agent(url, folder, ("--backend", backend)) as target,
        LutClient(url) as client,
        search_progress(console) as listener,
    ):
        result = Search(
            client=client,
            targets=[target],
            dataset=dataset,
            configuration=configuration,
            folder=RunFolder(folder),
            listener=listener,
        ).run()
    print_summary(console, result, folder)


def _dataset(data: Path | None, size: int, seed: int) -> Dataset:
    """Return real images where there are any, else synthetic ones."""
    from search.data.folder import open_folder
    from search.data.synthetic import synthetic_dataset

    if data is not None:
        return open_folder(data, seed=seed)
    given = Path(os.environ.get("HNA_DATA", "../shared/data")) / "NUAA-SIRST"
    if given.is_dir():
        return open_folder(given, seed=seed)
    return synthetic_dataset(train=160, test=64, size=size, seed=seed)

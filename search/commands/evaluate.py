"""``hna evaluate``: how good the network of a finished run is on a data set's test list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from profiler.errors import RunInvalid

if TYPE_CHECKING:
    from rich.table import Table as Grid

    from search.metrics.metrics import Metrics


def evaluate(
    run: Annotated[Path, typer.Argument(help="Folder with network.json and weights.safetensors.")],
    data: Annotated[Path, typer.Option(help="Folder with images, masks and a split.")],
    split: Annotated[str, typer.Option(help="Folder of the lists.")] = "50_50",
    size: Annotated[
        int | None, typer.Option(help="Image side in pixels; the network's own unless given.")
    ] = None,
    resize_masks: Annotated[
        bool, typer.Option("--resize-masks", help="Resize masks that differ from their image.")
    ] = False,
) -> None:
    """Evaluate the network of RUN on the test list of a data set."""
    from rich.console import Console

    from search.data.folder import open_folder
    from search.evaluation import tally
    from search.metrics.report import write_metrics
    from search.saved_network import load_network

    network, module, normalisation = load_network(run, size=size)
    if network.height != network.width:
        raise RunInvalid(
            f"{run}: the network is for {network.width}x{network.height} pixels and images are "
            "resized to squares; give --size"
        )
    dataset = open_folder(data, split=split, resize_masks=resize_masks)
    scores = tally(module, dataset.test, size=network.height, normalisation=normalisation)
    paths = write_metrics(run, dataset, network.height, scores)
    console = Console()
    console.print(_grid(f"{dataset.name}, {network.height} pixels", scores.metrics()))
    for path in paths:
        console.print(f"written: {path}", soft_wrap=True)


def _grid(title: str, metrics: Metrics) -> Grid:
    from rich.table import Table as Grid

    grid = Grid("figure", "value", title=title)
    grid.add_row("images", str(metrics.images))
    grid.add_row("targets", str(metrics.targets))
    grid.add_row("mIoU (all pixels together)", f"{metrics.miou:.4f}")
    grid.add_row("nIoU (mean of the images)", f"{metrics.niou:.4f}")
    grid.add_row("Pd", "no targets" if metrics.pd is None else f"{metrics.pd:.4f}")
    grid.add_row("Fa, per million pixels", f"{metrics.fa * 1e6:.2f}")
    grid.add_row("Fa as the reference counts, per million", f"{metrics.fa_compat * 1e6:.2f}")
    return grid

"""``hna export``: the network of a finished run as files to deploy, and its model card."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table as Grid

    from search.export.plan import Artefact

OPSET = 17
"""The default; ``profiler.backends.onnx_model`` is too heavy to ask for ``--help``."""


def export(
    context: typer.Context,
    run: Annotated[Path, typer.Argument(help="Folder with network.json and weights.safetensors.")],
    data: Annotated[
        Path | None, typer.Option(help="Data set: evaluates every file, calibrates 8 bits.")
    ] = None,
    split: Annotated[str, typer.Option(help="Folder of the lists.")] = "50_50",
    size: Annotated[
        int | None, typer.Option(help="Image side in pixels; the network's own unless given.")
    ] = None,
    dynamic: Annotated[
        bool, typer.Option("--dynamic", help="Leave batch, height and width free.")
    ] = False,
    fp16: Annotated[bool, typer.Option("--fp16", help="Also in half precision.")] = False,
    fp16_io: Annotated[
        bool, typer.Option("--fp16-io", help="Its image and logits in half precision too.")
    ] = False,
    int8: Annotated[bool, typer.Option("--int8", help="Also in 8 bits; needs --data.")] = False,
    tensorrt: Annotated[
        bool, typer.Option("--tensorrt", help="Also an engine of each file in float.")
    ] = False,
    opset: Annotated[int, typer.Option(help="Version of the ONNX operators.")] = OPSET,
    calibration: Annotated[int, typer.Option(help="Training images that calibrate 8 bits.")] = 64,
    rounds: Annotated[
        int, typer.Option(help="Runs of each file to time it here; 0 does not.")
    ] = 20,
    resize_masks: Annotated[
        bool, typer.Option("--resize-masks", help="Resize masks that differ from their image.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder; RUN/export unless given.")] = None,
) -> None:
    """Write the network of RUN as ONNX files and engines, and its model card."""
    from rich.console import Console

    from search.data.folder import open_folder
    from search.export.files import export_files
    from search.export.plan import ExportPlan
    from search.export.report import EXPORT_FILE, export_document
    from search.model_card import write_card
    from search.run_folder import write_json
    from search.saved_network import load_network

    plan = ExportPlan(
        dynamic=dynamic,
        fp16=fp16 or fp16_io,
        float_io=not fp16_io,
        int8=int8,
        tensorrt=tensorrt,
        opset=opset,
        calibration_images=calibration,
        latency_rounds=rounds,
    )
    network, module, normalisation = load_network(run, size=size)
    dataset = open_folder(data, split=split, resize_masks=resize_masks) if data else None
    console, folder = Console(), out or run / "export"
    artefacts = export_files(
        network,
        module,
        plan,
        folder,
        dataset=dataset,
        normalisation=normalisation,
        on_step=lambda step: console.print(f"[bold]{step}[/bold]"),
    )
    document = export_document(plan, artefacts, dataset, command=_command(context))
    write_json(folder / EXPORT_FILE, document)
    page = write_card(run, network, normalisation, document)
    console.print(_grid(artefacts))
    console.print(f"written: {folder}\nwritten: {page}", soft_wrap=True)


def _command(context: typer.Context) -> str:
    """Return the command line with every option it ran with."""
    words = ["hna", "export", str(context.params["run"])]
    for name, value in context.params.items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(flag)
        elif name != "run" and value is not None and value is not False:
            words += [flag, str(value)]
    return shlex.join(words)


def _grid(artefacts: Sequence[Artefact]) -> Grid:
    from rich.table import Table as Grid

    grid = Grid("file", "kB", "difference", "mIoU", "nIoU", "Pd", "Fa /1e6", "ms here")
    for each in artefacts:
        metrics, latency = each.metrics, each.latency
        grid.add_row(
            each.name,
            f"{each.size_bytes / 1e3:,.0f}",
            "-" if each.difference is None else f"{each.difference:.1e}",
            f"{metrics.miou:.4f}" if metrics else "-",
            f"{metrics.niou:.4f}" if metrics else "-",
            f"{metrics.pd:.4f}" if metrics and metrics.pd is not None else "-",
            f"{metrics.fa * 1e6:.2f}" if metrics else "-",
            f"{latency.median_us / 1e3:.2f}" if latency else "-",
        )
    return grid
